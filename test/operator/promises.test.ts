import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "../../kit/kube/port.ts";
import { defineOperator } from "../../operator/operator.ts";
import { conditionOf } from "../worlds/looks.ts";
import {
  clusterThings,
  configMap,
  configMaps,
  keyOfConfigMap,
  keyOfThing,
  label,
  makesNamed,
  namespace,
  thing,
  thingCrd,
  thingOperator,
  things,
} from "./things.ts";
import { makeWorld, namesOf } from "./worlds.ts";

const named = thingOperator({ sync: makesNamed });

describe("level-triggered", () => {
  test("what was there before, and what changed while nobody looked, is done at the start", async () => {
    const world = await makeWorld({ operators: [named], objects: [thing("a", { names: ["x"] })] });
    expect(await namesOf(world)).toEqual(["x"]);
    await world.apply(thing("a", { names: ["y"] }));
    await world.delete(keyOfConfigMap("x"));
    await world.settled();
    expect(await namesOf(world)).toEqual(["y"]);
  });
});

describe("identity-only events", () => {
  test("an event names the parent and its stage, and has nothing of its content", async () => {
    const world = await makeWorld({ operators: [named] });
    await world.apply(thing("a", { names: ["x"], password: "hunter2secret" }));
    await world.settled();
    const [event] = world.events;
    expect(event).toMatchObject({
      type: "com.example.test.thing-operator.sync",
      subject: "/apis/test.example.com/v1/namespaces/shop/things/a",
      kind: "Thing",
      namespace: "shop",
      name: "a",
    });
    expect(JSON.stringify(world.events)).not.toContain("hunter2secret");
    expect(JSON.stringify(event).length).toBeLessThan(1_500);
  });
});

describe("one at a time per parent by claim", () => {
  test("while another process claims a parent nothing is done; when the claim is over it is", async () => {
    const world = await makeWorld({ operators: [named] });
    const until = new Date(Date.UTC(2026, 0, 1) + 60_000).toISOString();
    const stage = { name: "thing-operator.sync", revision: 1, holder: "another", until };
    const record = { "thing-operator.test.example.com/record": JSON.stringify({ stage }) };
    await world.apply({ ...thing(), metadata: { name: "a", namespace, annotations: record } });
    await world.settled();
    await world.advance(60);
    expect(await namesOf(world)).toEqual([]);
    await world.advance(15);
    expect(await namesOf(world)).toEqual(["one"]);
  });

  test("the claim is on the parent before the first child is written, and gone after the last", async () => {
    const seen: unknown[] = [];
    const world = await makeWorld({
      operators: [
        thingOperator({
          sync: ({ parent }) => {
            seen.push(Object.keys(parent.metadata.annotations ?? {}));
            return { children: [configMap("one")] };
          },
        }),
      ],
    });
    world.fail({ verb: "apply", kind: "ConfigMap", times: 1 });
    await world.apply(thing());
    await world.settled();
    const parent = await world.get(keyOfThing());
    const record = JSON.parse(parent?.metadata.annotations?.["thing-operator.test.example.com/record"] ?? "{}");
    expect(record.stage).toBeUndefined();
    expect(record.children.ConfigMap["shop/one"]).toMatch(/^[0-9a-f]{8}\.[0-9a-f]{8}$/);
    expect(await namesOf(world)).toEqual(["one"]);
  });
});

describe("an error never deletes a child", () => {
  test.each([
    [
      "throws",
      () => {
        throw new Error("no idea");
      },
    ],
    ["returns nonsense", () => 7],
    [
      "returns a child of a kind that is not declared",
      () => ({ children: [{ apiVersion: "v1", kind: "Secret", metadata: { name: "x" } }] }),
    ],
    ["names a child twice", () => ({ children: [configMap("two"), configMap("two")] })],
  ])("when sync %s", async (_, answer) => {
    let fails = false;
    const world = await makeWorld({
      operators: [thingOperator({ sync: (request) => (fails ? (answer() as never) : makesNamed(request)) })],
      objects: [thing("a", { names: ["x", "y"] })],
    });
    fails = true;
    await world.edit(keyOfThing(), { spec: { names: [] } });
    await world.settled();
    expect(await namesOf(world)).toEqual(["x", "y"]);
    expect(conditionOf(await world.get(keyOfThing()), "Failed").status).toBe("True");
    fails = false;
    await world.advance(2);
    expect(await namesOf(world)).toEqual([]);
    expect(conditionOf(await world.get(keyOfThing()), "Failed").status).toBe("False");
  });

  test("when another child is rejected", async () => {
    const world = await makeWorld({ operators: [named], objects: [thing("a", { names: ["x"] })] });
    world.fail({ verb: "apply", kind: "ConfigMap", name: "new", status: 403, times: 1 });
    await world.edit(keyOfThing(), { spec: { names: ["new", "newer"] } });
    await world.settled();
    expect(await namesOf(world)).toEqual(["newer", "x"]);
    await world.advance(2);
    expect(await namesOf(world)).toEqual(["new", "newer"]);
  });
});

