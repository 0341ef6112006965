import { Conflict, type PlugboardError } from "../kit/errors.ts";
import type { Need } from "./need.ts";

/** What a subject was asked for, and what is waited for before it is looked at again. */
export interface Ask {
  need: Need;
  readonly group: string;
  attempt: number;
  /** "accepted": a broker has it. "grace": the cluster is about to show what came of it. "backoff", "rerun": it is held back, after a failure or as restless. */
  phase: "in flight" | "accepted" | "grace" | "backoff" | "rerun";
  /** When the phase ends, in milliseconds since the epoch; an answer ends "in flight". */
  until: number;
  /** When it was asked for first. */
  readonly since: number;
  error: PlugboardError | undefined;
  /** Ends the timer of the phase. */
  cancel: () => void;
}

/** So many events lost in a row are a stage that fails. */
const lostAtMost = 3;
/** So many conflicts in a row are a view that lags behind, not a fight. */
const passingConflicts = 3;

/** An ask that nothing was sent for yet. */
export function beginAsk(need: Need, group: string, now: number): Ask {
  return { need, group, attempt: 0, phase: "rerun", until: 0, since: now, error: undefined, cancel: () => {} };
}

/** Keeps why an attempt failed: the same error again lengthens the next wait; after another one that is as long as the last. */
export function noteFailure(ask: Ask, error: PlugboardError | undefined): void {
  const another = ask.error !== undefined && error !== undefined && ask.error.name !== error.name;
  if (another) ask.attempt = Math.max(0, ask.attempt - 1);
  ask.error = error;
}

/** Whether it is not going to move in a moment; `restless` says whether what is held back as a rerun counts as that. */
export function isPatient({ phase, attempt, error }: Ask, restless: boolean): boolean {
  switch (phase) {
    case "in flight":
    case "grace":
      return false;
    case "rerun":
      return restless;
    case "accepted":
      // A broker loses an event, and perhaps the next one, too.
      return attempt >= lostAtMost;
    case "backoff":
      return !(error instanceof Conflict && attempt < passingConflicts);
  }
}
