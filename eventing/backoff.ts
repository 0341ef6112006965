const firstMilliseconds = 1_000;
const longestMilliseconds = 300_000;

/** A number from 0 up to, not including, 1: Math.random in a process. */
export type Random = () => number;

/**
 * The delay before the source's next attempt after `failures` failures, in milliseconds: doubles from 1 s to 5 min, with
 * full jitter. A status records longer waits: `retryAt` of record-failure.ts.
 */
export function backoffMilliseconds(failures: number, random: Random): number {
  const longest = Math.min(longestMilliseconds, firstMilliseconds * 2 ** Math.min(Math.max(failures, 1) - 1, 20));
  return Math.ceil(random() * longest);
}
