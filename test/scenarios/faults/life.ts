import type { InProcess } from "../../../cli/operate/in-process.ts";
import { OperatorError } from "../../../kit/errors.ts";
import { type Intercept, interceptedKube } from "../../../kit/kube/intercept.ts";
import type { MemoryCluster } from "../../../kit/memory/cluster.ts";
import { makeWorld, start, type World } from "../../worlds/worlds.ts";
import type { Act } from "./acts.ts";
import type { Scenario } from "./scenarios.ts";
import { Observer, type SeenWorld } from "./seen-world.ts";

/** Longer than any claim runs after its holder has died, and than the first retries wait. */
const restSeconds = [2.5, 2.5, 2.5, 70, 70];
/** Until whatever is swept is gone: three resyncs, and the rounds that follow them. */
const anHourInSeconds = [600, 600, 600, 600, 600, 600];

/** A world in which a scenario is lived, with as many instances of Plugboard at work as a test wants. */
export class Life {
  readonly world: World;
  readonly #observer = new Observer();
  readonly #running = new Set<InProcess>();
  readonly #stopping: Promise<void>[] = [];

  private constructor(world: World) {
    this.world = world;
  }

  static async begin(): Promise<Life> {
    return new Life(await makeWorld());
  }

  /** Starts an instance; all that it asks of the cluster passes through `intercept`. One that cannot even begin is started again. */
  async start(holder: string, intercept?: Intercept): Promise<InProcess> {
    const { cluster, broken } = this.world;
    const kube = intercept === undefined ? cluster.kube : interceptedKube(cluster.kube, intercept);
    // A process that is cut off says so; only what is none of our errors is a bug.
    const failed = (error: unknown) => error instanceof OperatorError || broken.push(error);
    const running = await this.#whileTimePasses(beginning(() => start(this.world, { kube, holder, failed })));
    this.#running.add(running);
    return running;
  }

  async #whileTimePasses<Result>(pending: Promise<Result>): Promise<Result> {
    let done = false;
    const finished = pending.finally(() => {
      done = true;
    });
    while (!done) {
      await this.#turns();
      if (!done) await this.world.clock.advance(250);
    }
    return finished;
  }

  /** Ends an instance without waiting for what it has begun. */
  end(running: InProcess): void {
    this.#running.delete(running);
    this.#stopping.push(running.stop());
  }

  /** Leaves an instance to itself: rest does not wait for it until it is minded again. */
  leave(running: InProcess): void {
    this.#running.delete(running);
  }

  /** Has rest wait for an instance again. */
  mind(running: InProcess): void {
    this.#running.add(running);
  }

  async act(act: Act): Promise<void> {
    await act(this.world.cluster.kube);
  }

  /** Lets everything come to rest that does so in a few minutes; ends early when told so. */
  async rest(until: () => boolean = () => false): Promise<void> {
    for (const seconds of restSeconds) {
      await this.#settle(until);
      if (until()) return;
      await this.world.clock.advance(seconds * 1_000);
    }
    await this.#settle(until);
  }

  async #settle(until: () => boolean): Promise<void> {
    const settled = Promise.all([...this.#running].map(({ source }) => source.settled())).then(() => true);
    for (let done = false; !done && !until(); ) {
      done = await Promise.race([settled, this.#turns()]);
      if (!done) await this.world.clock.advance(250);
    }
  }

  async #turns(): Promise<false> {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return false;
  }

  look(): SeenWorld {
    return this.#observer.look(this.world.cluster.objects());
  }

  /** Lets an hour pass. */
  async anHour(): Promise<void> {
    for (const seconds of anHourInSeconds) await this.world.clock.advance(seconds * 1_000);
  }

  /** The world an hour later, with all that is swept gone; and what broke on the way. */
  async finish(): Promise<{ readonly anHourLater: SeenWorld; readonly broken: readonly unknown[] }> {
    await this.anHour();
    await this.rest();
    const anHourLater = this.#observer.lookAtAll(this.world.cluster.objects());
    for (const running of this.#running) this.#stopping.push(running.stop());
    await this.world.clock.advance(60_000);
    await Promise.all(this.#stopping);
    return { anHourLater, broken: this.world.broken };
  }
}

/** As kubelet does with a process that ends at once. */
async function beginning(begin: () => Promise<InProcess>): Promise<InProcess> {
  for (;;) {
    try {
      return await begin();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
    }
  }
}

/** What a life came to: the world after each act, and an hour after the last. */
export interface Course {
  readonly worlds: readonly SeenWorld[];
  readonly anHourLater: SeenWorld;
  readonly broken: readonly unknown[];
}

/** A change that is made at an act: together with it, or after the world has come to rest. */
export interface ChangeAt {
  readonly act: number;
  readonly when: "with" | "after";
}

/** Lives a scenario with one process throughout; all that it asks of the cluster passes through what `interceptOn` makes. */
export async function undisturbed(
  { acts, change }: Scenario,
  changed?: ChangeAt,
  interceptOn?: (cluster: MemoryCluster) => Intercept,
): Promise<Course> {
  const life = await Life.begin();
  await life.start("one", interceptOn?.(life.world.cluster));
  const worlds: SeenWorld[] = [];
  for (const [index, act] of acts.entries()) {
    await life.act(act);
    if (changed?.act === index && changed.when === "with") await life.act(change);
    await life.rest();
    if (changed?.act === index && changed.when === "after") {
      await life.act(change);
      await life.rest();
    }
    worlds.push(life.look());
  }
  return { worlds, ...(await life.finish()) };
}

/** How many requests, and how many of them writes, Plugboard asks for in a life. */
export interface Requests {
  readonly all: number;
  readonly writes: number;
}

const counted = new WeakMap<Scenario, Promise<Requests>>();

/** How many it asks for in a scenario that nothing disturbs; lived once for all that ask. */
export function countRequests(scenario: Scenario): Promise<Requests> {
  const requests = counted.get(scenario) ?? count(scenario);
  counted.set(scenario, requests);
  return requests;
}

async function count(scenario: Scenario): Promise<Requests> {
  let [all, writes] = [0, 0];
  await undisturbed(scenario, undefined, () => (request, perform) => {
    all += 1;
    if (request.write) writes += 1;
    return perform();
  });
  return { all, writes };
}
