import { createHash } from "node:crypto";
import type { ObjectMeta } from "../kit/kube.ts";
import { group } from "./names.ts";

/**
 * Versions: what is compared to see that something a coupling has to do with is not what it was. A version may end in `@` and the
 * resourceVersion at which it was seen, which is not compared: it tells an observer that lags behind that it cannot judge yet.
 */
export const absent = "absent";

const noise = /^(kubectl\.kubernetes\.io|deployment\.kubernetes\.io)\//;
const digests = new WeakMap<ObjectMeta, string>();

/** The version of a plug, socket or namespace: its generation, and a digest of the labels and annotations that templates and rules see. */
export function versionOfOwner(metadata: ObjectMeta, marks: readonly string[] = []): string {
  return `${[metadata.generation ?? 0, digestOfMarks(metadata), ...marks].join("-")}@${metadata.resourceVersion ?? ""}`;
}

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

function digestOfMarks(metadata: ObjectMeta): string {
  const known = digests.get(metadata);
  if (known !== undefined) return known;
  const seen = [visibleLabels(metadata.labels), visibleAnnotations(metadata.annotations)].map(sortedEntries);
  const digest = createHash("sha256").update(JSON.stringify(seen)).digest("hex").slice(0, 12);
  digests.set(metadata, digest);
  return digest;
}

/** The labels that templates and rules see. */
export function visibleLabels(labels: ObjectMeta["labels"]): { readonly [key: string]: string } {
  return labels ?? {};
}

/** The annotations that templates see: all but kubectl's and the operator's bookkeeping; `paused` counts for versions. */
export function visibleAnnotations(annotations: ObjectMeta["annotations"]): { readonly [key: string]: string } {
  const visible = Object.entries(annotations ?? {}).filter(([key]) => !noise.test(key) && !bookkeeping(key));
  return Object.fromEntries(visible);
}

function bookkeeping(key: string): boolean {
  return key.startsWith(`${group}/`) && key !== `${group}/paused`;
}

function sortedEntries(map: { readonly [key: string]: string }): readonly (readonly [string, string])[] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
