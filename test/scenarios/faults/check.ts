import { type Kill, killed } from "../kill/kill.ts";
import { type FaultAt, failingAt } from "./answers.ts";
import { forged } from "./events.ts";
import { countRequests, undisturbed } from "./life.ts";
import { type Disturbed, differsFrom, referenceOf } from "./references.ts";
import type { Scenario } from "./scenarios.ts";
import { differences } from "./seen-world.ts";
import { stalled } from "./stall.ts";

/** What disturbed lives came to that undisturbed ones do not: by disturbance, the first few differences. */
export type Findings = { readonly [disturbance: string]: readonly string[] };

/** Kills at every write, so that heirs of the same name and of another, with and without a change, take turns. */
export function killedAtEveryWrite(scenario: Scenario): Promise<Findings> {
  return atEveryWrite(scenario, (write) => {
    const kill: Kill = {
      write,
      moment: write % 3 === 0 ? "before" : "after",
      heir: write % 2 === 0 ? "the same" : "another",
      changed: write % 4 < 2,
    };
    return { name: JSON.stringify(kill), changed: kill.changed, live: () => killed(scenario, kill) };
  });
}

/** Suspends one process before every write, until another has done all that a change makes due. */
export function stalledAtEveryWrite(scenario: Scenario, stride = 1): Promise<Findings> {
  return atEveryWrite(
    scenario,
    (write) => ({ name: `stalled at write ${write}`, changed: true, live: () => stalled(scenario, write) }),
    stride,
  );
}

/** Asks for every stage of everything before every write. */
export function forgedAtEveryWrite(scenario: Scenario, stride = 1): Promise<Findings> {
  return atEveryWrite(
    scenario,
    (write) => ({ name: `forged at write ${write}`, changed: false, live: () => forged(scenario, write) }),
    stride,
  );
}

/** Lets each of these requests go wrong in turn. */
export async function failingEach(
  scenario: Scenario,
  faultsOf: (requests: number) => readonly FaultAt[],
  of: "all" | "writes",
): Promise<Findings> {
  const found: [string, readonly string[]][] = [];
  const reference = await referenceOf(scenario);
  for (const fault of faultsOf((await countRequests(scenario))[of])) {
    const course = await undisturbed(scenario, undefined, failingAt(fault));
    found.push([JSON.stringify(fault), differences(course, reference)]);
  }
  return worthTelling(found);
}

interface Disturbance {
  readonly name: string;
  readonly changed: boolean;
  readonly live: () => Promise<Disturbed>;
}

async function atEveryWrite(
  scenario: Scenario,
  disturbanceAt: (write: number) => Disturbance,
  stride = 1,
): Promise<Findings> {
  const { writes } = await countRequests(scenario);
  const found: [string, readonly string[]][] = [];
  for (let write = 1; write <= writes; write += stride) {
    const { name, changed, live } = disturbanceAt(write);
    found.push([name, await differsFrom(scenario, await live(), changed)]);
  }
  return worthTelling(found);
}

function worthTelling(found: readonly (readonly [string, readonly string[]])[]): Findings {
  return Object.fromEntries(
    found.filter(([, different]) => different.length > 0).map(([name, different]) => [name, different.slice(0, 5)]),
  );
}
