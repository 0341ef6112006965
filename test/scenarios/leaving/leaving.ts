import { type UninstallOptions, uninstall } from "../../../cli/takeover/uninstall.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { operatorNamespace, type World } from "../../worlds/worlds.ts";

/** Uninstalls, and gives what was said and how it ended. */
export async function leave(
  { cluster, clock }: World,
  options: Partial<UninstallOptions> = {},
): Promise<{ readonly code: number; readonly said: string }> {
  const said: string[] = [];
  const given = { operatorNamespace, keepObjects: false, now: clock.now(), ...options };
  const code = await uninstall(cluster.kube, given, (line) => said.push(line));
  return { code, said: said.join("\n") };
}

/** Whether something of ours holds an object, or is left in the operator's namespace. */
export function heldBy(objects: readonly KubeObject[]): readonly string[] {
  return objects
    .filter(({ metadata }) => (metadata.finalizers ?? []).length > 0 || metadata.namespace === operatorNamespace)
    .filter(
      ({ kind }) =>
        kind !== "Event" && kind !== "Namespace" && kind !== "ServiceAccount" && kind !== "CustomResourceDefinition",
    )
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
}
