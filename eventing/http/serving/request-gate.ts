import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type IncomingMessage, type RequestListener, Server, type ServerResponse } from "node:http";
import type { Clock } from "../../../kit/clock.ts";
import type { CallReport, Endpoint, FunctionAnswer } from "./function-endpoint.ts";
import { boundServer, full, type Intake, longestEventBytes, refusalBySize, usualBounds } from "./intake.ts";

export interface GateOptions {
  readonly intake: Intake;
  readonly clock: Clock;
  /** Called for requests refused because of their body; `admit` reports the others. */
  readonly tell?: ((report: CallReport) => void) | undefined;
  /** Absent: admits every request. */
  readonly admit?: Endpoint["admit"] | undefined;
}

/** Passes a request on when its headers are valid and its body was read; otherwise answers it. */
export type Gate = (request: IncomingMessage, response: ServerResponse, pass: (body: Buffer) => void) => Promise<void>;

/** How long the connection of a refused request stays open, so that the client can read the answer. */
const lingerMilliseconds = 2_000;

/**
 * Creates the gate before a function: checks headers, then reads the body.
 * Holds the bytes of the body until the request is answered.
 */
export function createGate(options: GateOptions): Gate {
  const admitHead = headGate(options);
  return async (request, response, pass) => {
    let release = (): void => {};
    response.once("close", () => release());
    const bytesAtMost = await admitHead(request, response);
    if (bytesAtMost === undefined) return;
    const received = await options.intake.receive(request, bytesAtMost);
    if (received.kind === "refused") return refuseBody({ request, response, ...options }, received);
    if (received.kind === "broken off" || response.closed) {
      if (received.kind === "whole") received.release();
      response.destroy();
      return;
    }
    release = received.release;
    pass(received.body);
  };
}

/**
 * Checks requests by their headers and answers refused ones.
 * For the others, returns the number of bytes that their bodies may have.
 */
function headGate(
  options: Omit<GateOptions, "intake">,
): (request: IncomingMessage, response: ServerResponse) => Promise<number | undefined> {
  const { clock, admit = admitAll } = options;
  return async (request, response) => {
    const { method = "", headersDistinct: headers } = request;
    const admittance = await admit({ method, headers });
    if (admittance.kind === "refused") {
      refuse({ request, response, clock }, admittance.answer);
      return undefined;
    }
    const { bodyBytesAtMost } = admittance;
    const refusal = refusalBySize(request, bodyBytesAtMost);
    if (refusal !== undefined) {
      refuseBody({ request, response, ...options }, refusal);
      return undefined;
    }
    if (headers["expect"] !== undefined) response.writeContinue();
    return bodyBytesAtMost;
  };
}

async function admitAll(): ReturnType<Endpoint["admit"]> {
  return { kind: "admitted", bodyBytesAtMost: longestEventBytes };
}

/** A request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly tell?: GateOptions["tell"];
}

/** Refuses a request because of its body, without reading the rest. */
export function refuseBody(exchange: Exchange, { code, why }: { readonly code: number; readonly why: string }): void {
  exchange.tell?.({ status: code, outcome: why, seconds: 0 });
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    ...(code === 503 ? { "retry-after": "1" } : {}),
  };
  const answer = { status: code, headers, body: `${why}\n` };
  // After the time limit, the connection is closed at once.
  if (code === 408) hangUpWith(exchange, answer);
  else refuse(exchange, answer);
}

function hangUpWith({ response }: Exchange, { status, headers, body }: FunctionAnswer): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body), connection: "close" });
  response.end(body);
}

/**
 * Answers at once.
 * Closes the connection after the rest of the body, or after 2 s: closing earlier can lose the answer.
 */
function refuse({ request, response, clock }: Exchange, { status, headers, body }: FunctionAnswer): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body), connection: "close" });
  response.write(body);
  const hangUp = (): void => {
    cancel();
    response.end();
    request.destroy();
  };
  const cancel = clock.after(lingerMilliseconds, hangUp);
  request.once("end", hangUp);
  request.once("close", hangUp);
  request.resume();
}

const listening = "tracing:net.server.listen:asyncStart";

/**
 * Puts a gate before the next HTTP server of this process that begins to listen, such as one that a framework starts,
 * and limits what it receives.
 * A server of Express gets complete requests, because its parsers skip bodies that were read.
 * Any other server reads bodies itself, after the gate checked the headers.
 * It needs its own limit for chunked bodies, whose size is not in the headers.
 */
export function guardNextServer(options: GateOptions): void {
  const guard = (message: unknown): void => {
    const server = serverOf(message);
    if (server === undefined) return;
    unsubscribe(listening, guard);
    const listeners = server.listeners("request");
    server.removeAllListeners("request");
    const pass: RequestListener = (request, response) => {
      for (const listener of listeners) Reflect.apply(listener, server, [request, response]);
    };
    const take = listeners.some(isExpress) ? takeWhole(createGate(options), pass) : takeHead(options, pass);
    server.on("request", take).on("checkContinue", take);
    boundServer(server, usualBounds);
  };
  subscribe(listening, guard);
}

function takeWhole(gate: Gate, pass: RequestListener): RequestListener {
  return (request, response) => {
    void gate(request, response, (rawBody) => pass(Object.assign(request, { rawBody }), response));
  };
}

function takeHead(options: GateOptions, pass: RequestListener): RequestListener {
  const admitHead = headGate(options);
  return async (request, response) => {
    const bytesAtMost = await admitHead(request, response);
    if (bytesAtMost === undefined) return;
    const release = options.intake.reserve(request, bytesAtMost);
    if (release === undefined) return refuseBody({ request, response, ...options }, full);
    response.once("close", release);
    if (response.closed) release();
    pass(request, response);
  };
}

function serverOf(message: unknown): Server | undefined {
  const server = typeof message === "object" && message !== null && "server" in message ? message.server : undefined;
  return server instanceof Server ? server : undefined;
}

function isExpress(listener: unknown): boolean {
  return typeof listener === "function" && "use" in listener && "handle" in listener;
}
