import {
  AlreadyExists,
  type Answer,
  answered,
  Conflict,
  Expired,
  Forbidden,
  InvalidInput,
  NotFound,
  type OperatorError,
  Throttled,
  Timeout,
  TooLarge,
  Unavailable,
} from "../../errors.ts";
import { isRecord, readNumber, readText } from "./kube-object.ts";

/** One field that the API server found invalid, and the kind of error. */
export interface StatusCause {
  readonly reason: string;
  readonly field: string;
}

/** The API server's answer to a failed request: the fields of metav1.Status that decisions need. */
export interface ApiStatus {
  readonly message: string;
  readonly reason: string;
  /** The name of the object; absent if the server failed before it looked for the object. */
  readonly name: string | undefined;
  readonly causes: readonly StatusCause[];
  readonly retryAfterSeconds: number | undefined;
}

/** An answer that is not a success, with its request. */
export interface Refusal {
  /** Names the request in messages: `apply Secret default/db`. */
  readonly request: string;
  readonly code: number;
  readonly status: ApiStatus;
  readonly retryAfterSeconds: number | undefined;
  readonly sentBytes: number;
  /** The request sent a Secret: only the fields of the API server's answer are kept. */
  readonly secret?: boolean | undefined;
}

/** A plain 500 without a reason: a failure of etcd has this form, and so has an apply with fields of a wrong type. */
export class Unexplained extends Unavailable {}

const oneMebibyte = 1_048_576;

/** Parses a Status from an answer's text. Any other answer, such as a proxy's, becomes its message. */
export function parseStatusText(text: string): ApiStatus {
  try {
    return parseStatus(JSON.parse(text));
  } catch {
    return { message: text.trim(), reason: "", name: undefined, causes: [], retryAfterSeconds: undefined };
  }
}

/** Parses a Status leniently: missing fields, and fields of another type, count as absent. */
export function parseStatus(value: unknown): ApiStatus {
  const status = isRecord(value) ? value : {};
  const details = isRecord(status["details"]) ? status["details"] : {};
  const causes = Array.isArray(details["causes"]) ? details["causes"].filter(isRecord) : [];
  return {
    message: readText(status["message"]) ?? "",
    reason: readText(status["reason"]) ?? "",
    name: readText(details["name"]),
    causes: causes.map((cause) => ({ reason: readText(cause["reason"]) ?? "", field: readText(cause["field"]) ?? "" })),
    retryAfterSeconds: readNumber(details["retryAfterSeconds"]),
  };
}

/** Whether a 404 means that the path is not served (its CRD is gone), and not that an object is missing. */
export function saysNotServed(refusal: Refusal): boolean {
  return refusal.code === 404 && !refusal.status.name;
}

/**
 * The failure of a refused request.
 * Decided by code, reason and causes, never by the text of a message.
 * The API server's text is kept apart from our own words.
 */
export function failureOf(refusal: Refusal): OperatorError {
  const { code, request, status } = refusal;
  const sentence = `${request}: ${inOurWords(refusal)}`;
  const answer = answerOf(refusal);
  switch (code) {
    case 401:
      return new Unavailable(`the API server does not accept our credentials (401) to ${request}`);
    case 403:
      return new Forbidden(sentence, { ...answer, namespaceTerminating: hasCause(status, "NamespaceTerminating") });
    case 404:
      return new NotFound(sentence, answer);
    case 409:
      return status.reason === "AlreadyExists" ? new AlreadyExists(sentence, answer) : new Conflict(sentence, answer);
    case 410:
      return new Expired(sentence, answer);
    case 413:
      return new TooLarge(sentence, answer);
    case 422:
      return invalid(status, sentence, answer);
    case 429:
      return new Throttled(sentence, refusal.retryAfterSeconds ?? status.retryAfterSeconds, answer);
    default:
      return code >= 500 || code < 400 || code === 408
        ? outage(refusal, sentence, answer)
        : new InvalidInput(sentence, answer);
  }
}

/** 422 is also the answer to objects that do not fit a built-in kind, and to a wrong uid (a precondition). */
function invalid({ causes }: ApiStatus, sentence: string, answer: Answer): OperatorError {
  if (causes.some(({ field }) => field === "metadata.uid")) return new Conflict(sentence, answer);
  const tooLong =
    causes.length > 0 && causes.every(({ reason, field }) => reason === "FieldValueTooLong" && isWhole(field));
  return tooLong ? new TooLarge(sentence, answer) : new InvalidInput(sentence, answer);
}

/** Whether the field is the object as a whole: the API server writes `[]` for a whole ConfigMap. */
function isWhole(field: string): boolean {
  return field === "data" || field === "[]" || field === "metadata.annotations";
}

/** etcd's limit for an object comes back as a plain 500. Recognised by the size of the request. */
function outage(refusal: Refusal, sentence: string, answer: Answer): OperatorError {
  const { code, status, sentBytes } = refusal;
  if (code === 408 || code === 504 || status.reason === "Timeout" || status.reason === "ServerTimeout") {
    return new Timeout(sentence, answer);
  }
  if (code === 500 && sentBytes > oneMebibyte) return new TooLarge(sentence, answer);
  return code === 500 && status.reason === "" ? new Unexplained(sentence, answer) : new Unavailable(sentence, answer);
}

function inOurWords({ code, status }: Refusal): string {
  return answered(code, reasonOf(status));
}

/** A reason is one word of the API; any other text of a webhook is ignored. */
const reasons = /^[A-Z][A-Za-z]{1,40}$/;

function reasonOf({ reason }: ApiStatus): string {
  return reasons.test(reason) ? reason : "";
}

function answerOf({ request, code, status, secret }: Refusal): Answer {
  const fields = [...new Set(status.causes.map(({ field }) => field))].filter((field) => field !== "");
  const verdict = { code, reason: reasonOf(status), fields };
  return { request, quote: secret === true ? undefined : status.message, fields, verdict };
}

function hasCause(status: ApiStatus, reason: string): boolean {
  return status.causes.some((cause) => cause.reason === reason);
}
