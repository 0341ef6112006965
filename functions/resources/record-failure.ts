import { type FailureRecord, retryTimeOf } from "../../crds/due/failure.ts";
import { digest } from "../../crds/due/told.ts";
import type { PlugRef } from "../../crds/plug/plug.generated.ts";
import { Conflict, type OperatorError, Rejected } from "../../kit/errors.ts";
import { keyText } from "../../kit/kube/keys.ts";
import { versionOfSpecification } from "../../kit/loop/versions.ts";
import { type PlacedResource, refTo } from "./plan-resources.ts";

/** A failure and the data to record with it. */
export interface Failing {
  readonly stage: string;
  /** The revision with which the stage failed; the generation for stages without a revision. */
  readonly revision: number;
  readonly error: OperatorError;
  /** The failure that was recorded before. */
  readonly former: FailureRecord | undefined;
  /** The uid of the stage's object, which spreads the retries of several objects. */
  readonly uid: string | undefined;
  readonly now: number;
  /** The object that existed when the API server rejected the write. */
  readonly inWay?: PlugRef | undefined;
}

const firstMilliseconds = 1_000;

const longestMilliseconds = 600_000;

/**
 * The record of a failure: the retry time of a rejection, or that it is final.
 * Undefined if only the loop retries it.
 */
export function failureRecord(failing: Failing): FailureRecord | undefined {
  const { stage, revision, error, inWay } = failing;
  const { name: reason } = error;
  const attempts = attemptsOf(failing);
  // Retried at once. The record counts consecutive conflicts.
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
 * The part of a failure that stays recorded while its stage is retried, so that a restarted process continues to count.
 * Undefined if the failure is final, or belongs to another stage.
 */
export function triedAgain(
  failure: FailureRecord | undefined,
  { stage, now }: { readonly stage: string; readonly now: number },
): FailureRecord | undefined {
  const retryAt = retryTimeOf(failure);
  if (failure?.stage !== stage || retryAt === undefined) return undefined;
  // A change may have made the stage due before its time. Then it stays due.
  return retryAt > now ? { ...failure, retryAt: new Date(now).toISOString() } : failure;
}

/** Identifies an answer of the API server. */
export function answerText({ verdict: { code, reason, fields } }: Rejected): string {
  return [String(code), reason, fields.toSorted().join(", ")].filter((part) => part !== "").join(" ");
}

/**
 * The object that existed when the API server rejected the write, as a reference that wakes the stage; undefined if
 * there was none.
 */
function objectInWay(error: OperatorError, placed: readonly PlacedResource[], stage: string): PlugRef | undefined {
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

/** A few consecutive conflicts are normal. From this number on they are reported. */
const lastingConflicts = 3;

/** Whether the failure is a first or second conflict, which is not worth reporting. */
export function isPassing({ reason, attempts = 0 }: FailureRecord): boolean {
  return reason === "Conflict" && attempts < lastingConflicts;
}

/**
 * The wait after rejections by the API server, which the status records; that of the source is in backoff.ts.
 * Doubles from 1 s to 10 min, less a random part of up to a half, so that stages that failed together do not retry
 * together.
 */
function waitMilliseconds(attempts: number, { uid = "", stage }: Failing): number {
  const longest = Math.min(longestMilliseconds, firstMilliseconds * 2 ** Math.min(attempts - 1, 20));
  const share = Number.parseInt(digest([uid, stage, String(attempts)]).slice(0, 6), 16) / 0xff_ff_ff;
  return Math.ceil(longest * (1 - share / 2));
}

/** The failure of the step that stopped a stage. */
export function failing<Name extends string>(
  stage: Name,
  error: OperatorError,
  placed: readonly PlacedResource[],
): {
  readonly stage: Name;
  readonly error: OperatorError;
  readonly message: string;
  readonly inWay?: PlugRef | undefined;
} {
  return { stage, error, message: error.message, inWay: objectInWay(error, placed, stage) };
}
