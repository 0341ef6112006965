import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

export interface Patience {
  /** What moves while there is progress that `look` does not see; nothing by default. */
  readonly moves?: (() => Promise<unknown>) | undefined;
  /** From one look to the next; 150 by default. */
  readonly everyMilliseconds?: number;
  /** How long, and how many looks, nothing may move until a wait is given up. */
  readonly stillMilliseconds?: number;
  readonly stillLooks?: number;
}

/** Nobody waits longer, whatever moves. */
const mostMilliseconds = 1_200_000;

/**
 * Looks until what it sees is wanted; what it saw last, wanted or not. It waits for progress, not for a clock: it gives up only after a
 * minute or more in which nothing has moved, and only after many looks, because on a busy machine each takes long.
 */
export async function lookUntil<Seen>(
  look: () => Promise<Seen>,
  isWanted: (seen: Seen) => boolean,
  { moves, everyMilliseconds = 150, stillMilliseconds = 60_000, stillLooks = 100 }: Patience = {},
): Promise<Seen> {
  const begun = Date.now();
  let [before, since, looks]: [unknown, number, number] = [undefined, begun, 0];
  for (;;) {
    const seen = await look();
    if (isWanted(seen) || Date.now() - begun > mostMilliseconds) return seen;
    looks += 1;
    if (Date.now() - since > stillMilliseconds && looks > stillLooks) {
      const now = { seen, moved: await moves?.() };
      if (isDeepStrictEqual(now, before)) return seen;
      [before, since, looks] = [now, Date.now(), 0];
    }
    await pause(everyMilliseconds);
  }
}
