import { describe, expect, test } from "@jest/globals";
import { faults } from "./answers.ts";
import { failingEach, forgedAtEveryWrite, killedAtEveryWrite, stalledAtEveryWrite } from "./check.ts";
import { forgedAtRest, losing, reordering, repeating, replaying, scattered } from "./events.ts";
import { undisturbed } from "./life.ts";
import { referenceOf } from "./references.ts";
import { generated, retained, shortLife, wholeLife } from "./scenarios.ts";
import { differences } from "./seen-world.ts";
import { withTwoInstances } from "./two-instances.ts";

describe("an undisturbed life, by which the others are judged", () => {
  const [app, db] = ["app/ConfigMap", "db/ConfigMap"];
  test.each([
    {
      ...wholeLife,
      left: [`${app}/client-decoupled`, `${app}/shop-deleted`, `${db}/pg-deleted`, `${db}/server-decoupled`],
    },
    { ...generated, left: [] },
  ])("$name leaves what is to stay, and nothing else", async ({ left, ...scenario }) => {
    const { anHourLater, broken } = await undisturbed(scenario);
    const made = Object.entries(anHourLater).filter(([, seen]) => JSON.stringify(seen).includes('"plugboard"'));
    expect(made.map(([key]) => key)).toEqual(left);
    expect(Object.keys(anHourLater).filter((key) => /Plug|Socket|plugboard\/Secret/.test(key))).toEqual([]);
    expect(broken).toEqual([]);
  });

  test("what is to outlive the coupling does, also an hour later when its snapshot has been swept", async () => {
    const { worlds, anHourLater } = await undisturbed(retained);
    for (const world of [...worlds, anHourLater])
      expect(Object.keys(world)).toEqual(expect.arrayContaining(["db/ConfigMap/database", "db/Secret/backup"]));
  });
});

/** One short life, disturbed at each write or a sample of them; `every-fault.ts` does this to many, more densely. */
describe("a coupling comes to the same", () => {
  test("when the process is killed at any write, also with an object's name changed before another starts", async () => {
    expect(await killedAtEveryWrite(shortLife)).toEqual({});
  });

  test("when a process stalls before a write until another has performed a newer revision", async () => {
    expect(await stalledAtEveryWrite(shortLife, 4)).toEqual({});
  });

  test("when a write is refused, unanswered or cut off, or the watches break with it", async () => {
    const inTurn = (writes: number) =>
      Array.from({ length: Math.ceil(writes / 4) }, (_, index) => {
        const fault = faults[index % faults.length] ?? "409";
        return { fault, request: 1 + index * 4, of: "writes", times: 1 } as const;
      });
    expect(await failingEach(shortLife, inTurn, "writes")).toEqual({});
  });

  test("when every stage of everything is asked for before a write", async () => {
    expect(await forgedAtEveryWrite(shortLife, 6)).toEqual({});
  });

  test("when two processes do everything at once", async () => {
    expect(differences(await withTwoInstances(shortLife), await referenceOf(shortLife))).toEqual([]);
  });

  test("when every stage of everything is asked for at rest", async () => {
    expect(differences(await forgedAtRest(shortLife), await referenceOf(shortLife))).toEqual([]);
  });

  test.each([
    ["loses events", losing],
    ["repeats events", repeating],
    ["reorders events", reordering],
    ["replays old events", replaying],
  ])("with functions that share nothing, behind a broker that %s", async (_does, network) => {
    expect(differences(await scattered(shortLife, network()), await referenceOf(shortLife))).toEqual([]);
  });
});
