import type { Dispatcher } from "undici";
import type { Clock } from "../../clock.ts";
import { Timeout, Unavailable } from "../../errors.ts";
import { AnswerCollector, type RawAnswer } from "../../http/answer-collector.ts";
import type { Access, Credentials } from "../config/credentials.ts";
import type { ConnectionKeeper } from "./connections.ts";
import { isStaleConnection, networkFailure } from "./network-failure.ts";

/** One request, with its name for messages. */
export interface ApiRequest {
  readonly request: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query, below the cluster's address. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly maximumBytes: number;
}

/** A streaming answer. */
export interface Streaming {
  readonly code: number;
  readonly body: Dispatcher.ResponseData["body"];
}

/** Sends requests to one API server and returns the answers, whatever their codes. */
export interface Transport {
  /**
   * After a refusal of the credentials (401), tries once more with fresh ones.
   * A read on a stale connection is sent once more; a write never is.
   * @throws Unavailable, Timeout
   */
  send(request: ApiRequest): Promise<RawAnswer>;
  /**
   * The same for an answer that streams until the signal is aborted.
   * Fails after `silenceMilliseconds` without data.
   * @throws Unavailable, Timeout
   */
  stream(request: ApiRequest, signal: AbortSignal, silenceMilliseconds: number): Promise<Streaming>;
}

/** The parts of a transport. */
export interface TransportParts {
  readonly credentials: Credentials;
  readonly connections: ConnectionKeeper;
  readonly clock: Clock;
  readonly requestTimeoutMilliseconds: number;
}

/** Makes the transport to one API server. */
export function createTransport(parts: TransportParts): Transport {
  return {
    async send(request) {
      const access = await parts.credentials.current();
      const answer = await sendOnce(parts, request, access);
      return answer.code === 401 ? sendOnce(parts, request, await parts.credentials.renew(access)) : answer;
    },
    async stream(request, signal, silenceMilliseconds) {
      const opening = { request, signal, silenceMilliseconds };
      const access = await parts.credentials.current();
      const answer = await openStream(parts, opening, access);
      if (answer.code !== 401) return answer;
      await answer.body.dump();
      return openStream(parts, opening, await parts.credentials.renew(access));
    },
  };
}

async function sendOnce(parts: TransportParts, request: ApiRequest, access: Access): Promise<RawAnswer> {
  const first = new AnswerCollector(request.maximumBytes, () => overlong(request));
  let collector = first;
  const stopWaiting = parts.clock.after(parts.requestTimeoutMilliseconds, () => collector.giveUp(late(parts, request)));
  try {
    return await dispatch(parts, request, access, first);
  } catch (error) {
    if (request.method !== "GET" || first.begun || !isStaleConnection(error)) throw failed(parts, request, error);
    collector = new AnswerCollector(request.maximumBytes, () => overlong(request));
    return await dispatch(parts, request, access, collector).catch((again: unknown) => {
      throw failed(parts, request, again);
    });
  } finally {
    stopWaiting();
  }
}

function dispatch(
  { credentials, connections }: TransportParts,
  request: ApiRequest,
  access: Access,
  collector: AnswerCollector,
): Promise<RawAnswer> {
  connections.for(access).requests.dispatch(optionsOf(credentials, request, access), collector);
  return collector.answer;
}

interface Opening {
  readonly request: ApiRequest;
  readonly signal: AbortSignal;
  readonly silenceMilliseconds: number;
}

async function openStream(parts: TransportParts, opening: Opening, access: Access): Promise<Streaming> {
  const { request, signal, silenceMilliseconds } = opening;
  try {
    const answer = await parts.connections.for(access).watches.request({
      ...optionsOf(parts.credentials, request, access),
      signal,
      bodyTimeout: silenceMilliseconds,
      headersTimeout: parts.requestTimeoutMilliseconds,
    });
    return { code: answer.statusCode, body: answer.body };
  } catch (error) {
    throw failed(parts, request, error);
  }
}

function optionsOf(credentials: Credentials, request: ApiRequest, access: Access): Dispatcher.DispatchOptions {
  return {
    origin: credentials.origin,
    path: `${credentials.pathPrefix}${request.path}`,
    method: request.method,
    headers: { ...access.headers, ...request.headers },
    body: request.body ?? null,
    headersTimeout: 0,
    bodyTimeout: 0,
    // undici would close the connection after a DELETE with a body, and the next request would need a TLS handshake.
    reset: false,
  };
}

function failed(parts: TransportParts, request: ApiRequest, error: unknown): Error {
  if (error instanceof Timeout || error instanceof Unavailable) return error;
  return networkFailure(error, parts.credentials.server, `${request.request}${doubt(request)}`);
}

function late({ credentials, requestTimeoutMilliseconds }: TransportParts, request: ApiRequest): Timeout {
  const seconds = requestTimeoutMilliseconds / 1_000;
  return new Timeout(
    `no answer from the API server at ${credentials.server} to ${request.request} within ${seconds} s${doubt(request)}`,
  );
}

function doubt({ method }: ApiRequest): string {
  return method === "GET" ? "" : " (the request may have been carried out)";
}

function overlong({ request, maximumBytes }: ApiRequest): Unavailable {
  return new Unavailable(`the answer to ${request} is larger than ${maximumBytes / 1_048_576} MiB`);
}
