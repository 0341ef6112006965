import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "@jest/globals";
import { sinkAuthorities } from "../../../../cli/operate/source.ts";
import type { EventMessage } from "../../../../eventing/http/event-message.ts";
import { parseEventOverrides, unfilterable } from "../../../../eventing/http/sink/event-overrides.ts";
import { createHttpSender, type HttpAnswer } from "../../../../eventing/http/sink/http-sender.ts";
import { HttpSink, type HttpSinkOptions, type SinkReport } from "../../../../eventing/http/sink/http-sink.ts";
import { systemClock } from "../../../../kit/clock.ts";
import { Unavailable } from "../../../../kit/errors.ts";
import { makeCertificate } from "../../../../templates/library/x509.ts";
import { handClock } from "../../../worlds/hand-clock.ts";
import { event } from "../sample-event.ts";

type Code = number | { readonly code: number; readonly retryAfterSeconds: number };

/** A sink at a clock that is moved by hand, answered with one code after the other; the last for ever. */
function sinkAnswering(codes: readonly Code[], options: Partial<HttpSinkOptions> = {}) {
  const clock = handClock();
  const begun = clock.now();
  const reports: SinkReport[] = [];
  /** When each request was made, in seconds. */
  const at: number[] = [];
  const messages: EventMessage[] = [];
  const post = async (message: EventMessage): Promise<Pick<HttpAnswer, "code" | "retryAfterSeconds">> => {
    const answer = codes[Math.min(at.length, codes.length - 1)] ?? 202;
    at.push((clock.now() - begun) / 1_000);
    messages.push(message);
    if (answer === 0) throw new Unavailable("nothing listens there");
    return typeof answer === "number" ? { code: answer, retryAfterSeconds: undefined } : answer;
  };
  const sink = new HttpSink({ post, clock, random: () => 0.999, tell: (report) => reports.push(report), ...options });
  return { sink, clock, at, messages, said: () => reports.filter(({ kind }) => kind !== "answered") };
}

