import { backoffMilliseconds, type Random } from "../backoff.ts";
import type { Need } from "./due-stages.ts";

interface Runs {
  readonly edits: string;
  readonly byStage: Map<string, { readonly count: number; readonly at: number }>;
}

/** How often a stage may run again without an edit before it counts as restless. */
export const restlessFrom = 5;

/** After so long without a run of a stage, the next counts as the first. */
const windowMilliseconds = 600_000;

/** How often each stage ran although nobody edited what it is about: what comes due again and again is to be held back like a retry. */
export class Reruns {
  readonly #runs = new Map<string, Runs>();

  /** Counts a run that did something. */
  ran(key: string, need: Need, now: number): void {
    if (need.edits === undefined) return;
    const known = this.#runs.get(key);
    const runs = known?.edits === need.edits ? known : { edits: need.edits, byStage: new Map() };
    const last = runs.byStage.get(need.stage);
    const count = last !== undefined && now - last.at < windowMilliseconds ? last.count + 1 : 1;
    runs.byStage.set(need.stage, { count, at: now });
    this.#runs.set(key, runs);
  }

  /** How often a stage that is due again ran since the last edit. */
  count(key: string, need: Need, now: number): number {
    const runs = this.#runs.get(key);
    if (runs === undefined || runs.edits !== need.edits) return 0;
    const last = runs.byStage.get(need.stage);
    return last === undefined || now - last.at >= windowMilliseconds ? 0 : last.count;
  }

  /** How long to hold back the next run: not the first repetition, which waking up is, but those after it. */
  delay(key: string, need: Need, now: number, random: Random): number {
    const count = this.count(key, need, now);
    return count < 2 ? 0 : backoffMilliseconds(count - 1, random);
  }

  forget(key: string): void {
    this.#runs.delete(key);
  }
}
