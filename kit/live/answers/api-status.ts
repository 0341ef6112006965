import {
  AlreadyExists,
  type Answer,
  answered,
  Conflict,
  Expired,
  Forbidden,
  InvalidInput,
  NotFound,
  type PlugboardError,
  Throttled,
  Timeout,
  TooLarge,
  Unavailable,
} from "../../errors.ts";
import { isRecord, readNumber, readText } from "./kube-object.ts";

/** One field that the API server found wrong, and the kind of wrong it is. */
export interface StatusCause {
  readonly reason: string;
  readonly field: string;
}

/** What the API server says about a request it did not carry out: metav1.Status, as far as we judge by it. */
export interface ApiStatus {
  readonly message: string;
  readonly reason: string;
  /** Name of what it is about; absent where the server did not get so far as to look for it. */
  readonly name: string | undefined;
  readonly causes: readonly StatusCause[];
  readonly retryAfterSeconds: number | undefined;
}

/** An answer that is not a success, and what had been asked. */
export interface Refusal {
  /** Names the request in messages: `apply Secret default/db`. */
  readonly request: string;
  readonly code: number;
  readonly status: ApiStatus;
  readonly retryAfterSeconds: number | undefined;
  readonly sentBytes: number;
  /** A Secret was sent: nothing is kept of what the API server says of it but the fields. */
  readonly secret?: boolean | undefined;
}

/** A plain 500 that gives no reason: etcd failing looks like this, and so do fields of a wrong type in an apply. */
export class Unexplained extends Unavailable {}

const oneMebibyte = 1_048_576;

/** Reads a Status from an answer's text; whatever else a proxy may have answered becomes its message. */
export function parseStatusText(text: string): ApiStatus {
  try {
    return parseStatus(JSON.parse(text));
  } catch {
    return { message: text.trim(), reason: "", name: undefined, causes: [], retryAfterSeconds: undefined };
  }
}

/** Reads a Status leniently: what is missing or of another type counts as absent. */
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

/** Whether a 404 says that the path itself is not served (its CRD is gone), rather than that an object is missing. */
export function saysNotServed(refusal: Refusal): boolean {
  return refusal.code === 404 && !refusal.status.name;
}

/**
 * The failure a refused request stands for, judged by code, reason and causes, never by the text of a message. What the API server said is
 * kept apart from our own words.
 */
export function failureOf(refusal: Refusal): PlugboardError {
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

/** 422 also answers what does not fit into a built-in kind, and a uid that is not the object's (which is a precondition). */
function invalid({ causes }: ApiStatus, sentence: string, answer: Answer): PlugboardError {
  if (causes.some(({ field }) => field === "metadata.uid")) return new Conflict(sentence, answer);
  const tooLong =
    causes.length > 0 && causes.every(({ reason, field }) => reason === "FieldValueTooLong" && isWhole(field));
  return tooLong ? new TooLarge(sentence, answer) : new InvalidInput(sentence, answer);
}

/** The fields whose limit is on the object's size as a whole: `[]` is the API server's word for all of a ConfigMap. */
function isWhole(field: string): boolean {
  return field === "data" || field === "[]" || field === "metadata.annotations";
}

/** etcd's own limit on an object comes back as a plain 500: told by the size of what we had sent. */
function outage(refusal: Refusal, sentence: string, answer: Answer): PlugboardError {
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

/** A reason is one word of the API's own; what else a webhook may put there is none. */
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
