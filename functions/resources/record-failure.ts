import { type FailureRecord, retryTimeOf } from "../../crds/due/failure.ts";
import { digest } from "../../crds/due/told.ts";
import type { PlugRef } from "../../crds/plug/plug.generated.ts";
import { Conflict, type PlugboardError, Rejected } from "../../kit/errors.ts";
import { keyText } from "../../kit/kube/keys.ts";
import { versionOfSpecification } from "../../kit/loop/versions.ts";
import { type PlacedResource, refTo } from "./plan-resources.ts";

/** A failure and what it has to be recorded with. */
export interface Failing {
  readonly stage: string;
  /** The revision it failed on, or the generation where no revision covers it. */
  readonly revision: number;
  readonly error: PlugboardError;
  /** The failure on record before. */
  readonly former: FailureRecord | undefined;
  /** Whose stage it is: spreads the times of several. */
  readonly uid: string | undefined;
  readonly now: number;
  /** The object that was there when the API server rejected the write. */
  readonly inWay?: PlugRef | undefined;
}

const firstMilliseconds = 1_000;

const longestMilliseconds = 600_000;

/** What is recorded of a failure: when a rejection is tried again, and what is final; undefined of what the loop alone tries again. */
export function failureRecord(failing: Failing): FailureRecord | undefined {
  const { stage, revision, error, inWay } = failing;
  const { name: reason } = error;
  const attempts = attemptsOf(failing);
  // It is tried again at once; how often in a row is on record.
  if (error instanceof Conflict)
    return { stage, revision, reason, attempts, retryAt: new Date(failing.now).toISOString() };
  if (!(error instanceof Rejected)) return error.retryable ? undefined : { stage, revision, reason };
  return {
    stage,
    revision,
    reason,
    attempts,
    retryAt: new Date(failing.now + waitMilliseconds(attempts, failing)).toISOString(),
    answer: answerText(error),
    ...(inWay === undefined ? {} : { inWay: `${inWay.kind} ${inWay.namespace ?? ""}/${inWay.name}` }),
  };
}

/**
 * What stays on record of a failure while its stage is tried again: a process that dies in it does not begin to count anew. Undefined where
 * the failure is final, or another stage's.
 */
export function triedAgain(
  failure: FailureRecord | undefined,
  { stage, now }: { readonly stage: string; readonly now: number },
): FailureRecord | undefined {
  const retryAt = retryTimeOf(failure);
  if (failure?.stage !== stage || retryAt === undefined) return undefined;
  // Something else than the time may have made it due: it stays due.
  return retryAt > now ? { ...failure, retryAt: new Date(now).toISOString() } : failure;
}

/** What tells one answer of the API server from another. */
export function answerText({ verdict: { code, reason, fields } }: Rejected): string {
  return [String(code), reason, fields.toSorted().join(", ")].filter((part) => part !== "").join(" ");
}

/** The object that was there when the API server rejected what was to be written, as a reference that wakes the stage; undefined where there was none. */
function objectInWay(error: PlugboardError, placed: readonly PlacedResource[], stage: string): PlugRef | undefined {
  const target = error instanceof Rejected ? error.target : undefined;
  if (target === undefined) return undefined;
  const { seen } = placed.find(({ key }) => keyText(key) === keyText(target)) ?? {};
  if (seen?.uid === undefined) return undefined;
  return { ...refTo(target), role: "awaited", uid: seen.uid, version: versionOfSpecification(seen), stage };
}

function attemptsOf({ stage, revision, error, former }: Failing): number {
  const again = former?.stage === stage && former.revision === revision && former.reason === error.name;
  return again ? (former.attempts ?? 0) + 1 : 1;
}

/** A few conflicts in a row are others who were quicker; from so many on they are said. */
const lastingConflicts = 3;

/** Whether a recorded failure is only that somebody else was quicker a time or two: no news to anybody. */
export function isPassing({ reason, attempts = 0 }: FailureRecord): boolean {
  return reason === "Conflict" && attempts < lastingConflicts;
}

/** From 1 s doubling to 10 min, of which up to a half is taken off so that those that failed together do not come back together. */
function waitMilliseconds(attempts: number, { uid = "", stage }: Failing): number {
  const longest = Math.min(longestMilliseconds, firstMilliseconds * 2 ** Math.min(attempts - 1, 20));
  const share = Number.parseInt(digest([uid, stage, String(attempts)]).slice(0, 6), 16) / 0xff_ff_ff;
  return Math.ceil(longest * (1 - share / 2));
}

/** What a stage says of the step that stopped it. */
export function failing<Name extends string>(
  stage: Name,
  error: PlugboardError,
  placed: readonly PlacedResource[],
): {
  readonly stage: Name;
  readonly error: PlugboardError;
  readonly message: string;
  readonly inWay?: PlugRef | undefined;
} {
  return { stage, error, message: error.message, inWay: objectInWay(error, placed, stage) };
}
