import type { Intercept } from "../../../kit/kube/intercept.ts";
import { Life } from "./life.ts";
import type { Disturbed } from "./references.ts";
import type { Scenario } from "./scenarios.ts";
import type { SeenWorld } from "./seen-world.ts";

/** How a process that is suspended right before a write meets its cluster. */
export interface Stall {
  readonly intercept: Intercept;
  /** Whether the write was reached. */
  stalled(): boolean;
  /** Lets it go on. */
  release(): void;
}

/** Suspends whoever asks for the n-th write (the first is 1) until released. */
export function stallAt(write: number): Stall {
  const gate = Promise.withResolvers<void>();
  let [writes, stalled] = [0, false];
  return {
    stalled: () => stalled,
    release: () => gate.resolve(),
    async intercept(request, perform) {
      if (request.write) writes += 1;
      if (request.write && writes === write) {
        stalled = true;
        await gate.promise;
      }
      return perform();
    },
  };
}

/** Lives a scenario in which one process is suspended right before a write, the inputs change, and another does all that is due meanwhile. */
export async function stalled({ acts, change }: Scenario, write: number): Promise<Disturbed> {
  const stall = stallAt(write);
  const life = await Life.begin();
  const first = await life.start("one", stall.intercept);
  let disturbedAt: number | undefined;
  const stalls = () => disturbedAt === undefined && stall.stalled();
  const overtake = async (act: number) => {
    disturbedAt = act;
    life.leave(first);
    if (act < acts.length) await life.act(change);
    await life.start("two");
    await life.rest();
    stall.release();
    life.mind(first);
    await life.rest();
  };
  const worlds: SeenWorld[] = [];
  for (const [index, act] of acts.entries()) {
    await life.act(act);
    await life.rest(stalls);
    if (stalls()) await overtake(index);
    worlds.push(life.look());
  }
  await life.anHour();
  if (stalls()) await overtake(acts.length);
  return { worlds, disturbedAt, ...(await life.finish()) };
}
