import type { ObjectMeta } from "../../kit/kube/port.ts";
import { labels, manager } from "../names.ts";

/** Labels and annotations on the Pod and the Service of an apparatus. */
export const apparatusMarks = {
  /** Label: the uid of the plug or socket that owns the apparatus. */
  of: "integration.rock8s.com/apparatus-of",
  /** Annotation: when the apparatus was last called. */
  lastUsedAt: "integration.rock8s.com/last-used-at",
  /** Annotation: seconds without use after which the Pod is removed. */
  idleTimeout: "integration.rock8s.com/idle-timeout",
  /** Annotation: a digest of the spec from which the Pod was made. */
  digest: "integration.rock8s.com/apparatus-digest",
} as const;

/** Selects the Pods of all apparatuses. */
export const apparatusSelector: string = `${labels.managedBy}=${manager},${apparatusMarks.of}`;

/** The precision with which a use is recorded. A use within a tenth of the remaining time is not recorded again. */
export function usePrecisionMilliseconds(idleSeconds: number): number {
  return Math.min(10_000, idleSeconds * 100);
}

/** A Pod that was never called may still be starting, while a stage waits for it. */
const startingMilliseconds = 600_000;
/** No call takes longer, so no call is cut off. */
const callMilliseconds = 30_000;

/** When the Pod of an apparatus is removed unless it is used again, in milliseconds since the epoch. */
export function idleAtOf({ annotations = {}, creationTimestamp = "" }: ObjectMeta): number {
  const idle = Number(annotations[apparatusMarks.idleTimeout] ?? 60);
  const used = annotations[apparatusMarks.lastUsedAt];
  if (used === undefined) return (Date.parse(creationTimestamp) || 0) + Math.max(idle * 1_000, startingMilliseconds);
  return (Date.parse(used) || 0) + Math.max(idle * 1_000 + usePrecisionMilliseconds(idle), callMilliseconds);
}
