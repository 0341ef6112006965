import { createHash } from "node:crypto";

/** When the copies of an event arrive, in milliseconds from now; empty: it is lost. */
export type Arrivals = readonly number[];

/** Decides what happens to an event on its way. */
export type Network = (event: { readonly source: string; readonly id: string }) => Arrivals;

/** The shares of all events that a hostile network harms, each from 0 to 1. */
export interface Harm {
  readonly dropped: number;
  readonly duplicated: number;
  /** Held back, so that later events overtake them. */
  readonly delayed: number;
}

/** The harm of `plugboard dev --hostile`. */
export const usualHarm: Harm = { dropped: 0.1, duplicated: 0.2, delayed: 0.2 };

const shortestDelayMilliseconds = 100;
const longestDelayMilliseconds = 3_000;

/** Every event arrives once, at once. */
export const friendlyNetwork: Network = () => [0];

/**
 * Loses, duplicates and delays events; the same seed harms the same events.
 * Both copies of a duplicated event arrive at once; if it is also delayed, one of them.
 */
export function hostileNetwork(seed: string, { dropped, duplicated, delayed }: Harm = usualHarm): Network {
  return ({ source, id }) => {
    const [toDrop, toDuplicate, toDelay, howLong] = draw(`${seed} ${source} ${id}`);
    if (toDrop < dropped) return [];
    const copies = toDuplicate < duplicated ? 2 : 1;
    if (toDelay >= delayed) return Array(copies).fill(0);
    const span = longestDelayMilliseconds - shortestDelayMilliseconds;
    const delay = Math.round(shortestDelayMilliseconds + howLong * span);
    return copies === 2 ? [0, delay] : [delay];
  };
}

/** Four numbers, each at least 0 and less than 1. */
function draw(text: string): readonly [number, number, number, number] {
  const bytes = createHash("sha256").update(text).digest();
  const number = (index: number): number => bytes.readUInt32BE(4 * index) / 2 ** 32;
  return [number(0), number(1), number(2), number(3)];
}
