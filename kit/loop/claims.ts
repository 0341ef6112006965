/** The clock and holders that decide whether a claim still runs. */
export interface ClaimClock {
  readonly now: number;
  /**
   * Holders whose claims are void at once: the previous leader, and this process itself, which runs one stage of an
   * object at a time.
   */
  readonly voidHolders: readonly string[];
}

/** Time after the end of a claim before another instance may take it over, because clocks differ. */
const takeoverMilliseconds = 10_000;

/**
 * No stage claims a longer time, however clocks differ.
 * A later end was not written by an operator of ours, and would block every stage that waits for it.
 */
const longestMilliseconds = 600_000;

interface Claimed {
  readonly stage?: { readonly holder: string; readonly until: string } | undefined;
}

/**
 * When the running claim of another holder can be taken over, in milliseconds since the epoch; undefined if none runs.
 */
export function runningClaim(status: Claimed | undefined, clock: ClaimClock): number | undefined {
  const claim = status?.stage;
  if (claim === undefined || clock.voidHolders.includes(claim.holder)) return undefined;
  const free = Date.parse(claim.until) + takeoverMilliseconds;
  return free > clock.now && free <= clock.now + longestMilliseconds ? free : undefined;
}
