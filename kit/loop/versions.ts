import { hash } from "node:crypto";
import type { ManagedFieldsEntry, ObjectMeta } from "../kube/port.ts";

/**
 * Versions: what is compared to see that an object is not what it was.
 * A version may end in `@` and the resourceVersion at which it was seen, which is not compared: it tells an observer
 * that lags behind that it cannot judge yet.
 */
export const absent = "absent";

/**
 * The version of an object whose specification alone counts: its generation, or its resourceVersion where its kind has
 * none.
 */
export function versionOfSpecification(metadata: ObjectMeta): string {
  if (metadata.generation === undefined) return versionOfContents(metadata);
  return `g${metadata.generation}@${metadata.resourceVersion ?? ""}`;
}

/** The version of an object of which every change counts. */
export function versionOfContents(metadata: ObjectMeta): string {
  return metadata.resourceVersion ?? absent;
}

/**
 * The version of an object that was applied under a field manager: a digest of its uid and of the entry that
 * server-side apply keeps for that manager.
 * While it stays the same, nobody took one of the applied fields over, whatever else was written.
 */
export function versionOfApplied(metadata: ObjectMeta, fieldManager: string): string {
  const { fieldsV1, time } = applyEntry(metadata, fieldManager) ?? {};
  const text = JSON.stringify([metadata.uid, fieldsV1, time], sortedKeys);
  const digest = hash("sha256", text).slice(0, 16);
  return `m${digest}@${metadata.resourceVersion ?? ""}`;
}

/** The entry of managedFields in which server-side apply records what a field manager applied. */
export function applyEntry({ managedFields }: ObjectMeta, fieldManager: string): ManagedFieldsEntry | undefined {
  return (managedFields ?? []).find(
    ({ manager, operation, subresource }) =>
      manager === fieldManager && operation === "Apply" && subresource === undefined,
  );
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a version is one that `versionOfApplied` gave. */
export function isOfApplied(version: string): boolean {
  return version.startsWith("m");
}

/** Whether two versions name the same contents. */
export function sameVersion(one: string, other: string): boolean {
  return comparable(one) === comparable(other);
}

/**
 * The version of an object as a reference that recorded `recorded` counts it; `applied` is what `versionOfApplied`
 * gives for the object.
 */
export function versionSeen(recorded: string, metadata: ObjectMeta | undefined, applied: string | undefined): string {
  if (metadata === undefined) return absent;
  if (isOfApplied(recorded)) return applied ?? recorded;
  return recorded.startsWith("g") ? versionOfSpecification(metadata) : versionOfContents(metadata);
}

/**
 * The resourceVersion at which a version was recorded, as the number it is within one kind (KEP-5504); undefined for
 * `absent`.
 */
export function recordedAt(version: string): number | undefined {
  const text = version.slice(version.indexOf("@") + 1);
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? undefined : number;
}

function comparable(version: string): string {
  const at = version.indexOf("@");
  return at < 0 ? version : version.slice(0, at);
}
