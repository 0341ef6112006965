/** What stages are about: an object of a kind that the loop knows. */
export interface Subject {
  /** The name of the kind's definition. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A subject as one string, by which queues and records know it. */
export function subjectKey(kind: string, namespacedName: string): string {
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
  const colon = key.indexOf(":");
  const slash = key.indexOf("/", colon);
  return { kind: key.slice(0, colon), namespace: key.slice(colon + 1, slash), name: key.slice(slash + 1) };
}
