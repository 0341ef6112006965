import { setTimeout as pause } from "node:timers/promises";
import { apiVersion } from "../../crds/names.ts";
import { loadKubeConfig } from "../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../kit/live/live-kube.ts";
import { startApiServer } from "../../test/api-server/api-server.ts";
import { plugboardCrds } from "../../test/api-server/shared-api-server.ts";
import { copyCoupled, readPattern } from "../../test/scenarios/scale/copies.ts";
import { atOnce, range } from "./couplings/at-once.ts";
import { plugboard } from "./couplings/contenders.ts";
import { loadNow, machineHere } from "./couplings/machine.ts";
import { benchPlug, benchSocket, everythingForServiceAccounts, isCoupled } from "./couplings/manifests.ts";
import { usageOf } from "./couplings/usage.ts";

/**
 * What settled plugs cost: PLUGS (default 10,000) coupled plugs on one socket, and `plugboard run` for SECONDS (60) in
 * which nothing changes. Prints its requests by the API server's audit log, its CPU, and its memory.
 */
const plugs = Number(process.env["PLUGS"] ?? 10_000);
const seconds = Number(process.env["SECONDS"] ?? 60);
const ground = { app: "app", db: "db", own: "plugboard" };
const [inFlight, quietMilliseconds] = [30, 20_000];

await using server = await startApiServer({ auditLog: true, crds: plugboardCrds() });
await server.apply([
  everythingForServiceAccounts,
  ...Object.values(ground).map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
]);
const kube = createLiveKube({ kubeConfig: await loadKubeConfig({ path: server.kubeconfigPath }), userAgent: "bench" });
await couplePattern();
const pattern = await readPattern(kube, "pattern", ground.app);
await atOnce(range(plugs - 1), inFlight, (index) => copyCoupled(kube, pattern, `plug${index}`));

const running = await plugboard.start(server.kubeconfigPath, ground);
await settled();
const askedBefore = (await asked()).length;
const before = await usageOf(running.pid);
await pause(seconds * 1_000);
const after = await usageOf(running.pid);
const requests = counted((await asked()).slice(askedBefore));
await running.stop();
await kube.close();

const share = (100 * (after.cpuSeconds - before.cpuSeconds)) / seconds;
process.stdout.write(`${new Date().toISOString()}, ${JSON.stringify(machineHere())}, load ${loadNow()}\n`);
process.stdout.write(`${plugs} settled plugs, ${seconds} s: ${share.toFixed(2)} % of a core, `);
process.stdout.write(`${Math.round(after.peakMegabytes)} MB at most since the start; requests:\n`);
for (const [request, count] of requests) process.stdout.write(`  ${count} × ${request}\n`);

async function couplePattern(): Promise<void> {
  await kube.create(benchSocket(ground, "socket0"));
  const first = await plugboard.start(server.kubeconfigPath, ground);
  await kube.create(benchPlug(ground, "pattern", "socket0"));
  const key = { apiVersion, kind: "Plug", namespace: ground.app, name: "pattern" };
  for (let plug = await kube.get(key); plug === undefined || !isCoupled(plug); plug = await kube.get(key))
    await pause(100);
  await first.stop();
}

/** Waits until it has used next to no CPU for some time. */
async function settled(): Promise<void> {
  const used = async (): Promise<number> => (await usageOf(running.pid)).cpuSeconds;
  for (let last = 0, now = await used(); now - last > quietMilliseconds / 1_000 / 50; last = now, now = await used())
    await pause(quietMilliseconds);
}

/** The requests of `plugboard run` so far. A watch is counted when it ends. */
async function asked(): Promise<readonly string[]> {
  const requests = (await server.auditedRequests()).filter(({ userAgent }) => userAgent === "plugboard");
  return requests.map(({ verb, resource, name }) => [verb, resource, name].join(" "));
}

function counted(requests: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const request of requests) counts.set(request, (counts.get(request) ?? 0) + 1);
  return counts;
}
