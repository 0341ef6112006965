import { hash } from "node:crypto";
import type { ObjectMeta } from "../../kit/kube/port.ts";
import { group } from "../names.ts";

const noise = /^(kubectl\.kubernetes\.io|deployment\.kubernetes\.io)\//;
const digests = new WeakMap<ObjectMeta, string>();

/**
 * The version of a plug, socket or namespace: its generation, and a digest of the labels and annotations that templates
 * and rules see.
 */
export function versionOfOwner(metadata: ObjectMeta, marks: readonly string[] = []): string {
  return `${[metadata.generation ?? 0, digestOfMarks(metadata), ...marks].join("-")}@${metadata.resourceVersion ?? ""}`;
}

function digestOfMarks(metadata: ObjectMeta): string {
  const known = digests.get(metadata);
  if (known !== undefined) return known;
  const seen = [visibleLabels(metadata.labels), visibleAnnotations(metadata.annotations)].map(sortedEntries);
  const digest = hash("sha256", JSON.stringify(seen)).slice(0, 12);
  digests.set(metadata, digest);
  return digest;
}

/** The labels that templates and rules see. */
export function visibleLabels(labels: ObjectMeta["labels"]): { readonly [key: string]: string } {
  return labels ?? {};
}

/**
 * The annotations that templates see: all except those of kubectl and Plugboard's own.
 * `paused` counts for versions.
 */
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
