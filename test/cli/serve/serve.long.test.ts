import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { messageOf, sendTo } from "../../eventing/http/served.ts";
import { sampleEvents } from "../../samples/sample-files.ts";
import { killAll, startServe } from "./serve-process.ts";

const folder = mkdtempSync(join(tmpdir(), "serve-"));
const event = sampleEvents().get("plug.create");

/** An API server that answers nothing about plugs until it is let. */
interface SlowApi {
  readonly kubeconfig: string;
  readonly held: ServerResponse[];
  readonly server: Server;
  /** Resolves when so many requests about plugs wait. */
  waiting(count: number): Promise<void>;
  release(): void;
}

async function startSlowApi(): Promise<SlowApi> {
  const held: ServerResponse[] = [];
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.url === "/apis/integration.rock8s.com/v1beta1")
      response.end(JSON.stringify({ resources: [{ name: "plugs", kind: "Plug", namespaced: true }] }));
    else {
      held.push(response);
      server.emit("held");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, `kubeconfig-${port}`);
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "slow", cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: "slow", user: { token: "t0ken" } }],
      contexts: [{ name: "slow", context: { cluster: "slow", user: "slow" } }],
      "current-context": "slow",
    }),
  );
  return {
    kubeconfig,
    held,
    server,
    async waiting(count) {
      while (held.length < count) await once(server, "held");
    },
    release() {
      const missing = {
        apiVersion: "v1",
        kind: "Status",
        status: "Failure",
        reason: "NotFound",
        details: { name: "orders" },
      };
      for (const response of held.splice(0)) response.writeHead(404).end(JSON.stringify(missing));
    },
  };
}

let api: SlowApi;
beforeAll(async () => {
  api = await startSlowApi();
});
afterEach(() => {
  api.release();
  killAll();
});
afterAll(() => {
  api.server.closeAllConnections();
  api.server.close();
  rmSync(folder, { recursive: true });
});

function ask(port: number): ReturnType<typeof sendTo> {
  const { headers, body } = messageOf(event, "structured");
  return sendTo(port, { headers: { ...headers, connection: "keep-alive" }, body });
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });
}

describe("plugboard serve that is asked to end", () => {
  test("answers the ten requests in flight, takes none more, and ends well", async () => {
    const running = await startServe(["plug.create", "--kubeconfig", api.kubeconfig]);
    const asked = Array.from({ length: 10 }, () => ask(running.port));
    await api.waiting(10);
    running.child.kill("SIGTERM");
    await running.logged("ending");
    expect(await isRefused(running.port)).toBe(true);
    expect(running.child.exitCode).toBe(null);
    api.release();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status, headers }) => [status, headers["plugboard-why"], headers["connection"]])).toEqual(
      Array.from({ length: 10 }, () => [204, "there is no such plug", "close"]),
    );
    expect(await running.ended).toEqual([0, null]);
  });

  test("ends at once when nobody waits for an answer, whatever connections are kept open", async () => {
    const running = await startServe([], { FUNCTION_TARGET: "plug-create", KUBECONFIG: api.kubeconfig });
    const idle = connect(running.port, "127.0.0.1");
    idle.on("error", () => {});
    idle.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(idle, "data");
    running.child.kill("SIGTERM");
    expect(await running.ended).toEqual([0, null]);
  });

  test("ends soon although somebody has connected and asks for nothing", async () => {
    const running = await startServe(["plug.create"], { KUBECONFIG: api.kubeconfig });
    const silent = connect(running.port, "127.0.0.1");
    silent.on("error", () => {});
    await once(silent, "connect");
    expect((await sendTo(running.port, { method: "GET", path: "/healthz" })).status).toBe(200);
    running.child.kill("SIGTERM");
    expect(await running.ended).toEqual([0, null]);
  });

  test("takes nothing more on a connection that waits for an answer, and says so", async () => {
    const running = await startServe(["plug.create"], { KUBECONFIG: api.kubeconfig });
    const pipelined = connect(running.port, "127.0.0.1");
    const said = text(pipelined);
    const { headers, body } = messageOf(event, "structured");
    const lines = Object.entries({ ...headers, host: "x", "content-length": String(body.length) }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    const post = `POST / HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
    pipelined.write(post);
    await api.waiting(1);
    running.child.kill("SIGTERM");
    await running.logged("ending");
    pipelined.write(post);
    pipelined.write("GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n");
    await sent(pipelined);
    api.release();
    expect(await running.ended).toEqual([0, null]);
    expect((await said).match(/HTTP\/1\.1 \d+/g)?.[0]).toBe("HTTP/1.1 204");
    expect(api.held).toEqual([]);
  });

  test("ends at once at the second signal", async () => {
    const running = await startServe(["plug.create", "--kubeconfig", api.kubeconfig]);
    const asked = ask(running.port).catch(() => "cut off");
    await api.waiting(1);
    running.child.kill("SIGTERM");
    await running.logged("ending");
    running.child.kill("SIGTERM");
    expect(await running.ended).toEqual([130, null]);
    expect(await asked).toBe("cut off");
  });
});

describe("plugboard serve as a process", () => {
  test("listens before it knows its cluster, and is ready from the first answer of that on", async () => {
    const nobody = join(folder, "nobody");
    writeFileSync(
      nobody,
      JSON.stringify({
        clusters: [{ name: "n", cluster: { server: "http://127.0.0.1:1" } }],
        users: [{ name: "n", user: {} }],
        contexts: [{ name: "n", context: { cluster: "n", user: "n" } }],
        "current-context": "n",
      }),
    );
    const running = await startServe(["plug.create", "--kubeconfig", nobody]);
    const get = (path: string) => sendTo(running.port, { method: "GET", path });
    expect((await get("/healthz")).status).toBe(200);
    expect(String((await get("/metrics")).body)).toMatch(/^plugboard_render_timeouts_total 0$/m);
    const unready = await get("/readyz");
    expect([unready.status, String(unready.body)]).toEqual([
      503,
      expect.stringMatching(/cannot reach the API server at http:\/\/127\.0\.0\.1:1/),
    ]);
    const answer = await ask(running.port);
    expect([answer.status, String(answer.body)]).toEqual([503, expect.stringMatching(/^Unavailable: not done yet/)]);
    await running.logged("stage failed; the caller should retry");
    expect(running.lines.join("\n")).toMatch(/connection refused/);

    const other = await startServe(["plug.create", "--kubeconfig", api.kubeconfig]);
    expect((await sendTo(other.port, { method: "GET", path: "/readyz" })).status).toBe(200);
    api.server.closeAllConnections();
    expect((await sendTo(other.port, { method: "GET", path: "/readyz" })).status).toBe(200);
  });

  test.each([
    ["there is none", {}, /no kubeconfig found: \$KUBECONFIG and ~\/\.kube\/config do not exist/],
    ["it is nowhere", { KUBECONFIG: "/nowhere/config" }, /cannot read the file in \$KUBECONFIG: .*\/nowhere\/config/],
  ])(
    "says without being asked which kubeconfig is missing where %s, and has callers ask again",
    async (_case, environment, why) => {
      const running = await startServe(["plug.create"], environment);
      await running.logged("not ready");
      expect(running.lines.join("\n")).toMatch(why);
      const answer = await ask(running.port);
      expect([answer.status, String(answer.body)]).toEqual([503, expect.stringMatching(/^Unavailable: not done yet/)]);
    },
  );
});

function sent(socket: ReturnType<typeof connect>): Promise<void> {
  return new Promise((resolve) => socket.write("", () => resolve()));
}
