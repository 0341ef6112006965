import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { HttpFunction, Request } from "@google-cloud/functions-framework";
import type { Clock } from "../../kit/clock.ts";
import {
  type CallReport,
  type FunctionAnswer,
  type FunctionRequest,
  longestEventBytes,
  tooLarge,
} from "./function-endpoint.ts";

/** An endpoint as an `http` function of the Functions Framework. */
export function httpFunction(endpoint: (request: FunctionRequest) => Promise<FunctionAnswer>): HttpFunction {
  return async (request, response) => {
    const { method, headersDistinct: headers, rawBody: body = Buffer.alloc(0) } = request;
    write(response, await endpoint({ method, headers, body }));
  };
}

export interface FunctionServerOptions {
  /** A name that the framework takes: letters, digits and dashes. */
  readonly name: string;
  readonly function: HttpFunction;
  readonly clock: Clock;
  /** Hears of what is refused before the function sees it. */
  readonly tell?: ((report: CallReport) => void) | undefined;
  /** Why it is not ready; undefined when it is. */
  readonly unready: () => Promise<string | undefined>;
}

/** A server that runs one function, and can end without losing a request. */
export interface FunctionServer {
  readonly server: Server;
  /** Takes nothing more, and answers what it has taken. */
  drain(): Promise<void>;
}

/** How long a request may take to arrive: events are small. */
const arrivalMilliseconds = 30_000;
/** Longer than whatever stands before a function keeps a connection: it is never the function that hangs up first. */
const keepAliveMilliseconds = 650_000;
/** How long who has connected and asks for nothing yet is waited for when it ends: a request may be on its way. */
const silenceMilliseconds = 1_000;
/** How long who sends too much is listened to, so that the answer is read and not lost with the connection. */
const lingerMilliseconds = 2_000;

/**
 * Serves a function as the Functions Framework does, with what it leaves out: a body of more than 1 MiB is not read, /healthz and /readyz answer,
 * and it ends in peace.
 */
export async function createFunctionServer(options: FunctionServerOptions): Promise<FunctionServer> {
  const atWork = new Set<Promise<unknown>>();
  const framework = await frameworkServer({ ...options, function: watched(options.function, atWork) });
  const inFlight = new Set<ServerResponse>();
  let draining = false;
  const server = createServer((request, response) => {
    inFlight.add(response);
    response.once("close", () => inFlight.delete(response));
    if (draining) response.setHeader("connection", "close");
    void take(request, response);
  });
  server.requestTimeout = arrivalMilliseconds;
  server.keepAliveTimeout = keepAliveMilliseconds;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split("?")[0];
    if (path === "/healthz") return write(response, plain(200, "ok"));
    if (draining)
      return write(response, plain(503, "this instance is ending; another takes it", { "retry-after": "1" }));
    if (path === "/readyz") return write(response, readiness(await options.unready()));
    const body = await readBounded(request, options.clock);
    if (body === "too large") return refuse(request, response, options);
    if (body === "broken off") return void response.destroy();
    if (body === "late")
      return write(response, plain(408, "the request did not arrive whole", { connection: "close" }));
    // What has been read is handed over as the framework's own parsers would. A function has one address: of others the framework would
    // have answers of its own, some with a stack trace.
    const whole: Pick<Request, "rawBody" | "url"> = { rawBody: body, url: "/" };
    framework.emit("request", Object.assign(request, whole), response);
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

/** The framework's server, which never listens itself: its own start-up would end the process at a signal, whatever is in flight. */
async function frameworkServer(options: FunctionServerOptions): Promise<Server> {
  const { http } = await import("@google-cloud/functions-framework");
  const { getTestServer } = await import("@google-cloud/functions-framework/testing");
  http(options.name, options.function);
  return getTestServer(options.name);
}

async function readBounded(
  request: IncomingMessage,
  clock: Clock,
): Promise<Buffer | "too large" | "broken off" | "late"> {
  if (Number(request.headers["content-length"] ?? 0) > longestEventBytes) return "too large";
  return new Promise((resolve) => {
    // A server that closes does not look at its own requestTimeout any more.
    const cancel = clock.after(arrivalMilliseconds, () => resolve("late"));
    request.once("close", cancel);
    request.once("end", cancel);
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= longestEventBytes) chunks.push(chunk);
      else {
        chunks.length = 0;
        resolve("too large");
      }
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("close", () => resolve("broken off"));
  });
}

/** Answers at once, and hangs up only when the rest has come, or soon: a connection that is cut takes the answer with it. */
function refuse(request: IncomingMessage, response: ServerResponse, { clock, tell }: FunctionServerOptions): void {
  tell?.({ status: tooLarge.status, outcome: "the body is larger than 1 MiB", seconds: 0 });
  const { status, headers, body } = tooLarge;
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

function readiness(unready: string | undefined): FunctionAnswer {
  return unready === undefined ? plain(200, "ok") : plain(503, unready);
}

function plain(status: number, text: string, headers: { readonly [name: string]: string } = {}): FunctionAnswer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body: `${text}\n` };
}

function write(response: ServerResponse, { status, headers, body }: FunctionAnswer): void {
  response.writeHead(status, status === 204 ? headers : { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(status === 204 ? undefined : body);
}
