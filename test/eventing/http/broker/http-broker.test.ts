import { createServer } from "node:http";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Trigger } from "../../../../eventing/broker/serverless.ts";
import { brokerIngress } from "../../../../eventing/http/broker/broker-ingress.ts";
import { hostileNetwork } from "../../../../eventing/http/broker/hostile-network.ts";
import { type BrokerReport, HttpBroker, type HttpBrokerOptions } from "../../../../eventing/http/broker/http-broker.ts";
import type { EventMessage, ReceivedEvent } from "../../../../eventing/http/event-message.ts";
import type { HttpAnswer } from "../../../../eventing/http/sink/http-sender.ts";
import { Unavailable } from "../../../../kit/errors.ts";
import { type HandClock, handClock } from "../../../worlds/hand-clock.ts";

const asked: ReceivedEvent = {
  specversion: "1.0",
  id: "1",
  source: "/here",
  type: "ask",
  kind: "Plug",
  data: { n: 1 },
};

/** A subscriber that gives one answer after the other; the last for ever. */
interface Subscriber {
  readonly type: string;
  readonly answers: readonly (Partial<HttpAnswer> | "no answer")[];
  readonly delivery?: Partial<Trigger["delivery"]>;
}

interface Ground {
  readonly broker: HttpBroker;
  readonly clock: HandClock;
  readonly reports: BrokerReport[];
  /** What reached the subscriber of a type, and when, in milliseconds. */
  readonly got: ReadonlyMap<string, { readonly at: number; readonly message: EventMessage }[]>;
  /** What became of everything, by kind of report. */
  kinds(): readonly string[];
}

function brokerWith(subscribers: readonly Subscriber[], options: Partial<HttpBrokerOptions> = {}): Ground {
  const clock = handClock();
  const begun = clock.now();
  const reports: BrokerReport[] = [];
  const got = new Map(subscribers.map(({ type }) => [type, [] as { at: number; message: EventMessage }[]]));
  const broker = new HttpBroker({
    clock,
    subscriptions: subscribers.map(({ type, delivery }) => ({
      name: type,
      to: new URL(`http://subscriber/${type}`),
      trigger: {
        filters: [{ exact: { type } }],
        delivery: { retry: 1, backoffPolicy: "exponential", backoffMilliseconds: 200, ...delivery },
      },
    })),
    sender: {
      async post(to, message) {
        const type = to.pathname.slice(1);
        const calls = got.get(type) ?? [];
        calls.push({ at: clock.now() - begun, message });
        const answers = subscribers.find((one) => one.type === type)?.answers ?? [];
        const answer = answers[Math.min(calls.length, answers.length) - 1] ?? { code: 204 };
        if (answer === "no answer") throw new Unavailable("nothing listens there");
        return { code: 200, headers: {}, body: Buffer.alloc(0), retryAfterSeconds: undefined, ...answer };
      },
    },
    tell: (report) => reports.push(report),
    ...options,
  });
  return { broker, clock, reports, got, kinds: () => reports.map(({ kind }) => kind) };
}

const passage = { namespace: "shop", headers: { "x-request-id": "7" } };

function reply(type: string, id = "2"): Partial<HttpAnswer> {
  const headers = { "ce-specversion": "1.0", "ce-id": id, "ce-source": "/there", "ce-type": type };
  return { code: 200, headers: { ...headers, "content-type": "application/json" }, body: Buffer.from("{}") };
}

