import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import {
  createFunctionServer,
  type FunctionServer,
  type HttpFunction,
} from "../../../../eventing/http/serving/function-server.ts";
import { type HandClock, handClock } from "../../../worlds/hand-clock.ts";

interface Listening extends FunctionServer {
  readonly clock: HandClock;
  /** Connects, and sends that. */
  say(message: string): Promise<Socket>;
}

async function listening(run: HttpFunction): Promise<Listening> {
  const clock = handClock();
  const served = createFunctionServer({ function: run, clock, unready: async () => undefined });
  await new Promise<void>((resolve) => served.server.listen(0, "127.0.0.1", resolve));
  const { port } = served.server.address() as AddressInfo;
  return {
    ...served,
    clock,
    async say(message) {
      const accepted = once(served.server, "connection");
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      socket.write(message);
      await accepted;
      return socket;
    },
  };
}

const post = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n";

describe("a server of a function that is to end", () => {
  test("ends although somebody has connected and asks for nothing", async () => {
    const { clock, say, drain } = await listening(async (_request, response) => void response.end());
    const silent = await say("");
    const drained = drain();
    await clock.advance(1_000);
    await drained;
    expect(silent.destroyed || (await once(silent, "close"))).toBeTruthy();
  });

  test("gives up a request that does not arrive", async () => {
    const { server, clock, say, drain } = await listening(async (_request, response) => void response.end());
    const asked = once(server, "request");
    const answer = text(await say(`${post}{`));
    await asked;
    const drained = drain();
    await clock.advance(30_000);
    await drained;
    expect(await answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*was not complete in time\n$/);
  });

  test("waits for the work that somebody asked for and hung up on", async () => {
    const order: string[] = [];
    const begun = Promise.withResolvers<void>();
    const { server, clock, say, drain } = await listening(async (_request, response) => {
      begun.resolve();
      await Promise.all([once(response, "close"), once(server, "close")]);
      for (let turns = 0; turns < 10; turns += 1) await turn();
      order.push("worked");
    });
    const impatient = await say(`${post}{}`);
    await begun.promise;
    const drained = drain().then(() => order.push("drained"));
    impatient.destroy();
    await once(server, "close");
    await clock.advance(1_000);
    await drained;
    expect(order).toEqual(["worked", "drained"]);
  });
});
