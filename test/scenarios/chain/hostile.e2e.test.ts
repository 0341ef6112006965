import { afterAll, beforeAll, expect, test } from "@jest/globals";
import getPort from "get-port";
import { readinessOf } from "../../../cli/operate/readiness.ts";
import { apiVersion } from "../../../crds/names.ts";
import { stageNames, targetOf } from "../../../crds/stage-names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import type { LiveKube } from "../../../kit/live/live-kube.ts";
import { type OwnApiServer, startApiServer } from "../../api-server/api-server.ts";
import { type Ground, provideIdentities } from "../../api-server/identities.ts";
import { connectTo } from "../../api-server/live-ground.ts";
import { plugboardCrds } from "../../api-server/shared-api-server.ts";
import { lookUntil } from "../../worlds/patience.ts";
import { type HookLog, startHookLog } from "./hook-log.ts";
import { many, manyOrders, orders, succeedPods } from "./many-orders.ts";
import { endProcesses, type Process, says, servedPort, startProcess } from "./processes.ts";

let server: OwnApiServer;
let ground: Ground;
let kube: LiveKube;
let hooks: HookLog;
const ending = new AbortController();

beforeAll(async () => {
  [server, hooks] = await Promise.all([startApiServer({ crds: plugboardCrds() }), startHookLog()]);
  ground = await provideIdentities(server);
  kube = await connectTo(server, "chain-test");
});

afterAll(async () => {
  ending.abort();
  await endProcesses();
  hooks.close();
  await kube.close();
  await server.stop();
});

/** Every stage as a process of its own, under the service account it is deployed with; where each is. */
async function startStages(): Promise<readonly string[]> {
  const flags = ["--port", "0", "--host", "127.0.0.1", "--apparatus-allow-host", hooks.host];
  const starts = stageNames.map(async (stage) => {
    const as = ["--kubeconfig", ground.kubeconfigOf(targetOf(stage))];
    const process = await startProcess(["serve", stage, ...as, ...flags], says("serving"));
    return `${stage}=http://127.0.0.1:${servedPort(process)}/`;
  });
  return Promise.all(starts);
}

/** From the functions to the source, each a process of its own, with nothing but HTTP between them. */
async function startChain(): Promise<{ readonly broker: Process; readonly source: Process }> {
  const subscribers = (await startStages()).flatMap((stage) => ["--subscriber", stage]);
  const port = await getPort();
  const broker = await startProcess(
    ["dev", "--broker-port", String(port), "--hostile", "20261121", ...subscribers],
    (line) => line.includes("broker listens"),
  );
  const as = ["--kubeconfig", ground.kubeconfigOf("plugboard-source")];
  const flags = ["--listen", "127.0.0.1:0", "--answer-timeout", "6"];
  const sink = `http://127.0.0.1:${port}/plugboard/default`;
  const source = await startProcess(["source", "--sink", sink, ...as, ...flags], says("synced"));
  return { broker, source };
}

async function plugs(): Promise<readonly KubeObject[]> {
  return (await kube.list({ apiVersion, kind: "Plug", namespace: "shop" })).items;
}

/** Waits until nothing is missing, and tells what still is when nothing moves any more. */
async function until(missing: () => Promise<readonly string[]>): Promise<void> {
  const still = await lookUntil(missing, ({ length }) => length === 0, { everyMilliseconds: 250 });
  if (still.length > 0) throw new Error(`still: ${still.slice(0, 5).join("; ")} (${still.length})`);
}

/** How often Jobs of each name were made. */
async function jobsMade(): Promise<ReadonlyMap<string, number>> {
  const made = new Map<string, number>();
  for (const { resource, subresource, verb, code, name = "" } of await server.auditedRequests())
    if (resource === "jobs" && subresource === undefined && ["create", "patch"].includes(verb) && code === 201)
      made.set(name, (made.get(name) ?? 0) + 1);
  return made;
}

function repeated(keys: readonly string[]): readonly string[] {
  return keys.filter((key, index) => keys.indexOf(key) !== index);
}

function hooksOf(event: string): readonly string[] {
  return hooks.keys.filter((key) => key.endsWith(`.${event}`));
}

test("a hundred databases are made and unmade by functions in processes of their own, over a broker that loses, doubles and reorders, and nothing is done twice", async () => {
  const { broker, source } = await startChain();
  void succeedPods(kube, "data", ending.signal).catch(() => {});
  await server.apply(manyOrders(hooks.url));

  await until(async () =>
    (await plugs())
      .filter((plug) => !readinessOf(plug).ready)
      .map((plug) => `${plug.metadata.name} ${readinessOf(plug).message}`),
  );
  expect(await plugs()).toHaveLength(many);
  const secrets = await kube.list({ apiVersion: "v1", kind: "Secret", namespace: "shop", metadataOnly: true });
  expect(secrets.items.map(({ metadata }) => metadata.name)).toEqual(
    expect.arrayContaining(orders.map((name) => `${name}-database`)),
  );
  const once = new Map(orders.map((name) => [`shop.${name}`, 1]));
  expect(await jobsMade()).toEqual(once);
  expect(hooksOf("coupled")).toHaveLength(many);
  expect(repeated(hooks.keys)).toEqual([]);

  await Promise.all(orders.map((name) => kube.delete({ apiVersion, kind: "Plug", namespace: "shop", name })));
  await until(async () => (await plugs()).map(({ metadata }) => metadata.name));
  // Once more for each: the Job that locks the role out.
  expect(await jobsMade()).toEqual(new Map(orders.map((name) => [`shop.${name}`, 2])));
  expect(hooksOf("decoupled")).toHaveLength(many);
  expect(repeated(hooks.keys)).toEqual([]);

  const harm = (words: string) => broker.lines.filter((line) => line.includes(words)).length;
  expect(Math.min(harm(": lost (--hostile)"), harm("delivered twice"), harm("delayed by"))).toBeGreaterThan(10);
  expect(await source.stop()).toBe(0);
});
