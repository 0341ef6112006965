import { describe, expect, test } from "@jest/globals";
import { type FaultAt, faults } from "./answers.ts";
import { failingEach, forgedAtEveryWrite, killedAtEveryWrite, stalledAtEveryWrite } from "./check.ts";
import { forgedAtRest, losing, reordering, repeating, replaying, scattered } from "./events.ts";
import { referenceOf } from "./references.ts";
import { type Scenario, wholeLife } from "./scenarios.ts";
import { differences } from "./seen-world.ts";
import { withTwoInstances } from "./two-instances.ts";

/** Every fault at every place of the scenarios given, in memory. `faults.long.test.ts` does the same to one short life. */
export function describeEveryFault(lives: readonly Scenario[]): void {
  describe.each(lives)("$name", tryEveryFault);
}

function tryEveryFault(scenario: Scenario): void {
  const stride = scenario === wholeLife ? 2 : 4;

  test("comes to the same when the process is killed at any write", async () => {
    expect(await killedAtEveryWrite(scenario)).toEqual({});
  }, 300_000);

  test("comes to the same when a process stalls until another has performed a newer revision", async () => {
    expect(await stalledAtEveryWrite(scenario, stride)).toEqual({});
  }, 300_000);

  test("comes to the same when requests are refused, unanswered or cut off, once or four times in a row", async () => {
    const some = (requests: number): readonly FaultAt[] =>
      Array.from({ length: Math.ceil(requests / (2 * stride)) }, (_, index) => {
        const fault = faults[index % faults.length] ?? "409";
        return { fault, request: 1 + index * 2 * stride, of: "all", times: index % 2 === 0 ? 1 : 4 };
      });
    expect(await failingEach(scenario, some, "all")).toEqual({});
  }, 300_000);

  test("comes to the same when every stage of everything is asked for before writes, and at rest", async () => {
    expect(await forgedAtEveryWrite(scenario, 3 * stride)).toEqual({});
    expect(differences(await forgedAtRest(scenario), await referenceOf(scenario))).toEqual([]);
  }, 300_000);

  test("comes to the same with two processes at once, and with functions behind a broker that loses, repeats, reorders or replays", async () => {
    const reference = await referenceOf(scenario);
    expect(differences(await withTwoInstances(scenario), reference)).toEqual([]);
    for (const network of [losing, repeating, reordering, replaying])
      expect([network.name, differences(await scattered(scenario, network()), reference)]).toEqual([network.name, []]);
  }, 300_000);
}
