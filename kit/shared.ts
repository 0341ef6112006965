import type { Clock } from "./clock.ts";

/** Work that is begun once, for all who need it. */
export interface Shared<Result> {
  (): Promise<Result>;
  /** Undefined where nobody needed it yet, or what came of it is kept no longer. */
  readonly begun: () => Promise<Result> | undefined;
}

/** How long what came of work is the answer for the next. */
export interface Kept {
  readonly clock: Pick<Clock, "now">;
  /** Of what succeeded; absent: always. */
  readonly milliseconds?: number | undefined;
  /** Of what failed. */
  readonly failureMilliseconds: number;
}

const always = Number.POSITIVE_INFINITY;
const tillItFails: Kept = { clock: { now: () => 0 }, failureMilliseconds: 0 };

/** Shares work: it begins when it is first needed. Unless said otherwise what succeeded is kept, and what failed is begun anew for the next. */
export function shared<Result>(work: () => Promise<Result>, kept: Kept = tillItFails): Shared<Result> {
  const { clock, milliseconds = always, failureMilliseconds } = kept;
  let known: { readonly result: Promise<Result>; until: number } | undefined;
  const begun = (): Promise<Result> | undefined =>
    known !== undefined && clock.now() < known.until ? known.result : undefined;
  const get = (): Promise<Result> => {
    const before = begun();
    if (before !== undefined) return before;
    const asked = { result: work(), until: always };
    known = asked;
    asked.result.then(
      () => {
        asked.until = clock.now() + milliseconds;
      },
      () => {
        asked.until = clock.now() + failureMilliseconds;
      },
    );
    return asked.result;
  };
  return Object.assign(get, { begun });
}
