import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type BrokerServer, type BrokerServerOptions, startBrokerServer } from "../../../cli/serve/broker-server.ts";
import { subscriptionsOf } from "../../../cli/serve/broker-subscriptions.ts";
import { systemClock } from "../../../kit/clock.ts";
import { handClock } from "../../worlds/hand-clock.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** Somebody's server, and where it is. */
async function serve(listener: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startBroker(
  at: { readonly [name: string]: string },
  options: Partial<BrokerServerOptions> = {},
): Promise<BrokerServer> {
  const subscriptions = subscriptionsOf(Object.entries(at).map(([name, url]) => ({ name, to: new URL(url) })));
  const broker = await startBrokerServer({
    port: 0,
    hostile: undefined,
    subscriptions,
    clock: systemClock,
    say: () => {},
    ...options,
  });
  closing.push(() => broker.stop());
  return broker;
}

async function post({ url }: BrokerServer, type: string, id: string): Promise<number> {
  const headers = { "ce-specversion": "1.0", "ce-id": id, "ce-source": "/here", "ce-type": type };
  const answer = await fetch(url, { method: "POST", headers });
  await answer.arrayBuffer();
  return answer.status;
}

test("a subscriber that answers late holds up no other at the same address", async () => {
  const slow: ServerResponse[] = [];
  const quick = Promise.withResolvers<void>();
  const url = await serve(({ url: path }, response) => {
    if (path === "/slow") return void slow.push(response);
    response.writeHead(204).end();
    quick.resolve();
  });
  const broker = await startBroker({ "plug.coupled": `${url}/slow`, "plug.failed": `${url}/quick` });
  const type = (fact: string): string => `com.rock8s.integration.${fact}`;
  for (let count = 0; count < 200; count += 1) await post(broker, type("plug.coupled"), `slow ${count}`);
  await post(broker, type("plug.failed"), "quick");
  await quick.promise;
  for (const response of slow) response.writeHead(204).end();
});

describe.each([
  ["synchronous", true],
  ["asynchronous", false],
])("a hostile broker that is %s", (_, synchronous) => {
  const many = 100;
  const ids = Array.from({ length: many }, (_one, index) => `event ${index}`);

  test("takes what it loses, doubles and holds back as if nothing were, the same events each time", async () => {
    const lives = [];
    for (const hostile of ["7", "7"]) {
      const clock = handClock();
      const got: string[] = [];
      const url = await serve(({ headers }, response) => {
        got.push(String(headers["ce-id"]));
        response.writeHead(204).end();
      });
      const said: string[] = [];
      const broker = await startBroker(
        { ask: url },
        { synchronous, hostile, clock, say: (line) => void said.push(line) },
      );
      let answered = false;
      const answers = Promise.all(ids.map((id) => post(broker, "ask", id))).finally(() => {
        answered = true;
      });
      const due = (): number => said.filter((line) => line.includes("→")).length;
      const arrivals = (): number =>
        many +
        said.filter((line) => line.includes("delivered twice")).length -
        said.filter((line) => line.includes(": lost (--hostile)")).length;
      for (let turns = 0; turns < 20_000 && (!answered || due() < arrivals()); turns += 1) {
        await clock.advance(50);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await answers).toEqual(ids.map(() => 202));
      expect(got.length).toBe(arrivals());
      lives.push(got.toSorted());
    }
    const [one = [], two] = lives;
    expect(one).toEqual(two);
    expect(new Set(one).size).toBeLessThan(many);
    expect(one.length).toBeGreaterThan(new Set(one).size);
  });

  test("says of a subscriber that fails what its mode lets it say", async () => {
    const url = await serve((_request, response) => response.writeHead(400).end());
    const broker = await startBroker({ ask: url }, { synchronous });
    expect(await post(broker, "ask", "one")).toBe(synchronous ? 500 : 202);
  });
});