describe("the HTTP broker", () => {
  test("gives an event to those whose filters match, with the headers Knative sends", async () => {
    const { broker, got, clock } = brokerWith([
      { type: "ask", answers: [] },
      { type: "other", answers: [] },
    ]);
    void broker.take(asked, passage);
    await clock.advance(0);
    expect(got.get("other")).toEqual([]);
    expect(got.get("ask")).toHaveLength(1);
    expect(got.get("ask")?.[0]?.message.headers).toMatchObject({
      prefer: "reply",
      "kn-namespace": "shop",
      "x-request-id": "7",
      "ce-id": "1",
      "ce-kind": "Plug",
      "ce-knativearrivaltime": "2026-01-01T00:00:00.000Z",
    });
    expect(got.get("ask")?.[0]?.message.headers).not.toHaveProperty("ce-knativebrokerttl");
  });

  test("takes a reply in as a new event", async () => {
    const { broker, got, clock, kinds } = brokerWith([
      { type: "ask", answers: [reply("done")] },
      { type: "done", answers: [] },
    ]);
    void broker.take(asked, passage);
    await clock.advance(0);
    expect(got.get("done")?.[0]?.message.headers).toMatchObject({ "ce-id": "2", "ce-type": "done" });
    expect(kinds()).toEqual(["taken", "delivered", "taken", "delivered"]);
  });

  test("ends a round of replies after 255 hops", async () => {
    const { broker, got, clock, kinds } = brokerWith([{ type: "ask", answers: [reply("ask")] }]);
    void broker.take(asked, passage);
    for (let turn = 0; turn < 60; turn += 1) await clock.advance(1);
    await broker.drained();
    expect(got.get("ask")).toHaveLength(255);
    expect(kinds().at(-1)).toBe("going round");
  });

  test.each([404, 408, 409, 429, 500, 503, 599])("tries again after %i, as often as the trigger says", async (code) => {
    const { broker, got, clock, kinds } = brokerWith([{ type: "ask", answers: [{ code }], delivery: { retry: 3 } }]);
    void broker.take(asked, passage);
    await clock.advance(60_000);
    expect(got.get("ask")?.map(({ at }) => at)).toEqual([0, 200, 600, 1_400]);
    expect(kinds().at(-1)).toBe("given up");
  });

  test.each([
    ["no answer", "no answer"],
    ["a body that is no event", { body: Buffer.from("ok") }],
    ["a malformed event", { headers: { "ce-specversion": "1.0" } }],
  ] as const)("tries again after %s", async (_, answer) => {
    const { broker, got, clock } = brokerWith([{ type: "ask", answers: [answer, { code: 202 }] }]);
    void broker.take(asked, passage);
    await clock.advance(60_000);
    expect(got.get("ask")).toHaveLength(2);
  });

  test.each([301, 400, 401, 403, 413])("does not try again after %i", async (code) => {
    const { broker, got, clock, reports } = brokerWith([{ type: "ask", answers: [{ code }] }]);
    void broker.take(asked, passage);
    await clock.advance(60_000);
    expect(got.get("ask")).toHaveLength(1);
    expect(reports.at(-1)).toMatchObject({ kind: "given up", why: `it answered ${code}` });
  });

  test("waits linearly where the trigger says so, and then for nothing the first time", async () => {
    const delivery = { retry: 3, backoffPolicy: "linear" } as const;
    const { broker, got, clock } = brokerWith([{ type: "ask", answers: [{ code: 503 }], delivery }]);
    void broker.take(asked, passage);
    await clock.advance(60_000);
    expect(got.get("ask")?.map(({ at }) => at)).toEqual([0, 0, 200, 600]);
  });

  test.each([
    ["is ignored", 429, 5, undefined, 200],
    ["is heeded where the trigger says for how long at most", 429, 5, 10_000, 5_000],
    ["is heeded after 503, too", 503, 5, 10_000, 5_000],
    ["is heeded for that long, and no longer", 503, 50, 10_000, 10_000],
    ["is ignored where it is shorter than the delay of the trigger", 503, 0, 10_000, 200],
    ["is ignored after other failures", 500, 5, 10_000, 200],
  ])(
    "how long a subscriber asks to wait %s (%i, %i s, at most %p ms)",
    async (_, code, retryAfterSeconds, retryAfterMaxMilliseconds, at) => {
      const answers = [{ code, retryAfterSeconds }, { code: 204 }];
      const { broker, got, clock } = brokerWith([{ type: "ask", answers, delivery: { retryAfterMaxMilliseconds } }]);
      void broker.take(asked, passage);
      await clock.advance(60_000);
      expect(got.get("ask")?.map((one) => one.at)).toEqual([0, at]);
    },
  );

  test.each([
    ["none", undefined, 255],
    ["few", "3", 2],
    ["few as a number", 3, 2],
    ["one that is no number", "many", 255],
    ["one that is no whole number", "2.5", 255],
  ])("counts the hops of an event that says %s", async (_, said, count) => {
    const { broker, got, clock } = brokerWith([{ type: "ask", answers: [reply("ask")] }]);
    void broker.take(said === undefined ? asked : { ...asked, knativebrokerttl: said }, passage);
    for (let turn = 0; turn < 60; turn += 1) await clock.advance(1);
    await broker.drained();
    expect(got.get("ask")).toHaveLength(count);
    for (const { message } of got.get("ask") ?? []) expect(message.headers).not.toHaveProperty("ce-knativebrokerttl");
  });

  test.each(["0", "1", "-7"])("drops an event that says it may make %s hops", async (knativebrokerttl) => {
    const { broker, got } = brokerWith([{ type: "ask", answers: [] }]);
    await expect(broker.take({ ...asked, knativebrokerttl }, passage)).rejects.toThrow(
      "passed through brokers too often",
    );
    expect(got.get("ask")).toEqual([]);
  });

  test("counts the hops itself, whatever a reply says of them", async () => {
    const { headers = {}, ...rest } = reply("ask");
    const again = { ...rest, headers: { ...headers, "ce-knativebrokerttl": "255" } };
    const { broker, got, clock } = brokerWith([{ type: "ask", answers: [again] }]);
    void broker.take({ ...asked, knativebrokerttl: "4" }, passage);
    await clock.advance(10);
    await broker.drained();
    expect(got.get("ask")).toHaveLength(3);
  });

  test("passes on with a reply the headers of the answer that it came in, not those of its event", async () => {
    const { headers = {}, ...rest } = reply("done");
    const answer = { ...rest, headers: { ...headers, "x-b3-traceid": "9", "x-powered-by": "words" } };
    const { broker, got, clock } = brokerWith([
      { type: "ask", answers: [answer] },
      { type: "done", answers: [] },
    ]);
    void broker.take(asked, passage);
    await clock.advance(0);
    const [done] = got.get("done") ?? [];
    expect(done?.message.headers).toMatchObject({ "x-b3-traceid": "9", "kn-namespace": "shop", prefer: "reply" });
    expect(Object.keys(done?.message.headers ?? {})).not.toContain("x-request-id");
    expect(Object.keys(done?.message.headers ?? {})).not.toContain("x-powered-by");
  });

  test("says of an event that nobody subscribes to it", async () => {
    const { broker, clock, kinds } = brokerWith([]);
    void broker.take(asked, passage);
    await clock.advance(0);
    expect(kinds()).toEqual(["taken", "unclaimed"]);
  });
});