describe("an HTTP sink", () => {
  test("is given what Knative wants: a binary CloudEvent, extensions that override nothing, and a token", async () => {
    const extensions = parseEventOverrides('{"extensions":{"region":"north","kind":"Forged"}}');
    const { sink, messages } = sinkAnswering([202], { extensions, token: () => "secret" });
    expect(await sink.send(event)).toEqual({ kind: "accepted" });
    expect(messages[0]?.headers).toMatchObject({
      "ce-specversion": "1.0",
      "ce-type": "com.rock8s.integration.plug.couple",
      "ce-id": "uid-1.7.plug.couple.abc",
      "ce-partitionkey": "uid-1",
      "ce-kind": "Plug",
      "ce-region": "north",
      "content-type": "application/json",
      authorization: "Bearer secret",
    });
    expect(JSON.parse(String(messages[0]?.body))).toMatchObject({ name: "orders", stage: "plug.couple" });
  });

  test("that is down gets every event in the end, asked every few seconds however long that takes", async () => {
    const { sink, clock, at, said } = sinkAnswering([...Array(200).fill(0), 202]);
    const sent = sink.send(event);
    await clock.advance(3_600_000);
    expect(await sent).toEqual({ kind: "accepted" });
    const waits = at.map((time, index) => time - (at[index - 1] ?? time));
    expect(Math.max(...waits)).toBeLessThanOrEqual(5);
    expect(Math.min(...waits.slice(10))).toBeGreaterThan(2);
    expect(said()).toEqual([
      { kind: "not taken", code: 0, why: "nothing listens there" },
      { kind: "taken again", afterSeconds: expect.any(Number) },
    ]);
  });

  test.each([409, 425, 429, 502, 503])("that answers %i is asked again soon", async (code) => {
    const { sink, clock, at } = sinkAnswering([code, 202]);
    const sent = sink.send(event);
    await clock.advance(1_000);
    expect(await sent).toEqual({ kind: "accepted" });
    expect(at).toHaveLength(2);
  });

  test.each([401, 403, 404, 405, 307])(
    "that answers %i says what to look at, once, and is asked slowly",
    async (code) => {
      const { sink, clock, at, said } = sinkAnswering([code, code, code, 202]);
      const sent = sink.send(event);
      await clock.advance(60_000);
      expect(await sent).toEqual({ kind: "accepted" });
      expect(at).toEqual([0, 15, 30, 45].map((time) => expect.closeTo(time, 0)));
      expect(said()).toMatchObject([{ code, why: expect.stringMatching(/check|give/) }, { kind: "taken again" }]);
    },
  );

  test.each([408, 500, 504])(
    "that answers %i was reached: the event is given back at once, and that somebody behind it fails is said once",
    async (code) => {
      const { sink, clock, at, said } = sinkAnswering([code, 202, code, code, 202, 202]);
      await expect(sink.send(event)).rejects.toMatchObject({ name: code === 500 ? "Unavailable" : "Timeout" });
      await sink.send(event);
      await expect(sink.send(event)).rejects.toThrow("a subscriber of the broker");
      await expect(sink.send(event)).rejects.toThrow("a subscriber of the broker");
      await sink.send(event);
      expect(at).toEqual([0, 0, 0, 0, 0]);
      expect(sink.takes).toBe(true);
      expect(said()).toMatchObject([{ kind: "subscriber fails", code }]);
      await clock.advance(60_000);
      await sink.send(event);
      expect(said().at(-1)).toEqual({ kind: "no subscriber fails", afterSeconds: 60 });
    },
  );

  test("that is down is tried with the oldest event that is still wanted, and takes all of them when it is up", async () => {
    const { sink, clock, at, messages } = sinkAnswering([0, 0, 0, 0, 0, 0, 0, 202]);
    const oldest = new AbortController();
    const followed: string[] = [];
    const sent = ["a", "b", "c"].map((id) => {
      const signal = id === "a" ? oldest.signal : new AbortController().signal;
      const handing = {
        signal,
        posting: () => followed.push(`${id} posted`),
        waiting: () => followed.push(`${id} waits`),
      };
      return sink.send({ ...event, id }, handing);
    });
    const [first = Promise.reject()] = sent;
    const unwanted = expect(first).rejects.toThrow("the event is no longer needed");
    await clock.advance(2_000);
    const ids = (): readonly unknown[] => messages.map(({ headers }) => headers["ce-id"]);
    expect(new Set(ids().slice(3))).toEqual(new Set(["a"]));
    oldest.abort();
    await unwanted;
    await clock.advance(60_000);
    expect(await Promise.all(sent.slice(1))).toEqual([{ kind: "accepted" }, { kind: "accepted" }]);
    expect(ids().slice(-2)).toEqual(["b", "c"]);
    expect(at).toHaveLength(9);
    expect(followed.filter((text) => text.startsWith("c"))).toEqual(["c posted", "c waits", "c posted"]);
  });

  test.each([400, 413])(
    "that answers %i will not have this one event: the source asks for its stage later",
    async (code) => {
      const { sink, said } = sinkAnswering([code]);
      await expect(sink.send(event)).rejects.toMatchObject({ name: "Refused" });
      await expect(sink.send(event)).rejects.toMatchObject({ name: "Refused" });
      expect(said()).toHaveLength(1);
      expect(sink.takes).toBe(true);
    },
  );

  test("that asks to wait is left alone by all events until then", async () => {
    const { sink, clock, at } = sinkAnswering([{ code: 503, retryAfterSeconds: 30 }, 202]);
    const first = sink.send(event);
    await clock.advance(1_000);
    const second = sink.send(event);
    await clock.advance(28_000);
    expect(at).toEqual([0]);
    await clock.advance(2_000);
    await Promise.all([first, second]);
    expect(at.length).toBe(3);
  });

  test("that asks to wait for no time at all is not asked in a loop", async () => {
    const { sink, clock, at } = sinkAnswering([{ code: 429, retryAfterSeconds: 0 }]);
    void sink.send(event).catch(() => {});
    await clock.advance(10_000);
    expect(at.length).toBeLessThan(10);
    await sink.stop();
  });

  test("that takes others but not this one gives this one back", async () => {
    const codes: readonly Code[] = [503, 202, 503];
    const { sink, clock } = sinkAnswering(codes);
    const poisoned = expect(sink.send(event)).rejects.toMatchObject({ name: "Unavailable" });
    await sink.send(event);
    await clock.advance(60_000);
    await poisoned;
  });

  test("once stopped sends nothing more, and ends what waits", async () => {
    const { sink, clock, at } = sinkAnswering([0]);
    const waiting = expect(sink.send(event)).rejects.toMatchObject({ name: "Unavailable" });
    await clock.advance(10_000);
    await sink.stop();
    await waiting;
    const before = at.length;
    await expect(sink.send(event)).rejects.toMatchObject({ name: "Unavailable" });
    expect(at).toHaveLength(before);
  });
});

