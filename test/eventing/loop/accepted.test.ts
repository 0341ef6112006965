import { expect, test } from "@jest/globals";
import { ourSource } from "../../../cli/operate/our-source.ts";
import { readinessOf } from "../../../cli/operate/readiness.ts";
import { apiVersion } from "../../../crds/names.ts";
import { eventFormat } from "../../../crds/stage-names.ts";
import { parseStageRequest, type StageEvent } from "../../../eventing/cloud-events.ts";
import type { ApiSource } from "../../../eventing/loop/source.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { runInPod } from "../../scenarios/faults/functions.ts";
import { plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, type World } from "../../worlds/worlds.ts";

interface Remote {
  readonly source: ApiSource;
  /** The stage of every event, in order. */
  readonly asked: string[];
}

/** A source whose broker takes every event and tells nothing of what came of it. */
function startRemote(world: World, loses: (event: StageEvent) => boolean = () => false): Remote {
  const asked: string[] = [];
  const source = ourSource({
    kube: world.cluster.kube,
    clock: world.clock,
    clusterUid: "test",
    operatorNamespace,
    random: () => 0.999,
    sink: async (event) => {
      asked.push(event.data.stage);
      if (!loses(event))
        runInPod(world, parseStageRequest(eventFormat, event)).catch((error) => world.broken.push(error));
      return { kind: "accepted" };
    },
  });
  source.start();
  return { source, asked };
}

const said = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "{% .plug.metadata.name %}" } };

function plug(name: string): KubeObject {
  const spec = { socket: { name: "pg", namespace: "db" }, resources: [{ template: said }] };
  return plugWith(name, spec);
}

const socket: KubeObject = socketWith("pg");

async function readyPlugs({ cluster }: World): Promise<number> {
  const { items } = await cluster.kube.list({ apiVersion, kind: "Plug" });
  return items.filter((plug) => readinessOf(plug).ready).length;
}

/** How many seconds go by until so many plugs are ready; at most ten minutes. */
async function secondsUntilReady(world: World, count: number): Promise<number> {
  for (let seconds = 0; seconds < 600; seconds += 1) {
    if ((await readyPlugs(world)) === count) return seconds;
    await world.clock.advance(1_000);
  }
  throw new Error(`after ten minutes ${await readyPlugs(world)} of ${count} plugs are ready`);
}

test("more plugs than are asked for at once are all coupled through a broker that tells nothing", async () => {
  const world = await makeWorld();
  await apply(world.cluster.kube, socket, ...Array.from({ length: 60 }, (_, index) => plug(`p${index}`)));
  const { source } = startRemote(world);
  expect(await secondsUntilReady(world, 60)).toBeLessThan(30);
  await source.stop();
  expect(world.broken).toEqual([]);
});

test("plugs whose events get lost hold up others for seconds only", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  await apply(kube, socket, ...Array.from({ length: 40 }, (_, index) => plug(`lost${index}`)));
  const { source } = startRemote(world, ({ name, data }) => name.startsWith("lost") && data.stage === "plug.create");
  await world.clock.advance(20_000);
  await apply(kube, plug("other"));
  expect(await secondsUntilReady(world, 1)).toBeLessThan(30);
  expect(source.awaited()).toHaveLength(40);
  await source.stop();
});

test("a stage that fails behind a broker is asked for again soon when it said so on the plug, then less and less often", async () => {
  const world = await makeWorld({ rbac: true });
  await apply(world.cluster.kube, socket, plug("forbidden"));
  const { source, asked } = startRemote(world);
  const couplings = () => asked.filter((stage) => stage === "plug.couple").length;
  await world.clock.advance(20_000);
  // The first attempt records that the plug is being coupled, so the second is another need.
  expect(couplings()).toBe(6);
  await world.clock.advance(1_200_000);
  expect(couplings()).toBeGreaterThan(9);
  expect(couplings()).toBeLessThan(14);
  expect(source.idle()).toBe(true);
  await source.stop();
});

test("what somebody changes again and again is put back less and less often behind a broker, too", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  await apply(kube, socket, plug("contested"));
  const { source, asked } = startRemote(world);
  await secondsUntilReady(world, 1);
  const made = { apiVersion: "v1", kind: "ConfigMap", namespace: "app", name: "contested" };
  for (let seconds = 0; seconds < 600; seconds += 1) {
    await kube.delete(made).catch(() => {});
    await world.clock.advance(1_000);
  }
  const repairs = asked.filter((stage) => stage === "plug.repair").length;
  expect(repairs).toBeGreaterThan(4);
  expect(repairs).toBeLessThan(20);
  await source.stop();
});

const made = { apiVersion: "v1", kind: "ConfigMap", namespace: "app", name: "spoilt" };

test.each([
  ["says so on the plug", true],
  ["says nothing", false],
])(
  "runs that failed make nobody restless: where a repair fails six times and %s, the next one is asked for at once",
  async (_, says) => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    await apply(kube, socket, plug("spoilt"));
    let failures = 0;
    const fails = ({ data }: StageEvent): boolean => {
      if (data.stage !== "plug.repair" || failures >= 6) return false;
      failures += 1;
      const { apiVersion: version, kind, metadata } = plug("spoilt");
      // Any write of theirs does: this one changes nothing that is judged.
      const noted = { apiVersion: version, kind, metadata: { ...metadata, finalizers: [`example.com/${failures}`] } };
      if (says) void kube.apply(noted, { fieldManager: "a function", force: true });
      return true;
    };
    const { source, asked } = startRemote(world, fails);
    const repairs = (): number => asked.filter((stage) => stage === "plug.repair").length;
    await secondsUntilReady(world, 1);
    await kube.delete(made);
    for (let seconds = 0; seconds < 3_600 && (await kube.get(made)) === undefined; seconds += 1)
      await world.clock.advance(1_000);
    expect([failures, repairs(), source.figures().restless]).toEqual([6, 7, 0]);
    await world.clock.advance(5_000);
    await kube.delete(made);
    await world.clock.advance(2_000);
    expect(repairs()).toBe(8);
    expect(await kube.get(made)).toBeDefined();
    await source.stop();
  },
);
