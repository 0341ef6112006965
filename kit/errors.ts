import type { ObjectKey } from "./kube/port.ts";

/** What somebody else said with a failure: it may repeat secrets, so it is no part of the message, and only the outlet tells it. */
export interface Answer {
  /** What was asked, in our words; absent where only the caller knows. */
  readonly request?: string | undefined;
  /** Their own words, whole. */
  readonly quote?: string | undefined;
  /** The fields that they find wrong. */
  readonly fields?: readonly string[] | undefined;
  /** Set where the API server judged. */
  readonly verdict?: Verdict | undefined;
}

/** What tells one refusal of the API server from another. */
export interface Verdict {
  readonly code: number;
  readonly reason: string;
  /** The paths of the fields that it names. */
  readonly fields: readonly string[];
}

/** The verdict on what does not have the types of its kind: the API server itself gives no reason. */
export const untyped: Verdict = { code: 500, reason: "Untyped", fields: [] };

/**
 * The one base of every failure: a stable `name`, and whether trying again can succeed without anybody editing anything. Its message is in
 * our own words alone.
 */
export abstract class PlugboardError extends Error implements Answer {
  /** A word that stays the same: logs, conditions and metrics have it. */
  abstract override readonly name: string;
  abstract readonly retryable: boolean;
  request: string | undefined;
  readonly quote: string | undefined;
  readonly fields: readonly string[] | undefined;
  readonly verdict: Verdict | undefined;
  /** What to do, in our words: said after everything else. */
  advice: string | undefined;

  constructor(message: string, { request, quote, fields, verdict, ...options }: ErrorOptions & Answer = {}) {
    super(message, options);
    this.request = request;
    this.quote = quote;
    this.fields = fields;
    this.verdict = verdict;
  }
}

/** What somebody else said with a failure, for another that stands for it. */
export function answerOf({ request, quote, fields, verdict }: PlugboardError): Answer {
  return { request, quote, fields, verdict };
}

/** The same, where a place is named before what was asked. */
export function answerAt(place: string, cause: PlugboardError): Answer & ErrorOptions {
  const { request, ...answer } = answerOf(cause);
  return { ...answer, request: request === undefined ? place : `${place}: ${request}`, cause };
}

/** What was given is wrong and only an edit can mend it: a manifest, a config value, a request the API server judges invalid. */
export class InvalidInput extends PlugboardError {
  override readonly name = "InvalidInput";
  readonly retryable = false;
}

/** The most characters of fields that tell one refusal from another. */
const longestFields = 16_384;

/** The API server refuses an object: a rule of its kind, a webhook or a policy. It may be taken later, when what is in the way or the policy is gone. */
export class Rejected extends PlugboardError {
  override readonly name = "Rejected";
  readonly retryable = true;
  declare readonly verdict: Verdict;
  /** The object that was to be written, where that is known. */
  readonly target: ObjectKey | undefined;
  constructor(
    message: string,
    options: ErrorOptions & Answer & { readonly verdict: Verdict; readonly target?: ObjectKey | undefined },
  ) {
    super(message, options);
    this.target = options.target;
  }

  /** The same, with fields in its verdict that may be told. */
  withFieldsBlanked(blanked: (text: string) => string | undefined): this {
    const text = this.verdict.fields.toSorted().join("\n").slice(0, longestFields);
    const fields = (text === "" ? undefined : blanked(text))?.split("\n") ?? [];
    return Object.defineProperty(this, "verdict", { value: { ...this.verdict, fields } });
  }
}

/** The same error; of what the API server judged to be invalid, as a rejection. */
export function asRejection(error: PlugboardError, target?: ObjectKey): PlugboardError {
  const { verdict } = error;
  if (!(error instanceof InvalidInput) || verdict === undefined) return error;
  return new Rejected(error.message, { ...answerOf(error), verdict, cause: error, target });
}

/** That the API server answered so, in our words. */
export function answered(code: number, reason: string): string {
  return `the API server answered ${reason === "" ? code : `${code} (${reason})`}`;
}