describe("children not returned by a successful sync go; only such as carry our label and uid", () => {
  test("a copy of a child stays, with its label and owner; so does what another parent owns", async () => {
    const world = await makeWorld({
      operators: [named],
      objects: [thing("a", { names: ["x", "y"] }), thing("b", { names: ["z"] })],
    });
    const child = await world.get(keyOfConfigMap("x"));
    const { labels = {}, ownerReferences = [] } = child?.metadata ?? {};
    await world.apply({ ...configMaps, metadata: { name: "copy", namespace, labels, ownerReferences } });
    await world.apply({ ...configMaps, metadata: { name: "stranger", namespace } });
    await world.edit(keyOfThing(), { spec: { names: ["y"] } });
    await world.settled();
    expect(await namesOf(world)).toEqual(["copy", "stranger", "y", "z"]);
  });

  test("an object of that name that belongs to somebody else is not taken", async () => {
    const world = await makeWorld({ operators: [named] });
    await world.apply({ ...configMaps, metadata: { name: "one", namespace }, data: { mine: "1" } });
    await world.apply(thing());
    await world.settled();
    expect((await world.get(keyOfConfigMap("one")))?.metadata.labels).toBeUndefined();
    expect(conditionOf(await world.get(keyOfThing()), "Synced")).toMatchObject({ status: "False", reason: "NotOurs" });
    await world.delete(keyOfConfigMap("one"));
    await world.advance(2);
    expect((await world.get(keyOfConfigMap("one")))?.metadata.labels?.[label]).toBeDefined();
  });

  test("a child whose label was removed gets it back", async () => {
    const world = await makeWorld({ operators: [named], objects: [thing()] });
    await world.edit(keyOfConfigMap("one"), { metadata: { labels: { [label]: null } } });
    await world.settled();
    expect((await world.get(keyOfConfigMap("one")))?.metadata.labels?.[label]).toBeDefined();
  });

  test("more children than a record can list are made, and removed", async () => {
    const names = Array.from({ length: 400 }, (_, index) => `child-with-a-long-name-${index}`);
    const world = await makeWorld({ operators: [named], objects: [thing("a", { names })] });
    expect(await namesOf(world)).toHaveLength(400);
    const { annotations = {} } = (await world.get(keyOfThing()))?.metadata ?? {};
    expect(annotations["thing-operator.test.example.com/record"]?.length).toBeLessThan(8_192);
    await world.edit(keyOfThing(), { spec: { names: ["one"] } });
    await world.settled();
    expect(await namesOf(world)).toEqual(["one"]);
  });
});

describe("status after children with observedGeneration and conditions where the schema has them", () => {
  const says = thingOperator({
    sync: ({ children }) => ({ children: [configMap("one")], status: { seen: children.configMaps.all().length } }),
  });

  test("with all of them", async () => {
    const world = await makeWorld({ operators: [says], objects: [thing()] });
    const parent = await world.get(keyOfThing());
    expect(parent?.["status"]).toMatchObject({ seen: 1, observedGeneration: 1 });
    expect(["Synced", "Ready", "Failed"].map((type) => conditionOf(parent, type).status)).toEqual([
      "True",
      "True",
      "False",
    ]);
    await world.edit(keyOfThing(), { spec: { edited: true } });
    await world.settled();
    expect((await world.get(keyOfThing()))?.["status"]).toMatchObject({ observedGeneration: 2 });
  });

  test("a schema without them gets what sync returns, and nothing else", async () => {
    const world = await makeWorld({
      operators: [says],
      crds: [thingCrd({ status: { seen: { type: "integer" } } })],
      objects: [thing()],
    });
    expect((await world.get(keyOfThing()))?.["status"]).toEqual({ seen: 1 });
  });

  test("without a status subresource it is applied, and settles", async () => {
    const world = await makeWorld({ operators: [says], crds: [thingCrd({ subresource: false })], objects: [thing()] });
    const parent = await world.get(keyOfThing());
    expect(parent?.["status"]).toMatchObject({ seen: 1 });
    expect(conditionOf(parent, "Synced").status).toBe("True");
    const before = world.writes;
    await world.advance(3_600);
    expect(world.writes).toBe(before);
  });

  test("conditions of others stay, and fields that sync does not return any more go", async () => {
    let status: object = { said: "once" };
    const world = await makeWorld({
      operators: [thingOperator({ sync: () => ({ children: [], status }) })],
      objects: [thing()],
    });
    const audited = { type: "Audited", status: "True", reason: "ByHand", message: "" };
    await world.setStatus(keyOfThing(), { said: "once", conditions: [audited] });
    status = { seen: 2 };
    await world.edit(keyOfThing(), { spec: { edited: true } });
    await world.settled();
    const parent = await world.get(keyOfThing());
    expect(parent?.["status"]).not.toHaveProperty("said");
    expect(conditionOf(parent, "Audited")).toMatchObject({ reason: "ByHand" });
  });
});

