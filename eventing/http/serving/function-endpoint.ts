import type { CloudEventV1 } from "cloudevents";
import type { Clock } from "../../../kit/clock.ts";
import { InternalError, InvalidInput, OperatorError, Throttled } from "../../../kit/errors.ts";
import { type RequestTrace, traceOfEvent } from "../../../kit/trace-context.ts";
import { type EventHeaders, type ReceivedEvent, readEvent, writeEvent } from "../event-message.ts";
import { encodeHeader } from "../header-value.ts";
import { longestEventBytes, tooLarge } from "./intake.ts";

/** The part of an HTTP request before its body. */
export interface RequestHead {
  readonly method: string;
  readonly headers: EventHeaders;
}

/** The part of an HTTP request that a function needs. */
export interface FunctionRequest extends RequestHead {
  readonly body: Uint8Array;
}

/** The answer of a function. */
export interface FunctionAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array;
}

/** The result of an event. */
export type Outcome =
  /** Something happened, or is due. */
  | { readonly kind: "event"; readonly event: CloudEventV1<unknown>; readonly what: string }
  /** Nothing to do, or nothing that a retry would change. */
  | { readonly kind: "nothing"; readonly why: string }
  /** May succeed later without an edit. */
  | { readonly kind: "retry"; readonly error: OperatorError; readonly retryAfterSeconds?: number | undefined };

/** Runs for events of some types. */
export interface EventFunction {
  readonly name: string;
  readonly types: readonly string[];
  /** The largest body of its events. Default 64 KiB. */
  readonly bodyBytesAtMost?: number | undefined;
  /**
   * Reads the request in an event, and returns the work to run.
   * @throws InvalidInput if the event is not for this function
   */
  readonly accept: (event: ReceivedEvent, trace: RequestTrace | undefined) => () => Promise<Outcome>;
}

/** The result of one call, for the log. */
export interface CallReport {
  readonly status: number;
  readonly outcome: string;
  readonly seconds: number;
  readonly type?: string | undefined;
  readonly id?: string | undefined;
  readonly subject?: string | undefined;
  /** The trace of the call. */
  readonly trace?: string | undefined;
  /** The failure. Its message is only for readers of the object. */
  readonly error?: unknown;
}

export interface EndpointOptions {
  /** At least one; each type has one. */
  readonly functions: readonly EventFunction[];
  readonly clock: Clock;
  /**
   * Whether the bearer of an authorization header may call.
   * Absent: everyone may.
   * @throws Unauthorized, OperatorError
   */
  readonly authenticate?: ((authorization: string | undefined) => Promise<void>) | undefined;
  readonly tell: (report: CallReport) => void;
}

/** Whether a request may be read: its answer if not, else the number of bytes that its body may have. */
export type Admittance =
  | { readonly kind: "refused"; readonly answer: FunctionAnswer }
  | { readonly kind: "admitted"; readonly bodyBytesAtMost: number };

/** Answers requests. */
export interface Endpoint {
  (request: FunctionRequest): Promise<FunctionAnswer>;
  /**
   * Checks a request by its method and headers, its token included.
   * A call with the same headers does not check them again.
   */
  readonly admit: (head: RequestHead) => Promise<Admittance>;
}

/** The caller may not call. The message gives the reason and never contains the token. */
export class Unauthorized extends Error {
  override readonly name = "Unauthorized";
}

/**
 * Answers requests with CloudEvents. 200: a CloudEvent in binary mode. 204: no result. 503, or 429 with a time to wait:
 * may succeed later.
 * Another 4xx: the request is invalid.
 * Each refusal has a line of text.
 * Never rejects.
 */
