import { timestamp } from "../../kit/conditions.ts";
import type { PlugStatus } from "./plug.generated.ts";

/** So many revisions of one plug may follow each other at once. */
export const revisionsAtOnce = 30;

/** Then one may follow each time that so long has passed. */
export const millisecondsPerRevision = 20_000;

/** When the next revision may be made, in milliseconds since the epoch; undefined: now. */
export function nextRevisionAt({ revisionPace }: PlugStatus, now: number): number | undefined {
  const at = paidUntil(revisionPace, now) - (revisionsAtOnce - 1) * millisecondsPerRevision;
  return at > now ? at : undefined;
}

/** The status once another revision was made: whoever caused it, it is paid for with time. */
export function withRevisionPaid(status: PlugStatus, now: number): PlugStatus {
  const until = paidUntil(status.revisionPace, now) + millisecondsPerRevision;
  return { ...status, revisionPace: { paidUntil: timestamp(until) } };
}

/** The status of a plug whose next revision waits. */
export function withRevisionWaiting(status: PlugStatus, now: number, at: number): PlugStatus {
  return {
    ...status,
    revisionPace: { paidUntil: timestamp(paidUntil(status.revisionPace, now)), waitsUntil: timestamp(at) },
  };
}

/** Until when nothing is resolved again, in milliseconds since the epoch; undefined where it may be now. */
export function resolutionWaitsUntil(status: PlugStatus | undefined, now: number): number | undefined {
  const until = Date.parse(status?.revisionPace?.waitsUntil ?? "");
  return until > now ? until : undefined;
}

/** A bucket that leaks: the time at which all that was made is paid for, never further away than when the bucket is full. */
function paidUntil(pace: PlugStatus["revisionPace"], now: number): number {
  const until = Date.parse(pace?.paidUntil ?? "");
  return until > now ? Math.min(until, now + revisionsAtOnce * millisecondsPerRevision) : now;
}

/** After so long without running again a coupling counts as at rest. */
export const restMilliseconds = 600_000;

/** Whether people are still told that somebody contests what was applied, although nobody has for a while. */
export function contestIsOver(status: PlugStatus | undefined, now: number): boolean {
  const { restless } = status ?? {};
  return restless?.contested === true && now - Date.parse(restless.since) >= 2 * restMilliseconds;
}
