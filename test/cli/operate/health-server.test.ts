import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import { onceATurn, serveHealth } from "../../../cli/operate/health-server.ts";
import { afterEachTest } from "../../worlds/after-each-test.ts";

async function health(metrics = async () => ({ contentType: "text/plain", text: "figures\n" })): Promise<Server> {
  const server = await serveHealth({ host: "127.0.0.1", port: 0 }, { unready: () => undefined, metrics });
  afterEachTest(() => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

async function say(server: Server, message: string): Promise<Socket> {
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, "connection");
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  socket.write(message);
  await accepted;
  return socket;
}

const probe = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

test("a probe is answered however many have connected and sent half a request", async () => {
  const server = await health();
  const first = await say(server, "GET /healthz HTTP/1.1\r\nho");
  for (let count = 0; count < 200; count += 1) await say(server, "GET /healthz HTTP/1.1\r\nho");
  expect(await text(await say(server, probe))).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok\n$/);
  expect(first.destroyed || (await once(first, "close"))).toBeTruthy();
  const count = await new Promise((resolve) => server.getConnections((_error, connections) => resolve(connections)));
  expect(count).toBeLessThan(64);
});

test("whoever sends too slowly is cut off, as by the functions' server", async () => {
  const { headersTimeout, requestTimeout, maxConnections } = await health();
  expect([headersTimeout, requestTimeout, maxConnections]).toEqual([10_000, 30_000, 64]);
});

test("no body is read, and whoever sends one is hung up on", async () => {
  const server = await health();
  const answer = text(await say(server, "POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\nx"));
  expect(await answer).toMatch(/^HTTP\/1\.1 405 [\s\S]*use GET or HEAD\n$/);
});

test("a request that expects to be told to go on is answered", async () => {
  const server = await health();
  const answer = await text(await say(server, probe.replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n")));
  expect(answer).toContain("ok\n");
});

test("metrics are made once for all who ask at the same time", async () => {
  let made = 0;
  const page = onceATurn(async () => (made += 1));
  expect(await Promise.all([page(), page(), page()])).toEqual([1, 1, 1]);
  expect(await page()).toBe(2);
});
