import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Clock } from "../../../kit/clock.ts";
import type { CallReport, Endpoint, FunctionAnswer } from "./function-endpoint.ts";
import { boundServer, Intake, type IntakeBounds, patience, usualBounds } from "./intake.ts";
import { createGate } from "./request-gate.ts";

/** A function with the `http` signature of the Functions Framework: `rawBody` is the body. */
export type HttpFunction = (
  request: IncomingMessage & { readonly rawBody?: Buffer },
  response: ServerResponse,
) => Promise<void> | void;

/** A function, and the check of its requests before their bodies are read. */
export interface EndpointFunction extends HttpFunction {
  readonly admit?: Endpoint["admit"] | undefined;
}

/** An endpoint as a function that any server with this signature can run. */
export function httpFunction(endpoint: Endpoint): EndpointFunction {
  const run: HttpFunction = async (request, response) => {
    const { method = "", headersDistinct: headers, rawBody: body = Buffer.alloc(0) } = request;
    write(response, await endpoint({ method, headers, body }));
  };
  return Object.assign(run, { admit: endpoint.admit });
}

export interface FunctionServerOptions {
  readonly function: EndpointFunction;
  readonly clock: Clock;
  /** Called for requests that are refused before the function gets them. */
  readonly tell?: ((report: CallReport) => void) | undefined;
  /** Why it is not ready; undefined if it is ready. */
  readonly unready: () => Promise<string | undefined>;
  /** The answer to /metrics; absent: the function gets this path. */
  readonly metrics?: (() => Promise<{ readonly contentType: string; readonly text: string }>) | undefined;
  /** Limits of what is received at once. Default: 512 connections, 32 MiB of bodies. */
  readonly bounds?: IntakeBounds | undefined;
}

/** A server that runs one function, and can end without losing a request. */
export interface FunctionServer {
  readonly server: Server;
  /** Accepts nothing more, and answers the accepted requests. */
  drain(): Promise<void>;
}

/** Longer than any proxy before a function keeps a connection, so that the function never closes it first. */
const keepAliveMilliseconds = 650_000;
/** How long a stopping server waits for silent connections: a request may be on its way. */
const silenceMilliseconds = 1_000;

/**
 * Serves a function like the Functions Framework, without loading it: it costs 0.2 s and 25 MB at the start, and its
 * domains make every promise of the process slower.
 * No body is read before its headers are checked; none may be too large, and all together not larger than `bounds`.
 * /healthz, /readyz and /metrics answer.
 * The server stops gracefully.
 */
export function createFunctionServer(options: FunctionServerOptions): FunctionServer {
  const atWork = new Set<Promise<unknown>>();
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
    await gate(request, response, (rawBody) => {
      const work = answer(Object.assign(request, { rawBody }), response).finally(() => atWork.delete(work));
      atWork.add(work);
    });
  }

  async function answer(...exchange: Parameters<HttpFunction>): Promise<void> {
    try {
      await run(...exchange);
    } catch (error) {
      const [, response] = exchange;
      tell?.({ status: 500, outcome: "an internal error", seconds: 0, error });
      if (response.headersSent) response.destroy();
      else write(response, plain(500, "an internal error; see the log of this function"));
    }
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
      // Waits for silent connections, and for work whose caller hung up: closing the server does not.
      while (inFlight.size + atWork.size > 0) await Promise.allSettled([...[...inFlight].map(closing), ...atWork]);
      server.closeAllConnections();
      await closed;
    },
  };
}

function closing(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.once("close", () => resolve()));
}

function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.after(milliseconds, resolve));
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