describe("what a broker has taken is known", () => {
  const chain: readonly Subscriber[] = [
    { type: "ask", answers: [reply("done")] },
    { type: "done", answers: [{ code: 503 }] },
  ];

  test("at once where it is asynchronous, and a reply that nobody takes is sent once", async () => {
    const { broker, got, clock } = brokerWith(chain);
    expect(await broker.take(asked, passage)).toBe(true);
    await clock.advance(60_000);
    expect([got.get("ask")?.length, got.get("done")?.length]).toEqual([1, 2]);
  });

  test("when all is done where it is synchronous: false if anybody down the chain failed, and the reply is sent as often as its trigger retries", async () => {
    const { broker, got, clock } = brokerWith(chain, { synchronous: true });
    const took: boolean[] = [];
    void broker.take(asked, passage).then((one) => took.push(one));
    await clock.advance(500);
    expect(took).toEqual([]);
    await clock.advance(60_000);
    expect(took).toEqual([false]);
    expect([got.get("ask")?.length, got.get("done")?.length]).toEqual([1, 4]);
    expect(got.get("done")?.map(({ at }) => at)).toEqual([0, 200, 400, 600]);
  });

  test("to be true where all took it, whoever of them answered with an event", async () => {
    const { broker } = brokerWith(
      [
        { type: "ask", answers: [reply("done")] },
        { type: "done", answers: [] },
      ],
      { synchronous: true },
    );
    expect(await broker.take(asked, passage)).toBe(true);
  });

  test("to be true at once where a hostile network loses it", async () => {
    const { broker } = brokerWith(chain, { synchronous: true, network: () => [] });
    expect(await broker.take(asked, passage)).toBe(true);
  });

  test.each([
    [true, ["taken", "to be tried again", "given up"]],
    [false, ["taken", "to be tried again", "to be tried again", "to be tried again", "given up"]],
  ])(
    "to nobody when its sender hangs up: given up where the broker is synchronous (%p), tried to the end where it is not",
    async (synchronous, told) => {
      const subscriber = { type: "ask", answers: [{ code: 503 }], delivery: { retry: 3 } };
      const { broker, clock, got, kinds } = brokerWith([subscriber], { synchronous });
      const hangUp = new AbortController();
      void broker.take(asked, { ...passage, signal: hangUp.signal });
      await clock.advance(100);
      hangUp.abort();
      await clock.advance(60_000);
      expect(kinds()).toEqual(told);
      expect(got.get("ask")).toHaveLength(synchronous ? 1 : 4);
    },
  );
});

