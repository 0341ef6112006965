import { createHash } from "node:crypto";

/** When copies of an event arrive, in milliseconds from now; none: it is lost. */
export type Arrivals = readonly number[];

/** What becomes of an event on its way. */
export type Network = (event: { readonly source: string; readonly id: string }) => Arrivals;

/** Which part of all events a hostile network harms, each from 0 to 1. */
export interface Harm {
  readonly dropped: number;
  readonly duplicated: number;
  /** Held back, so that others overtake them. */
  readonly delayed: number;
}

/** What `plugboard dev --hostile` does. */
export const usualHarm: Harm = { dropped: 0.1, duplicated: 0.2, delayed: 0.2 };

const shortestDelayMilliseconds = 100;
const longestDelayMilliseconds = 3_000;

/** Every event arrives once, at once. */
export const friendlyNetwork: Network = () => [0];

/** Loses, doubles and holds back events: the same ones each time for one seed. Of a doubled event both copies arrive at once; if it is also held back, one of them. */
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

/** Four numbers from 0 up to, not including, 1. */
function draw(text: string): readonly [number, number, number, number] {
  const bytes = createHash("sha256").update(text).digest();
  const number = (index: number): number => bytes.readUInt32BE(4 * index) / 2 ** 32;
  return [number(0), number(1), number(2), number(3)];
}
