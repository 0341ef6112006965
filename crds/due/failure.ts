import type { PlugRef, PlugStatus } from "../plug/plug.generated.ts";

/** A failure of a stage, as a status records it. */
export type FailureRecord = NonNullable<PlugStatus["failure"]>;

/** Whether a stage failed on this revision and is not retried yet. */
export function holdsUp(
  failure: FailureRecord | undefined,
  { stage, revision }: { readonly stage: string; readonly revision: number | undefined },
  now: number,
): boolean {
  if (failure?.stage !== stage || failure.revision !== revision) return false;
  const retryAt = retryTimeOf(failure);
  return retryAt === undefined || now < retryAt;
}

/** When a failed stage is retried without a change, in milliseconds since the epoch; undefined: only after a change. */
export function retryTimeOf(failure: FailureRecord | undefined): number | undefined {
  return failure?.retryAt === undefined ? undefined : Date.parse(failure.retryAt);
}

/** Whether a stage that waits or failed must still wait. */
export function isHalted(
  failure: FailureRecord | undefined,
  halt: {
    readonly stage: string;
    readonly revision: number | undefined;
    /** For each awaited object, whether it changed. */
    readonly changes: readonly boolean[];
  },
  now: number,
): boolean {
  if (halt.changes.includes(true)) return false;
  if (failure?.stage === halt.stage && failure.retryAt !== undefined) return holdsUp(failure, halt, now);
  return halt.changes.length > 0 || holdsUp(failure, halt, now);
}

/** Whether the time to wait for an object has passed. */
export function isOver({ until }: PlugRef, now: number): boolean {
  return until !== undefined && Date.parse(until) <= now;
}

/** When something becomes due without a change, in milliseconds since the epoch; undefined: never. */
export function nextTime(status: Pick<PlugStatus, "failure" | "refs"> | undefined, now: number): number | undefined {
  const ends = (status?.refs ?? []).flatMap(({ until }) => (until === undefined ? [] : [Date.parse(until)]));
  const times = [retryTimeOf(status?.failure) ?? 0, ...ends].filter((time) => time > now);
  return times.length === 0 ? undefined : Math.min(...times);
}