export function createEndpoint(options: EndpointOptions): Endpoint {
  const told = async (begun: number, calling: Call | Promise<Call>): Promise<FunctionAnswer> => {
    const { answer, outcome, about } = await calling;
    options.tell({ status: answer.status, outcome, seconds: (options.clock.now() - begun) / 1_000, ...about });
    return answer;
  };
  const admittances = new WeakMap<EventHeaders, Promise<Admittance>>();
  const checkHead = async (head: RequestHead): Promise<Admittance> => {
    const begun = options.clock.now();
    const refused = await refusalOf(options, head);
    if (refused !== undefined) return { kind: "refused", answer: await told(begun, refused) };
    return { kind: "admitted", bodyBytesAtMost: bytesAtMost(options.functions, head.headers) };
  };
  const admit = (head: RequestHead): Promise<Admittance> => {
    const admitting = checkHead(head);
    admittances.set(head.headers, admitting);
    return admitting;
  };
  const answer = async (request: FunctionRequest): Promise<FunctionAnswer> => {
    const begun = options.clock.now();
    const admittance = await (admittances.get(request.headers) ?? checkHead(request));
    admittances.delete(request.headers);
    if (admittance.kind === "refused") return admittance.answer;
    return told(begun, answerEvent(options, request, admittance.bodyBytesAtMost));
  };
  return Object.assign(answer, { admit });
}

interface Call {
  readonly answer: FunctionAnswer;
  readonly outcome: string;
  readonly about?: Pick<CallReport, "type" | "id" | "subject" | "trace" | "error"> | undefined;
}

async function refusalOf(options: EndpointOptions, { method, headers }: RequestHead): Promise<Call | undefined> {
  if (method !== "POST")
    return refusal(405, "a function takes CloudEvents by POST; GET /healthz and /readyz report its health", {
      allow: "POST",
    });
  return (await authenticated(options, headers)) ?? unreadable(headers);
}

/**
 * The number of bytes that the body may have.
 * The headers of a binary event name its function; other events may be for any.
 */
function bytesAtMost(functions: readonly EventFunction[], headers: EventHeaders): number {
  const [type] = [headers["ce-type"] ?? []].flat();
  const possible = type === undefined ? functions : functions.filter(({ types }) => types.includes(type));
  return Math.max(longestEventBytes, ...possible.map(({ bodyBytesAtMost = 0 }) => bodyBytesAtMost));
}

async function authenticated({ authenticate }: EndpointOptions, headers: EventHeaders): Promise<Call | undefined> {
  // If there are two, neither is accepted.
  const authorization =
    headers["authorization"] === undefined ? undefined : [headers["authorization"]].flat().join(", ");
  try {
    await authenticate?.(authorization);
    return undefined;
  } catch (error) {
    if (error instanceof Unauthorized) return unauthorized(error, authorization !== undefined);
    // The event was not read, so this must not count as an answer to it.
    return error instanceof OperatorError ? later(error, {}) : failure(error, {});
  }
}

function unauthorized({ message }: Unauthorized, given: boolean): Call {
  return refusal(401, message, { "www-authenticate": given ? 'Bearer error="invalid_token"' : "Bearer" });
}

function unreadable(headers: EventHeaders): Call | undefined {
  const [coding = "identity"] = [headers["content-encoding"] ?? []].flat();
  if (coding.trim().toLowerCase() !== "identity")
    return refusal(415, "the body is compressed; send it without content-encoding", {
      "accept-encoding": "identity",
    });
  return undefined;
}

async function answerEvent(options: EndpointOptions, request: FunctionRequest, bodyBytesAtMost: number): Promise<Call> {
  const { length } = request.body;
  if (length > bodyBytesAtMost) return oversized(bodyBytesAtMost);
  let about: NonNullable<Call["about"]> = {};
  // A larger body is only accepted for a function that allows it.
  let ownBytesAtMost = longestEventBytes;
  try {
    const event = readEvent(request.headers, request.body);
    const trace = traceOfAttributes(event, request.headers);
    about = { type: event.type, id: event.id, subject: textOf(event["subject"]), trace: trace?.id };
    const run = functionFor(options.functions, event.type);
    ownBytesAtMost = run.bodyBytesAtMost ?? longestEventBytes;
    if (length > ownBytesAtMost) return { ...oversized(ownBytesAtMost), about };
    return await completed(run.accept(event, trace), about);
  } catch (error) {
    if (!(error instanceof InvalidInput)) return failure(error, about);
    if (length > ownBytesAtMost) return oversized(ownBytesAtMost);
    return { ...refusal(400, error.message), about: { ...about, error } };
  }
}

