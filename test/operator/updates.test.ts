import { describe, expect, test } from "@jest/globals";
import { defineOperator, type Operator, type Update } from "../../operator/operator.ts";
import { conditionOf } from "../worlds/looks.ts";
import { keyOfThing, namespace, pods, thing, things } from "./things.ts";
import { makeWorld } from "./worlds.ts";

const keyOfPod = { ...pods, namespace, name: "a" } as const;

function podOperator(update: Update): Operator {
  return defineOperator({
    name: "pod-operator",
    parent: things,
    children: { pods: { ...pods, update } },
    sync: ({ parent }) => {
      const { image = "one", label = "x" } = parent["spec"] as { readonly image?: string; readonly label?: string };
      const metadata = { name: parent.metadata.name, labels: { label } };
      return { children: [{ ...pods, metadata, spec: { containers: [{ name: "main", image }] } }] };
    },
  });
}

function imageOf(pod: { readonly spec?: unknown } | undefined): unknown {
  return (pod?.spec as { readonly containers: readonly { readonly image: string }[] } | undefined)?.containers[0]
    ?.image;
}

describe("apply", () => {
  test("changes the fields that were returned, removes those that are returned no more, and leaves those of others", async () => {
    const world = await makeWorld({ operators: [podOperator("apply")], objects: [thing()] });
    const before = await world.get(keyOfPod);
    await world.edit(keyOfPod, { metadata: { annotations: { other: "stays" } } });
    await world.edit(keyOfThing(), { spec: { image: "two" } });
    await world.settled();
    const after = await world.get(keyOfPod);
    expect(imageOf(after)).toBe("two");
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.metadata.annotations).toMatchObject({ other: "stays" });
  });

  test("puts back what somebody else changed, and tells that in the results", async () => {
    const world = await makeWorld({ operators: [podOperator("apply")], objects: [thing()] });
    await world.edit(keyOfPod, { spec: { containers: [{ name: "main", image: "theirs" }] } });
    await world.settled();
    expect(imageOf(await world.get(keyOfPod))).toBe("one");
    expect(world.results.map(({ results }) => results[0]?.outcome)).toEqual([
      "created",
      "unchanged",
      "updated",
      "unchanged",
    ]);
  });
});

describe("recreate", () => {
  test("deletes the child and makes it anew, only when what is returned changed", async () => {
    const world = await makeWorld({ operators: [podOperator("recreate")], objects: [thing()] });
    const before = await world.get(keyOfPod);
    await world.edit(keyOfPod, { metadata: { labels: { somebody: "else" } } });
    await world.settled();
    expect((await world.get(keyOfPod))?.metadata.uid).toBe(before?.metadata.uid);
    await world.edit(keyOfThing(), { spec: { image: "two" } });
    await world.settled();
    const after = await world.get(keyOfPod);
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(imageOf(after)).toBe("two");
  });

  test("waits until the old one is gone, and says so; a kill in between loses nothing", async () => {
    const world = await makeWorld({ operators: [podOperator("recreate")], objects: [thing()] });
    await world.edit(keyOfPod, { metadata: { finalizers: ["test.example.com/hold"] } });
    await world.edit(keyOfThing(), { spec: { image: "two" } });
    await world.settled();
    expect((await world.get(keyOfPod))?.metadata.deletionTimestamp).toBeDefined();
    expect(conditionOf(await world.get(keyOfThing()), "Synced")).toMatchObject({
      status: "False",
      reason: "Waiting",
      message: "Waiting for Pod shop/a: it is being deleted and waits for its finalizers: test.example.com/hold.",
    });
    await world.restart();
    await world.edit(keyOfPod, { metadata: { finalizers: null } });
    await world.settled();
    expect(imageOf(await world.get(keyOfPod))).toBe("two");
  });
});

describe("onDelete", () => {
  test("leaves a child that differs, and makes it as it should be when somebody deletes it", async () => {
    const world = await makeWorld({ operators: [podOperator("onDelete")], objects: [thing()] });
    await world.edit(keyOfThing(), { spec: { image: "two" } });
    await world.settled();
    expect(imageOf(await world.get(keyOfPod))).toBe("one");
    await world.delete(keyOfPod);
    await world.settled();
    expect(imageOf(await world.get(keyOfPod))).toBe("two");
  });
});

test('with view "metadata" a handler gets the metadata of children, and a change and a deletion are still put right', async () => {
  const seen: unknown[] = [];
  const operator = defineOperator({
    name: "metadata-operator",
    parent: things,
    children: { pods: { ...pods, view: "metadata" } },
    sync: ({ children }) => {
      seen.push(children.pods.first()?.spec);
      return {
        children: [{ ...pods, metadata: { name: "a" }, spec: { containers: [{ name: "main", image: "one" }] } }],
      };
    },
  });
  const world = await makeWorld({ operators: [operator], objects: [thing()] });
  const { writes } = world;
  await world.restart();
  await world.settled();
  expect(world.writes).toBe(writes);
  await world.edit(keyOfPod, { spec: { containers: [{ name: "main", image: "theirs" }] } });
  await world.settled();
  expect(imageOf(await world.get(keyOfPod))).toBe("one");
  await world.delete(keyOfPod);
  await world.settled();
  expect(imageOf(await world.get(keyOfPod))).toBe("one");
  expect(seen.filter((spec) => spec !== undefined)).toEqual([]);
});

test("a Secret carries no digest of what is in it, gets what is new, loses what is gone, and is not applied again after a restart", async () => {
  const secrets = { apiVersion: "v1", kind: "Secret" } as const;
  let stringData: { readonly [key: string]: string } = { password: "hunter2", extra: "more" };
  const operator = defineOperator({
    name: "secret-operator",
    parent: things,
    children: { secrets },
    sync: () => ({ children: [{ ...secrets, metadata: { name: "made" }, stringData }] }),
  });
  const world = await makeWorld({ operators: [operator], objects: [thing()] });
  const key = { ...secrets, namespace, name: "made" } as const;
  expect((await world.get(key))?.metadata.annotations).toBeUndefined();
  const { writes } = world;
  await world.restart();
  await world.settled();
  expect(world.writes).toBe(writes);
  stringData = { password: "changed" };
  await world.restart();
  await world.settled();
  expect((await world.get(key))?.data).toEqual({ password: Buffer.from("changed").toString("base64") });
});
