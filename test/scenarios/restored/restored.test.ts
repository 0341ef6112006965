import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { Conflict } from "../../../kit/errors.ts";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";
import { seenWorld } from "../parity/scenarios.ts";

const map = (name: string, data = {}): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const job = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "job-{% .plug.metadata.name %}" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "example/x" }] } } },
};
const socket: KubeObject = socketWith("sock", {
  resources: [
    { when: ["coupled"], do: "recreate", template: job },
    { template: map("for-{% .plug.metadata.name %}", { v: "{% .plugConfig.v %}" }) },
    { when: ["decoupled"], template: map("dropped-{% .plug.metadata.name %}") },
  ],
});
const plug = (name: string): KubeObject =>
  plugWith(name, { socket: { name: "sock", namespace: "db" }, config: { v: "1" } });
const plugs = ["a", "b", "c"].map(plug);

async function coupled(): Promise<World> {
  const world = await makeWorld();
  const plugboard = await start(world);
  await apply(world.cluster.kube, socket, ...plugs);
  await rest(world, plugboard);
  await plugboard.stop();
  return world;
}

async function live(world: World): Promise<void> {
  const plugboard = await start(world);
  await rest(world, plugboard);
  await world.clock.advance(60_000);
  await rest(world, plugboard);
  await world.clock.advance(25 * 60_000);
  await rest(world, plugboard);
  await plugboard.stop();
  expect(world.broken).toEqual([]);
}

const seen = ({ cluster }: World): object => seenWorld(cluster.objects(), ["app", "db"]);

/** The uids of what only coupling makes: another uid means that it was made, or its hook run, again. */
function jobs({ cluster }: World): readonly (string | undefined)[] {
  return cluster
    .objects()
    .filter(({ kind }) => kind === "Job")
    .map(({ metadata }) => metadata.uid);
}

/** Plugs and sockets as a backup brings them back: other uids, no finalizer, no status. */
async function bringBack({ cluster }: World): Promise<void> {
  for (const key of [...plugs.map(({ metadata }) => plugKey(metadata.name)), socketKey("sock")]) {
    await cluster.kube.patch(key, { metadata: { finalizers: null } });
    await cluster.kube.delete(key);
  }
  await apply(cluster.kube, socket, ...plugs);
}

describe("couplings of a namespace that was restored", () => {
  test("without their status, under new uids, are found again on their snapshots: nothing is undone, nothing done twice", async () => {
    const world = await coupled();
    const [before, made] = [seen(world), jobs(world)];
    await bringBack(world);
    await live(world);
    expect(seen(world)).toEqual(before);
    expect(jobs(world)).toEqual(made);
  });

  test("with their status, but no snapshots, are resolved again: nothing is undone, nothing done twice", async () => {
    const world = await coupled();
    const [before, made] = [seen(world), jobs(world)];
    for (const { kind, metadata } of world.cluster.objects())
      if (kind === "Secret" && metadata.namespace === operatorNamespace)
        await world.cluster.kube.delete({ apiVersion: "v1", kind, namespace: operatorNamespace, name: metadata.name });
    await live(world);
    expect(seen(world)).toEqual(before);
    expect(jobs(world)).toEqual(made);
  });

  test.each(["status", "snapshots"])("can be updated and ended as before, their %s lost", async (lost) => {
    const world = await coupled();
    if (lost === "status") await bringBack(world);
    else
      for (const { kind, metadata } of world.cluster.objects())
        if (kind === "Secret" && metadata.namespace === operatorNamespace)
          await world.cluster.kube.delete({
            apiVersion: "v1",
            kind,
            namespace: operatorNamespace,
            name: metadata.name,
          });
    await live(world);
    const plugboard = await start(world);
    await world.cluster.kube.patch(plugKey("a"), { spec: { config: { v: "2" } } });
    await rest(world, plugboard);
    expect(seen(world)).toMatchObject({ "db/ConfigMap/for-a": { v: "2" } });
    for (const { metadata } of plugs) await world.cluster.kube.delete(plugKey(metadata.name));
    await rest(world, plugboard);
    await plugboard.stop();
    const farewells = ["a", "b", "c"].map((name) => `db/ConfigMap/dropped-${name}`);
    expect(Object.keys(seen(world)).toSorted()).toEqual([...farewells, "db/Socket/sock"]);
  });
});

test("a status that is lost twice, the second time while it is adopted, loses nothing that an older revision made", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  let held = false;
  const holding = interceptedKube(kube, async ({ kind, verb, name }, perform) => {
    if (held && kind === "ConfigMap" && verb === "apply" && name === "second") throw new Conflict("held up");
    return perform();
  });
  const first = await start(world, { kube: holding });
  const naming = (name: string) => ({
    socket: { name: "sock", namespace: "db" },
    resources: [{ template: map(name) }],
  });
  await apply(kube, { ...socket, spec: {} }, { ...plug("a"), spec: naming("first") });
  await rest(world, first);
  held = true;
  await kube.patch(plugKey("a"), { spec: naming("second") });
  await rest(world, first);
  await first.stop();
  held = false;
  await kube.replaceStatus({ apiVersion, kind: "Plug", metadata: { name: "a", namespace: "app" }, status: {} });
  await world.clock.advance(120_000);
  let conflicts = 1;
  const contested = interceptedKube(kube, async ({ kind, verb }, perform) => {
    if (kind === "Plug" && verb === "replaceStatus" && conflicts-- > 0) throw new Conflict("somebody edited it");
    return perform();
  });
  const second = await start(world, { kube: contested, holder: "two" });
  await rest(world, second);
  for (let resyncs = 0; resyncs < 8; resyncs += 1) {
    await world.clock.advance(600_000);
    await rest(world, second);
  }
  await second.stop();
  const maps = world.cluster.objects().filter(({ kind }) => kind === "ConfigMap");
  expect(maps.map(({ metadata }) => metadata.name)).toEqual(["second"]);
  expect(conflicts).toBeLessThan(1);
});
