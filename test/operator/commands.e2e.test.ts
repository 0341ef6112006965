import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import getPort from "get-port";
import { load } from "js-yaml";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { LiveKube } from "../../kit/live/live-kube.ts";
import { sharedApiServer } from "../api-server/api-server.ts";
import { connectTo } from "../api-server/live-ground.ts";
import { root } from "../cli/terminal.ts";
import { fetchOnce } from "../worlds/fetch-once.ts";
import { conditionOf } from "../worlds/looks.ts";
import { lookUntil } from "../worlds/patience.ts";
import { echoServer } from "./faults/scenarios.ts";

const server = sharedApiServer();
const folder = join(root, "samples/operators/echo-server");
const parents = { apiVersion: "example.com/v1alpha1", kind: "EchoServer" } as const;
const running = new Set<ChildProcess>();
let kube: LiveKube;

beforeAll(async () => {
  kube = await connectTo(server, "operator-commands");
  const crd = load(readFileSync(join(folder, "crd.yaml"), "utf8")) as KubeObject;
  await kube.apply(crd, { fieldManager: "test", force: true });
  await lookUntil(
    () =>
      kube.list(parents).then(
        () => true,
        () => false,
      ),
    (served) => served,
  );
});

afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await kube.close();
});

interface Started {
  readonly child: ChildProcess;
  log(): string;
}

/** Starts a command of `plugboard operator` on the API server, with a Lease of its own. */
function start(namespace: string, ...line: readonly string[]): Started {
  const cluster = ["--kubeconfig", server.kubeconfigPath, "--operator-namespace", namespace];
  const args = ["operator", ...line, join(folder, "echo-server.ts"), ...cluster];
  const child = spawn(join(root, "cli/plugboard"), args, { env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent" } });
  running.add(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (more: Buffer) => {
      text += more.toString();
    });
  return { child, log: () => text };
}

async function end({ child }: Started): Promise<unknown> {
  child.kill("SIGTERM");
  const [code] = await once(child, "close");
  running.delete(child);
  return code;
}

/** A namespace for the Lease, and one for a parent, which is made in it. */
async function parentIn(namespace: string): Promise<() => Promise<KubeObject | undefined>> {
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const parent = echoServer("hello", { text: namespace });
  await kube.create({ ...parent, metadata: { name: "hello", namespace } });
  return () => kube.get({ ...parents, namespace, name: "hello" });
}

const isSynced = (parent: KubeObject | undefined): boolean => conditionOf(parent, "Synced").status === "True";

test("operator run: syncs, serves health and metrics, and ends with 0", async () => {
  const look = await parentIn("operator-run");
  const port = await getPort();
  const started = start("operator-run", "run", "-n", "operator-run", "--listen", `127.0.0.1:${port}`);
  expect([isSynced(await lookUntil(look, isSynced)), started.log()]).toEqual([true, expect.stringContaining("synced")]);
  const metrics = await (await fetchOnce(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toMatch(
    /plugboard_operator_syncs_total\{operator="echo-operator",stage="echo-operator.sync",outcome="ok"\} [12]\n/,
  );
  expect(metrics).toContain(
    'plugboard_operator_children_total{operator="echo-operator",kind="Pod",outcome="created"} 1',
  );
  expect((await fetchOnce(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  expect(await end(started)).toBe(0);
});

test("operator source and operator serve: the same over HTTP; at rest no more events are sent", async () => {
  const look = await parentIn("operator-chain");
  const port = await getPort();
  const served = start("operator-chain", "serve", "--port", String(port), "--host", "127.0.0.1");
  await lookUntil(
    async () => served.log(),
    (log) => log.includes("serving"),
  );
  const sink = `http://127.0.0.1:${port}/`;
  const metricsPort = await getPort();
  const source = start(
    "operator-chain",
    "source",
    "-n",
    "operator-chain",
    "--sink",
    sink,
    "--listen",
    `127.0.0.1:${metricsPort}`,
  );
  const parent = await lookUntil(look, isSynced);
  expect([isSynced(parent), served.log(), source.log()]).toEqual([true, expect.any(String), expect.any(String)]);
  const rest = async (): Promise<string> => (await look())?.metadata.resourceVersion ?? "";
  const isNoted = (object: KubeObject | undefined): boolean =>
    object?.metadata.annotations?.["echo-operator.example.com/record"]?.includes('"noted"') === true;
  expect(isNoted(await lookUntil(look, isNoted))).toBe(true);
  const before = await rest();
  const later = await lookUntil(rest, (version) => version !== before, { stillMilliseconds: 3_000, stillLooks: 10 });
  expect(later).toBe(before);
  expect(await end(source)).toBe(0);
  expect(await end(served)).toBe(0);
});
