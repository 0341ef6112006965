import type { ObjectKey } from "./kube/port.ts";
import type { Blanker } from "./outlet/blanker.ts";

/**
 * The answer of another program with a failure.
 * It may contain secrets, so it is not part of the message; only the outlet writes it.
 */
export interface Answer {
  /** The request, in our words; absent if only the caller knows it. */
  readonly request?: string | undefined;
  /** The whole text of the answer. */
  readonly quote?: string | undefined;
  /** The fields that the answer names. */
  readonly fields?: readonly string[] | undefined;
  /** Present if the API server rejected an object. */
  readonly verdict?: Verdict | undefined;
}

/** Identifies a rejection of the API server. */
export interface Verdict {
  readonly code: number;
  readonly reason: string;
  /** The paths of the fields that it names. */
  readonly fields: readonly string[];
}

/** The verdict for an object whose fields have wrong types: the API server itself gives no reason. */
export const untyped: Verdict = { code: 500, reason: "Untyped", fields: [] };

/**
 * The base class of every failure: a stable `name`, and whether a retry can succeed without an edit.
 * The message contains our own words only.
 */
export abstract class OperatorError extends Error implements Answer {
  /** A word that stays the same: logs, conditions and metrics have it. */
  abstract override readonly name: string;
  abstract readonly retryable: boolean;
  request: string | undefined;
  readonly quote: string | undefined;
  readonly fields: readonly string[] | undefined;
  readonly verdict: Verdict | undefined;
  /** What to do, in our words. It comes last. */
  advice: string | undefined;

  constructor(message: string, { request, quote, fields, verdict, ...options }: ErrorOptions & Answer = {}) {
    super(message, options);
    this.request = request;
    this.quote = quote;
    this.fields = fields;
    this.verdict = verdict;
  }
}

/** The answer of another program, for a failure that replaces this one. */
export function answerOf({ request, quote, fields, verdict }: OperatorError): Answer {
  return { request, quote, fields, verdict };
}

/** The same answer, with a place before the request. */
export function answerAt(place: string, cause: OperatorError): Answer & ErrorOptions {
  const { request, ...answer } = answerOf(cause);
  return { ...answer, request: request === undefined ? place : `${place}: ${request}`, cause };
}

/**
 * An input is invalid and only an edit can correct it: a manifest, a config value, or a request that the API server
 * finds invalid.
 */
export class InvalidInput extends OperatorError {
  override readonly name = "InvalidInput";
  readonly retryable = false;
}

/** The most characters of text from others that are read. */
const longestLook = 16_384;

/** The texts of others in a failure: the answer, or if it is withheld, the fields that it names. */
export function quotedTexts({ quote = "", fields = [] }: Answer): readonly [answer: string, fields: string] {
  // Searched together, because an object may have any number of invalid fields.
  return [quote.slice(0, longestLook), fields.join(", ").slice(0, longestLook)];
}

/** The most characters of fields that identify a rejection. */
const longestFields = 16_384;

/**
 * The API server rejects an object: a rule of its kind, a webhook or a policy.
 * It may accept it later, when the object in the way or the policy is gone.
 */
export class Rejected extends OperatorError {
  override readonly name = "Rejected";
  readonly retryable = true;
  declare readonly verdict: Verdict;
  /** The object of the write, if known. */
  readonly target: ObjectKey | undefined;
  constructor(
    message: string,
    options: ErrorOptions & Answer & { readonly verdict: Verdict; readonly target?: ObjectKey | undefined },
  ) {
    super(message, options);
    this.target = options.target;
  }

  /** The same failure, with fields that may be shown. Searches all its texts in one pass. */
  withFieldsBlanked(blanked: Blanker): this {
    const text = this.verdict.fields.toSorted().join("\n").slice(0, longestFields);
    blanked.ahead?.([text, ...quotedTexts(this)]);
    const fields = (text === "" ? undefined : blanked(text))?.split("\n") ?? [];
    return Object.defineProperty(this, "verdict", { value: { ...this.verdict, fields } });
  }
}

/** The same failure; InvalidInput with a verdict of the API server becomes Rejected. */
export function asRejection(error: OperatorError, target?: ObjectKey): OperatorError {
  const { verdict } = error;
  if (!(error instanceof InvalidInput) || verdict === undefined) return error;
  return new Rejected(error.message, { ...answerOf(error), verdict, cause: error, target });
}

/** The status of the API server's answer, in our words. */
export function answered(code: number, reason: string): string {
  return `the API server answered ${reason === "" ? code : `${code} (${reason})`}`;
}

/** The sentence for an unexpected value. */
export function unexpectedValue(where: string, expected: string, found: unknown): InvalidInput {
  const shown = found === undefined ? "nothing" : JSON.stringify(found)?.slice(0, 100);
  return new InvalidInput(`${where}: expected ${expected}, found ${shown}`);
}

/** A computed value does not fit into its place (a snapshot, a request, an object). */
export class TooLarge extends OperatorError {
  override readonly name = "TooLarge";
  readonly retryable = false;
}

/** A permission is missing. Names the user, the verb and the resource, so that it can be granted. */
export class Forbidden extends OperatorError {
  override readonly name = "Forbidden";
  readonly retryable = true;
  /** No permission is missing: the namespace is terminating, so nothing can be created in it. */
  readonly namespaceTerminating: boolean;
  constructor(message: string, options?: ErrorOptions & Answer & { readonly namespaceTerminating?: boolean }) {
    super(message, options);
    this.namespaceTerminating = options?.namespaceTerminating ?? false;
  }
}

/** The API server does not serve this apiVersion and kind. A CRD may add them. */
export class KindNotServed extends OperatorError {
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

/** A write needs an object or a namespace that does not exist. Reads return undefined instead. */
export class NotFound extends OperatorError {
  override readonly name = "NotFound";
  readonly retryable = true;
}

/** The object changed after it was read (409 Conflict), or is not the object of the write. */
export class Conflict extends OperatorError {
  override readonly name = "Conflict";
  readonly retryable = true;
}

/** A create found an object of that name (409 AlreadyExists). */
export class AlreadyExists extends OperatorError {
  override readonly name = "AlreadyExists";
  readonly retryable = true;
}

/** A watch or a continued list requested a resourceVersion that is not kept any more (410): list again. */
export class Expired extends OperatorError {
  override readonly name = "Expired";
  readonly retryable = true;
}

/** The API server or an apparatus answered 5xx, or did not answer. */
export class Unavailable extends OperatorError {
  override readonly name = "Unavailable";
  readonly retryable = true;
}

/** The API server asks to wait (429). */
export class Throttled extends OperatorError {
  override readonly name = "Throttled";
  readonly retryable = true;
  readonly retryAfterSeconds: number | undefined;
  constructor(message: string, retryAfterSeconds: number | undefined, options?: ErrorOptions & Answer) {
    super(message, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No answer within the timeout of the request. */
export class Timeout extends OperatorError {
  override readonly name = "Timeout";
  readonly retryable = true;
}

/** An apparatus refused a request, with a status that a retry does not change. */
export class Refused extends OperatorError {
  override readonly name = "Refused";
  readonly retryable = false;
}

/** A bug: an error of another class. Its message may contain secrets, so only `cause` holds it. */
export class InternalError extends OperatorError {
  override readonly name = "InternalError";
  readonly retryable = true;
}

/** Converts a thrown value into a failure. */
export function failureOf(thrown: unknown): OperatorError {
  if (thrown instanceof OperatorError) return thrown;
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return new InternalError(`an unexpected ${kind} (a bug in the operator; see its log)`, { cause: thrown });
}
