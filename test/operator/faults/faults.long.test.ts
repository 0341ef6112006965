import { describe, expect, test } from "@jest/globals";
import { type Fault, failingAt, faults } from "../../scenarios/faults/answers.ts";
import { losing, reordering, repeating, replaying } from "../../scenarios/faults/events.ts";
import { killed, type Life, live, type Scenario, type Seen, stalled } from "./lives.ts";
import { echoServers, memcacheds, tempNamespaces } from "./scenarios.ts";

const scenarios: readonly Scenario[] = [echoServers, tempNamespaces, memcacheds];

/** The acts after which the world is another one than without a disturbance, with the first objects that differ. */
function differences(seen: readonly Seen[], reference: readonly Seen[]): readonly string[] {
  return seen.flatMap((world, act) => {
    const wanted = reference[act] ?? [];
    const extra = world.filter((object) => !wanted.includes(object));
    const missing = wanted.filter((object) => !world.includes(object));
    return [...extra.map((one) => `act ${act + 1}: ${one}`), ...missing.map((one) => `act ${act + 1} lacks: ${one}`)];
  });
}

describe.each(scenarios)("$name comes to the same world", (scenario) => {
  test("when it is killed at any write, before or after it takes effect, and an heir of the same name or of another goes on", async () => {
    const reference = await live(scenario);
    const found: string[] = [];
    let write = 1;
    for (; ; write += 1) {
      const moment = write % 2 === 0 ? "before" : "after";
      const seen = await killed(scenario, { write, moment, heir: write % 4 < 2 ? "one" : "two" });
      if (seen === undefined) break;
      found.push(...differences(seen, reference).map((one) => `killed ${moment} write ${write}, ${one}`));
    }
    expect(found.slice(0, 3)).toEqual([]);
    expect(write).toBeGreaterThan(10);
  });

  test("when it is suspended before any write until another process has done everything", async () => {
    const reference = await live(scenario);
    const found: string[] = [];
    for (let write = 1; ; write += 1) {
      const seen = await stalled(scenario, write);
      if (seen === undefined) break;
      found.push(...differences(seen, reference).map((one) => `stalled at write ${write}, ${one}`));
    }
    expect(found.slice(0, 3)).toEqual([]);
  });

  test.each(faults)("when any request gets %s, once or three times in a row", async (fault: Fault) => {
    const reference = await live(scenario);
    const found: string[] = [];
    // The first request is that of the process, which then would not begin.
    for (let request = 2; request < 120; request += 3) {
      const times = request % 2 === 0 ? 1 : 3;
      const seen = await live(scenario, (life) =>
        life.start("one", failingAt({ fault, request, of: "all", times })(life.cluster)),
      );
      found.push(...differences(seen, reference).map((one) => `request ${request}, ${one}`));
    }
    expect(found.slice(0, 3)).toEqual([]);
  });

  test("with two processes at once", async () => {
    const seen = await live(scenario, async (life: Life) => {
      await life.start("one");
      await life.start("two");
    });
    expect(differences(seen, await live(scenario)).slice(0, 3)).toEqual([]);
  });

  test.each([losing, repeating, reordering, replaying])(
    "with functions that share nothing, behind a broker: %p",
    async (network) => {
      const seen = await live(scenario, (life) => life.startScattered(network()));
      expect(differences(seen, await live(scenario)).slice(0, 3)).toEqual([]);
    },
  );
});
