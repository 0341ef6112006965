import { timestamp } from "../../kit/conditions.ts";
import type { PlugStatus } from "./plug.generated.ts";

/** The number of revisions of one plug that may follow each other at once. */
export const revisionsAtOnce = 30;

/** After that, the time between two revisions, in milliseconds. */
export const millisecondsPerRevision = 20_000;

/** When the next revision may be made, in milliseconds since the epoch; undefined: now. */
export function nextRevisionAt({ revisionPace }: PlugStatus, now: number): number | undefined {
  const at = paidUntil(revisionPace, now) - (revisionsAtOnce - 1) * millisecondsPerRevision;
  return at > now ? at : undefined;
}

/** The status after another revision: each one moves `paidUntil` forward by 20 s. */
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

/**
 * The time before which config is not resolved again, in milliseconds since the epoch; undefined: it may be resolved
 * now.
 */
export function resolutionWaitsUntil(status: PlugStatus | undefined, now: number): number | undefined {
  const until = Date.parse(status?.revisionPace?.waitsUntil ?? "");
  return until > now ? until : undefined;
}

/** A leaky bucket: the time at which all revisions are paid for, limited to a full bucket. */
function paidUntil(pace: PlugStatus["revisionPace"], now: number): number {
  const until = Date.parse(pace?.paidUntil ?? "");
  return until > now ? Math.min(until, now + revisionsAtOnce * millisecondsPerRevision) : now;
}

/** Time without another run after which a coupling counts as at rest, in milliseconds. */
export const restMilliseconds = 600_000;

/** Whether the status still reports that a client contests objects, although none has for a while. */
export function contestIsOver(status: PlugStatus | undefined, now: number): boolean {
  const { restless } = status ?? {};
  return restless?.contested === true && now - Date.parse(restless.since) >= 2 * restMilliseconds;
}
