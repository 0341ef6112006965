import { isDeepStrictEqual } from "node:util";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { loadKubeConfig } from "../../kit/live/config/kube-config.ts";
import { createLiveKube, type LiveKube } from "../../kit/live/live-kube.ts";
import { lookUntil, type Patience } from "../worlds/patience.ts";
import type { ApiServer } from "./api-server.ts";

/** Talks to an API server as its administrator. */
export async function connectTo({ kubeconfigPath }: ApiServer, userAgent: string): Promise<LiveKube> {
  return createLiveKube({ kubeConfig: await loadKubeConfig({ path: kubeconfigPath }), userAgent });
}

const rbac = "rbac.authorization.k8s.io";

/** Makes a namespace in which every service account may do everything. */
export async function openNamespace(kube: Kube, name: string): Promise<string> {
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  await kube.create({
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata: { namespace: name, name: "everything" },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: rbac, kind: "Group", name: `system:serviceaccounts:${name}` }],
  });
  return name;
}

const looked = [
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "Service"],
  ["batch/v1", "Job"],
  ["integration.rock8s.com/v1beta1", "Plug"],
  ["integration.rock8s.com/v1beta1", "Socket"],
] as const;

/** Everything that couplings may have made in namespaces, and the couplings themselves. */
export async function objectsIn(kube: Kube, namespaces: readonly string[]): Promise<readonly KubeObject[]> {
  const lists = namespaces.flatMap((namespace) =>
    looked.map(([apiVersion, kind]) => kube.list({ apiVersion, kind, namespace })),
  );
  return (await Promise.all(lists)).flatMap(({ items }) => items);
}

/**
 * Looks until it sees twice in a row what is expected, or nothing moves any more; what it saw last. A real cluster says nowhere that it has
 * come to rest.
 */
export async function eventually<Seen>(look: () => Promise<Seen>, expected: Seen, patience?: Patience): Promise<Seen> {
  let matches = 0;
  const isExpected = (seen: Seen): boolean => {
    matches = isDeepStrictEqual(JSON.parse(JSON.stringify(seen)), expected) ? matches + 1 : 0;
    return matches === 2;
  };
  return lookUntil(look, isExpected, patience);
}
