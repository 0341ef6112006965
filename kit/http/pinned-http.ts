import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { type buildConnector, Client } from "undici";
import type { Clock } from "../clock.ts";
import { Timeout, TooLarge, Unavailable } from "../errors.ts";
import { AnswerCollector, type RawAnswer } from "./answer-collector.ts";
import { whyConnectionFailed } from "./connection-failure.ts";

/** The target of a connection. The address was checked; the name is only for the server. */
export interface Destination {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Opens a connection. */
export type Dial = (to: Destination) => Promise<Duplex>;

/** One request to a known address. */
export interface PinnedRequest extends Destination {
  /** The target in messages. */
  readonly title: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** The limits of a call. */
export interface HttpBounds {
  readonly clock: Clock;
  readonly dial: Dial;
  /** The timeout of a whole call, from the connection to the last byte. */
  readonly timeoutMilliseconds: number;
  /** The most bytes of a body, in both directions. */
  readonly maximumBytes: number;
}

/**
 * Sends a request to exactly this address, once: without a name lookup, a redirect or a retry.
 * Returns the complete answer, whatever its status.
 * @throws Unavailable, Timeout; TooLarge if the body of the request is too large
 */
export async function sendPinned(request: PinnedRequest, bounds: HttpBounds): Promise<RawAnswer> {
  const { clock, timeoutMilliseconds, maximumBytes } = bounds;
  const { title, host, port, tls, body } = request;
  if (body !== undefined && Buffer.byteLength(body) > maximumBytes)
    throw new TooLarge(`the request to ${title} is larger than ${mebibytes(maximumBytes)} MiB`);
  const collector = new AnswerCollector(
    maximumBytes,
    () => new Unavailable(`the answer of ${title} is larger than ${mebibytes(maximumBytes)} MiB`),
  );
  const cancel = clock.after(timeoutMilliseconds, () =>
    collector.giveUp(new Timeout(`no complete answer from ${title} within ${timeoutMilliseconds / 1_000} s`)),
  );
  const origin = `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const client = new Client(origin, { connect: connector(request, bounds.dial), pipelining: 1 });
  try {
    const { method, path, headers } = request;
    client.dispatch({ method, path, headers, body: body ?? null, headersTimeout: 0, bodyTimeout: 0 }, collector);
    return await collector.answer;
  } catch (error) {
    if (error instanceof Timeout || error instanceof Unavailable) throw error;
    throw new Unavailable(`${title} cannot be reached: ${whyConnectionFailed(error)}`, { cause: error });
  } finally {
    cancel();
    void client.destroy().catch(() => {});
  }
}

/** Opens a TCP or TLS connection to the address. The certificate must be valid for the host. */
export function systemDial({ host, address, port, tls }: Destination): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTls({ host: address, port, servername: host, ALPNProtocols: ["http/1.1"] }, () => resolve(socket))
      : connectTcp({ host: address, port }, () => resolve(socket));
    socket.once("error", reject);
    socket.setTimeout(60_000, () => socket.destroy());
  });
}

function connector({ host, address, port, tls }: Destination, dial: Dial): buildConnector.connector {
  return (_options, callback) => {
    dial({ host, address, port, tls }).then(
      // Every duplex of a dialer must have the socket methods that undici calls.
      (socket) => callback(null, socket as Parameters<buildConnector.Callback>[1] & Duplex),
      (error: Error) => callback(error, null),
    );
  };
}

function mebibytes(bytes: number): number {
  return bytes / 1_048_576;
}
