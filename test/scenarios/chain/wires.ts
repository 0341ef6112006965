import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { brokerIngress } from "../../../eventing/http/broker/broker-ingress.ts";
import type { HttpBroker, HttpBrokerOptions } from "../../../eventing/http/broker/http-broker.ts";
import { type EventMessage, readEvent } from "../../../eventing/http/event-message.ts";
import type { Endpoint, FunctionAnswer, FunctionRequest } from "../../../eventing/http/serving/function-endpoint.ts";
import { createFunctionServer, httpFunction } from "../../../eventing/http/serving/function-server.ts";
import { createHttpSender, type HttpAnswer } from "../../../eventing/http/sink/http-sender.ts";
import { systemClock } from "../../../kit/clock.ts";
import { Unavailable } from "../../../kit/errors.ts";
import { retryAfterSeconds } from "../../../kit/http/answer-collector.ts";
import { operatorNamespace } from "../../worlds/worlds.ts";

/** What is at the end of wires. */
export interface Ends {
  /** Answers in place of a subscriber; undefined: it answers itself. */
  readonly answers: (subscriber: string) => Promise<HttpAnswer | undefined>;
  /** Our functions, by the stage that each runs. */
  readonly functions: ReadonlyMap<string, Endpoint>;
}

/** Posts an event to a broker once, and hangs up when the signal says so. */
export type Post = (message: EventMessage, signal: AbortSignal) => Promise<Pick<HttpAnswer, "code">>;

/** What lies between a source and its broker, and between that and its subscribers. */
export interface Wires {
  /** Where a subscriber is. */
  addressOf(subscriber: string): URL;
  readonly sender: HttpBrokerOptions["sender"];
  /** Leads from a source to a broker. */
  lead(to: HttpBroker): Promise<Post>;
  /** Fulfilled when nothing moves on them: what is on its way waits for a clock. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export const kindsOfWires: { readonly [name: string]: (ends: Ends) => Promise<Wires> } = {
  "in memory": wiresInMemory,
  "over HTTP": wiresOverHttp,
};

/** Messages that are handed over as they are. */
export async function wiresInMemory({ answers, functions }: Ends): Promise<Wires> {
  const answered = async (name: string, { headers, body }: EventMessage): Promise<HttpAnswer> => {
    const instead = await answers(name);
    if (instead !== undefined) return instead;
    const run = functions.get(name);
    return asAnswer(run === undefined ? absent : await run({ method: "POST", headers, body: Buffer.from(body) }));
  };
  return {
    addressOf: (name) => new URL(`http://${name}/`),
    sender: { post: (to, message, signal) => unlessHungUp(answered(to.hostname, message), signal) },
    lead: async (broker) => async (message, signal) => {
      const event = readEvent(message.headers, Buffer.from(message.body));
      return { code: (await broker.take(event, { namespace: operatorNamespace, headers: {}, signal })) ? 202 : 500 };
    },
    async settled() {},
    async close() {},
  };
}

/** Every message a request on this machine's network: from the source's sender to the broker's ingress, and from there to servers of functions. */
export async function wiresOverHttp({ answers, functions }: Ends): Promise<Wires> {
  let moves = 0;
  const closing: (() => Promise<unknown> | unknown)[] = [];
  const listen = async (listener: RequestListener): Promise<string> => {
    const server = createServer((request, response) => {
      moves += 1;
      response.once("close", () => (moves += 1));
      listener(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const sending = (): HttpBrokerOptions["sender"] => {
    const sender = createHttpSender({ timeoutMilliseconds: 600_000 });
    closing.push(() => sender.close());
    return { post: (...sent) => sender.post(...sent).finally(() => (moves += 1)) };
  };
  const instead = async (name: string): Promise<HttpAnswer | undefined> => {
    const answer = await answers(name);
    moves += 1;
    return answer;
  };

  const servers = new Map<string, ReturnType<typeof createFunctionServer>>();
  for (const [stage, run] of functions) {
    const runOrInstead = async (request: FunctionRequest): Promise<FunctionAnswer> => {
      const answer = await instead(stage);
      return answer === undefined ? run(request) : { status: answer.code, headers: {}, body: answer.body };
    };
    const endpoint: Endpoint = Object.assign(runOrInstead, { admit: run.admit });
    const server = createFunctionServer({
      function: httpFunction(endpoint),
      clock: systemClock,
      unready: async () => undefined,
    });
    servers.set(stage, server);
  }
  /** Somebody else's: one that cannot be reached hangs up. */
  const foreign = async (name: string): Promise<HttpAnswer> => (await instead(name)) ?? asAnswer(absent);
  const subscribersAt = await listen((request, response) => {
    const name = request.url?.slice(1) ?? "";
    const ours = servers.get(name);
    if (ours !== undefined) return void ours.server.emit("request", request, response);
    request.resume();
    foreign(name).then(
      ({ code, body }) => response.writeHead(code).end(body),
      () => request.socket.destroy(),
    );
  });
  return {
    addressOf: (name) => new URL(`${subscribersAt}/${name}`),
    sender: sending(),
    lead: async (broker) => {
      const sink = new URL(`${await listen(brokerIngress(broker))}/${operatorNamespace}/default`);
      const { post } = sending();
      return (message, signal) => post(sink, message, signal);
    },
    async settled() {
      for (let still = 0, before = moves; still < 30; still = before === moves ? still + 1 : 0, before = moves)
        await new Promise((resolve) => setImmediate(resolve));
    },
    async close() {
      for (const close of closing.splice(0)) await close();
    },
  };
}

const absent: FunctionAnswer = { status: 404, headers: {}, body: "" };

function asAnswer({ status, headers, body }: FunctionAnswer): HttpAnswer {
  return { code: status, headers, body: Buffer.from(body), retryAfterSeconds: retryAfterSeconds(headers) };
}

/** An answer, unless nobody waits for it any more; what was asked for goes on. */
function unlessHungUp(answer: Promise<HttpAnswer>, signal: AbortSignal | undefined): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    answer.then(resolve, reject);
    signal?.addEventListener("abort", () => reject(new Unavailable("no answer is wanted any more")));
  });
}