/** A value that is not what was expected, in a sentence. */
export function unexpectedValue(where: string, expected: string, found: unknown): InvalidInput {
  const shown = found === undefined ? "nothing" : JSON.stringify(found)?.slice(0, 100);
  return new InvalidInput(`${where}: expected ${expected}, found ${shown}`);
}

/** What was computed does not fit into what must hold it (a snapshot, a request, an object). */
export class TooLarge extends PlugboardError {
  override readonly name = "TooLarge";
  readonly retryable = false;
}

/** A right is missing: names who, the verb and the resource, so that it can be granted as read. */
export class Forbidden extends PlugboardError {
  override readonly name = "Forbidden";
  readonly retryable = true;
  /** No right is missing: the namespace is being terminated, so nothing can be created in it any more. */
  readonly namespaceTerminating: boolean;
  constructor(message: string, options?: ErrorOptions & Answer & { readonly namespaceTerminating?: boolean }) {
    super(message, options);
    this.namespaceTerminating = options?.namespaceTerminating ?? false;
  }
}

/** The API server serves no such apiVersion and kind (yet: a CRD may bring it). */
export class KindNotServed extends PlugboardError {
  override readonly name = "KindNotServed";
  readonly retryable = true;
  readonly apiVersion: string;
  readonly kind: string;
  /** The apiVersions of the same group in which the kind is served. */
  readonly servedIn: readonly string[];
  constructor(apiVersion: string, kind: string, servedIn: readonly string[] = [], options?: ErrorOptions) {
    const remedy = servedIn.length === 0 ? "install its CRD" : `it serves it in ${servedIn.join(" and ")}`;
    super(`the API server does not serve kind ${kind} in ${apiVersion}; ${remedy}`, options);
    this.apiVersion = apiVersion;
    this.kind = kind;
    this.servedIn = servedIn;
  }
}

/** A write met nothing where it needed something: a missing object, or a namespace that is not there. Reads return undefined instead. */
export class NotFound extends PlugboardError {
  override readonly name = "NotFound";
  readonly retryable = true;
}

/** The object was changed since it was read (409 Conflict), or is not the one the write was meant for. */
export class Conflict extends PlugboardError {
  override readonly name = "Conflict";
  readonly retryable = true;
}

/** A create met an object of that name (409 AlreadyExists). */
export class AlreadyExists extends PlugboardError {
  override readonly name = "AlreadyExists";
  readonly retryable = true;
}

/** A watch or a continued list asked for a resourceVersion that is no longer kept (410): list again. */
export class Expired extends PlugboardError {
  override readonly name = "Expired";
  readonly retryable = true;
}

/** The API server (or an apparatus) answered 5xx, or did not answer at all. */
export class Unavailable extends PlugboardError {
  override readonly name = "Unavailable";
  readonly retryable = true;
}

/** The API server asks to wait (429). */
export class Throttled extends PlugboardError {
  override readonly name = "Throttled";
  readonly retryable = true;
  readonly retryAfterSeconds: number | undefined;
  constructor(message: string, retryAfterSeconds: number | undefined, options?: ErrorOptions & Answer) {
    super(message, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No answer within the time a request may take. */
export class Timeout extends PlugboardError {
  override readonly name = "Timeout";
  readonly retryable = true;
}

/** Somebody who was asked said no: an apparatus, with a status that no repetition changes. */
export class Refused extends PlugboardError {
  override readonly name = "Refused";
  readonly retryable = false;
}

/** Something that should not happen: an error of no class of ours. Its original message may contain secrets, so only `cause` holds it. */
export class InternalError extends PlugboardError {
  override readonly name = "InternalError";
  readonly retryable = true;
}

/** What was thrown, as a failure of ours. */
export function failureOf(thrown: unknown): PlugboardError {
  if (thrown instanceof PlugboardError) return thrown;
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return new InternalError(`an unexpected ${kind} (a bug in Plugboard; see its log)`, { cause: thrown });
}
