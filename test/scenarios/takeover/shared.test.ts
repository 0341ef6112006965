import { describe, expect, test } from "@jest/globals";
import { apiVersion, fieldManager, finalizer } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";

const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shared" }, data: { k: "v" } };
const socket: KubeObject = socketWith("sock", { resources: [{ template }] });

/** Two couplings as integration-operator leaves them, of one object that both render. */
async function leftByTheSeed(): Promise<World> {
  const world = await makeWorld();
  const { kube } = world.cluster;
  await apply(kube, socket);
  const { uid = "" } = (await kube.get({ ...socket, name: "sock", namespace: "db" }))?.metadata ?? {};
  const shared = { ...template, metadata: { name: "shared", namespace: "db" } };
  await kube.apply(shared, { fieldManager, force: true });
  for (const name of ["a", "b"]) {
    const metadata = { name, namespace: "app", finalizers: [finalizer] };
    const plug = { apiVersion, kind: "Plug", metadata, spec: { socket: { name: "sock", namespace: "db" } } };
    await apply(kube, plug);
    const conditions = [{ type: "Coupled", status: "True", reason: "CouplingSucceeded" }];
    await kube.replaceStatus({
      ...plug,
      status: { conditions, coupledSocket: { name: "sock", namespace: "db", uid } },
    });
  }
  return world;
}

describe("an object that several couplings of the operator before render", () => {
  test.each([
    ["a", "b", "before any update"],
    ["b", "a", "before any update"],
    ["a", "b", "after an update"],
  ])("stays when %s leaves, and goes with %s, %s", async (first, second, when) => {
    const world = await leftByTheSeed();
    const shared = () => world.cluster.kube.get({ ...template, namespace: "db", name: "shared" });
    const plugboard = await start(world);
    await rest(world, plugboard);
    if (when === "after an update")
      await apply(world.cluster.kube, { ...socket, spec: { ...(socket["spec"] as object), epoch: "2" } });
    await rest(world, plugboard);
    await world.cluster.kube.delete(plugKey(first));
    await rest(world, plugboard);
    expect((await shared())?.["data"]).toEqual({ k: "v" });
    await world.cluster.kube.delete(plugKey(second));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(await shared()).toBeUndefined();
    expect(world.broken).toEqual([]);
  });
});
