import type { IncomingMessage, Server } from "node:http";
import type { Clock } from "../../../kit/clock.ts";
import { keepRoom } from "../../../kit/http/keep-room.ts";

/** The largest body of an event: an event of ours has less than 1 KiB of data. */
export const longestEventBytes = 65_536;
/** The largest body of events with whole objects. */
export const longestObjectBytes = 2_097_152;

/** Limits of what a server receives at once. */
export interface IntakeBounds {
  /** Further connections are closed at once. Idle ones are closed before. */
  readonly connections: number;
  /** Bytes of all bodies that are arriving or in use. */
  readonly bytes: number;
}

/** Sufficient for events of the usual size on all connections at once. */
export const usualBounds: IntakeBounds = { connections: 512, bytes: 512 * longestEventBytes };

/** The time limit for a complete request, and for its headers. */
const arrivalMilliseconds = 30_000;
const headersMilliseconds = 10_000;
const checkMilliseconds = 5_000;

/** Server options that close slow connections and buffer little unread data. */
export const patience: {
  readonly [option in "requestTimeout" | "headersTimeout" | "connectionsCheckingInterval" | "highWaterMark"]: number;
} = {
  requestTimeout: arrivalMilliseconds,
  headersTimeout: headersMilliseconds,
  connectionsCheckingInterval: checkMilliseconds,
  highWaterMark: 16_384,
};

/** Sets the limits of an existing server. */
export function limitServer(server: Server, { connections }: Pick<IntakeBounds, "connections">): void {
  server.maxConnections = connections;
  server.requestTimeout = patience.requestTimeout;
  server.headersTimeout = patience.headersTimeout;
}

/** Sets the limits of an existing server, and closes idle connections before it would refuse new ones. */
export function boundServer(server: Server, bounds: Pick<IntakeBounds, "connections"> = usualBounds): void {
  limitServer(server, bounds);
  keepRoom(server, bounds.connections);
}

/** The result of reading a body. */
export type Received =
  /** Call `release` when the body is not needed any more; safe to repeat. */
  | { readonly kind: "whole"; readonly body: Buffer; readonly release: () => void }
  | { readonly kind: "refused"; readonly code: 408 | 413 | 503; readonly why: string }
  | { readonly kind: "broken off" };

/** Reads bodies, each up to its own limit, and all together up to another. */
export class Intake {
  readonly #clock: Clock;
  readonly #bytesAtMost: number;
  #bytes = 0;

  constructor({ clock, bytes = usualBounds.bytes }: { readonly clock: Clock; readonly bytes?: number | undefined }) {
    this.#clock = clock;
    this.#bytesAtMost = bytes;
  }

  /** The number of bytes in use. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Counts the body of a request that another reader reads, up to this size.
   * Returns the function that releases it, or undefined if the limit is reached.
   */
  reserve(request: IncomingMessage, bytesAtMost: number): (() => void) | undefined {
    const { "content-length": length, "transfer-encoding": coding } = request.headers;
    let held = coding === undefined ? Number(length ?? 0) : bytesAtMost;
    if (this.#bytes + held > this.#bytesAtMost) return undefined;
    this.#bytes += held;
    return () => {
      this.#bytes -= held;
      held = 0;
    };
  }

  /** Reads a body. A refused body is not kept, and its rest is not read. */
  receive(request: IncomingMessage, bytesAtMost: number): Promise<Received> {
    const refusal = refusalBySize(request, bytesAtMost);
    if (refusal !== undefined) return Promise.resolve(refusal);
    if (request.destroyed && !request.complete) return Promise.resolve({ kind: "broken off" });
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let held = 0;
      const release = (): void => {
        this.#bytes -= held;
        held = 0;
      };
      const take = (chunk: Buffer): void => {
        held += chunk.length;
        this.#bytes += chunk.length;
        if (held > bytesAtMost) end(tooLarge(bytesAtMost));
        else if (this.#bytes > this.#bytesAtMost) end(full);
        else chunks.push(chunk);
      };
      const finish = (): void => end({ kind: "whole", body: Buffer.concat(chunks), release });
      const breakOff = (): void => end({ kind: "broken off" });
      // A closing server does not enforce its requestTimeout any more.
      const cancel = this.#clock.after(arrivalMilliseconds, () => end(late));
      const end = (received: Received): void => {
        cancel();
        request.off("data", take).off("end", finish).off("close", breakOff);
        if (received.kind !== "whole") release();
        resolve(received);
      };
      request.on("data", take).once("end", finish).once("close", breakOff);
    });
  }
}

/** The refusal of a request whose headers state a body that is too large; undefined for others. */
export function refusalBySize(
  { headers }: Pick<IncomingMessage, "headers">,
  bytesAtMost: number,
): Extract<Received, { kind: "refused" }> | undefined {
  return Number(headers["content-length"] ?? 0) > bytesAtMost ? tooLarge(bytesAtMost) : undefined;
}

const late: Received = { kind: "refused", code: 408, why: "the request was not complete in time" };
/** The refusal while the limit is reached. */
export const full: Extract<Received, { kind: "refused" }> = {
  kind: "refused",
  code: 503,
  why: "too many requests at once; retry later",
};

/** The refusal of a body that is larger than this. */
export function tooLarge(bytesAtMost: number): { readonly kind: "refused"; readonly code: 413; readonly why: string } {
  const size = bytesAtMost < 1_048_576 ? `${bytesAtMost / 1_024} KiB` : `${bytesAtMost / 1_048_576} MiB`;
  return {
    kind: "refused",
    code: 413,
    why: `the body is larger than ${size}; an event names an object, and needs less than 1 KiB`,
  };
}
