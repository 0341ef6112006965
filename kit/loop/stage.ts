import type { OperatorError } from "../errors.ts";
import type { Kind } from "../kube/port.ts";

/**
 * A request for a stage of one object.
 * It names the object and never carries its content.
 * Without `uid` (a request by hand), the stage runs for the object that has the name now.
 */
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
  /**
   * The stage recorded its result in the object: success, or a wait or failure that only an edit or another change can
   * end.
   */
  | {
      readonly kind: "fact";
      readonly fact: Fact;
      readonly message: string;
      /** The new revision that was resolved. */
      readonly revision?: number | undefined;
      /** The operator's finalizer was removed: it no longer delays the deletion of the object. */
      readonly released?: boolean | undefined;
    }
  /** It may succeed later without anybody editing anything. */
  | { readonly kind: "retry"; readonly error: OperatorError; readonly retryAfterSeconds?: number | undefined };

/** What the stages of a kind and their facts are called. */
export interface StagesOfKind<Stage extends string, Fact extends string> {
  /** What they are about. */
  readonly object: Kind;
  readonly stages: readonly Stage[];
  /** What happened, in the past tense. */
  readonly facts: readonly Fact[];
}
