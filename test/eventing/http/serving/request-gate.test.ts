import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { http } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { describe, expect, test } from "@jest/globals";
import { crdDocuments } from "../../../../crds/documents.ts";
import {
  type Admittance,
  createEndpoint,
  type RequestHead,
  Unauthorized,
} from "../../../../eventing/http/serving/function-endpoint.ts";
import {
  createFunctionServer,
  type EndpointFunction,
  type HttpFunction,
  httpFunction,
} from "../../../../eventing/http/serving/function-server.ts";
import { Intake, type IntakeBounds, longestEventBytes } from "../../../../eventing/http/serving/intake.ts";
import { guardNextServer } from "../../../../eventing/http/serving/request-gate.ts";
import { createMemoryCluster } from "../../../../kit/memory/cluster.ts";
import { sampleEvents } from "../../../samples/sample-files.ts";
import { afterEachTest } from "../../../worlds/after-each-test.ts";
import { type HandClock, handClock } from "../../../worlds/hand-clock.ts";
import { serveOn } from "../served.ts";

interface Listening {
  readonly server: Server;
  readonly clock: HandClock;
  /** Connects, and sends that, and no more. */
  say(message: string): Socket;
  connections(): Promise<number>;
}

async function listenTo(server: Server, clock: HandClock): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  afterEachTest(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    server,
    clock,
    say(message) {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      socket.write(message);
      return socket;
    },
    connections: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
  };
}

async function listening(run: EndpointFunction, bounds?: IntakeBounds): Promise<Listening> {
  const clock = handClock();
  const options = { function: run, clock, bounds, unready: async () => undefined };
  return listenTo(createFunctionServer(options).server, clock);
}

const head = (length: number, more = ""): string =>
  `POST / HTTP/1.1\r\nhost: x\r\n${more}content-length: ${length}\r\n\r\n`;
const whole = (body: string): string => `${head(body.length, "connection: close\r\n")}${body}`;

/** A function that says how much it was given. */
const measure: HttpFunction = async (request, response) => void response.end(`got ${request.rawBody?.length} bytes`);

const denied = createEndpoint({
  functions: [],
  clock: handClock(),
  authenticate: async () => {
    throw new Unauthorized("no token");
  },
  tell: () => {},
});

async function turns(count = 50): Promise<void> {
  for (let index = 0; index < count; index += 1) await turn();
}

/** What is said to a message, once the server has waited for the rest of it long enough. */
async function answerTo({ say, clock }: Listening, message: string): Promise<string> {
  let answer: string | undefined;
  void text(say(message)).then((said) => (answer = said));
  await until(
    () => answer !== undefined,
    () => clock.advance(100),
  );
  return answer ?? "";
}

/** Lets the sockets go on until something is so. */
async function until(isSo: () => boolean, meanwhile = async (): Promise<void> => {}): Promise<void> {
  for (let rounds = 0; rounds < 500 && !isSo(); rounds += 1) {
    await turns();
    await meanwhile();
  }
  expect(isSo()).toBe(true);
}

describe("a request", () => {
  test("without a good token is refused before its body has come", async () => {
    const served = await listening(httpFunction(denied));
    expect(await answerTo(served, `${head(1_000)}{`)).toMatch(/^HTTP\/1\.1 401 [\s\S]*no token\n$/);
  });

  test("that asks whether it may send its body is answered by its headers", async () => {
    const refusing = await listening(httpFunction(denied));
    const asked = `${head(2, "expect: 100-continue\r\nconnection: close\r\n")}`;
    expect(await answerTo(refusing, asked)).toMatch(/^HTTP\/1\.1 401 /);
    const { say } = await listening(measure);
    const socket = say(asked);
    const [first] = await once(socket, "data");
    expect(String(first)).toMatch(/^HTTP\/1\.1 100 /);
    socket.write("{}");
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 [\s\S]*got 2 bytes$/);
  });

  test("is judged once, and tells of it once", async () => {
    const seen: RequestHead[] = [];
    const reports: number[] = [];
    const endpoint = createEndpoint({
      functions: [],
      clock: handClock(),
      authenticate: async () => void seen.push({ method: "", headers: {} }),
      tell: ({ status }) => void reports.push(status),
    });
    const { say } = await listening(httpFunction(endpoint));
    expect(await text(say(whole("{}")))).toMatch(/^HTTP\/1\.1 400 /);
    expect([seen.length, reports]).toEqual([1, [400]]);
  });
});

describe("requests that never arrive whole", () => {
  test("hold no more bytes than the bound, and are cut off in time", async () => {
    const { say, clock, connections } = await listening(measure, { connections: 100, bytes: 100_000 });
    const answers = Array.from({ length: 20 }, () => text(say(`${head(longestEventBytes)}${"x".repeat(20_000)}`)));
    const refused: string[] = [];
    for (const answer of answers) void answer.then((said) => refused.push(said.slice(0, 12)));
    await until(
      () => refused.length === 15,
      () => clock.advance(100),
    );
    expect(new Set(refused)).toEqual(new Set(["HTTP/1.1 503"]));
    expect(await connections()).toBe(5);
    await clock.advance(30_000);
    expect((await Promise.all(answers)).filter((said) => said.startsWith("HTTP/1.1 408"))).toHaveLength(5);
    expect(await text(say(whole("y".repeat(60_000))))).toMatch(/got 60000 bytes$/);
  });

  test("hold no more connections than the bound", async () => {
    const { say, connections } = await listening(measure, { connections: 10, bytes: 100_000 });
    let count = 0;
    for (let index = 0; index < 30; index += 1)
      say("POST / HTTP/1.1\r\nhost: x\r\n").once("close", () => {
        count += 1;
      });
    await until(() => count === 20);
    expect(await connections()).toBe(10);
  });
});

