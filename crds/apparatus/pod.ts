import type { ObjectMeta } from "../../kit/kube/port.ts";
import { labels, manager } from "../names.ts";

/** The words on the Pod and Service of an apparatus. */
export const apparatusMarks = {
  /** Label: the uid of the plug or socket whose apparatus it is. */
  of: "integration.rock8s.com/apparatus-of",
  /** Annotation: when it was last called. */
  lastUsedAt: "integration.rock8s.com/last-used-at",
  /** Annotation: after how many seconds without use it goes. */
  idleTimeout: "integration.rock8s.com/idle-timeout",
  /** Annotation: a digest of the spec it was made from. */
  digest: "integration.rock8s.com/apparatus-digest",
} as const;

/** Selects the Pods of all apparatuses. */
export const apparatusSelector: string = `${labels.managedBy}=${manager},${apparatusMarks.of}`;

/** How exactly a use is written down: one that follows another within a tenth of the time that is left is not. */
export function usePrecisionMilliseconds(idleSeconds: number): number {
  return Math.min(10_000, idleSeconds * 100);
}

/** A Pod that was never called may still be starting, with somebody waiting for it. */
const startingMilliseconds = 600_000;
/** No call takes longer, so that none is cut off. */
const callMilliseconds = 30_000;

/** When the Pod of an apparatus is to go unless it is used again (milliseconds since the epoch). */
export function idleAtOf({ annotations = {}, creationTimestamp = "" }: ObjectMeta): number {
  const idle = Number(annotations[apparatusMarks.idleTimeout] ?? 60);
  const used = annotations[apparatusMarks.lastUsedAt];
  if (used === undefined) return (Date.parse(creationTimestamp) || 0) + Math.max(idle * 1_000, startingMilliseconds);
  return (Date.parse(used) || 0) + Math.max(idle * 1_000 + usePrecisionMilliseconds(idle), callMilliseconds);
}
