import { describe, expect, test } from "@jest/globals";
import type { InProcess } from "../../../cli/operate/in-process.ts";
import { readPlug } from "../../../crds/plug/parse.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { handClock } from "../../worlds/hand-clock.ts";
import { namespace, plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";
import { seenWorld } from "../parity/scenarios.ts";
import { permissiveCrds } from "./permissive-crds.ts";

async function permissiveWorld(): Promise<World> {
  const clock = handClock();
  const cluster = createMemoryCluster({ clock, holdJobs: true });
  await cluster.load([...permissiveCrds(true), ...["app", "db", operatorNamespace].map(namespace)]);
  return { cluster, clock, broken: [] };
}

const template = (name: string, data = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});

function plug(spec: object = {}): KubeObject {
  const resources = [
    { template: template("mine", { v: "{% .plugConfig.v %}" }) },
    { when: ["deleted"], template: template("farewell") },
  ];
  const socket = { name: "sock", namespace: "db" };
  return plugWith("p", { socket, config: { v: "1" }, resources, ...spec });
}

const socket: KubeObject = socketWith("sock");

async function begun(...objects: readonly KubeObject[]): Promise<readonly [World, InProcess]> {
  const world = await permissiveWorld();
  const plugboard = await start(world);
  await apply(world.cluster.kube, ...objects);
  await rest(world, plugboard);
  return [world, plugboard];
}

async function condition({ cluster }: World, type: string, key = plugKey("p")): Promise<unknown> {
  // biome-ignore lint/suspicious/noExplicitAny: a look at an object of any kind
  const { status } = (await cluster.kube.get(key)) as any;
  return status?.conditions?.find((one: { type: string }) => one.type === type);
}

const seen = ({ cluster }: World) => seenWorld(cluster.objects(), ["app", "db"]);

describe("a plug that an API server stored and today's schema would not take", () => {
  test("says every path that is wrong, and nothing is performed for it", async () => {
    const [world, plugboard] = await begun(socket, plug({ config: { v: 1, w: ["x"] }, epoch: 7 }));
    await plugboard.stop();
    const message = expect.stringMatching(/spec\.config\.v: .*spec\.config\.w: .*spec\.epoch: /);
    expect(await condition(world, "Ready")).toMatchObject({ status: "False", reason: "InvalidInput", message });
    expect(Object.keys(seen(world))).toEqual(["app/Plug/p", "db/Socket/sock"]);
    expect(world.broken).toEqual([]);
  });

  test("couples once it is mended", async () => {
    const [world, plugboard] = await begun(socket, plug({ config: { v: 1 } }));
    await apply(world.cluster.kube, plug());
    await rest(world, plugboard);
    await plugboard.stop();
    expect(seen(world)).toMatchObject({ "app/ConfigMap/mine": { v: "1" } });
    expect(await condition(world, "Ready")).toMatchObject({ status: "True" });
  });

  test("stays as it is where it is coupled, says so, and is ready again once it is mended", async () => {
    const [world, plugboard] = await begun(socket, plug());
    await apply(world.cluster.kube, plug({ config: { v: 2 }, resources: "none" }));
    await rest(world, plugboard);
    expect(seen(world)).toMatchObject({ "app/ConfigMap/mine": { v: "1" }, "app/Plug/p": { coupled: "True" } });
    expect(await condition(world, "Ready")).toMatchObject({ status: "False", reason: "InvalidInput" });
    await apply(world.cluster.kube, plug());
    await rest(world, plugboard);
    await plugboard.stop();
    expect(await condition(world, "Ready")).toMatchObject({ status: "True" });
  });

  test("can be deleted: what was performed is undone, and what of it can be read is done", async () => {
    const [world, plugboard] = await begun(socket, plug());
    await apply(world.cluster.kube, plug({ config: { v: 2 } }));
    await rest(world, plugboard);
    await world.cluster.kube.delete(plugKey("p"));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(Object.keys(seen(world))).toEqual(["app/ConfigMap/farewell", "db/Socket/sock"]);
  });

  test("keeps its coupling though it cannot be read which socket it wants, and loses it with its socket", async () => {
    const [world, plugboard] = await begun(socket, plug());
    await apply(world.cluster.kube, plug({ socket: "sock" }));
    await rest(world, plugboard);
    expect(seen(world)).toMatchObject({ "app/Plug/p": { coupledSocket: "sock", coupled: "True" } });
    await world.cluster.kube.delete(socketKey("sock"));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(seen(world)).toEqual({ "app/Plug/p": { coupledSocket: null, result: null, coupled: "False" } });
  });
});

describe("a socket that an API server stored and today's schema would not take", () => {
  const wrong = { ...socket, spec: { limit: "three", validation: { namespaceWhitelist: "app" } } };

  test("says what is wrong, takes no new plug, and keeps those it has", async () => {
    const [world, plugboard] = await begun(socket, plug());
    await apply(world.cluster.kube, wrong, { ...plug(), metadata: { name: "late", namespace: "app" } });
    await rest(world, plugboard);
    await plugboard.stop();
    expect(await condition(world, "Ready", socketKey("sock"))).toMatchObject({
      status: "False",
      reason: "InvalidInput",
      message: expect.stringMatching(/spec\.limit: .*spec\.validation\.namespaceWhitelist: /),
    });
    expect(seen(world)).toMatchObject({ "app/Plug/p": { coupled: "True" }, "app/Plug/late": { coupled: "False" } });
  });

  test("takes them once it is mended", async () => {
    const [world, plugboard] = await begun(wrong, plug());
    expect(seen(world)).toMatchObject({ "app/Plug/p": { coupled: "False" } });
    await apply(world.cluster.kube, socket);
    await rest(world, plugboard);
    await plugboard.stop();
    expect(seen(world)).toMatchObject({ "app/Plug/p": { coupled: "True" } });
  });
});

test("a status names no snapshot but the plug's own, and has nothing performed of a coupling that is none", () => {
  const coupledSocket = { name: "db", uid: "u" };
  const performed = { revision: 1, socketUid: "u", snapshot: "a-secret" };
  const metadata = { name: "p", namespace: "app", uid: "u", resourceVersion: "1" };
  const read = (status: object) => readPlug({ ...plug(), metadata, status }).status;
  expect(read({ snapshot: "plugboard-other-1-x", coupledSocket, performed })).toEqual({
    coupledSocket,
    performed: { revision: 1, socketUid: "u" },
  });
  expect(read({ performed })).toEqual({});
});
