import type { StageRequest } from "../../../crds/stage-names.ts";
import type { StageEvent } from "../../../eventing/cloud-events.ts";
import { everyRequest, type Network, runInPod, startScattered } from "./functions.ts";
import { type Course, Life } from "./life.ts";
import type { Disturbed } from "./references.ts";
import type { Scenario } from "./scenarios.ts";
import type { SeenWorld } from "./seen-world.ts";
import { stallAt } from "./stall.ts";

/** Lives a scenario with functions that share nothing, behind a network. */
export async function scattered({ acts }: Scenario, network: Network): Promise<Course> {
  const life = await Life.begin();
  const source = startScattered(life.world, network);
  life.mind({ source, stop: () => source.stop() });
  const worlds: SeenWorld[] = [];
  for (const act of acts) {
    await life.act(act);
    await life.rest();
    worlds.push(life.look());
  }
  return { worlds, ...(await life.finish()) };
}

/** Loses every second event. */
export function losing(): Network {
  let events = 0;
  return (event) => {
    events += 1;
    return events % 2 === 0 ? [event] : [];
  };
}

/** Delivers each event to two functions at once, and a third time when the next one comes. */
export function repeating(): Network {
  let last: readonly StageEvent[] = [];
  return (event) => {
    const arriving = [event, event, ...last];
    last = [event];
    return arriving;
  };
}

/** Delivers events in pairs, the later one first. */
export function reordering(): Network {
  let held: StageEvent | undefined;
  return (event) => {
    if (held === undefined) {
      held = event;
      return [];
    }
    const pair = [event, held];
    held = undefined;
    return pair;
  };
}

/** Delivers with each event all that ever came before it. */
export function replaying(): Network {
  const all: StageEvent[] = [];
  return (event) => {
    all.push(event);
    return all.toReversed();
  };
}

/** Lives a scenario in which, while one process is held right before a write, every stage of everything is asked for. */
export async function forged({ acts }: Scenario, write: number): Promise<Disturbed> {
  const stall = stallAt(write);
  const life = await Life.begin();
  await life.start("one", stall.intercept);
  let disturbedAt: number | undefined;
  const worlds: SeenWorld[] = [];
  for (const [index, act] of acts.entries()) {
    await life.act(act);
    await life.rest(() => disturbedAt === undefined && stall.stalled());
    if (disturbedAt === undefined && stall.stalled()) {
      disturbedAt = index;
      await forge(life);
      stall.release();
      await life.rest();
    }
    worlds.push(life.look());
  }
  await life.anHour();
  if (disturbedAt === undefined && stall.stalled()) disturbedAt = acts.length;
  stall.release();
  return { worlds, disturbedAt, ...(await life.finish()) };
}

/** Lives a scenario; in the end, each time the world has come to rest, every stage of everything was asked for. */
export async function forgedAtRest({ acts }: Scenario): Promise<Course> {
  const life = await Life.begin();
  await life.start("one");
  const worlds: SeenWorld[] = [];
  for (const act of acts) {
    await life.act(act);
    await life.rest();
    await forge(life);
    worlds.push(life.look());
  }
  return { worlds, ...(await life.finish()) };
}

/** Asks for every stage of everything, for the object there is and for another of its name. */
async function forge({ world }: Life): Promise<void> {
  const requests = everyRequest(world.cluster.objects());
  const mistaken = requests.map(
    (request): StageRequest => ({ ...request, uid: "00000000-0000-0000-0000-000000000000" }),
  );
  for (const request of [...requests, ...mistaken]) await runInPod(world, request);
}
