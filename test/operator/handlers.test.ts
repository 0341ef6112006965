import { describe, expect, test } from "@jest/globals";
import { createMemoryCluster } from "../../kit/memory/cluster.ts";
import { startOperator } from "../../operator/loop/start.ts";
import { defineOperator } from "../../operator/operator.ts";
import { handClock } from "../../operator/testkit/hand-clock.ts";
import { NeverSettles } from "../../operator/testkit/testkit.ts";
import { conditionOf } from "../worlds/looks.ts";
import {
  clusterThings,
  configMap,
  configMaps,
  keyOfConfigMap,
  keyOfThing,
  makesNamed,
  namespace,
  thing,
  thingCrd,
  thingOperator,
  things,
} from "./things.ts";
import { makeWorld, namesOf } from "./worlds.ts";

describe("finalize", () => {
  test("is called until it returns finalized: true, and holds the parent and its children until then", async () => {
    let calls = 0;
    let done = false;
    const operator = thingOperator({
      sync: makesNamed,
      finalize: ({ children }) => {
        calls += 1;
        return { finalized: done, status: { seen: children.configMaps.all().length } };
      },
    });
    const world = await makeWorld({ operators: [operator], objects: [thing()] });
    await world.delete(keyOfThing());
    await world.settled();
    expect((await world.get(keyOfThing()))?.metadata.deletionTimestamp).toBeDefined();
    expect(await namesOf(world)).toEqual(["one"]);
    await world.advance(60);
    expect(calls).toBeLessThan(9);
    done = true;
    await world.advance(300);
    expect(await world.get(keyOfThing())).toBeUndefined();
    expect(await namesOf(world)).toEqual([]);
  });

  test("that throws says so, and is called again", async () => {
    let fails = true;
    const operator = thingOperator({
      sync: makesNamed,
      finalize: () => {
        if (fails) throw new Error("the bucket is not empty");
        return { finalized: true };
      },
    });
    const world = await makeWorld({ operators: [operator], objects: [thing()] });
    await world.delete(keyOfThing());
    await world.settled();
    expect(conditionOf(await world.get(keyOfThing()), "Failed").message).toBe(
      "finalize() threw: the bucket is not empty",
    );
    fails = false;
    await world.advance(5);
    expect(await world.get(keyOfThing())).toBeUndefined();
  });

  test("that a later version does not have any more releases the parent", async () => {
    const world = await makeWorld({
      operators: [thingOperator({ sync: makesNamed })],
      objects: [
        { ...thing(), metadata: { name: "a", namespace, finalizers: ["thing-operator.test.example.com/finalizer"] } },
      ],
    });
    await world.delete(keyOfThing());
    await world.settled();
    expect(await world.get(keyOfThing())).toBeUndefined();
  });
});

test("validate: problems are a condition, children stay, and an edit ends it", async () => {
  const operator = thingOperator({
    validate: ({ spec }) =>
      (spec as { readonly names?: readonly string[] }).names?.includes("bad") ? ["bad is bad"] : [],
    sync: makesNamed,
  });
  const world = await makeWorld({ operators: [operator], objects: [thing()] });
  await world.edit(keyOfThing(), { spec: { names: ["bad"] } });
  await world.settled();
  expect(await namesOf(world)).toEqual(["one"]);
  expect(conditionOf(await world.get(keyOfThing()), "Synced")).toMatchObject({
    reason: "InvalidParent",
    message: "bad is bad",
  });
  const { writes } = world;
  await world.advance(3_600);
  expect(world.writes).toBe(writes);
  await world.edit(keyOfThing(), { spec: { names: ["good"] } });
  await world.settled();
  expect(await namesOf(world)).toEqual(["good"]);
});

