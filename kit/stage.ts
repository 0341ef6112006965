import type { PlugboardError } from "./errors.ts";
import type { Kind } from "./kube.ts";

/** What asks for a stage: identity, never content. `uid` absent: whichever object has the name now (asked by hand). */
export interface StageRequest<Stage extends string = string> {
  readonly stage: Stage;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string | undefined;
}

/** How a stage ended. */
export type StageReply<Fact extends string = string> =
  /** It was not due, another holds the claim, or there was nothing to do. */
  | { readonly kind: "nothing"; readonly why: string }
  /** The object was moved on (also into a recorded wait or failure that only an edit or a change can mend). */
  | {
      readonly kind: "fact";
      readonly fact: Fact;
      readonly message: string;
      /** The new revision that was resolved. */
      readonly revision?: number | undefined;
      /** The object was let go: nothing holds up its deletion any more. */
      readonly released?: boolean | undefined;
    }
  /** It may succeed later without anybody editing anything. */
  | { readonly kind: "retry"; readonly error: PlugboardError; readonly retryAfterSeconds?: number | undefined };

/** What the stages of a kind and their facts are called. */
export interface StagesOfKind<Stage extends string, Fact extends string> {
  /** What they are about. */
  readonly object: Kind;
  readonly stages: readonly Stage[];
  /** What happened, in the past tense. */
  readonly facts: readonly Fact[];
}