describe("a hostile network", () => {
  const events = Array.from({ length: 4_000 }, (_, index) => ({ source: "/here", id: `${index}` }));

  test("harms as many events as it says, the same ones each time for one seed and others for another", () => {
    const fates = events.map(hostileNetwork("7"));
    const share = (count: number) => count / events.length;
    expect(share(fates.filter((arrivals) => arrivals.length === 0).length)).toBeCloseTo(0.1, 1);
    expect(share(fates.filter((arrivals) => arrivals.length === 2).length)).toBeCloseTo(0.18, 1);
    expect(share(fates.filter((arrivals) => arrivals.some((delay) => delay > 0)).length)).toBeCloseTo(0.18, 1);
    expect(events.map(hostileNetwork("7"))).toEqual(fates);
    expect(events.map(hostileNetwork("8"))).not.toEqual(fates);
  });

  test("makes later events overtake earlier ones", async () => {
    const network = ({ id }: { readonly id: string }) => (id === "1" ? [500] : [0]);
    const { broker, got, clock } = brokerWith([{ type: "ask", answers: [] }], { network });
    void broker.take(asked, passage);
    void broker.take({ ...asked, id: "2" }, passage);
    await clock.advance(1_000);
    expect(got.get("ask")?.map(({ message }) => message.headers["ce-id"])).toEqual(["2", "1"]);
  });

  test("delivers a doubled event to two at once, and a lost one to nobody", async () => {
    const network = ({ id }: { readonly id: string }) => (id === "1" ? [0, 0] : []);
    const { broker, got, clock } = brokerWith([{ type: "ask", answers: [] }], { network });
    void broker.take(asked, passage);
    void broker.take({ ...asked, id: "2" }, passage);
    await clock.advance(10_000);
    expect(got.get("ask")?.map(({ at, message }) => [at, message.headers["ce-id"]])).toEqual([
      [0, "1"],
      [0, "1"],
    ]);
  });
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Has a broker listen, and says where. */
async function listening(broker: HttpBroker): Promise<string> {
  const server = createServer(brokerIngress(broker));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

describe("what is posted to it", () => {
  const headers = { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/here", "ce-type": "ask" };
  const structured = { "content-type": "application/cloudevents+json" };
  const text = JSON.stringify({ specversion: "1.0", id: "1", source: "/here", type: "ask", data: { n: 1 } });

  test.each([
    ["a binary event", "/shop/default", { headers }, 202],
    ["a structured event", "/shop/default", { headers: structured, body: text }, 202],
    ["an event at a path that ends with a slash", "/shop/default/", { headers }, 202],
    [
      "a batch",
      "/shop/default",
      { headers: { "content-type": "application/cloudevents-batch+json" }, body: "[]" },
      400,
    ],
    ["no event", "/shop/default", { body: "hello" }, 400],
    ["an event without an id", "/shop/default", { headers: { ...headers, "ce-id": "" } }, 400],
    [
      "an event that has made too many hops",
      "/shop/default",
      { headers: { ...headers, "ce-knativebrokerttl": "1" } },
      400,
    ],
    ["an event of more than 2 MiB", "/shop/default", { headers, body: "x".repeat(2_097_153) }, 413],
    ["a GET", "/shop/default", { method: "GET" }, 405],
    ["an event for no broker", "/", { headers }, 404],
    ["a GET for no broker", "/", { method: "GET" }, 405],
    ["an event for a path that is too short", "/shop", { headers }, 400],
    ["an event for a path that is too long", "/shop/default/more", { headers }, 400],
    ["an event for a name that cannot be", "/Shop/default", { headers }, 404],
    ["an event for a name with a query behind it", "/shop/default?x=1", { headers }, 404],
    ["no event for a name that cannot be", "/Shop/default", { body: "hello" }, 400],
    [
      "an event that says words of its hops",
      "/shop/default",
      { headers: { ...headers, "ce-knativebrokerttl": "x" } },
      202,
    ],
    ["a question of who may send", "/shop/default", { method: "OPTIONS" }, 200],
    ["a question for its health", "/readyz", { method: "GET" }, 200],
  ])("%s", async (_, path, init, code) => {
    const { broker, kinds } = brokerWith([]);
    const url = await listening(broker);
    const answer = await fetch(`${url}${path}`, { method: "POST", redirect: "manual", ...init });
    expect(answer.status).toBe(code);
    expect(answer.headers.get("allow")).toBe("POST, OPTIONS");
    const silent = code === 202 || (init as RequestInit).method === "OPTIONS";
    expect((await answer.text()) === "").toBe(silent);
    expect(answer.headers.get("webhook-allowed-origin")).toBe(silent && code === 200 ? "*" : null);
    expect(kinds().includes("taken")).toBe(code === 202);
  });

  test("is answered with 500 and a word where a synchronous broker has a subscriber fail", async () => {
    const { broker } = brokerWith([{ type: "ask", answers: [{ code: 400 }] }], { synchronous: true });
    const answer = await fetch(`${await listening(broker)}/shop/default`, { method: "POST", headers });
    expect([answer.status, await answer.text()]).toEqual([500, "a subscriber failed\n"]);
  });

  test("is given up by a synchronous broker when its sender hangs up, and the subscriber is hung up on", async () => {
    const posted = Promise.withResolvers<AbortSignal | undefined>();
    const sender: HttpBrokerOptions["sender"] = {
      post: (_to, _message, signal) =>
        new Promise((_, reject) => {
          posted.resolve(signal);
          signal?.addEventListener("abort", () => reject(new Unavailable("hung up")));
        }),
    };
    const { broker, kinds } = brokerWith([{ type: "ask", answers: [] }], { synchronous: true, sender });
    const hangUp = new AbortController();
    const url = `${await listening(broker)}/shop/default`;
    const answer = fetch(url, { method: "POST", headers, signal: hangUp.signal });
    const refused = expect(answer).rejects.toThrow();
    await posted.promise;
    hangUp.abort();
    await refused;
    await broker.drained();
    expect(kinds()).toEqual(["taken", "given up"]);
  });
});
