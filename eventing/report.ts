import type { OperatorError } from "../kit/errors.ts";
import type { StageReply, Subject } from "../kit/loop/stage.ts";

/** The result of passing an event to the sink. */
export type Delivery =
  /** The stage function answered. */
  | { readonly kind: "answered"; readonly reply: StageReply }
  /** A broker accepted it; only the cluster shows the result. */
  | { readonly kind: "accepted" };

/** The reports of the source, for metrics, logs and displays. */
export type SourceReport =
  | { readonly kind: "requested"; readonly subject: Subject; readonly stage: string; readonly attempt: number }
  | {
      readonly kind: "ended";
      readonly subject: Subject;
      readonly stage: string;
      readonly attempt: number;
      readonly delivery: Delivery;
      readonly seconds: number;
    }
  /** The cluster shows that a requested stage is not due any more. */
  | { readonly kind: "moved on"; readonly subject: Subject; readonly stage: string; readonly seconds: number }
  /** The source itself sent a fact, and the broker accepted it. */
  | { readonly kind: "fact sent"; readonly subject: Subject; readonly fact: string }
  /** The broker did not accept a fact. */
  | { readonly kind: "fact given up"; readonly subject: Subject; readonly fact: string; readonly error: unknown }
  | { readonly kind: "watching"; readonly apiVersion: string; readonly watched: string }
  | { readonly kind: "watch lost"; readonly apiVersion: string; readonly watched: string; readonly error: unknown }
  | {
      readonly kind: "may not watch";
      readonly apiVersion: string;
      readonly watched: string;
      readonly error: OperatorError;
    }
  | { readonly kind: "malformed"; readonly what: string; readonly error: unknown };

/** Called for every report; must not throw. */
export type Tell = (report: SourceReport) => void;

/** A stage whose event a broker accepted, or waits for the sink, and that is not seen done. */
export interface Awaited {
  readonly subject: Subject;
  readonly stage: string;
  readonly attempt: number;
  /** When it was requested first, in milliseconds since the epoch. */
  readonly since: number;
}

/** A stage that is due and was requested without success, or too often; with the time of its next request. */
export interface Waiting {
  readonly subject: Subject;
  readonly stage: string;
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly nextRequestAt: number;
  /** When it was requested first, in milliseconds since the epoch. */
  readonly since: number;
  readonly lastError: OperatorError | undefined;
  /** It ran repeatedly without an edit of its object. */
  readonly restless: boolean;
}
