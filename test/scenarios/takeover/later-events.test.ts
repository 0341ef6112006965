import { describe, expect, test } from "@jest/globals";
import type { InProcess } from "../../../cli/operate/in-process.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { namespace, plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";
import { seenWorld } from "../parity/scenarios.ts";
import { recordedObjects, restore } from "./recorded.ts";

const namespaces = ["app-lifecycle", "db-lifecycle"];
const plug = plugKey("p", "app-lifecycle");
const socket = socketKey("sock", "db-lifecycle");

async function left(): Promise<World> {
  const world = await makeWorld();
  await world.cluster.load(namespaces.map(namespace));
  await restore(world.cluster.kube, recordedObjects("lifecycle"));
  return world;
}

async function adopted(adopts = true): Promise<readonly [World, InProcess]> {
  const world = await left();
  const plugboard = await start(world, { adopts });
  await rest(world, plugboard);
  return [world, plugboard];
}

async function restedFrom(world: World): Promise<ReturnType<typeof seen>> {
  const plugboard = await start(world);
  await rest(world, plugboard);
  await plugboard.stop();
  expect(world.broken).toEqual([]);
  return seen(world);
}

const seen = ({ cluster }: World): { readonly [key: string]: unknown } => seenWorld(cluster.objects(), namespaces);

const other: KubeObject = socketWith(
  "other",
  {
    resources: [
      {
        template: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "others" },
          data: { v: "{% .plugConfig.v %}" },
        },
      },
    ],
  },
  "db-lifecycle",
);

const afterDecouple = ["db-lifecycle/ConfigMap/decoupled", "db-lifecycle/ConfigMap/kept"];

describe("after it was taken over, a coupling", () => {
  test("ends with its socket, which then goes with what it made for itself; the plug waits", async () => {
    const [world, plugboard] = await adopted();
    await world.cluster.kube.delete(socket);
    await rest(world, plugboard);
    await plugboard.stop();
    expect(Object.keys(seen(world)).toSorted()).toEqual(["app-lifecycle/Plug/p", ...afterDecouple]);
    expect(seen(world)["app-lifecycle/Plug/p"]).toMatchObject({ coupledSocket: null, coupled: "False" });
  });

  test("moves to another socket, undone at the one it left", async () => {
    const [world, plugboard] = await adopted();
    await apply(world.cluster.kube, other);
    await world.cluster.kube.patch(plug, { spec: { socket: { name: "other" } } });
    await rest(world, plugboard);
    await plugboard.stop();
    expect(seen(world)).toMatchObject({
      "app-lifecycle/Plug/p": { coupledSocket: "other", coupled: "True" },
      "db-lifecycle/ConfigMap/others": { v: "1" },
      "db-lifecycle/ConfigMap/decoupled": { v: "1" },
      "db-lifecycle/Socket/sock": { plugs: [] },
    });
    expect(seen(world)).not.toHaveProperty(["db-lifecycle/ConfigMap/coupled"]);
  });

  test("is repaired when somebody removes what it applies at every update", async () => {
    const [world, plugboard] = await adopted();
    await world.cluster.kube.patch(plug, { spec: { config: { v: "2" } } });
    await rest(world, plugboard);
    await world.cluster.kube.delete({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: "db-lifecycle",
      name: "updated",
    });
    await rest(world, plugboard);
    await plugboard.stop();
    expect(seen(world)).toMatchObject({ "db-lifecycle/ConfigMap/updated": { v: "2" } });
  });
});

describe("at the moment it is taken over, a coupling", () => {
  test("whose plug is being deleted is undone", async () => {
    const world = await left();
    await world.cluster.kube.delete(plug);
    expect(Object.keys(await restedFrom(world)).toSorted()).toEqual([
      "app-lifecycle/ConfigMap/deleted",
      "db-lifecycle/ConfigMap/created",
      ...afterDecouple,
      "db-lifecycle/Socket/sock",
    ]);
  });

  test("whose plug was pointed at another socket is undone at the one, then made at the other", async () => {
    const world = await left();
    await apply(world.cluster.kube, other);
    await world.cluster.kube.patch(plug, { spec: { socket: { name: "other" } } });
    expect(await restedFrom(world)).toMatchObject({
      "app-lifecycle/Plug/p": { coupledSocket: "other", coupled: "True" },
      "db-lifecycle/ConfigMap/others": { v: "1" },
      "db-lifecycle/ConfigMap/decoupled": { v: "1" },
    });
  });

  test("whose socket is being deleted is undone, and both sides' ends are kept", async () => {
    const world = await left();
    await world.cluster.kube.delete(socket);
    expect(Object.keys(await restedFrom(world)).toSorted()).toEqual(["app-lifecycle/Plug/p", ...afterDecouple]);
  });
});

describe("started with --adopt=false", () => {
  test("it leaves the couplings of the operator before alone, says so, and does not ask again and again", async () => {
    const world = await left();
    const before = seen(world);
    let writes = 0;
    const plugboard = await start(world, { adopts: false });
    await rest(world, plugboard);
    const stop = world.cluster.onRequest(({ write, kind }) => {
      if (write && kind !== "Event") writes += 1;
    });
    await world.cluster.kube.patch(plug, { metadata: { labels: { some: "label" } } });
    await rest(world, plugboard);
    stop();
    await plugboard.stop();
    expect(seen(world)).toEqual(before);
    expect(JSON.stringify(await world.cluster.kube.get(plug))).toContain("does not manage this coupling");
    expect(writes).toBe(1);
  });

  test.each(["deleted", "re-pointed"])("it leaves them alone also where their plug is %s", async (how) => {
    const world = await left();
    if (how === "deleted") await world.cluster.kube.delete(plug);
    else await world.cluster.kube.patch(plug, { spec: { socket: { name: "other" } } });
    const before = seen(world);
    const plugboard = await start(world, { adopts: false });
    await rest(world, plugboard);
    await plugboard.stop();
    expect(seen(world)).toEqual(before);
  });

  test("they are taken over by the next that is started without", async () => {
    const [world, first] = await adopted(false);
    await first.stop();
    await world.cluster.kube.patch(plug, { spec: { config: { v: "9" } } });
    expect(await restedFrom(world)).toMatchObject({ "app-lifecycle/ConfigMap/mine": { v: "9" } });
  });

  test("new plugs are coupled all the same", async () => {
    const [world, plugboard] = await adopted(false);
    const spec = { socket: { name: "sock", namespace: "db-lifecycle" }, config: { v: "7" } };
    await apply(world.cluster.kube, plugWith("new", spec, "app-lifecycle"));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(seen(world)).toMatchObject({ "app-lifecycle/Plug/new": { coupled: "True" } });
  });
});
