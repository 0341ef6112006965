import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../crds/names.ts";
import type { KubeObject } from "../../kit/kube.ts";
import { seenWorld } from "../parity/scenarios.ts";
import { apply, makeWorld, operatorNamespace, plugKey, rest, socketKey, start, type World } from "../worlds.ts";

const map = (name: string, data = {}): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const job = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "job-{% .plug.metadata.name %}" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "example/x" }] } } },
};
const socket: KubeObject = {
  apiVersion,
  kind: "Socket",
  metadata: { name: "sock", namespace: "db" },
  spec: {
    resources: [
      { when: ["coupled"], do: "recreate", template: job },
      { template: map("for-{% .plug.metadata.name %}", { v: "{% .plugConfig.v %}" }) },
      { when: ["decoupled"], template: map("dropped-{% .plug.metadata.name %}") },
    ],
  },
};
const plug = (name: string): KubeObject => ({
  apiVersion,
  kind: "Plug",
  metadata: { name, namespace: "app" },
  spec: { socket: { name: "sock", namespace: "db" }, config: { v: "1" } },
});
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
