import type { StageName } from "../crds/stage-names.ts";

/** A stage that is due, and for what: the same stage for the same inputs is the same need. */
export interface Need {
  readonly stage: StageName;
  readonly inputs: string;
  /** The generations of plug and socket: while they stay, running again is restlessness. Absent where it never is. */
  readonly edits?: string | undefined;
  /** The resourceVersion of the subject it was judged on, which is no part of what it is. */
  readonly judgedOn?: string | undefined;
  /** Asked on suspicion: whether it was due nobody can see, so it is not asked again. */
  readonly once?: boolean | undefined;
}

/** What evaluating a subject gave: a need, none, or that it cannot be judged now (a claim runs, the view lags behind). */
export type Judgement = Need | "nothing due" | "not now";

/** Whether two ask for the same stage for the same inputs. */
export function sameNeed(one: Need, other: Need): boolean {
  return one.stage === other.stage && one.inputs === other.inputs;
}
