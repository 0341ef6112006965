import { createServer, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { dev } from "../../../cli/dev/dev.ts";
import { subscriptionsOf } from "../../../cli/serve/broker-subscriptions.ts";
import { root, spawned, typed } from "../terminal.ts";

// Commands load much: on a busy machine that may take its time.
const hello = join(root, "samples/hello");

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A function of somebody else's, and what it was sent. */
async function startFunction(status: number): Promise<{ readonly url: string; readonly sent: IncomingHttpHeaders[] }> {
  const sent: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    sent.push(request.headers);
    request.resume().once("end", () => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`, sent };
}

describe("plugboard dev --broker-port", () => {
  test("couples over HTTP, shows each delivery, and calls whoever subscribes to a fact", async () => {
    const own = await startFunction(204);
    const subscriber = ["--subscriber", `plug.coupled=${own.url}`];
    const { code, stdout } = await typed("dev", hello, "--once", "--broker-port", "0", ...subscriber);
    expect(code).toBe(0);
    expect(stdout).toMatch(/broker listens at http:\/\/127\.0\.0\.1:\d+\/default\/default/);
    expect(stdout).toMatch(/plug\.couple of hello\/visitor → http:\/\/127\.0\.0\.1:\d+\/: 200, plug\.coupled/);
    expect(stdout).toContain(`plug.coupled of hello/visitor → ${own.url}: 204`);
    expect(stdout).toContain("Done: the one plug coupled.");
    expect(own.sent).toHaveLength(1);
    expect(own.sent[0]).toMatchObject({ "ce-type": "com.rock8s.integration.plug.coupled", prefer: "reply" });
  });

  test("couples although the broker is hostile, and says what that did", async () => {
    const { code, stdout } = await typed("dev", hello, "--once", "--broker-port", "0", "--hostile", "4");
    expect(code).toBe(0);
    expect(stdout).toMatch(/--hostile 4: the broker loses 10 % of the events/);
  });

  test.each([
    ["a subscriber of nothing there is", ["--subscriber", "plug.cupled=http://localhost:1"], /unknown stage or fact/],
    ["a subscriber without an address", ["--subscriber", "plug.coupled"], /expected NAME=URL/],
  ])("ends where it is called with %s", async (_case, flags, why) => {
    const { code, stderr } = await spawned(["dev", hello, "--once", "--broker-port", "0", ...flags]);
    expect(stderr).toMatch(why);
    expect(code).toBe(2);
  });

  test("ends where its port is taken", async () => {
    const { port } = new URL((await startFunction(204)).url);
    const { code, stderr } = await spawned(["dev", hello, "--once", "--broker-port", port]);
    expect(stderr).toMatch(/cannot listen on port \d+ \(EADDRINUSE\); choose another port with --broker-port/);
    expect(code).toBe(2);
  });

  test("has somebody else's function for a stage instead of its own", async () => {
    const own = await startFunction(503);
    const ending = new AbortController();
    const { promise: given, resolve } = Promise.withResolvers<void>();
    let told = "";
    const hear = (text: string): void => {
      told += text;
      if (text.includes("given up")) resolve();
    };
    const broker = { port: 0, subscribers: [`plug.couple=${own.url}`] };
    const options = { once: false, output: undefined, holdJobs: false, rbac: false, broker };
    const ended = dev([hello], options, { stdout: hear, stderr: hear, signal: ending.signal });
    await given;
    ending.abort();
    expect(await ended).toBe(0);
    expect(told).toContain(`plug.couple of hello/visitor → ${own.url}: it answered 503; retries in 0.2 s`);
    expect(told).not.toContain("plug.coupled");
  });

  test("without files is the broker alone, until it is asked to end", async () => {
    const own = await startFunction(204);
    const ending = new AbortController();
    const { promise: url, resolve } = Promise.withResolvers<string>();
    let told = "";
    const hear = (text: string): void => {
      told += text;
      const [found] = /http:\/\/127\.0\.0\.1:\d+\/default\/default/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    };
    const broker = { port: 0, subscribers: [`plug.couple=${own.url}`] };
    const options = { once: false, output: undefined, holdJobs: false, rbac: false, broker };
    const ended = dev([], options, { stdout: hear, stderr: hear, signal: ending.signal });
    const type = "com.rock8s.integration.plug.couple";
    const headers = { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/by-hand", "ce-type": type };
    expect((await fetch(await url, { method: "POST", headers })).status).toBe(202);
    expect((await fetch(await url, { method: "POST", body: "hello" })).status).toBe(400);
    expect((await fetch(await url, { method: "POST", headers: { ...headers, "ce-type": "else" } })).status).toBe(202);
    ending.abort();
    expect(await ended).toBe(0);
    expect(own.sent).toHaveLength(1);
    expect(told).toContain("refused a request with 400");
    expect(told).toContain("else of 1: no subscriber");
  });

  test.each([
    [["--hostile"], "add --broker-port PORT"],
    [["--broker-port", "many"], "expected a port"],
    [["--broker-port", "0", "--subscriber", "plug.couple"], "expected NAME=URL"],
    [["--broker-port", "0", "--subscriber", "plug.joined=http://localhost"], "unknown stage or fact"],
    [["--broker-port", "0", "--hostile", "samples/hello"], "expected a number as seed"],
  ])("says what is wrong with %j", async (flags, why) => {
    const { code, stderr } = await typed("dev", ...flags);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });
});

test("several may subscribe to one stage, and none to the others where no function runs them", () => {
  const to = (port: number) => new URL(`http://localhost:${port}`);
  const most = subscriptionsOf([
    { name: "all", to: to(3) },
    { name: "plug.couple", to: to(1) },
    { name: "plug.coupled", to: to(2) },
  ]);
  const portsOf = (asked: string): readonly string[] =>
    most.filter(({ name }) => name === asked).map((one) => one.to.port);
  expect(["plug.couple", "plug.coupled", "plug.create", "lifecycle"].map(portsOf)).toEqual([
    ["1"],
    ["2"],
    ["3"],
    ["3"],
  ]);
  const both = subscriptionsOf([
    { name: "plug.couple", to: to(1) },
    { name: "plug.couple", to: to(2) },
  ]);
  expect(both.map(({ name, to: { port } }) => [name, port])).toEqual([
    ["plug.couple", "1"],
    ["plug.couple", "2"],
  ]);
});
