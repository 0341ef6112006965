import type { ObjectMeta } from "../kube/port.ts";
import { applyEntry } from "../loop/versions.ts";

/** One fact in the metadata of an object; null: the object has no such label, or no namespace. */
export type Mark =
  | { readonly label: string; readonly is: string | null }
  | { readonly label: string; readonly isNot: string | null }
  | { readonly annotation: string; readonly is: string | null }
  /** The field manager applied the object. */
  | { readonly appliedBy: string }
  | { readonly namespaceIn: readonly (string | null)[] }
  | { readonly uid: string };

/** All of them must hold. */
export type Marks = readonly Mark[];

/** Whether all marks of one of several sets hold. */
export function bears(metadata: ObjectMeta, marks: readonly Marks[]): boolean {
  return marks.some((set) => set.every((mark) => holds(metadata, mark)));
}

/** The same sets, each with more marks. */
export function bearingToo(marks: readonly Marks[], more: Marks): readonly Marks[] {
  return marks.map((set) => [...set, ...more]);
}

function holds(metadata: ObjectMeta, mark: Mark): boolean {
  if ("appliedBy" in mark) return wasAppliedBy(metadata, mark.appliedBy);
  if ("uid" in mark) return metadata.uid === mark.uid;
  if ("namespaceIn" in mark) return mark.namespaceIn.includes(metadata.namespace ?? null);
  if ("annotation" in mark) return (metadata.annotations?.[mark.annotation] ?? null) === mark.is;
  const found = metadata.labels?.[mark.label] ?? null;
  return "is" in mark ? found === mark.is : found !== mark.isNot;
}

/** Whether a field manager has applied an object (server-side apply), and not only updated it. */
export function wasAppliedBy(metadata: ObjectMeta, fieldManager: string): boolean {
  return applyEntry(metadata, fieldManager) !== undefined;
}
