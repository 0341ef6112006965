import type { KubeObject } from "../../kit/kube/port.ts";
import { namespaceNotServed, type Said } from "../messages.ts";

/** Which namespaces an operator serves, as it was started. */
export interface Serving {
  readonly operatorNamespace: string;
  /** Only these; absent: all but kube-system and the operator's own. */
  readonly namespaces?: readonly string[] | undefined;
  /** Which of kube-system and the operator's own namespace to serve; absent: neither. */
  readonly serveNamespaces?: readonly string[] | undefined;
}

/** Why Ready is False of what is in a namespace that is not served. */
export const notServed = "NotServed";

/** Whether plugs, sockets and deferred resources of a namespace are served: in others nothing new is made; what was made before is still undone. */
export function isServed(namespace: string, serving: Serving): boolean {
  const { operatorNamespace, namespaces, serveNamespaces = [] } = serving;
  if (namespaces !== undefined && !namespaces.includes(namespace)) return false;
  const special = namespace === "kube-system" || namespace === operatorNamespace;
  return !special || serveNamespaces.includes(namespace);
}

/** What a person reads of a namespace that is not served. */
export function sayNotServed(namespace: string, { namespaces, serveNamespaces }: Serving): Said {
  const leftOut = namespaces !== undefined && !namespaces.includes(namespace);
  const remedy =
    leftOut || serveNamespaces?.includes(namespace)
      ? `Start Plugboard with --namespace ${namespace}, too.`
      : `Use another namespace, or start Plugboard with --serve-namespace ${namespace}.`;
  return namespaceNotServed(namespace, remedy);
}

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
