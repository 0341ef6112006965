import { describe, expect, test } from "@jest/globals";
import { takeover } from "../../../cli/takeover/takeover.ts";
import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { namespace, plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";
import { recordedObjects, restore } from "../takeover/recorded.ts";

const map = (name: string, data = {}): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });

function socketIn(ns: string): KubeObject {
  const resources = [{ when: ["created"], template: map("made-by-socket") }, { template: map("for-plug") }];
  return socketWith("sock", { resources }, ns);
}

function plugIn(ns: string, socketNamespace: string, spec: object = {}): KubeObject {
  const resources = [
    { when: ["created"], template: map("made-by-plug") },
    { template: map("coupled", { v: "{% .plugConfig.v %}" }) },
  ];
  const socket = { name: "sock", namespace: socketNamespace };
  return plugWith("p", { socket, config: { v: "1" }, resources, ...spec }, ns);
}

const deferred: KubeObject = {
  apiVersion,
  kind: "DeferredResource",
  metadata: { name: "later", namespace: "kube-system" },
  spec: { resource: { ...map("deferred"), metadata: { name: "deferred" } } },
};

const made = ({ cluster }: World): readonly string[] =>
  cluster
    .objects()
    .filter(({ kind, metadata }) => kind === "ConfigMap" && metadata.name !== "kube-root-ca.crt")
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    .toSorted();

async function conditionOf({ cluster }: World, key: ReturnType<typeof plugKey>, type = "Ready"): Promise<object> {
  const status = (await cluster.kube.get(key))?.["status"] as { conditions?: { type: string }[] } | undefined;
  return status?.conditions?.find((one) => one.type === type) ?? {};
}

async function live(world: World, options: Parameters<typeof start>[1], act?: () => Promise<unknown>): Promise<void> {
  const plugboard = await start(world, options);
  await rest(world, plugboard);
  await act?.();
  await rest(world, plugboard);
  await plugboard.stop();
  expect(world.broken).toEqual([]);
}

describe.each(["kube-system", operatorNamespace])("in namespace %s, which is not served", (special) => {
  test("nothing is made, Ready says so, and nothing holds up a deletion", async () => {
    const world = await makeWorld();
    await live(world, {}, () => apply(world.cluster.kube, socketIn(special), plugIn(special, special)));
    expect(made(world)).toEqual([]);
    for (const key of [plugKey("p", special), socketKey("sock", special)]) {
      expect(await conditionOf(world, key)).toMatchObject({ status: "False", reason: "NotServed" });
      expect((await world.cluster.kube.get(key))?.metadata.finalizers).toBeUndefined();
    }
    expect(await conditionOf(world, plugKey("p", special))).toMatchObject({
      message: expect.stringContaining(`--serve-namespace ${special}`),
    });
    await live(world, {}, async () => {
      for (const key of [plugKey("p", special), socketKey("sock", special)]) await world.cluster.kube.delete(key);
    });
    expect(await world.cluster.kube.get(plugKey("p", special))).toBeUndefined();
  });

  test("a plug elsewhere that points there waits, and goes on once the namespace is served", async () => {
    const world = await makeWorld();
    await live(world, {}, () => apply(world.cluster.kube, socketIn(special), plugIn("app", special)));
    expect(made(world)).toEqual([]);
    expect(await conditionOf(world, plugKey("p"))).toMatchObject({ status: "False", reason: "NotServed" });
    await live(world, { serveNamespaces: [special] });
    expect(await conditionOf(world, plugKey("p"))).toMatchObject({ status: "True" });
    expect(made(world)).toEqual([
      "app/coupled",
      "app/made-by-plug",
      `${special}/for-plug`,
      `${special}/made-by-socket`,
    ]);
  });

  test("what was made while it was served stays as it is, and is undone in the end", async () => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    await live(world, { serveNamespaces: [special] }, () => apply(kube, socketIn(special), plugIn(special, special)));
    const before = made(world);
    expect(before).toHaveLength(4);
    await live(world, {}, async () => {
      await kube.patch(plugKey("p", special), { spec: { config: { v: "2" } } });
      await kube.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: special, name: "for-plug" });
    });
    expect(made(world)).toEqual(before.filter((name) => !name.endsWith("for-plug")));
    const coupled = await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: special, name: "coupled" });
    expect(coupled?.["data"]).toEqual({ v: "1" });
    expect(await conditionOf(world, plugKey("p", special), "Coupled")).toMatchObject({ status: "True" });
    expect(await conditionOf(world, plugKey("p", special))).toMatchObject({ status: "False", reason: "NotServed" });
    await live(world, {}, async () => {
      await kube.delete(plugKey("p", special));
      await kube.delete(socketKey("sock", special));
    });
    expect(made(world)).toEqual([]);
    expect(await kube.get(socketKey("sock", special))).toBeUndefined();
  });
});

test("a coupling of integration-operator in the operator's own namespace is adopted and undone, and nothing new is done for it", async () => {
  const world = await makeWorld();
  const { kube } = world.cluster;
  await world.cluster.load(["app-lifecycle", "db-lifecycle"].map(namespace));
  await restore(kube, recordedObjects("lifecycle"));
  const mine = { apiVersion: "v1", kind: "ConfigMap", namespace: "app-lifecycle", name: "mine" };
  const plug = plugKey("p", "app-lifecycle");
  const before = await kube.get(mine);
  await live(world, { operatorNamespace: "app-lifecycle" }, () => kube.patch(plug, { spec: { config: { v: "9" } } }));
  expect(await kube.get(plug)).toMatchObject({ status: { revision: 1 } });
  expect(await conditionOf(world, plug)).toMatchObject({ status: "False", reason: "NotServed" });
  expect(await kube.get(mine)).toEqual(before);
  await live(world, { operatorNamespace: "app-lifecycle" }, () => kube.delete(plug));
  expect(await kube.get(plug)).toBeUndefined();
  expect(await kube.get(mine)).toBeUndefined();
});

test("a deferred resource there is not applied, says so once, and is resolved once the namespace is served", async () => {
  const world = await makeWorld();
  const key = { ...plugKey("later", "kube-system"), kind: "DeferredResource" };
  await live(world, {}, () => apply(world.cluster.kube, deferred));
  expect(made(world)).toEqual([]);
  expect(await conditionOf(world, key, "Resolved")).toMatchObject({ status: "False", reason: "NotServed" });
  const said = await world.cluster.kube.get(key);
  await live(world, {}, () => world.clock.advance(1_800_000));
  expect(await world.cluster.kube.get(key)).toEqual(said);
  await live(world, { serveNamespaces: ["kube-system"] });
  expect(made(world)).toEqual(["kube-system/deferred"]);
  expect(await conditionOf(world, key, "Resolved")).toMatchObject({ status: "True" });
});

test("takeover --dry-run lists what is there, and what would serve it", async () => {
  const world = await makeWorld();
  await apply(world.cluster.kube, socketIn("kube-system"), plugIn("kube-system", "kube-system"), deferred);
  const dryRun = async (serveNamespaces: readonly string[]): Promise<string> => {
    const lines: string[] = [];
    const options = { operatorNamespace, namespaces: undefined, serveNamespaces, clock: world.clock };
    await takeover(world.cluster.kube, options, (line) => lines.push(line));
    return lines.join("\n");
  };
  expect(await dryRun([])).toContain(
    "Plugboard does not serve namespace kube-system, which contains Plug kube-system/p, Socket kube-system/sock, DeferredResource kube-system/later. To serve it, start Plugboard with --serve-namespace kube-system.",
  );
  expect(await dryRun(["kube-system"])).not.toContain("not served");
});
