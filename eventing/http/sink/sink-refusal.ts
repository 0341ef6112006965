import { type OperatorError, Refused, Throttled, Timeout, Unavailable } from "../../../kit/errors.ts";
import type { HttpAnswer } from "./http-sender.ts";

/** Why a sink did not accept an event. */
export interface Refusal {
  /** 0: no answer. */
  readonly code: number;
  readonly error: OperatorError;
  readonly retryAfterSeconds: number | undefined;
}

const ofTheEvent: ReadonlySet<number> = new Set([400, 413, 415, 422, 431]);
const passing: ReadonlySet<number> = new Set([0, 408, 409, 425, 429]);

/** Whether a status is about this event, and not about the sink. */
export function isOfTheEvent(code: number): boolean {
  return ofTheEvent.has(code);
}

/**
 * Whether the sink was reached, and a subscriber behind it failed or did not answer in time.
 * A synchronous broker answers when all subscribers of an event are done, and with 500 if any of them failed.
 */
export function isOfASubscriber({ code, error }: Pick<Refusal, "code" | "error">): boolean {
  return code === 500 || code === 504 || code === 408 || error instanceof Timeout;
}

/** Whether the cause of a status ends without an edit. */
export function isPassing(code: number): boolean {
  return code >= 500 || passing.has(code);
}

/** Why an answer means that the event was not accepted; undefined if it was. */
export function refusalOf({
  code,
  retryAfterSeconds,
}: Pick<HttpAnswer, "code" | "retryAfterSeconds">): Refusal | undefined {
  if (code >= 200 && code < 300) return undefined;
  return { code, error: errorOf(code, retryAfterSeconds), retryAfterSeconds };
}

function errorOf(code: number, retryAfterSeconds: number | undefined): OperatorError {
  const said = `the sink answered ${code}`;
  if (code === 429) return new Throttled(`${said}: it is overloaded; the source retries`, retryAfterSeconds);
  if (code === 408 || code === 504) return new Timeout(`${said}: a subscriber of the broker took too long`);
  if (code === 500) return new Unavailable(`${said}: a subscriber of the broker failed`);
  if (isPassing(code)) return new Unavailable(`${said}; the source retries`);
  return new Refused(`${said}: ${adviceFor(code)}`);
}

/** What to check if a retry does not help. */
function adviceFor(code: number): string {
  switch (code) {
    case 400:
    case 415:
    case 422:
      return "it does not take a CloudEvent in binary mode; check that the address is that of a Broker";
    case 401:
      return "it does not accept the token; check the token (SinkBinding mounts it) and the audience of the Broker";
    case 403:
      return "it does not permit this sender; check the EventPolicy of the Broker, and the audience of the token";
    case 404:
    case 405:
      return "no Broker has this address; check K_SINK or --sink, and that the Broker is ready";
    case 413:
    case 431:
      return "it refuses an event of less than 2 KiB as too large; check proxies on the way to the Broker";
    default:
      return code < 400
        ? "it redirects, which Plugboard does not follow; give the address of the Broker itself"
        : "check K_SINK or --sink, and proxies on the way to the Broker";
  }
}
