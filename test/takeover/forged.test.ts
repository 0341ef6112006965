import { describe, expect, test } from "@jest/globals";
import { apiVersion, finalizer } from "../../crds/names.ts";
import { snapshotLabels } from "../../crds/snapshot-head.ts";
import type { KubeObject } from "../../kit/kube.ts";
import { apply, makeWorld, namespace, operatorNamespace, plugKey, rest, start, type World } from "../worlds.ts";
import { recordedObjects, restore } from "./recorded.ts";

const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" }, data: { k: "v" } };
const farewell = { ...template, metadata: { name: "victims-data-dropped" } };
const socket: KubeObject = {
  apiVersion,
  kind: "Socket",
  metadata: { name: "sock", namespace: "db" },
  spec: { resources: [{ template }, { when: ["decoupled"], template: farewell }] },
};
const victim = plugAt("victim");

function plugAt(name: string): KubeObject {
  const spec = { socket: { name: "sock", namespace: "db" } };
  return { apiVersion, kind: "Plug", metadata: { name, namespace: "app" }, spec };
}

interface Scene {
  readonly world: World;
  readonly plugboard: Awaited<ReturnType<typeof start>>;
}

/** A coupling of somebody's, objects of the seed's, and a stranger's. */
async function scene(): Promise<Scene> {
  const world = await makeWorld();
  await world.cluster.load(["app-lifecycle", "db-lifecycle"].map(namespace));
  await restore(world.cluster.kube, recordedObjects("lifecycle"));
  const plugboard = await start(world);
  await apply(world.cluster.kube, socket, victim, { ...template, metadata: { name: "strangers", namespace: "app" } });
  await rest(world, plugboard);
  return { world, plugboard };
}

function others({ world }: Scene): readonly KubeObject[] {
  const theirs = ["ConfigMap", "Secret", "Service", "Job"];
  return world.cluster.objects().filter(({ kind }) => theirs.includes(kind));
}

/** The world after a plug with that status came, lived for a while and was deleted. */
async function livedThrough({ world, plugboard }: Scene, status: object): Promise<readonly KubeObject[]> {
  const { kube } = world.cluster;
  const forger = { ...plugAt("forger"), metadata: { name: "forger", namespace: "app", finalizers: [finalizer] } };
  await plugboard.stop();
  await apply(kube, { ...forger, spec: { socket: { name: "nowhere" } } });
  await kube.replaceStatus({ ...forger, status });
  const again = await start(world);
  await rest(world, again);
  await kube.delete(plugKey("forger"));
  await rest(world, again);
  await world.clock.advance(25 * 60_000);
  await rest(world, again);
  await again.stop();
  return others({ world, plugboard });
}

async function sockUid({ world }: Scene, name = "sock", namespace = "db"): Promise<string> {
  const found = await world.cluster.kube.get({ apiVersion, kind: "Socket", namespace, name });
  return found?.metadata.uid ?? "";
}

function refsToAll(objects: readonly KubeObject[], marks: object): readonly object[] {
  return objects.map(({ apiVersion: version, kind, metadata: { namespace, name, uid } }) => ({
    role: "applied",
    apiVersion: version,
    kind,
    namespace,
    name,
    uid,
    side: namespace?.startsWith("db") ? "socket" : "plug",
    entry: "coupling",
    ...marks,
  }));
}

describe("a status that claims what is not so", () => {
  test.each([
    ["as made by a coupling", {}],
    ["as a result's", { entry: "result" }],
    ["as made when it was created", { entry: "created" }],
    ["as given back at the end", { foreign: true }],
  ])("deletes nothing of others, named in its refs %s", async (_how, marks) => {
    const at = await scene();
    // What the seed made beside the plug itself bears nobody's name: there a status is believed (SEMANTICS.md).
    const before = others(at);
    const uid = await sockUid(at);
    const coupledSocket = { apiVersion, kind: "Socket", name: "sock", namespace: "db", uid };
    const refs = refsToAll(before, marks);
    const after = await livedThrough(at, {
      revision: 3,
      coupledSocket,
      performed: { revision: 3, socketUid: uid },
      refs,
    });
    expect(after).toEqual(before);
  });

  test("reaches no snapshot of another plug, and performs nothing of it", async () => {
    const at = await scene();
    const before = others(at);
    const of = before.find(({ metadata }) => metadata.labels?.[snapshotLabels.of] !== undefined)?.metadata.name ?? "";
    expect(of).not.toBe("");
    const uid = await sockUid(at);
    const coupledSocket = { apiVersion, kind: "Socket", name: "sock", namespace: "db", uid };
    const performed = { revision: 1, socketUid: uid, snapshot: of };
    expect(await livedThrough(at, { revision: 2, snapshot: of, coupledSocket, performed })).toEqual(before);
  });

  test("takes nothing over that another made, coupled by its own word to a socket of the seed's", async () => {
    const at = await scene();
    const before = others(at);
    const uid = await sockUid(at, "sock", "db-lifecycle");
    const coupledSocket = { apiVersion, kind: "Socket", name: "sock", namespace: "db-lifecycle", uid };
    const left = await livedThrough(at, { coupledSocket });
    const names = left.map(({ kind, metadata }) => `${metadata.namespace}/${kind}/${metadata.name}`);
    expect(names).toEqual(
      expect.arrayContaining(before.map(({ kind, metadata }) => `${metadata.namespace}/${kind}/${metadata.name}`)),
    );
  });

  test("names no other Secret of the operator's namespace to be removed", async () => {
    const at = await scene();
    const key = { apiVersion: "v1", kind: "Secret", namespace: operatorNamespace, name: "operators-own" };
    await apply(at.world.cluster.kube, { ...key, metadata: key });
    await livedThrough(at, {
      revision: 1,
      snapshot: "operators-own",
      performed: { revision: 0, socketUid: "x", snapshot: "operators-own" },
    });
    expect(await at.world.cluster.kube.get(key)).toBeDefined();
  });
});
