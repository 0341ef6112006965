import { type Course, Life } from "./life.ts";
import type { Scenario } from "./scenarios.ts";
import type { SeenWorld } from "./seen-world.ts";

/** Lives a scenario with two processes at work on everything at once. */
export async function withTwoInstances({ acts }: Scenario): Promise<Course> {
  const life = await Life.begin();
  await life.start("one");
  await life.start("two");
  const worlds: SeenWorld[] = [];
  for (const act of acts) {
    await life.act(act);
    await life.rest();
    worlds.push(life.look());
  }
  return { worlds, ...(await life.finish()) };
}
