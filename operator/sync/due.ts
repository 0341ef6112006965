import { type ClaimClock, runningClaim } from "../../kit/loop/claims.ts";
import type { WhatIsDue } from "../../kit/loop/kind.ts";
import type { Names } from "../definition/names.ts";
import type { ParentItem } from "./parent.ts";
import { digest, type FailureNote, type Noted, type Seen } from "./record.ts";

/** A parent with everything that a decision on it depends on. */
export interface ObservedParent {
  readonly parent: ParentItem;
  /** The versions seen now, of the kinds that can be seen. */
  readonly seen: Seen;
  /** What this process noted when nothing was left to do. */
  readonly noted: Noted | undefined;
  /** When this process began, in milliseconds since the epoch: errors before it may be mended by a new version. */
  readonly begunAt: number;
  readonly clock: ClaimClock;
}

/** Syncs that change children are delayed from this one on, if nobody edits the parent in between. */
export const restlessFrom = 5;
const longestRestMilliseconds = 300_000;
/** After this time without such a sync the count begins anew. */
const restlessWindowMilliseconds = 600_000;
/** A change that is no edit does not end the wait after an error sooner than this. */
const leastWaitMilliseconds = 1_000;

/** Which stage of a parent is due. Reads and writes nothing. */
export function nextStage(observed: ObservedParent, names: Names): WhatIsDue {
  const { parent, clock } = observed;
  const claimedUntil = runningClaim(parent.record, clock);
  if (claimedUntil !== undefined) return { due: "not now", lookAgainAt: claimedUntil };
  if (parent.deleting && !parent.held) return { due: "nothing" };
  const stage = parent.deleting ? names.stages.finalize : names.stages.sync;
  const opensAt = Math.max(afterFailure(observed, stage), afterRuns(observed));
  if (opensAt === Number.POSITIVE_INFINITY) return { due: "nothing" };
  if (opensAt > clock.now) return { due: "nothing", lookAgainAt: opensAt };
  const noted = observed.noted ?? parent.record.noted;
  if (noted !== undefined && isAsNoted(noted, observed, stage)) {
    const { resyncAt } = noted;
    if (resyncAt === undefined) return { due: "nothing" };
    if (resyncAt > clock.now) return { due: "nothing", lookAgainAt: resyncAt };
  }
  return { due: { stage, inputs: digest([parent.edits, JSON.stringify(observed.seen)]) } };
}

function isAsNoted(noted: Omit<Noted, "resyncAt">, { parent, seen }: ObservedParent, stage: string): boolean {
  return noted.stage === stage && noted.edits === parent.edits && sameSeen(noted.seen, seen);
}

function sameSeen(noted: Seen, now: Seen): boolean {
  return Object.entries(now).every(([kind, versions]) => noted[kind] === versions);
}

/** When a stage that failed may run again, in milliseconds since the epoch. */
function afterFailure(observed: ObservedParent, stage: string): number {
  const { parent, begunAt, seen } = observed;
  const { failure } = parent.record;
  if (failure === undefined || failure.stage !== stage || failure.edits !== parent.edits) return 0;
  const { until = Number.POSITIVE_INFINITY, at } = failure;
  if (until === Number.POSITIVE_INFINITY) return until;
  if (at < begunAt) return 0;
  return sameSeen(failure.seen, seen) ? until : Math.min(until, at + leastWaitMilliseconds);
}

/** When a sync that keeps changing children may run again, in milliseconds since the epoch. */
function afterRuns({ parent, clock }: ObservedParent): number {
  const { runs } = parent.record;
  if (parent.deleting || runs === undefined || runs.edits !== parent.edits || runs.count < restlessFrom) return 0;
  if (clock.now - runs.at > restlessWindowMilliseconds) return 0;
  return runs.at + Math.min(longestRestMilliseconds, 1_000 * 2 ** Math.min(runs.count - restlessFrom, 20));
}

/** The count of syncs that changed children, after one more. */
export function oneMoreRun(
  { record, edits }: ParentItem,
  now: number,
): { readonly edits: string; readonly count: number; readonly at: number } {
  const { runs } = record;
  const continues = runs !== undefined && runs.edits === edits && now - runs.at <= restlessWindowMilliseconds;
  return { edits, count: continues ? runs.count + 1 : 1, at: now };
}

/** The failure after an attempt: the same error again doubles the wait, another one resets it. */
export function noteFailure(
  { record, edits }: ParentItem,
  failed: {
    readonly stage: string;
    readonly seen: Seen;
    readonly error: { readonly name: string; readonly message: string; readonly retryable: boolean };
    readonly now: number;
    readonly atMostSeconds: number;
    /** The time that a handler asks for. */
    readonly waitSeconds?: number | undefined;
  },
): FailureNote {
  const { stage, seen, error, now, atMostSeconds, waitSeconds } = failed;
  // Numbers in a message (a time, a count) do not make it another error.
  const of = digest([error.name, error.message.replaceAll(/\d+/g, "#")]);
  const before = record.failure;
  const again = before !== undefined && before.of === of && before.edits === edits && before.stage === stage;
  const attempts = again ? before.attempts + 1 : 1;
  const wait = waitSeconds ?? Math.min(atMostSeconds, 2 ** Math.min(attempts - 1, 20));
  const until = error.retryable ? { until: now + wait * 1_000 } : {};
  return { stage, edits, seen, name: error.name, of, attempts, at: now, ...until };
}
