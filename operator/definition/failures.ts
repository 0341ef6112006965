import { OperatorError } from "../../kit/errors.ts";

/** Thrown by a handler: do not call it again for this parent until somebody edits the parent. */
export class GiveUp extends OperatorError {
  override readonly name = "GiveUp";
  readonly retryable = false;
}

/** A handler threw. Its message is the handler's. */
export class HandlerFailed extends OperatorError {
  override readonly name = "HandlerFailed";
  readonly retryable = true;
}

/** A handler returned what cannot be applied. Says which part, what was expected, and what was found. */
export class InvalidResult extends OperatorError {
  override readonly name = "InvalidResult";
  readonly retryable = true;
}

/** `validate` found problems in the parent. */
export class InvalidParent extends OperatorError {
  override readonly name = "InvalidParent";
  readonly retryable = false;
}

/** An object that a child would replace belongs to another owner. */
export class NotOurs extends OperatorError {
  override readonly name = "NotOurs";
  readonly retryable = true;
}

/** `finalize` returned `finalized: false`. */
export class NotFinalized extends OperatorError {
  override readonly name = "NotFinalized";
  readonly retryable = true;
}
