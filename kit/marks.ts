import type { ObjectMeta } from "./kube.ts";

/** What the metadata of an object says; all that is given has to hold. */
export interface Marks {
  /** Labels it bears with these values; null: it has none of that name. */
  readonly labels?: { readonly [label: string]: string | null } | undefined;
  /** Labels that it does not bear with these values. */
  readonly unlike?: { readonly [label: string]: string } | undefined;
  readonly annotations?: { readonly [annotation: string]: string } | undefined;
  /** A field manager that has applied it. */
  readonly appliedBy?: string | undefined;
  /** One of the namespaces it is in; null: in none. */
  readonly namespaces?: readonly (string | null)[] | undefined;
}

/** Whether an object bears one of several marks. */
export function bears(metadata: ObjectMeta, marks: readonly Marks[]): boolean {
  return marks.some((one) => bearsAll(metadata, one));
}

/** The same marks, each with more that has to hold. */
export function bearingToo(marks: readonly Marks[], more: Pick<Marks, "labels" | "namespaces">): readonly Marks[] {
  return marks.map((one) => ({ ...one, ...more, labels: { ...one.labels, ...more.labels } }));
}

function bearsAll(metadata: ObjectMeta, { labels, unlike, annotations, appliedBy, namespaces }: Marks): boolean {
  const found = metadata.labels ?? {};
  return (
    Object.entries(labels ?? {}).every(([label, value]) => (found[label] ?? null) === value) &&
    Object.entries(unlike ?? {}).every(([label, value]) => found[label] !== value) &&
    Object.entries(annotations ?? {}).every(([name, value]) => metadata.annotations?.[name] === value) &&
    (appliedBy === undefined || wasAppliedBy(metadata, appliedBy)) &&
    (namespaces === undefined || namespaces.includes(metadata.namespace ?? null))
  );
}

/** Whether a field manager has applied an object (server-side apply), and not only written to it. */
export function wasAppliedBy({ managedFields }: ObjectMeta, fieldManager: string): boolean {
  return (managedFields ?? []).some(({ manager, operation }) => manager === fieldManager && operation === "Apply");
}
