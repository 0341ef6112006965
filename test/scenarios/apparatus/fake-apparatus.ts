import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Duplex, duplexPair } from "node:stream";
import type { ApparatusAccess } from "../../../functions/apparatus/call-apparatus.ts";
import { type AllowedHosts, parseAllowedHosts } from "../../../kit/http/allowed-hosts.ts";
import type { Destination } from "../../../kit/http/pinned-http.ts";

/** One call as it reached an apparatus. */
export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
  /** The body as it came. */
  readonly text: string;
}

/** What an apparatus does with a call. */
export type Answer = (call: SeenCall, response: ServerResponse) => void;

/** An apparatus at the end of every connection, without a network: it takes what is dialled, and remembers what it was told. */
export interface FakeApparatus extends ApparatusAccess {
  /** All calls but pings. */
  readonly calls: SeenCall[];
  readonly pings: SeenCall[];
  readonly dialled: Destination[];
  /** Every name that was looked up. */
  readonly lookedUp: string[];
  answer: Answer;
  /** Whether connections are refused. */
  down: boolean;
  /** What names lead to. */
  addresses: (host: string) => readonly string[];
}

/** Makes one that answers 200 with an empty object. */
export function fakeApparatus(allowed: AllowedHosts = parseAllowedHosts([])): FakeApparatus {
  const server = createServer((request, response) => void take(request, response));
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { method = "", url = "", headers } = request;
    const call = { method, path: url, headers, text, body: text === "" ? undefined : JSON.parse(text) };
    (url.endsWith("/ping") ? fake.pings : fake.calls).push(call);
    if (url.endsWith("/ping")) response.end("{}");
    else fake.answer(call, response);
  };
  const fake: FakeApparatus = {
    calls: [],
    pings: [],
    dialled: [],
    lookedUp: [],
    down: false,
    answer: (_, response) => response.end("{}"),
    addresses: () => ["10.96.0.7"],
    allowed,
    timeoutMilliseconds: 10_000,
    answered: new Set(),
    async dial(to) {
      fake.dialled.push(to);
      if (fake.down) throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
      const [ours, theirs] = duplexPair();
      server.emit("connection", socketLike(theirs));
      return socketLike(ours);
    },
    async resolve(host) {
      fake.lookedUp.push(host);
      return fake.addresses(host);
    },
  };
  return fake;
}

/** Reaches a server that listens nowhere. */
export function accessTo(server: Server): ApparatusAccess {
  return {
    ...fakeApparatus(),
    async dial() {
      const [ours, theirs] = duplexPair();
      server.emit("connection", socketLike(theirs));
      return socketLike(ours);
    },
  };
}

/** What clients and servers ask of a socket, as far as nothing depends on it here. */
function socketLike(duplex: Duplex): Duplex {
  const itself = () => duplex;
  return Object.assign(duplex, {
    setTimeout: itself,
    setNoDelay: itself,
    setKeepAlive: itself,
    ref: itself,
    unref: itself,
  });
}