describe("a sink that is stopped", () => {
  /** A sink that answers when it is told to, and when its end was reached, in seconds. */
  function stoppedWhilePosting() {
    const clock = handClock();
    const begun = clock.now();
    const answer = Promise.withResolvers<{ code: number; retryAfterSeconds: undefined }>();
    const told: SinkReport[] = [];
    const tell = (report: SinkReport): void => void told.push(report);
    const sink = new HttpSink({ post: () => answer.promise, clock, random: () => 0.5, tell });
    const given: string[] = [];
    sink.send(event).then(
      () => given.push("taken"),
      () => given.push("given up"),
    );
    let ended: number | undefined;
    const stop = (): void => {
      void sink.stop().then(() => {
        ended = (clock.now() - begun) / 1_000;
      });
    };
    return { clock, answer, given, told, stop, ended: () => ended };
  }

  test("waits two seconds for what is on its way, however long a broker takes to answer", async () => {
    const { clock, stop, ended } = stoppedWhilePosting();
    await clock.advance(0);
    stop();
    await clock.advance(1_999);
    expect(ended()).toBeUndefined();
    await clock.advance(1);
    expect(ended()).toBe(2);
  });

  test("ends as soon as that is answered, and what was taken was taken", async () => {
    const { clock, answer, given, stop, ended } = stoppedWhilePosting();
    await clock.advance(0);
    stop();
    await clock.advance(500);
    answer.resolve({ code: 202, retryAfterSeconds: undefined });
    await clock.advance(0);
    expect([ended(), given]).toEqual([0.5, ["taken"]]);
  });

  test("takes what is cut off for no outage", async () => {
    const { clock, answer, given, told, stop } = stoppedWhilePosting();
    await clock.advance(0);
    stop();
    answer.reject(new Unavailable("the connection was closed"));
    await clock.advance(2_000);
    expect([given, told.map(({ kind }) => kind)]).toEqual([["given up"], ["answered"]]);
  });
});

