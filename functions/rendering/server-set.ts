/** Metadata that only the API server sets. Templates copied from a cluster contain it. */
const serverSet = ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"];

/** The metadata without the fields that the API server sets, and the paths of these. */
export function ownMetadata<Value>(metadata: { readonly [key: string]: Value }): {
  readonly own: { readonly [key: string]: Value };
  readonly dropped: readonly string[];
} {
  const dropped = serverSet.filter((field) => Object.hasOwn(metadata, field));
  const own = Object.fromEntries(Object.entries(metadata).filter(([field]) => !dropped.includes(field)));
  return { own, dropped: dropped.map((field) => `metadata.${field}`) };
}
