import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { HttpFunction, Request } from "@google-cloud/functions-framework";
import type { Clock } from "../../../kit/clock.ts";
import type { CallReport, Endpoint, FunctionAnswer } from "./function-endpoint.ts";
import { boundServer, Intake, type IntakeBounds, patience, usualBounds } from "./intake.ts";
import { createGate } from "./request-gate.ts";

/** A function, and what judges its requests before their bodies are read. */
export interface EndpointFunction extends HttpFunction {
  readonly admit?: Endpoint["admit"] | undefined;
}

/** An endpoint as an `http` function of the Functions Framework. */
export function httpFunction(endpoint: Endpoint): EndpointFunction {
  const run: HttpFunction = async (request, response) => {
    const { method, headersDistinct: headers, rawBody: body = Buffer.alloc(0) } = request;
    write(response, await endpoint({ method, headers, body }));
  };
  return Object.assign(run, { admit: endpoint.admit });
}

export interface FunctionServerOptions {
  /** A name that the framework takes: letters, digits and dashes. */
  readonly name: string;
  readonly function: EndpointFunction;
  readonly clock: Clock;
  /** Hears of what is refused before the function sees it. */
  readonly tell?: ((report: CallReport) => void) | undefined;
  /** Why it is not ready; undefined when it is. */
  readonly unready: () => Promise<string | undefined>;
  /** What /metrics answers; absent: that path is the function's. */
  readonly metrics?: (() => Promise<{ readonly contentType: string; readonly text: string }>) | undefined;
  /** How much it takes in at once. Default: 512 connections, 32 MiB of bodies. */
  readonly bounds?: IntakeBounds | undefined;
}

/** A server that runs one function, and can end without losing a request. */
export interface FunctionServer {
  readonly server: Server;
  /** Takes nothing more, and answers what it has taken. */
  drain(): Promise<void>;
}

/** Longer than whatever stands before a function keeps a connection: it is never the function that hangs up first. */
const keepAliveMilliseconds = 650_000;
/** How long who has connected and asks for nothing yet is waited for when it ends: a request may be on its way. */
const silenceMilliseconds = 1_000;

/**
 * Serves a function as the Functions Framework does, with what it leaves out: no body is read before the headers were
 * judged, none that is too large, and no more than `bounds` at once; /healthz, /readyz and /metrics answer, and it ends
 * in peace.
 */
export async function createFunctionServer(options: FunctionServerOptions): Promise<FunctionServer> {
  const atWork = new Set<Promise<unknown>>();
  const framework = await frameworkServer({ ...options, function: watched(options.function, atWork) });
  const inFlight = new Set<ServerResponse>();
  let draining = false;
  const { bounds = usualBounds, clock, tell, function: run } = options;
  const gate = createGate({ intake: new Intake({ clock, bytes: bounds.bytes }), clock, tell, admit: run.admit });
  const server = createServer({ ...patience, keepAliveTimeout: keepAliveMilliseconds }, begin);
  server.on("checkContinue", begin);
  boundServer(server, bounds);

  function begin(request: IncomingMessage, response: ServerResponse): void {
    inFlight.add(response);
    response.once("close", () => inFlight.delete(response));
    if (draining) response.setHeader("connection", "close");
    void take(request, response);
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split("?")[0];
    if (path === "/healthz") return write(response, plain(200, "ok"));
    if (path === "/metrics" && options.metrics !== undefined) return write(response, page(await options.metrics()));
    if (draining)
      return write(response, plain(503, "this instance is stopping; send the event again", { "retry-after": "1" }));
    if (path === "/readyz") return write(response, readiness(await options.unready()));
    await gate(request, response, (body) => {
      // A function has one address: of others the framework would have answers of its own, some with a stack trace.
      const whole: Pick<Request, "rawBody" | "url"> = { rawBody: body, url: "/" };
      framework.emit("request", Object.assign(request, whole), response);
    });
  }

  return {
    server,
    async drain() {
      draining = true;
      for (const response of inFlight) if (!response.headersSent) response.setHeader("connection", "close");
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, pause(options.clock, silenceMilliseconds)]);
      // A server that closes gives up nobody: who never asks, and who hung up on work that goes on, are for us to see.
      while (inFlight.size + atWork.size > 0) await Promise.allSettled([...[...inFlight].map(closing), ...atWork]);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The function, with its work in a set for as long as it lasts: who called may hang up before it ends. */
function watched(run: HttpFunction, atWork: Set<Promise<unknown>>): HttpFunction {
  return (request, response) => {
    const work = Promise.resolve(run(request, response)).finally(() => atWork.delete(work));
    atWork.add(work);
    return work;
  };
}

function closing(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once("close", () => resolve()));
}

function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.after(milliseconds, resolve));
}

/**
 * The framework's server, which never listens itself: its own start-up would end the process at a signal, whatever is
 * in flight.
 */
async function frameworkServer(options: FunctionServerOptions): Promise<Server> {
  const { http } = await import("@google-cloud/functions-framework");
  const { getTestServer } = await import("@google-cloud/functions-framework/testing");
  http(options.name, options.function);
  return getTestServer(options.name);
}

function readiness(unready: string | undefined): FunctionAnswer {
  return unready === undefined ? plain(200, "ok") : plain(503, unready);
}

function page({ contentType, text }: { readonly contentType: string; readonly text: string }): FunctionAnswer {
  return { status: 200, headers: { "content-type": contentType }, body: text };
}

function plain(status: number, text: string, headers: { readonly [name: string]: string } = {}): FunctionAnswer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body: `${text}\n` };
}

function write(response: ServerResponse, { status, headers, body }: FunctionAnswer): void {
  response.writeHead(status, status === 204 ? headers : { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(status === 204 ? undefined : body);
}
