import type { Clock } from "./clock.ts";

/** Work whose result all callers share. */
export interface Shared<Result> {
  (): Promise<Result>;
  /** The pending or kept result; undefined if the work has not begun or its result expired. */
  readonly begun: () => Promise<Result> | undefined;
}

/** How long callers reuse a result. */
export interface Kept {
  readonly clock: Pick<Clock, "now">;
  /** After success, in milliseconds; absent: forever. */
  readonly milliseconds?: number | undefined;
  /** After failure, in milliseconds. */
  readonly failureMilliseconds: number;
}

const always = Number.POSITIVE_INFINITY;
const tillItFails: Kept = { clock: { now: () => 0 }, failureMilliseconds: 0 };

/**
 * Begins the work at the first call and shares its result.
 * By default keeps a success forever and retries after a failure.
 */
export function shared<Result>(work: () => Promise<Result>, kept: Kept = tillItFails): Shared<Result> {
  const { clock, milliseconds = always, failureMilliseconds } = kept;
  let known: { readonly result: Promise<Result>; until: number } | undefined;
  const begun = (): Promise<Result> | undefined =>
    known !== undefined && clock.now() < known.until ? known.result : undefined;
  const get = (): Promise<Result> => {
    const before = begun();
    if (before !== undefined) return before;
    const entry = { result: work(), until: always };
    known = entry;
    entry.result.then(
      () => {
        entry.until = clock.now() + milliseconds;
      },
      () => {
        entry.until = clock.now() + failureMilliseconds;
      },
    );
    return entry.result;
  };
  return Object.assign(get, { begun });
}