describe("what overrides events", () => {
  test.each([
    ["{", /not JSON/],
    ["[]", /not an object/],
    ['{"headers":{}}', /headers is not a field/],
    ['{"extensions":{"Region":"x"}}', /not a name of a CloudEvent attribute/],
    ['{"extensions":{"region":1}}', /region is not text/],
  ])("refuses %s", (overrides, why) => {
    expect(() => parseEventOverrides(overrides)).toThrow(why);
  });

  test("names the extensions that no Trigger can filter on", () => {
    const extensions = { plain: "north-1/a", spaced: "north east", accented: "nördlich", percent: "100%" };
    expect(unfilterable(extensions)).toEqual(["spaced", "accented", "percent"]);
  });

  test("may be empty", () => {
    expect(parseEventOverrides("{}")).toEqual({});
  });
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return new URL(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/default/broker?x=1`);
}

describe("over the network", () => {
  test("events share connections, and arrive whole", async () => {
    const seen: { readonly request: IncomingMessage; readonly body: string }[] = [];
    const url = await serve(async (request, response) => {
      seen.push({ request, body: await text(request) });
      response.writeHead(202).end();
    });
    const sender = createHttpSender({ timeoutMilliseconds: 5_000 });
    closing.push(() => void sender.close());
    const sink = new HttpSink({
      post: (message) => sender.post(url, message),
      clock: systemClock,
      random: Math.random,
    });
    for (let count = 0; count < 10; count += 1) await sink.send(event);
    expect(new Set(seen.map(({ request }) => request.socket)).size).toBeLessThan(3);
    expect(seen[0]?.request).toMatchObject({ method: "POST", url: "/default/broker?x=1" });
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual(JSON.parse(JSON.stringify(event.data)));
  });

  test("a sink is trusted by an authority in the environment or in the folder that Knative mounts, and by no other", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const request = { commonName: "sink", addresses: ["127.0.0.1"], names: [], days: 1, authority: true };
    const notBefore = new Date(Date.now() - 60_000);
    const signer = { key: privateKey, certificate: undefined };
    const cert = makeCertificate({ ...request, notBefore, serial: Uint8Array.of(1) }, privateKey, signer);
    const key = privateKey.export({ type: "pkcs8", format: "pem" });
    const server = createTlsServer({ cert, key }, (_, response) => response.writeHead(202).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => {
      server.close();
      server.closeAllConnections();
    });
    const address = server.address();
    const url = new URL(`https://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`);
    const folder = mkdtempSync(join(tmpdir(), "plugboard-authorities-"));
    const codeWith = async (authorities: readonly string[] | undefined): Promise<number> => {
      const sender = createHttpSender({ timeoutMilliseconds: 5_000, authorities });
      closing.push(() => void sender.close());
      return (await sender.post(url, { headers: {}, body: "" })).code;
    };
    await expect(codeWith(sinkAuthorities({ pem: undefined, folder: join(folder, "none") }))).rejects.toThrow(
      "its certificate is not signed by a trusted authority",
    );
    expect(await codeWith(sinkAuthorities({ pem: cert, folder: join(folder, "none") }))).toBe(202);
    mkdirSync(join(folder, "bundle"));
    writeFileSync(join(folder, "bundle", "team.pem"), cert);
    expect(await codeWith(sinkAuthorities({ pem: undefined, folder }))).toBe(202);
  });

  test("however many wait for an answer, the next is sent all the same", async () => {
    let open = 0;
    const allOpen = Promise.withResolvers<void>();
    const url = await serve((request, response) => {
      if (request.headers["ce-id"] === "quick") return void response.writeHead(202).end();
      open += 1;
      if (open === slow) allOpen.resolve();
    });
    const slow = 300;
    const sender = createHttpSender({ timeoutMilliseconds: 60_000 });
    const sink = new HttpSink({
      post: (message) => sender.post(url, message),
      clock: systemClock,
      random: Math.random,
    });
    const waiting = Array.from({ length: slow }, (_, index) => sink.send({ ...event, id: `slow ${index}` }));
    const given = Promise.allSettled(waiting);
    await allOpen.promise;
    expect(await sink.send({ ...event, id: "quick" })).toEqual({ kind: "accepted" });
    expect(open).toBe(slow);
    await sender.close();
    await sink.stop();
    await given;
  });

  test("an answer that does not come is a Timeout, nobody there is said in words, a date to wait for is understood", async () => {
    const silent = await serve(() => {});
    const busy = await serve((_, response) => {
      response.writeHead(503, { "retry-after": new Date(Date.now() + 90_000).toUTCString() }).end();
    });
    const sender = createHttpSender({ timeoutMilliseconds: 100 });
    closing.push(() => void sender.close());
    const message = { headers: {}, body: "" };
    await expect(sender.post(silent, message)).rejects.toMatchObject({ name: "Timeout" });
    await expect(sender.post(new URL("http://127.0.0.1:1/"), message)).rejects.toThrow(
      "http://127.0.0.1:1/ cannot be reached: nothing listens there (connection refused)",
    );
    const { retryAfterSeconds } = await sender.post(busy, message);
    expect(retryAfterSeconds).toBeGreaterThan(80);
    expect(retryAfterSeconds).toBeLessThan(100);
  });
});