describe("related objects", () => {
  const operator = defineOperator({
    name: "reader",
    parent: things,
    children: { services: { apiVersion: "v1", kind: "Service" } },
    reads: { configs: configMaps, nodes: { apiVersion: "v1", kind: "Node" } },
    related: ({ spec }) => ({
      configs: [{ name: "settings" }, { labels: { team: String((spec as { readonly team?: string }).team) } }],
      nodes: { labels: { gpu: "yes" } },
    }),
    sync: ({ related }) => ({
      children: [],
      status: {
        said: [...related.configs.all(), ...related.nodes.all()].map(({ metadata }) => metadata.name).join(" "),
      },
    }),
  });

  test("are read by name and by label, of any scope, and their changes wake the parent", async () => {
    const world = await makeWorld({ operators: [operator], objects: [thing("a", { team: "blue" })] });
    const said = async (): Promise<unknown> => Object(await world.get(keyOfThing())).status.said;
    expect(await said()).toBe("");
    const made = (name: string, labels = {}) => ({ ...configMaps, metadata: { name, namespace, labels } });
    await world.apply([made("settings"), made("theirs", { team: "red" }), made("ours", { team: "blue" })]);
    await world.apply({ apiVersion: "v1", kind: "Node", metadata: { name: "big", labels: { gpu: "yes" } } });
    await world.settled();
    expect(await said()).toBe("ours settings big");
    await world.apply(made("also-ours", { team: "blue" }));
    await world.settled();
    expect(await said()).toBe("also-ours ours settings big");
    await world.delete(keyOfConfigMap("also-ours"));
    await world.settled();
    expect(await said()).toBe("ours settings big");
    await world.edit(keyOfConfigMap("ours"), { metadata: { labels: { team: null } } });
    await world.delete(keyOfConfigMap("settings"));
    await world.settled();
    expect(await said()).toBe("big");
    const syncs = world.results.length;
    await world.edit(keyOfConfigMap("theirs"), { data: { changed: "1" } });
    await world.settled();
    expect(world.results.length).toBe(syncs);
    const { requests } = world;
    await world.advance(3_600);
    expect(world.requests).toBe(requests);
  });

  test("a cluster-scoped parent must say in which namespace an object is that it names", async () => {
    const operator = defineOperator({
      name: "wide",
      parent: clusterThings,
      reads: { configs: configMaps },
      related: () => ({ configs: { name: "settings" } }),
      sync: () => ({ children: [] }),
    });
    const parent = { ...clusterThings, metadata: { name: "a" }, spec: {} };
    const world = await makeWorld({
      operators: [operator],
      crds: [thingCrd({ kind: "ClusterThing" })],
      objects: [parent],
    });
    expect(conditionOf(await world.get({ ...clusterThings, name: "a" }), "Synced").message).toBe(
      "related().configs: ConfigMap settings needs a namespace, because the parent has none",
    );
  });

  test("a related() that throws is reported on the parent", async () => {
    const broken = defineOperator({
      name: "broken",
      parent: things,
      reads: { configs: configMaps },
      related: () => {
        throw new Error("no team");
      },
      sync: () => ({ children: [] }),
    });
    const world = await makeWorld({ operators: [broken], objects: [thing()] });
    expect(conditionOf(await world.get(keyOfThing()), "Failed").message).toBe("related() threw: no team");
  });
});

test("with some namespaces only, their parents are served, and what is cluster-scoped is read all the same", async () => {
  const clock = handClock();
  const cluster = createMemoryCluster({ clock });
  const node = { apiVersion: "v1", kind: "Node" } as const;
  const operator = defineOperator({
    name: "placed",
    parent: things,
    reads: { nodes: node },
    related: () => ({ nodes: { labels: { gpu: "yes" } } }),
    sync: ({ related }) => ({ children: [], status: { seen: related.nodes.all().length } }),
  });
  const elsewhere = { ...thing(), metadata: { name: "a", namespace: "elsewhere" } };
  await cluster.load([thingCrd(), thing(), elsewhere]);
  const running = await startOperator(operator, {
    kube: cluster.kube,
    clock,
    holder: "one",
    namespaces: [namespace],
    caughtUp: () => cluster.quiet(),
    unexpected: (error) => {
      throw error;
    },
  });
  await running.source.settled();
  await cluster.load([{ ...node, metadata: { name: "big", labels: { gpu: "yes" } } }]);
  await running.source.settled();
  await running.stop();
  expect(cluster.object(keyOfThing())?.["status"]).toMatchObject({ seen: 1 });
  expect(cluster.object({ ...keyOfThing(), namespace: "elsewhere" })?.["status"]).toBeUndefined();
});

