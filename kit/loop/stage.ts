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

/** How a stage ended; and the stages that ran before it in the same invocation. */
export type StageReply<Fact extends string = string> = StageEnd<Fact> & { readonly chain?: Chained<Fact> | undefined };

/** The invocation went on with the stages that were due next. */
export interface Chained<Fact extends string = string> {
  /** The stage whose end this is. */
  readonly stage: string;
  readonly earlier: readonly EarlierStage<Fact>[];
}

/** A stage that ended with a fact before the next began. */
export interface EarlierStage<Fact extends string = string> {
  readonly stage: string;
  readonly end: Extract<StageEnd<Fact>, { kind: "fact" }>;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

/** How a stage ended. */
export type StageEnd<Fact extends string = string> =
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

/** What stages are about: an object of a kind that the loop knows. */
export interface Subject {
  /** The name of the kind's definition. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A subject as one string, by which queues and records know it. */
export function subjectKey(kind: string, namespacedName: string): string {
  return `${kind}:${namespacedName}`;
}

/** The namespace and name in one string: `namespace/name`, or `/name` of what has no namespace. */
export function namespacedName(object: { readonly namespace?: string | undefined; readonly name: string }): string {
  return `${object.namespace ?? ""}/${object.name}`;
}

/** The `namespace/name` of a subject's key. */
export function nameInKey(key: string): string {
  return key.slice(key.indexOf(":") + 1);
}

/** The subject that a key stands for. */
export function subjectOf(key: string): Subject {
  const colon = key.indexOf(":");
  const slash = key.indexOf("/", colon);
  return { kind: key.slice(0, colon), namespace: key.slice(colon + 1, slash), name: key.slice(slash + 1) };
}
