import type { KubeObject } from "../../kit/kube/port.ts";

/** The namespaces that an operator serves. */
export interface Serving {
  readonly operatorNamespace: string;
  /** Only these; absent: all except kube-system and the operator's own. */
  readonly namespaces?: readonly string[] | undefined;
  /** Which of kube-system and the operator's own namespace are served; absent: neither. */
  readonly serveNamespaces?: readonly string[] | undefined;
}

/** The reason of Ready for objects in a namespace that is not served. */
export const notServed = "NotServed";

/** Whether Plugboard serves a namespace. In others it does no new work, but still undoes existing couplings. */
export function isServed(namespace: string, serving: Serving): boolean {
  const { operatorNamespace, namespaces, serveNamespaces = [] } = serving;
  if (namespaces !== undefined && !namespaces.includes(namespace)) return false;
  const special = namespace === "kube-system" || namespace === operatorNamespace;
  return !special || serveNamespaces.includes(namespace);
}

/**
 * A namespace that may not be read (an operator with rights in some namespaces only).
 * Its name is known, its labels are not.
 * It has no uid, ends no coupling, and does not count as terminating.
 */
export function namespaceByName(name: string): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** Whether a namespace is terminating or gone. */
export function isEnding(namespace: KubeObject | undefined): boolean {
  return namespace === undefined || namespace.metadata.deletionTimestamp !== undefined;
}

/** Whether the namespace was read, so that its labels and its end are known. */
export function isKnown(namespace: KubeObject): boolean {
  return namespace.metadata.uid !== undefined;
}
