import { describe, expect, test } from "@jest/globals";
import { GiveUp, type LastSync } from "../../operator/operator.ts";
import { conditionOf } from "../worlds/looks.ts";
import { configMap, keyOfConfigMap, keyOfThing, makesNamed, thing, thingOperator } from "./things.ts";
import { makeWorld, namesOf } from "./worlds.ts";

describe("retries", () => {
  test("the same error lengthens the wait up to the maximum, and another one resets it", async () => {
    const calls: number[] = [];
    let message = "down";
    const operator = thingOperator({
      retryAtMostSeconds: 8,
      sync: ({ now }) => {
        calls.push(now);
        throw new Error(message);
      },
    });
    const world = await makeWorld({ operators: [operator], objects: [thing()] });
    await world.advance(40);
    const waits = (): readonly number[] => calls.slice(1).map((at, index) => (at - (calls[index] ?? 0)) / 1_000);
    expect(waits()).toEqual([1, 2, 4, 8, 8, 8, 8]);
    message = "something else";
    await world.advance(15);
    expect(waits().slice(-4)).toEqual([8, 1, 2, 4]);
  });

  test("numbers in a message do not make it another error", async () => {
    let calls = 0;
    const operator = thingOperator({
      sync: ({ now }) => {
        calls += 1;
        throw new Error(`failed at ${now}`);
      },
    });
    const world = await makeWorld({ operators: [operator], objects: [thing()] });
    await world.advance(60);
    expect(calls).toBeLessThan(8);
  });

  test("an edit of the parent ends the wait at once; a change of a child after a second", async () => {
    let fails = true;
    const operator = thingOperator({
      sync: (request) => {
        if (fails) throw new Error("down");
        return makesNamed(request);
      },
    });
    const world = await makeWorld({ operators: [operator], objects: [thing()] });
    await world.advance(100);
    fails = false;
    await world.edit(keyOfThing(), { spec: { names: ["x"] } });
    await world.settled();
    expect(await namesOf(world)).toEqual(["x"]);
  });

  test("GiveUp waits for an edit, also across restarts", async () => {
    let calls = 0;
    const operator = thingOperator({
      sync: ({ parent }) => {
        calls += 1;
        if (parent.metadata.labels?.["retry"] === undefined) throw new GiveUp("the licence is missing");
        return { children: [configMap("one")] };
      },
    });
    const world = await makeWorld({ operators: [operator], objects: [thing()] });
    await world.advance(86_400);
    await world.restart();
    await world.settled();
    expect(calls).toBe(1);
    expect(conditionOf(await world.get(keyOfThing()), "Failed")).toMatchObject({
      status: "True",
      reason: "GiveUp",
      message: "the licence is missing",
    });
    await world.edit(keyOfThing(), { metadata: { labels: { retry: "please" } } });
    await world.settled();
    expect(await namesOf(world)).toEqual(["one"]);
  });

  test("a new process tries at once what failed before it began", async () => {
    let calls = 0;
    const operator = thingOperator({
      sync: () => {
        calls += 1;
        throw new Error("a bug");
      },
    });
    const world = await makeWorld({ operators: [operator], objects: [thing()] });
    await world.advance(300);
    const before = calls;
    await world.restart();
    await world.settled();
    expect(calls).toBe(before + 1);
  });
});

test("resyncAfterSeconds calls sync again though nothing changed", async () => {
  const calls: number[] = [];
  const operator = thingOperator({
    sync: ({ now }) => {
      calls.push(now);
      return { children: [], resyncAfterSeconds: 60 };
    },
  });
  const world = await makeWorld({ operators: [operator], objects: [thing()] });
  await world.advance(181);
  expect(calls.slice(1).map((at, index) => (at - (calls[index] ?? 0)) / 1_000)).toEqual([60, 60, 60]);
});

test("what became of each child is in `last` at the next sync", async () => {
  const lasts: (LastSync | undefined)[] = [];
  const operator = thingOperator({
    sync: (request) => {
      lasts.push(request.last);
      return makesNamed(request);
    },
  });
  const world = await makeWorld({ operators: [operator], objects: [thing("a", { names: ["x"] })] });
  expect(lasts).toMatchObject([undefined, { results: [{ kind: "ConfigMap", name: "x", outcome: "created" }] }]);
  world.fail({ verb: "apply", kind: "ConfigMap", name: "y", status: 403 });
  await world.edit(keyOfThing(), { spec: { names: ["x", "y"] } });
  await world.settled();
  await world.advance(2);
  const failed = lasts.find((last) => last?.error !== undefined);
  expect(failed?.results).toMatchObject([
    { name: "x", outcome: "unchanged" },
    { name: "y", outcome: "failed", why: expect.stringContaining("apply of ConfigMap y") },
  ]);
  await world.delete(keyOfConfigMap("x"));
  await world.settled();
  expect(lasts.at(-1)?.results).toMatchObject([
    { name: "x", outcome: "created" },
    { name: "y", outcome: "unchanged" },
  ]);
});