describe("bad input", () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ["nothing", () => undefined, "sync(): expected an object with children, found nothing"],
    ["no children", () => ({ status: {} }), "sync().children: expected a list, found nothing"],
    ["a field that does not exist", () => ({ children: [], resync: 3 }), "there is no field resync"],
    [
      "a child that is no object",
      () => ({ children: ["pod"] }),
      'children[0]: expected an object with apiVersion, kind and metadata, found "pod"',
    ],
    [
      "a child without a name",
      () => ({ children: [{ ...configMaps, metadata: {} }] }),
      "children[0].metadata.name: expected a Kubernetes name",
    ],
    [
      "an undeclared kind",
      () => ({ children: [{ apiVersion: "v1", kind: "Secret", metadata: { name: "x" } }] }),
      "children[0]: v1/Secret is not among the declared kinds of children",
    ],
    [
      "a child in another namespace",
      () => ({ children: [{ ...configMaps, metadata: { name: "x", namespace: "kube-system" } }] }),
      "a parent owns children of its own namespace, shop",
    ],
    [
      "10 MiB",
      () => ({ children: [configMap("x", { big: "x".repeat(10_485_760) })] }),
      "sync() returned 11 MiB; at most 4 MiB are accepted",
    ],
    ["a cycle", () => ({ children: [], status: cyclic }), "sync() returned what JSON cannot express, such as a cycle"],
    [
      "a status that is no object",
      () => ({ children: [], status: "fine" }),
      'sync().status: expected an object, found "fine"',
    ],
    [
      "a negative wait",
      () => ({ children: [], resyncAfterSeconds: -1 }),
      "sync().resyncAfterSeconds: expected a number of seconds above 0, found -1",
    ],
    [
      "an object that the API server refuses",
      () => ({ children: [configMap("x", { "not a key!": "1" })] }),
      "ConfigMap shop/x",
    ],
  ];

  test.each(cases)("sync returns %s: a condition says so, and no child is touched", async (_, answer, message) => {
    let bad = false;
    const operator = thingOperator({ sync: (request) => (bad ? (answer() as never) : makesNamed(request)) });
    const world = await makeWorld({ operators: [operator], objects: [thing()] });
    const before = await world.get(keyOfConfigMap("one"));
    bad = true;
    await world.edit(keyOfThing(), { spec: { edited: 1 } });
    await world.settled();
    expect(conditionOf(await world.get(keyOfThing()), "Synced")).toMatchObject({
      status: "False",
      message: expect.stringContaining(message),
    });
    expect(await world.get(keyOfConfigMap("one"))).toEqual(before);
    const calls = world.results.length;
    await world.advance(60);
    expect(world.results.length - calls).toBeLessThan(8);
  });

  test("a handler that hangs is given up after its time, and the others go on", async () => {
    const operator = thingOperator({
      timeoutSeconds: 5,
      sync: async (request) => {
        if (request.parent.metadata.name === "a") await new Promise(() => {});
        return makesNamed(request);
      },
    });
    const world = await makeWorld({ operators: [operator] });
    await world.apply([thing("a"), thing("b", { names: ["b"] })]);
    await world.advance(6);
    expect(await namesOf(world)).toEqual(["b"]);
    expect(conditionOf(await world.get(keyOfThing()), "Failed").message).toBe("sync() did not end within 5 s");
  });

  test("a value of a Secret that a handler repeats in an error is not in the condition", async () => {
    const operator = defineOperator({
      name: "leaky",
      parent: things,
      reads: { secrets: { apiVersion: "v1", kind: "Secret" } },
      related: () => ({ secrets: { name: "login" } }),
      sync: ({ related }) => {
        const password = Buffer.from(String(related.secrets.first()?.data?.["password"] ?? ""), "base64");
        throw new Error(`cannot log in with ${password}`);
      },
    });
    const login = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "login", namespace },
      stringData: { password: "hunter2-and-more" },
    };
    const world = await makeWorld({ operators: [operator], objects: [login, thing()] });
    const parent = JSON.stringify(await world.get(keyOfThing()));
    expect(parent).toContain("cannot log in with");
    expect(parent).not.toContain("hunter2");
    expect(JSON.stringify([world.events, world.results])).not.toContain("hunter2");
  });

  test("a parent kind whose CRD has no status at all works, without conditions", async () => {
    const world = await makeWorld({
      operators: [thingOperator({ sync: makesNamed })],
      crds: [thingCrd({ status: {}, subresource: false })],
      objects: [thing()],
    });
    expect(await namesOf(world)).toEqual(["one"]);
    expect((await world.get(keyOfThing()))?.["status"]).toBeUndefined();
  });
});

describe("an operator that never settles", () => {
  const restless = thingOperator({
    sync: ({ now, last }) => ({
      children: [configMap("one", { now: `${now} ${Math.random()} ${last?.results.length}` })],
    }),
  });

  test("is named with its object, fields and managers", async () => {
    const world = await makeWorld({ operators: [restless] });
    await world.apply(thing());
    const failure = await world.settled().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NeverSettles);
    expect(failure).toMatchObject({
      parent: "Thing shop/a",
      objects: [{ object: "ConfigMap shop/one", fields: ["data.now"], managers: ["thing-operator"] }],
    });
  });

  test("is slowed down", async () => {
    const world = await makeWorld({ operators: [restless] });
    await world.apply(thing());
    await world.advance(600);
    expect(world.results.length).toBeLessThan(20);
    expect(conditionOf(await world.get(keyOfThing()), "Synced")).toMatchObject({
      status: "False",
      reason: "Contested",
      message: expect.stringContaining("now ConfigMap shop/one"),
    });
  });
});
