import { deathAt } from "../../../kit/kube/intercept.ts";
import { Life } from "../faults/life.ts";
import type { Disturbed } from "../faults/references.ts";
import type { Scenario } from "../faults/scenarios.ts";
import type { SeenWorld } from "../faults/seen-world.ts";

/** How a process dies, and who comes after it. */
export interface Kill {
  /** At which write: the first is 1. */
  readonly write: number;
  readonly moment: "before" | "after";
  /** Whether the one that comes after has the same name (its claims are void at once), or another. */
  readonly heir: "the same" | "another";
  /** Whether the inputs change between death and restart. */
  readonly changed: boolean;
}

/** Lives a scenario in which the process dies at a write, and another takes over. */
export async function killed({ acts, change }: Scenario, { write, moment, heir, changed }: Kill): Promise<Disturbed> {
  const death = deathAt(write, moment);
  const life = await Life.begin();
  const first = await life.start("one", death.intercept);
  let diedAt: number | undefined;
  const dies = () => diedAt === undefined && death.died();
  const inherit = async (act: number) => {
    diedAt = act;
    life.end(first);
    if (changed && act < acts.length) await life.act(change);
    await life.start(heir === "the same" ? "one" : "two");
    await life.rest();
  };
  const worlds: SeenWorld[] = [];
  for (const [index, act] of acts.entries()) {
    await life.act(act);
    await life.rest(dies);
    if (dies()) await inherit(index);
    worlds.push(life.look());
  }
  await life.anHour();
  if (dies()) await inherit(acts.length);
  return { worlds, disturbedAt: diedAt, ...(await life.finish()) };
}
