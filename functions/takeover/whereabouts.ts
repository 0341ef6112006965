import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { SnapshotHead, Whereabouts } from "../../crds/snapshot/head.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { StageContext } from "../context.ts";
import { readNamespace } from "../coupling/read-namespace.ts";

/** Where a plug is, with the namespaces of the sockets that snapshots of its name are of, as the API server tells now. */
export async function whereabouts(
  { live, clusterUid }: Pick<StageContext, "live" | "clusterUid">,
  plug: Pick<Plug, "metadata">,
  heads: readonly SnapshotHead[],
): Promise<Whereabouts> {
  const recorded = heads.flatMap(({ socketNamespace }) => socketNamespace ?? []);
  const names = [...new Set([plug.metadata.namespace, ...recorded])];
  const namespaces = new Map<string, KubeObject | undefined>(
    await Promise.all(names.map(async (name) => [name, await readNamespace(live, name)] as const)),
  );
  return { clusterUid: await clusterUid(), namespaceOf: (name) => namespaces.get(name) };
}
