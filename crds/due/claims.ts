/** By what claims are judged. */
export interface ClaimClock {
  readonly now: number;
  /** Whose claims are void at once: the leader before this one, and this process itself, which runs one stage of an object at a time. */
  readonly voidHolders: readonly string[];
}

/** How long after a claim's end another may take it over: clocks differ. */
const takeoverMilliseconds = 10_000;

/** No stage claims more at once, however clocks differ: who writes an end further away is none of ours, and would hold up whoever waits for the end. */
const longestMilliseconds = 600_000;

interface Claimed {
  readonly stage?: { readonly holder: string; readonly until: string } | undefined;
}

/** When another's claim that still runs can be taken over (milliseconds since the epoch); undefined when none runs. */
export function runningClaim(status: Claimed | undefined, clock: ClaimClock): number | undefined {
  const claim = status?.stage;
  if (claim === undefined || clock.voidHolders.includes(claim.holder)) return undefined;
  const free = Date.parse(claim.until) + takeoverMilliseconds;
  return free > clock.now && free <= clock.now + longestMilliseconds ? free : undefined;
}