describe("namespaced parents own children of their namespace; cluster-scoped parents anywhere", () => {
  test("a namespaced parent", async () => {
    const world = await makeWorld({
      operators: [
        thingOperator({
          sync: () => ({ children: [{ ...configMaps, metadata: { name: "one", namespace: "elsewhere" } }] }),
        }),
      ],
      objects: [thing()],
    });
    expect(conditionOf(await world.get(keyOfThing()), "Synced").message).toBe(
      "children[0]: ConfigMap one is in namespace elsewhere; a parent owns children of its own namespace, shop",
    );
  });

  test("a cluster-scoped parent", async () => {
    const operator = defineOperator({
      name: "cluster-operator",
      parent: clusterThings,
      children: { configMaps, namespaces: { apiVersion: "v1", kind: "Namespace" } },
      sync: ({ parent }) => ({
        children: [
          { apiVersion: "v1", kind: "Namespace", metadata: { name: "made" } },
          ...["a", "b"].map((place) => ({ ...configMaps, metadata: { name: parent.metadata.name, namespace: place } })),
        ],
      }),
    });
    const places = ["a", "b"].map((name): KubeObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
    const world = await makeWorld({
      operators: [operator],
      crds: [thingCrd({ kind: "ClusterThing" })],
      objects: [...places, { ...clusterThings, metadata: { name: "wide" }, spec: {} }],
    });
    expect([await namesOf(world, "a"), await namesOf(world, "b")]).toEqual([["wide"], ["wide"]]);
    expect(world.events[0]).toMatchObject({ subject: "/apis/test.example.com/v1/clusterthings/wide", namespace: "" });
    await world.delete({ ...clusterThings, name: "wide" });
    await world.settled();
    expect([await namesOf(world, "a"), await namesOf(world, "b")]).toEqual([[], []]);
    expect(await world.get({ apiVersion: "v1", kind: "Namespace", name: "made" })).toBeUndefined();
  });
});

describe("where desired and applied are as they were, nothing is written; when nothing changes, nothing is asked", () => {
  test("a child's change that makes no difference writes nothing", async () => {
    const world = await makeWorld({ operators: [named], objects: [thing()] });
    const [writes, syncs] = [world.writes, world.results.length];
    await world.edit(keyOfConfigMap("one"), { metadata: { annotations: { someone: "was here" } } });
    await world.settled();
    expect(world.results.length).toBe(syncs + 1);
    expect(world.writes).toBe(writes);
  });

  test("an hour without a change has no request", async () => {
    const world = await makeWorld({ operators: [named], objects: [thing(), thing("b", { names: ["two"] })] });
    const before = world.requests;
    await world.advance(3_600);
    expect(world.requests - before).toBe(0);
  });

  test("a new process reads each parent's children once, and writes nothing", async () => {
    const world = await makeWorld({ operators: [named], objects: [thing()] });
    const writes = world.writes;
    await world.restart();
    await world.settled();
    expect(world.writes).toBe(writes);
  });
});

describe("lost, doubled, late events and a kill between any two writes end in the same world", () => {
  test("a kill at each write", async () => {
    const world = await makeWorld({ operators: [named] });
    world.killBetweenWrites();
    await world.apply(thing("a", { names: ["x", "y"] }));
    await world.settled();
    expect(await namesOf(world)).toEqual(["x", "y"]);
    expect(conditionOf(await world.get(keyOfThing()), "Synced").status).toBe("True");
    expect(await world.list(things)).toHaveLength(1);
  });
});