/** Failures from here on are not caused by the request. */
async function completed(run: () => Promise<Outcome>, about: NonNullable<Call["about"]>): Promise<Call> {
  try {
    return { about, ...callOf(await run(), about) };
  } catch (error) {
    return failure(error, about);
  }
}

function callOf(outcome: Outcome, about: NonNullable<Call["about"]>): Call {
  switch (outcome.kind) {
    case "event": {
      const { headers, body } = writeEvent(outcome.event);
      return { answer: { status: 200, headers, body }, outcome: outcome.what };
    }
    case "nothing":
      return nothing(outcome.why);
    case "retry":
      return later(outcome.error, about, outcome.retryAfterSeconds);
  }
}

/** For a broker, an empty body means "no reply". A header gives the reason to people. */
function nothing(why: string): Call {
  return { answer: { status: 204, headers: { "plugboard-why": encodeWhy(why) }, body: "" }, outcome: why };
}

function failure(error: unknown, about: NonNullable<Call["about"]>): Call {
  const ours = error instanceof OperatorError && !(error instanceof InternalError);
  if (ours && error.retryable) return later(error, about);
  if (ours) return { ...nothing(`${error.name}: edit the object to continue`), about: { ...about, error } };
  return {
    ...refusal(500, "an internal error; see the log of this function. Retry the event"),
    about: { ...about, error },
  };
}

/** A message may repeat text of others, with secrets. The answer contains only the name of the failure. */
function later(error: OperatorError, about: NonNullable<Call["about"]>, retryAfterSeconds?: number): Call {
  const throttled = error instanceof Throttled;
  const seconds = retryAfterSeconds ?? (throttled ? error.retryAfterSeconds : undefined);
  const text = `${error.name}: not done yet; retry the event. The status and the Events of the object give the cause`;
  const wait = seconds === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(seconds))) };
  if (error instanceof InternalError) return failure(error, about);
  return { ...refusal(throttled ? 429 : 503, text, wait), outcome: error.name, about: { ...about, error } };
}

function refusal(status: number, text: string, headers: { readonly [name: string]: string } = {}): Call {
  const plain = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  return { answer: { status, headers: { ...plain, ...headers }, body: `${text}\n` }, outcome: text };
}

function oversized(bodyBytesAtMost: number): Call {
  const { code, why } = tooLarge(bodyBytesAtMost);
  return refusal(code, why);
}

function functionFor(functions: readonly EventFunction[], type: string): EventFunction {
  const found = functions.find(({ types }) => types.includes(type));
  if (found !== undefined) return found;
  const takes = functions.flatMap(({ types }) => types);
  const names = functions.length === 1 ? `this function is ${functions[0]?.name} and` : "this process";
  throw new InvalidInput(
    `CloudEvent attribute type: ${names} takes ${takes.join(", ")}, found ${JSON.stringify(type.slice(0, 100))}`,
  );
}

/**
 * The attribute takes precedence (CloudEvents, distributed tracing extension).
 * The header, which every hop may replace, is used without one.
 */
function traceOfAttributes(event: ReceivedEvent, headers: EventHeaders): RequestTrace | undefined {
  const [header] = [headers["traceparent"] ?? []].flat();
  const { traceparent, uid, generation } = event;
  return traceOfEvent({ traceparent, uid: textOf(uid), generation: textOf(generation) }, header);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function encodeWhy(why: string): string {
  return why
    .slice(0, 500)
    .split(" ")
    .map((word) => encodeHeader(word))
    .join(" ");
}
