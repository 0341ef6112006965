import { backoffMilliseconds, type Random } from "../backoff.ts";
import type { Need } from "./due-stages.ts";

interface Runs {
  readonly edits: string;
  readonly byStage: Map<string, { readonly count: number; readonly at: number }>;
}

/** How often a stage may run again without an edit before it counts as restless. */
export const restlessFrom = 5;

/** Time without a run of a stage after which the next run counts as the first. */
const windowMilliseconds = 600_000;

/**
 * Counts runs of stages without an edit of their objects.
 * A stage that becomes due repeatedly is held back like a retry.
 */
export class Reruns {
  readonly #runs = new Map<string, Runs>();

  /** Counts a run that changed something. */
  ran(key: string, need: Need, now: number): void {
    if (need.edits === undefined) return;
    const known = this.#runs.get(key);
    const runs = known?.edits === need.edits ? known : { edits: need.edits, byStage: new Map() };
    const last = runs.byStage.get(need.stage);
    const count = last !== undefined && now - last.at < windowMilliseconds ? last.count + 1 : 1;
    runs.byStage.set(need.stage, { count, at: now });
    this.#runs.set(key, runs);
  }

  /** The number of runs since the last edit, for a stage that is due again. */
  count(key: string, need: Need, now: number): number {
    const runs = this.#runs.get(key);
    if (runs === undefined || runs.edits !== need.edits) return 0;
    const last = runs.byStage.get(need.stage);
    return last === undefined || now - last.at >= windowMilliseconds ? 0 : last.count;
  }

  /** The delay before the next run, in milliseconds. The first repetition, which is normal, has none. */
  delay(key: string, need: Need, now: number, random: Random): number {
    const count = this.count(key, need, now);
    return count < 2 ? 0 : backoffMilliseconds(count - 1, random);
  }

  forget(key: string): void {
    this.#runs.delete(key);
  }
}
