import { describe, expect, test } from "@jest/globals";
import { FairQueue } from "../../../eventing/loop/fair-queue.ts";

const anyGroup = (): boolean => true;

function takeAll(queue: FairQueue, mayServe: (group: string) => boolean = anyGroup): readonly string[] {
  const taken: string[] = [];
  for (let next = queue.take(mayServe); next !== undefined; next = queue.take(mayServe)) taken.push(next.key);
  return taken;
}

describe("the queue", () => {
  test("lets groups take turns", () => {
    const queue = new FairQueue();
    for (const key of ["a1", "a2", "a3", "b1", "c1", "c2"]) queue.add(key, key.charAt(0), false);
    expect(takeAll(queue)).toEqual(["a1", "b1", "c1", "a2", "c2", "a3"]);
  });

  test("holds each key once, in its place", () => {
    const queue = new FairQueue();
    for (const key of ["a1", "a2", "a1"]) queue.add(key, "a", false);
    queue.add("a2", "b", false);
    expect(queue.size).toBe(2);
    expect(takeAll(queue)).toEqual(["a1", "a2"]);
  });

  test("serves what is urgent and what is not in turns", () => {
    const queue = new FairQueue();
    for (const key of ["1", "2", "3"]) queue.add(key, "a", false);
    for (const key of ["u1", "u2", "3"]) queue.add(key, "a", true);
    expect(takeAll(queue)).toEqual(["u1", "1", "u2", "2", "3"]);
  });

  test("passes over groups that may not be served", () => {
    const queue = new FairQueue();
    for (const key of ["a1", "b1", "a2"]) queue.add(key, key.charAt(0), false);
    expect(takeAll(queue, (group) => group === "b")).toEqual(["b1"]);
    expect(queue.size).toBe(2);
  });

  test("lets the namespaces of a group take turns, and passes over one that may not be served", () => {
    const queue = new FairQueue((key) => key.charAt(0));
    for (const key of ["a1", "a2", "a3", "b1", "c1"]) queue.add(key, "one", false);
    expect(queue.namespaces).toBe(3);
    const allowed = (namespace: string): boolean => namespace !== "a";
    const first = queue.take(anyGroup)?.key;
    const others = [queue.take(anyGroup, allowed), queue.take(anyGroup, allowed), queue.take(anyGroup, allowed)];
    expect(first).toBe("a1");
    expect(others.map((taken) => taken?.key)).toEqual(["b1", "c1", undefined]);
    expect(takeAll(queue)).toEqual(["a2", "a3"]);
    expect([queue.size, queue.groups, queue.namespaces]).toEqual([0, 0, 0]);
  });

  test("finds at once that none may be served, however many groups a namespace has", () => {
    const queue = new FairQueue(() => "crowd");
    for (let index = 0; index < 1_000; index += 1) queue.add(`key-${index}`, `group-${index}`, false);
    let asked = 0;
    const taken = queue.take(
      () => {
        asked += 1;
        return true;
      },
      () => false,
    );
    expect(taken).toBeUndefined();
    expect(asked).toBe(0);
  });
});
