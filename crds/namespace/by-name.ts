import type { KubeObject } from "../../kit/kube/port.ts";

/**
 * A namespace that may not be read (an operator with rights in some namespaces alone): known by name, its labels unknown. It has no uid,
 * ends no coupling, and is not taken for one that is going.
 */
export function namespaceByName(name: string): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** Whether a namespace is going or gone. */
export function isEnding(namespace: KubeObject | undefined): boolean {
  return namespace === undefined || namespace.metadata.deletionTimestamp !== undefined;
}

/** Whether the namespace was read, so that its labels and its end are known. */
export function isKnown(namespace: KubeObject): boolean {
  return namespace.metadata.uid !== undefined;
}
