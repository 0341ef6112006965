import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import getPort from "get-port";
import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { loadKubeConfig } from "../../../kit/live/config/kube-config.ts";
import { createLiveKube, type LiveKube } from "../../../kit/live/live-kube.ts";
import { type OwnApiServer, startApiServer } from "../../api-server/api-server.ts";
import { type Ground, provideIdentities } from "../../api-server/identities.ts";
import { plugboardCrds } from "../../api-server/shared-api-server.ts";
import { fetchOnce } from "../../worlds/fetch-once.ts";
import { plugWith, socketWith } from "../../worlds/manifests.ts";
import { lookUntil } from "../../worlds/patience.ts";
import { copyCoupled, readPattern } from "./copies.ts";

const many = 10_000;
const few = 20;

let server: OwnApiServer;
let ground: Ground;
let kube: LiveKube;

beforeAll(async () => {
  server = await startApiServer({ auditLog: false, crds: plugboardCrds() });
  kube = createLiveKube({ kubeConfig: await loadKubeConfig({ path: server.kubeconfigPath }), userAgent: "scale-test" });
  ground = await provideIdentities(server);
  await server.apply([
    everythingForServiceAccounts(),
    ...["app", "db"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    socket(),
  ]);
});

afterAll(async () => {
  await kube.close();
  await server.stop();
});

test("ten thousand plugs on one socket: under 400 MB, and each takes as many requests as one of a few", async () => {
  const first = await startPlugboard();
  await couple(first, ["pattern"]);
  const ofFew = await requestsFor(first, "early");
  await first.stop();
  const pattern = await readPattern(kube, "pattern", "app");
  const names = Array.from({ length: many }, (_, index) => `p${index}`);
  await atOnce(30, names, (name) => copyCoupled(kube, pattern, name));
  const second = await startPlugboard();
  await second.idle();
  const ofMany = await requestsFor(second, "late");
  const megabytes = await second.peakMegabytes();
  const coupled = await second.figure('plugboard_plugs{ready="true"');
  await second.stop();
  expect(coupled).toBe(many + 2 * few + 1);
  expect(ofMany).toEqual(ofFew);
  expect(megabytes).toBeLessThan(400);
});

/** How many requests of each kind a plug takes, sockets' own and discovery apart. */
async function requestsFor(plugboard: Plugboard, prefix: string): Promise<{ readonly [request: string]: number }> {
  const names = Array.from({ length: few }, (_, index) => `${prefix}${index}`);
  const before = await plugboard.requests();
  await couple(plugboard, names);
  const after = await plugboard.requests();
  const counted = [...after].map(([request, count]) => [request, (count - (before.get(request) ?? 0)) / few] as const);
  return Object.fromEntries(counted.filter(([, count]) => count > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function couple(plugboard: Plugboard, names: readonly string[]): Promise<void> {
  // One after the other: what many do at once is the benchmark's question.
  for (const name of names) {
    await kube.create(plug(name));
    await ready(name);
  }
  await plugboard.idle();
}

async function ready(name: string): Promise<void> {
  const look = async (): Promise<string> => {
    const object = await kube.get({ apiVersion, kind: "Plug", namespace: "app", name });
    return JSON.stringify(object?.["status"] ?? {});
  };
  const isReady = (status: string): boolean => /"reason":"Ready","status":"True"/.test(status);
  const status = await lookUntil(look, isReady, { everyMilliseconds: 50 });
  if (!isReady(status)) throw new Error(`plug ${name} is not coupled: ${status}`);
}

interface Plugboard {
  /** Fulfilled once nothing is queued or at work any more. */
  idle(): Promise<void>;
  requests(): Promise<ReadonlyMap<string, number>>;
  /** The sum over all series whose name and first labels are so. */
  figure(prefix: string): Promise<number>;
  peakMegabytes(): Promise<number>;
  stop(): Promise<void>;
}

async function startPlugboard(): Promise<Plugboard> {
  const address = `127.0.0.1:${await getPort()}`;
  const launcher = join(import.meta.dirname, "../../../cli/plugboard");
  const child = spawn(launcher, ["run", "--kubeconfig", ground.kubeconfigOf("plugboard"), "--listen", address], {
    stdio: "ignore",
  });
  const ask = async (path: string): Promise<string> => {
    const answer = await fetchOnce(`http://${address}${path}`);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.text();
  };
  const figure = async (prefix: string): Promise<number> => sum(await ask("/metrics"), prefix);
  await until(() =>
    ask("/readyz").then(
      () => true,
      () => false,
    ),
  );
  return {
    figure,
    idle: () =>
      until(
        async () => (await figure("plugboard_queue_depth")) + (await figure("plugboard_stages_in_flight")) === 0,
        4,
        async () => requestCounts(await ask("/metrics")),
      ),
    requests: async () => requestCounts(await ask("/metrics")),
    peakMegabytes: async () =>
      Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024,
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Waits until something holds several times in a row, a quarter of a second apart. */
async function until(holds: () => Promise<boolean>, times = 1, moves?: () => Promise<unknown>): Promise<void> {
  let row = 0;
  const isLong = (held: boolean): boolean => {
    row = held ? row + 1 : 0;
    return row >= times;
  };
  await lookUntil(holds, isLong, { everyMilliseconds: 250, moves });
  if (row < times) throw new Error("nothing moves any more");
}

function sum(metrics: string, prefix: string): number {
  const lines = metrics.split("\n").filter((line) => line.startsWith(prefix));
  return lines.reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
}

/** Requests by verb and kind. What a socket, a Lease or a watch takes is counted once for all plugs. */
function requestCounts(metrics: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [, verb = "", kind = "", count = "0"] of metrics.matchAll(
    /^plugboard_api_request_seconds_count\{verb="(\w+)",kind="(\w+)"[^}]*\} (\d+)$/gm,
  )) {
    if (["Socket", "Lease", "APIResourceList"].includes(kind) || verb === "watch" || verb === "list") continue;
    counts.set(`${verb} ${kind}`, (counts.get(`${verb} ${kind}`) ?? 0) + Number(count));
  }
  return counts;
}

async function atOnce<T>(width: number, items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of left) await run(item);
    }),
  );
}

function plug(name: string): KubeObject {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "{% .plug.metadata.name %}" },
    stringData: { url: "{% .socketResult.url %}" },
  };
  return plugWith(name, {
    socket: { name: "sock", namespace: "db" },
    config: { database: "orders" },
    resultResources: [{ template: secret }],
  });
}

function socket(): KubeObject {
  const template = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "{% .plug.metadata.name %}" },
    data: { database: "{% .plugConfig.database %}" },
  };
  return socketWith("sock", {
    config: { host: "db.example" },
    resources: [{ template }],
    resultTemplate: { url: "db://{% .socketConfig.host %}" },
  });
}

function everythingForServiceAccounts(): KubeObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "everything" },
    subjects: [{ kind: "Group", name: "system:serviceaccounts", apiGroup: "rbac.authorization.k8s.io" }],
    roleRef: { kind: "ClusterRole", name: "cluster-admin", apiGroup: "rbac.authorization.k8s.io" },
  };
}
