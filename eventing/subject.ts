const kinds = ["Plug", "Socket", "Snapshot", "DeferredResource", "Apparatus"] as const;

/** What stages are about: a plug, a socket, a snapshot, a deferred resource, or an apparatus (its Pod). */
export interface Subject {
  readonly kind: (typeof kinds)[number];
  readonly namespace: string;
  readonly name: string;
}

/** A subject as one string, by which queues and records know it. */
export function subjectKey(kind: Subject["kind"], namespacedName: string): string {
  return `${kind}:${namespacedName}`;
}

/** The namespace and name in one string: `namespace/name`, or `/name` of what has no namespace. */
export function namespacedName(object: { readonly namespace?: string | undefined; readonly name: string }): string {
  return `${object.namespace ?? ""}/${object.name}`;
}

/** The `namespace/name` of a subject's key. */
export function nameInKey(key: string): string {
  return key.slice(key.indexOf(":") + 1);
}

/** The subject that a key stands for. */
export function subjectOf(key: string): Subject {
  const name = nameInKey(key);
  const slash = name.indexOf("/");
  const kind = kinds.find((one) => key.startsWith(`${one}:`)) ?? "Snapshot";
  return { kind, namespace: name.slice(0, slash), name: name.slice(slash + 1) };
}
