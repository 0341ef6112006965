import { Agent } from "undici";
import { type OperatorError, Timeout, Unavailable } from "../../../kit/errors.ts";
import { retryAfterSeconds } from "../../../kit/http/answer-collector.ts";
import { whyConnectionFailed } from "../../../kit/http/connection-failure.ts";
import type { EventHeaders, EventMessage } from "../event-message.ts";

/** The answer to a message. */
export interface HttpAnswer {
  readonly code: number;
  readonly headers: EventHeaders;
  readonly body: Uint8Array;
  /** The requested time to wait. */
  readonly retryAfterSeconds: number | undefined;
}

/** Posts messages over kept-alive connections. */
export interface HttpSender {
  /**
   * Posts a message once and returns the complete answer, whatever its status.
   * Closes the connection when the signal is aborted.
   * @throws Unavailable, Timeout
   */
  post(to: URL, message: EventMessage, signal?: AbortSignal): Promise<HttpAnswer>;
  /** Closes the connections, also those in use. */
  close(): Promise<void>;
}

export interface HttpSenderOptions {
  /** From connecting to the last byte of the answer. */
  readonly timeoutMilliseconds: number;
  /** Trusted certificate authorities, as PEM; absent: the system's. */
  readonly authorities?: readonly string[] | undefined;
}

/** An answer is a small event, or empty. */
const answerBytesAtMost = 1_048_576;
/** The kernel probes an idle connection after this time, to find dead ones. */
const tcpProbeAfterMilliseconds = 20_000;

/**
 * Makes a sender without connecting.
 * It uses one connection for each concurrent request, so that a slow answer does not delay others.
 */
export function createHttpSender({ timeoutMilliseconds, authorities }: HttpSenderOptions): HttpSender {
  const agent = new Agent({
    connections: null,
    pipelining: 1,
    // Servers close idle connections, some after five seconds, as Node does.
    keepAliveTimeout: 4_000,
    connect: {
      ...(authorities === undefined ? {} : { ca: [...authorities] }),
      keepAlive: true,
      keepAliveInitialDelay: tcpProbeAfterMilliseconds,
    },
  });
  return {
    async post(to, message, signal) {
      const late = AbortSignal.timeout(timeoutMilliseconds);
      try {
        return await send(agent, {
          to,
          message,
          signal: signal === undefined ? late : AbortSignal.any([late, signal]),
        });
      } catch (error) {
        if (signal?.aborted) throw new Unavailable(`the call of ${nameOf(to)} was cancelled`, { cause: error });
        throw failureOf(error, to, timeoutMilliseconds);
      }
    },
    close: () => agent.destroy(),
  };
}

interface Sent {
  readonly to: URL;
  readonly message: EventMessage;
  readonly signal: AbortSignal;
}

async function send(agent: Agent, { to, message, signal }: Sent): Promise<HttpAnswer> {
  const { statusCode, headers, body } = await agent.request({
    origin: to.origin,
    path: `${to.pathname}${to.search}`,
    method: "POST",
    headers: message.headers,
    body: message.body,
    signal,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > answerBytesAtMost) throw new Unavailable(`the answer of ${nameOf(to)} is larger than 1 MiB`);
    chunks.push(chunk);
  }
  return {
    code: statusCode,
    headers,
    body: Buffer.concat(chunks),
    retryAfterSeconds: retryAfterSeconds({ date: new Date().toUTCString(), ...headers }),
  };
}

function failureOf(error: unknown, to: URL, timeoutMilliseconds: number): OperatorError {
  if (error instanceof Unavailable) return error;
  if (typeof error === "object" && error !== null && "name" in error && error.name === "TimeoutError")
    return new Timeout(`no complete answer from ${nameOf(to)} within ${timeoutMilliseconds / 1_000} s`, {
      cause: error,
    });
  return new Unavailable(`${nameOf(to)} cannot be reached: ${whyConnectionFailed(error)}`, { cause: error });
}

/** Without user, password and query, which may be secret. */
function nameOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
