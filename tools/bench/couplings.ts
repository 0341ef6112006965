import { writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { apiVersion } from "../../crds/names.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { loadKubeConfig } from "../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../kit/live/live-kube.ts";
import { startApiServer } from "../../test/api-server/api-server.ts";
import { plugboardCrds } from "../../test/api-server/shared-api-server.ts";
import { atOnce, range } from "./couplings/at-once.ts";
import { type Contender, contenders, type Running } from "./couplings/contenders.ts";
import { figuresOf, type Phase, type Report, type Round, tableOf, usedBetween } from "./couplings/figures.ts";
import { loadNow, machineHere } from "./couplings/machine.ts";
import { benchPlug, benchSocket, everythingForServiceAccounts, type Ground, isCoupled } from "./couplings/manifests.ts";
import { type RequestCounts, requestCounts, requestsBetween, total } from "./couplings/request-counts.ts";
import { descendant, type Usage, usageOf } from "./couplings/usage.ts";

/**
 * One table of what couplings and their ends cost, from one run on one cluster (kube-apiserver and etcd of its own):
 * `plugboard run` of this tree, and of the tree that BEFORE names; a program of controller-runtime with the same writes;
 * integration-operator, if INTEGRATION_OPERATOR is its command line; and a client that sends the same requests and does
 * nothing else. They take turns, each in namespaces of its own.
 *
 * PLUGS (default 500) are created at once, on SOCKETS (1), in each of ROUNDS (2); CONTENDERS names those that take part;
 * CPU_PROFILES a folder for profiles of `plugboard run`. The figures are also written as JSON, to OUT (couplings.json).
 */
const plugs = Number(process.env["PLUGS"] ?? 500);
const sockets = Number(process.env["SOCKETS"] ?? 1);
const rounds = Number(process.env["ROUNDS"] ?? 2);
const out = process.env["OUT"] ?? "couplings.json";
const [warmUps, alone, inFlight] = [50, 20, 20];

const loadBefore = loadNow();
await using server = await startApiServer({ auditLog: false, crds: plugboardCrds() });
await server.apply([everythingForServiceAccounts]);
const kube = createLiveKube({ kubeConfig: await loadKubeConfig({ path: server.kubeconfigPath }), userAgent: "bench" });
const [apiServerPid, etcdPid] = [await descendant("kube-apiserver"), await descendant("etcd")];
const all = await contenders();
const measured = new Map<Contender, Round[]>(all.map((contender) => [contender, []]));
for (let round = 1; round <= rounds; round += 1)
  for (const contender of all) {
    process.stderr.write(`round ${round} of ${rounds}: ${contender.title}\n`);
    measured.get(contender)?.push(await measure(contender, round));
  }
const report = await reportOf(measured);
await writeFile(out, `${JSON.stringify(report, undefined, 2)}\n`);
process.stdout.write(`${report.date}, ${JSON.stringify(report.machine)}, load ${JSON.stringify(report.load)}\n`);
process.stdout.write(`${tableOf(report)}\n`);
await kube.close();

async function reportOf(figures: ReadonlyMap<Contender, readonly Round[]>): Promise<Report> {
  const [apiServer, etcd] = [await usageOf(apiServerPid), await usageOf(etcdPid)];
  return {
    date: new Date().toISOString(),
    machine: machineHere(),
    load: { before: loadBefore, after: loadNow() },
    settings: { plugs, sockets, rounds },
    apiServer: {
      peakMegabytes: Math.round(apiServer.peakMegabytes),
      etcdPeakMegabytes: Math.round(etcd.peakMegabytes),
    },
    contenders: Object.fromEntries([...figures].map(([{ id, title }, of]) => [id, figuresOf(title, of)])),
  };
}

/** Everything of one contender in one round; leaves nothing that another would look at. */
async function measure(contender: Contender, round: number): Promise<Round> {
  const prefix = `${contender.id}-${round}`;
  const ground = { app: `${prefix}-app`, db: `${prefix}-db`, own: `${prefix}-own` };
  for (const name of Object.values(ground))
    await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const running = await contender.start(server.kubeconfigPath, ground);
  for (const name of socketNames()) await kube.create(benchSocket(ground, name));
  await using seen = await watchPlugs(ground.app);
  const names = (kind: string, count: number): readonly string[] => range(count).map((index) => `${kind}${index}`);
  const trial = { ground, running, seen };
  await couple(trial, names("warm", Math.min(warmUps, contender.most ?? warmUps)));
  const aloneMilliseconds: number[] = [];
  for (const name of names("alone", alone)) aloneMilliseconds.push(...(await couple(trial, [name])));
  await quiet();
  const crowd = names("plug", Math.min(plugs, contender.most ?? plugs));
  let milliseconds: readonly number[] = [];
  const coupling = await phase(running, "POST plugs", crowd.length, async () => {
    milliseconds = await couple(trial, crowd);
  });
  const end = await phase(running, "DELETE plugs", crowd.length, () => decouple(trial, crowd));
  await decouple(trial, seen.names());
  for (const name of socketNames()) await kube.delete({ apiVersion, kind: "Socket", namespace: ground.db, name });
  await quiet();
  const { peakMegabytes } = await usageOf(running.pid);
  await running.stop();
  return { plugs: crowd.length, coupling, end, milliseconds, aloneMilliseconds, peakMegabytes };
}

function socketNames(): readonly string[] {
  return range(sockets).map((index) => `socket${index}`);
}

interface Trial {
  readonly ground: Ground;
  readonly running: Running;
  readonly seen: SeenPlugs;
}

/** Creates them and waits until all are coupled; how long each took. */
async function couple({ ground, running, seen }: Trial, names: readonly string[]): Promise<readonly number[]> {
  const seenCoupled = names.map((name) => seen.coupled(name));
  const begun: number[] = [];
  await atOnce(names, inFlight, async (name, index) => {
    begun[index] = performance.now();
    const plug = await kube.create(benchPlug(ground, name, `socket${index % sockets}`));
    running.tell?.({ what: "couple", plug });
  });
  return (await Promise.all(seenCoupled)).map((when, index) => when - (begun[index] ?? 0));
}

async function decouple({ ground, running, seen }: Trial, names: readonly string[]): Promise<void> {
  const gone = names.map((name) => seen.gone(name));
  await atOnce(names, inFlight, async (name) => {
    await kube.delete({ apiVersion, kind: "Plug", namespace: ground.app, name });
    running.tell?.({ what: "decouple", plug: benchPlug(ground, name, "socket0") });
  });
  await Promise.all(gone);
}

/** Measures one part; `own` are the requests of this program in it. */
async function phase(running: Running, own: string, count: number, run: () => Promise<void>): Promise<Phase> {
  const before = await look(running);
  const begun = performance.now();
  await run();
  const seconds = (performance.now() - begun) / 1000;
  await quiet();
  const after = await look(running);
  const requests = new Map(requestsBetween(before.requests, after.requests));
  requests.set(own, (requests.get(own) ?? 0) - count);
  return {
    seconds,
    requests,
    cpuSeconds: usedBetween(before.contender, after.contender),
    apiServerCpuSeconds: usedBetween(before.apiServer, after.apiServer),
    etcdCpuSeconds: usedBetween(before.etcd, after.etcd),
  };
}

interface Look {
  readonly requests: RequestCounts;
  readonly contender: Usage;
  readonly apiServer: Usage;
  readonly etcd: Usage;
}

async function look({ pid }: Running): Promise<Look> {
  const requests = await countRequests();
  return {
    requests,
    contender: await usageOf(pid),
    apiServer: await usageOf(apiServerPid),
    etcd: await usageOf(etcdPid),
  };
}

async function countRequests(): Promise<RequestCounts> {
  return requestCounts(await server.run(["get", "--raw", "/metrics"]));
}

/** Waits until nothing was asked of the API server for longer than a socket's sync waits. */
async function quiet(): Promise<void> {
  for (let last = -1, now = total(await countRequests()); now !== last; last = now, now = total(await countRequests()))
    await pause(2_500);
}

/** The plugs of a namespace as a watch tells them. */
interface SeenPlugs extends AsyncDisposable {
  /** When it was seen coupled, in milliseconds of `performance.now`. */
  coupled(name: string): Promise<number>;
  gone(name: string): Promise<number>;
  names(): readonly string[];
}

async function watchPlugs(namespace: string): Promise<SeenPlugs> {
  const query = { apiVersion, kind: "Plug", namespace };
  const ending = new AbortController();
  const known = new Set<string>();
  const awaited = new Map<string, (when: number) => void>();
  const tell = (what: string): void => {
    awaited.get(what)?.(performance.now());
    awaited.delete(what);
  };
  const see = (type: string, object: KubeObject): void => {
    const { name } = object.metadata;
    if (type === "DELETED") known.delete(name);
    else known.add(name);
    if (type === "DELETED") tell(`gone ${name}`);
    else if (isCoupled(object)) tell(`coupled ${name}`);
  };
  let { resourceVersion } = await kube.list({ ...query, limit: 1 });
  const watching = (async () => {
    while (!ending.signal.aborted)
      for await (const event of kube.watch({ ...query, resourceVersion, signal: ending.signal })) {
        if (event.type !== "BOOKMARK") see(event.type, event.object);
        resourceVersion =
          event.type === "BOOKMARK" ? event.resourceVersion : (event.object.metadata.resourceVersion ?? "");
      }
  })();
  const when = (what: string): Promise<number> => new Promise((resolve) => awaited.set(what, resolve));
  return {
    coupled: (name) => when(`coupled ${name}`),
    gone: (name) => when(`gone ${name}`),
    names: () => [...known],
    async [Symbol.asyncDispose]() {
      ending.abort();
      await watching;
    },
  };
}
