import type { PlugboardError } from "../kit/errors.ts";
import type { StageReply } from "../kit/loop/stage.ts";
import type { Subject } from "../kit/loop/subject.ts";

/** What became of an event that was handed to the sink. */
export type Delivery =
  /** The stage function answered. */
  | { readonly kind: "answered"; readonly reply: StageReply }
  /** A broker has taken it over; what becomes of it is seen in the cluster alone. */
  | { readonly kind: "accepted" };

/** What the source tells whoever counts, logs or shows it. */
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
  /** The cluster shows that a stage which was asked for is not due any more. */
  | { readonly kind: "moved on"; readonly subject: Subject; readonly stage: string; readonly seconds: number }
  /** The source itself sent a fact, and the broker took it. */
  | { readonly kind: "fact sent"; readonly subject: Subject; readonly fact: string }
  /** The broker never took a fact. */
  | { readonly kind: "fact given up"; readonly subject: Subject; readonly fact: string; readonly error: unknown }
  | { readonly kind: "watching"; readonly apiVersion: string; readonly watched: string }
  | { readonly kind: "watch lost"; readonly apiVersion: string; readonly watched: string; readonly error: unknown }
  | {
      readonly kind: "may not watch";
      readonly apiVersion: string;
      readonly watched: string;
      readonly error: PlugboardError;
    }
  | { readonly kind: "malformed"; readonly what: string; readonly error: unknown };

/** Hears every report; must not throw. */
export type Tell = (report: SourceReport) => void;

/** A stage that a broker has taken over, or that waits until the sink is open, and that is not seen done. */
export interface Awaited {
  readonly subject: Subject;
  readonly stage: string;
  readonly attempt: number;
  /** When it was asked for first: milliseconds since the epoch. */
  readonly since: number;
}

/** A stage that is due and was asked for in vain, or too often: when it is asked for next. */
export interface Waiting {
  readonly subject: Subject;
  readonly stage: string;
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly nextRequestAt: number;
  /** When it was asked for first: milliseconds since the epoch. */
  readonly since: number;
  readonly lastError: PlugboardError | undefined;
  /** Ran again and again although nobody edited what it is about. */
  readonly restless: boolean;
}
