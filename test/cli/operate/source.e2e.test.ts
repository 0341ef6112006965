import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { type ApiServer, sharedApiServer } from "../../api-server/api-server.ts";
import { fetchOnce } from "../../worlds/fetch-once.ts";
import { plugWith } from "../../worlds/manifests.ts";

const children: ChildProcess[] = [];
const closing: (() => void)[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const close of closing.splice(0)) close();
});

type Line = { readonly msg: string; readonly [fact: string]: unknown };

interface Instance {
  readonly child: ChildProcess;
  logged(message: string): Promise<Line>;
  metrics(): Promise<string>;
  ended(): Promise<number | null>;
}

function start(
  command: string,
  flags: readonly string[],
  environment: { readonly [name: string]: string } = {},
): Instance {
  const child = spawn(join(import.meta.dirname, "../../../cli/plugboard"), [command, ...flags], {
    stdio: ["ignore", "inherit", "pipe"],
    env: { ...process.env, ...environment },
  });
  children.push(child);
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stderr }).on("line", (text) => {
    lines.push(JSON.parse(text));
    for (const look of waiting) look();
  });
  const logged = (message: string): Promise<Line> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines.find(({ msg }) => msg === message);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const metrics = async (): Promise<string> => {
    const { listen } = await logged("started, standing by");
    return (await fetchOnce(`http://${listen}/metrics`)).text();
  };
  const exit = once(child, "exit");
  return { child, logged, metrics, ended: async () => (await exit)[0] };
}

/** A sink that takes what it is given, or answers as it is told. */
interface Taking {
  readonly url: string;
  readonly taken: IncomingHttpHeaders[];
  answer: number;
  /** The first event that is taken from now on and is of a type. */
  next(type: string): Promise<IncomingHttpHeaders>;
}

async function startSink(): Promise<Taking> {
  const waiting = new Map<string, (headers: IncomingHttpHeaders) => void>();
  const server = createServer((request, response) => {
    response.writeHead(sink.answer).end();
    if (sink.answer !== 202) return;
    sink.taken.push(request.headers);
    waiting.get(String(request.headers["ce-type"]))?.(request.headers);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const sink: Taking = {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/shop/default`,
    taken: [],
    answer: 202,
    next: (type) => new Promise((resolve) => waiting.set(`com.rock8s.integration.${type}`, resolve)),
  };
  return sink;
}

function plug(namespace: string, name: string): object {
  return plugWith(name, { socket: { name: "nobody" } }, namespace);
}

async function placeFor(server: ApiServer): Promise<{ readonly namespace: string; readonly flags: readonly string[] }> {
  const namespace = await server.freshNamespace();
  const where = ["--kubeconfig", server.kubeconfigPath, "--listen", "127.0.0.1:0", "--namespace", namespace];
  return { namespace, flags: [...where, "--operator-namespace", `${namespace}-operator`] };
}

describe("plugboard source", () => {
  test("sends what is due as Knative's SinkBinding says, tells what it waits for, and ends with 0", async () => {
    const server = sharedApiServer();
    const { namespace, flags } = await placeFor(server);
    const sink = await startSink();
    const token = join(mkdtempSync(join(tmpdir(), "plugboard-token-")), "token");
    writeFileSync(token, "first\n");
    const environment = { K_SINK: sink.url, K_CE_OVERRIDES: '{"extensions":{"region":"north"}}' };
    const source = start("source", [...flags, "--token-file", token], environment);
    const arrived = sink.next("plug.create");
    await source.logged("synced");
    await server.apply([plug(namespace, "one")]);
    expect(await arrived).toMatchObject({
      "ce-specversion": "1.0",
      "ce-subject": `/apis/${apiVersion}/namespaces/${namespace}/plugs/one`,
      "ce-region": "north",
      authorization: "Bearer first",
    });

    // The kubelet renews it.
    writeFileSync(token, "second\n");
    const later = sink.next("plug.create");
    await server.apply([plug(namespace, "two")]);
    expect(await later).toMatchObject({ "ce-name": "two", authorization: "Bearer second" });

    const metrics = await source.metrics();
    expect(metrics).toMatch(/plugboard_stages_awaited\{stage="plug.create"\} [12]/);
    expect(metrics).toMatch(/plugboard_stages_awaited_oldest_seconds\{stage="plug.create"\} \d/);
    expect(metrics).toMatch(/plugboard_sink_request_seconds_count\{code="202"\} \d/);
    expect(metrics).toContain("plugboard_leader 1");

    source.child.kill("SIGTERM");
    expect(await source.ended()).toBe(0);
    const holder = ["get", "lease/plugboard", "-n", `${namespace}-operator`, "-o", "jsonpath={.spec.holderIdentity}"];
    expect(await server.run(holder)).toBe("");
  });

  test("says once what to look at when its sink refuses who sends, and goes on when it does not any more", async () => {
    const server = sharedApiServer();
    const { namespace, flags } = await placeFor(server);
    const sink = await startSink();
    sink.answer = 503;
    const source = start("source", [...flags, "--sink", sink.url]);
    await server.apply([plug(namespace, "one")]);
    expect(await source.logged("the sink does not accept events")).toMatchObject({ code: 503 });
    const arrived = sink.next("plug.create");
    sink.answer = 202;
    expect(await arrived).toMatchObject({ "ce-name": "one" });
    await source.logged("the sink accepts events again");
    expect(await source.metrics()).toMatch(/plugboard_sink_request_seconds_count\{code="503"\} \d/);
  });

  test("a second one, and plugboard run, stand by while it leads; when it ends the next sends what is still due", async () => {
    const server = sharedApiServer();
    const { namespace, flags } = await placeFor(server);
    const sink = await startSink();
    const first = start("source", [...flags, "--sink", sink.url]);
    const { holder } = await first.logged("leading");
    const second = start("source", [...flags, "--sink", sink.url]);
    await second.logged("started, standing by");
    await server.apply([plug(namespace, "one")]);
    expect(await second.metrics()).toContain("plugboard_leader 0");
    first.child.kill("SIGTERM");
    expect(await first.ended()).toBe(0);
    const arrived = sink.next("plug.create");
    expect((await second.logged("leading"))["holder"]).not.toBe(holder);
    expect(await arrived).toMatchObject({ "ce-name": "one" });

    const run = start("run", flags);
    await run.logged("started, standing by");
    expect(await run.metrics()).toContain("plugboard_leader 0");
  });
});