describe("connections that are kept open", () => {
  /** The next answer on a connection; empty if it was closed instead. */
  async function answerOn(socket: Socket): Promise<string> {
    return String(await Promise.race([once(socket, "data"), once(socket, "close").then(() => "")]));
  }

  /** Asks on a connection that stays open; the connection after its answer. */
  async function kept({ say }: Listening): Promise<Socket> {
    const socket = say(`${head(2)}{}`);
    expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 200 /);
    return socket;
  }

  test("are closed before a new one is refused, the one that has been idle longest first", async () => {
    const served = await listening(measure, { connections: 64, bytes: 100_000 });
    const first = await kept(served);
    const second = await kept(served);
    first.write(`${head(2)}{}`);
    await answerOn(first);
    const idle = [second, first];
    while (idle.length < 62) idle.push(await kept(served));
    for (const oldest of idle) {
      await kept(served);
      await until(() => oldest.destroyed || oldest.readableEnded);
    }
    expect(await served.connections()).toBe(62);
  });

  test("are not closed while they have a request, or a part of one", async () => {
    const running = Promise.withResolvers<void>();
    const served = await listening(
      async (request, response) => {
        if (request.headers["x-slow"] !== undefined) await running.promise;
        response.end("done");
      },
      { connections: 64, bytes: 100_000 },
    );
    const slow = Array.from({ length: 55 }, () =>
      text(served.say(`${head(2, "x-slow: 1\r\nconnection: close\r\n")}{}`)),
    );
    const again = await kept(served);
    const partial = served.say("POST / HTTP/1.1\r\nhost: x\r\n");
    again.write("POST / HTTP/1.1\r\n");
    await turns();
    for (let index = 0; index < 100; index += 1) await kept(served);
    running.resolve();
    expect((await Promise.all(slow)).every((answer) => answer.endsWith("done"))).toBe(true);
    for (const socket of [partial, again]) {
      const answer = answerOn(socket);
      socket.write(socket === partial ? "content-length: 0\r\n\r\n" : "host: x\r\ncontent-length: 0\r\n\r\n");
      expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
    }
  });
});

describe("an intake", () => {
  test("counts what is held until it is released, whoever breaks off", async () => {
    const intake = new Intake({ clock: handClock() });
    const releases: (() => void)[] = [];
    const { say } = await listenTo(
      (await import("node:http")).createServer(async (request, response) => {
        const received = await intake.receive(request, longestEventBytes);
        if (received.kind === "whole") releases.push(received.release);
        response.end(received.kind);
      }),
      handClock(),
    );
    const socket = say(`${head(100)}${"x".repeat(50)}`);
    await until(() => intake.bytes === 50);
    socket.destroy();
    await until(() => intake.bytes === 0);
    expect(await text(say(whole("x".repeat(70))))).toMatch(/whole$/);
    expect(intake.bytes).toBe(70);
    for (const release of [...releases, ...releases]) release();
    expect(intake.bytes).toBe(0);
  });
});

describe("events that carry whole objects", () => {
  test("are taken up to 2 MiB where a function wants them, and others up to 64 KiB beside it", async () => {
    const cluster = createMemoryCluster({ clock: handClock() });
    await cluster.load(crdDocuments());
    await using served = await serveOn({ kube: cluster.kube });
    const { data: _data, ...event } = sampleEvents().get("plug.create") as { readonly [attribute: string]: unknown };
    const source = { ...event, type: "dev.knative.apiserver.resource.update" };
    const sized = (of: object, bytes: number) => {
      const bare = JSON.stringify({ ...of, data: { pad: "" } });
      return served.send({
        headers: { "content-type": "application/cloudevents+json" },
        body: JSON.stringify({ ...of, data: { pad: "x".repeat(bytes - bare.length) } }),
      });
    };
    expect((await sized(source, 2_097_152)).status).toBe(204);
    expect((await sized(source, 2_097_153)).status).toBe(413);
    expect((await sized(event, 65_536)).status).toBe(204);
    const large = await sized(event, 65_537);
    expect([large.status, String(large.body)]).toEqual([413, expect.stringContaining("larger than 64 KiB")]);
  });
});

describe("a server that the Functions Framework starts itself", () => {
  async function framework(run: HttpFunction, admit?: (head: RequestHead) => Promise<Admittance>): Promise<Listening> {
    const clock = handClock();
    http("guarded", run);
    guardNextServer({ intake: new Intake({ clock }), clock, admit });
    return listenTo(getTestServer("guarded"), clock);
  }

  test("refuses by the headers alone, before it would read the body", async () => {
    const served = await framework(httpFunction(denied), denied.admit);
    expect(await answerTo(served, `${head(1_000)}{`)).toMatch(/^HTTP\/1\.1 401 /);
  });

  test("reads no more than an event may have, and gives the function what it read", async () => {
    const served = await framework(measure);
    expect(await answerTo(served, `${head(65_537)}{`)).toMatch(/^HTTP\/1\.1 413 /);
    const chunked = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    expect(await answerTo(served, `${chunked}10001\r\n${"x".repeat(0x10001)}\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
    expect(await answerTo(served, whole('{"a":1}'))).toMatch(/got 7 bytes$/);
  });

  test("cuts off who sends too slowly, and bounds its connections", async () => {
    const { say, clock, server } = await framework(measure);
    const answer = text(say(`${head(10)}{`));
    await turns();
    await clock.advance(30_000);
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    expect([server.maxConnections, server.headersTimeout, server.requestTimeout]).toEqual([512, 10_000, 30_000]);
  });
});
