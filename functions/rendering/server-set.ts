/** What the API server alone sets in an object's metadata: pasted from a cluster, it would only be in the way. */
const serverSet = ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"];

/** The metadata without what the API server sets, and the paths of that. */
export function ownMetadata<Value>(metadata: { readonly [key: string]: Value }): {
  readonly own: { readonly [key: string]: Value };
  readonly dropped: readonly string[];
} {
  const dropped = serverSet.filter((field) => Object.hasOwn(metadata, field));
  const own = Object.fromEntries(Object.entries(metadata).filter(([field]) => !dropped.includes(field)));
  return { own, dropped: dropped.map((field) => `metadata.${field}`) };
}
