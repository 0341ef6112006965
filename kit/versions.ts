import type { ObjectMeta } from "./kube.ts";

/**
 * Versions: what is compared to see that an object is not what it was. A version may end in `@` and the
 * resourceVersion at which it was seen, which is not compared: it tells an observer that lags behind that it cannot judge yet.
 */
export const absent = "absent";

/** The version of an object whose specification alone counts: its generation, or its resourceVersion where its kind has none. */
export function versionOfSpecification(metadata: ObjectMeta): string {
  if (metadata.generation === undefined) return versionOfContents(metadata);
  return `g${metadata.generation}@${metadata.resourceVersion ?? ""}`;
}

/** The version of an object of which every change counts. */
export function versionOfContents(metadata: ObjectMeta): string {
  return metadata.resourceVersion ?? absent;
}

/** Whether two versions name the same contents. */
export function sameVersion(one: string, other: string): boolean {
  return comparable(one) === comparable(other);
}

/** The version of an object as a reference that recorded `recorded` counts it. */
export function versionSeen(recorded: string, metadata: ObjectMeta | undefined): string {
  if (metadata === undefined) return absent;
  return recorded.startsWith("g") ? versionOfSpecification(metadata) : versionOfContents(metadata);
}

/** The resourceVersion at which a version was recorded, as the number it is within one kind (KEP-5504); undefined for `absent`. */
export function recordedAt(version: string): number | undefined {
  const text = version.slice(version.indexOf("@") + 1);
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? undefined : number;
}

function comparable(version: string): string {
  const at = version.indexOf("@");
  return at < 0 ? version : version.slice(0, at);
}
