import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { parseStageRequest, type StageEvent } from "../../../eventing/cloud-events.ts";
import { ApiSource } from "../../../eventing/loop/source.ts";
import { deathAt, type Intercept, interceptedKube } from "../../../kit/kube/intercept.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster } from "../../../kit/memory/cluster.ts";
import { namesOf } from "../../../operator/definition/names.ts";
import { operatorKinds } from "../../../operator/loop/operator-kinds.ts";
import { startOperator } from "../../../operator/loop/start.ts";
import type { Operator } from "../../../operator/operator.ts";
import { Memory } from "../../../operator/sync/memory.ts";
import { syncFunction } from "../../../operator/sync/sync.ts";
import { type HandClock, handClock } from "../../../operator/testkit/hand-clock.ts";
import { stallAt } from "../../scenarios/faults/stall.ts";

/** Something that happens to a cluster. */
export type Act = (life: Pick<Life, "cluster" | "clock">) => Promise<unknown> | unknown;

export interface Scenario {
  readonly name: string;
  readonly operator: Operator;
  /** The path of its CRD. */
  readonly crd: string;
  readonly acts: readonly Act[];
}

/** Every object there is, without what differs from run to run. */
export type Seen = readonly string[];

interface Working {
  readonly source: ApiSource;
  stop(): Promise<void>;
}

/** What becomes of an event on its way: the events that reach functions. */
export type Network = (event: StageEvent) => readonly StageEvent[];

/** A cluster in memory, with processes of one operator that come and go. */
export class Life {
  readonly clock: HandClock = handClock();
  /** Whoever acts as a service account needs rights. */
  readonly cluster: MemoryCluster = createMemoryCluster({ clock: this.clock, rbac: true });
  readonly #operator: Operator;
  readonly #working = new Set<Working>();
  readonly #bugs: unknown[] = [];
  #pods = 0;

  private constructor(operator: Operator) {
    this.#operator = operator;
  }

  static async begin({ operator, crd }: Pick<Scenario, "operator" | "crd">): Promise<Life> {
    const life = new Life(operator);
    await life.cluster.load([load(readFileSync(crd, "utf8")) as KubeObject]);
    return life;
  }

  async start(holder: string, intercept?: Intercept, kube: Kube = this.cluster.kube): Promise<Working> {
    const working = await startOperator(this.#operator, {
      kube: intercept === undefined ? kube : interceptedKube(kube, intercept),
      clock: this.clock,
      holder,
      random: () => 0.5,
      caughtUp: () => this.cluster.quiet(),
      unexpected: (error) => this.#bugs.push(error),
    });
    this.#working.add(working);
    return working;
  }

  /** A source that only hands events over, and functions that share nothing, behind a network. */
  startScattered(network: Network): void {
    const { kube } = this.cluster;
    const { clock } = this;
    const { events } = namesOf(this.#operator);
    const deliver = async (event: StageEvent): Promise<void> => {
      this.#pods += 1;
      const run = syncFunction(this.#operator, {
        kube,
        clock,
        holder: `pod-${this.#pods}`,
        voidHolders: [],
        memory: new Memory(),
        notes: "record",
        begunAt: 0,
        unexpected: (error) => this.#bugs.push(error),
      });
      await run(parseStageRequest(events, event));
    };
    const source = new ApiSource({
      kube,
      clock,
      kinds: operatorKinds(this.#operator, { memory: new Memory(), begunAt: 0 }),
      events,
      clusterUid: "c",
      random: () => 0.5,
      answerMilliseconds: 5_000,
      caughtUp: () => this.cluster.quiet(),
      sink: async (event) => {
        for (const arriving of network(event)) void deliver(arriving);
        return { kind: "accepted" };
      },
    });
    source.start();
    this.#working.add({ source, stop: () => source.stop() });
  }

  async end(working: Working): Promise<void> {
    this.#working.delete(working);
    await working.stop();
  }

  /** Lets it go on without being waited for: it hangs. */
  leave(working: Working): void {
    this.#working.delete(working);
  }

  /** Lets everything come to rest: what is due, retries, claims of the dead. */
  async rest(until: () => boolean = () => false): Promise<void> {
    for (const seconds of [1, 1, 5, 20, 40, 40, 60, 60, 300]) {
      if (until()) return;
      await this.#settled(until);
      if (until()) return;
      await this.clock.advance(seconds * 1_000);
    }
    await this.#settled(until);
  }

  async #settled(until: () => boolean): Promise<void> {
    const all = Promise.all([...this.#working].map(({ source }) => source.settled())).then(() => true);
    for (let ticks = 0; ticks < 4_000; ticks += 1) {
      const rests = await Promise.race([all, new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);
      if (rests || until()) return;
      if (ticks > 50) await this.clock.advance(250);
    }
    throw new Error("it does not come to rest");
  }

  see(): Seen {
    return this.cluster.objects().flatMap((object) => (isOfEveryCluster(object) ? [] : [shown(object)]));
  }

  async finish(): Promise<void> {
    await Promise.all([...this.#working].map((working) => working.stop()));
    assert.deepEqual(this.#bugs, []);
  }
}

/** Lives a scenario: what is seen after each act. */
export async function live(
  scenario: Scenario,
  begin: (life: Life) => Promise<unknown> | unknown = (life) => life.start("one"),
): Promise<readonly Seen[]> {
  const life = await Life.begin(scenario);
  await begin(life);
  const seen: Seen[] = [];
  for (const act of scenario.acts) {
    await act(life);
    await life.rest();
    seen.push(life.see());
  }
  await life.finish();
  return seen;
}

/** Kills the process at its n-th write; another one goes on. Undefined: there is no such write. */
export async function killed(
  scenario: Scenario,
  { write, moment, heir }: { readonly write: number; readonly moment: "before" | "after"; readonly heir: string },
): Promise<readonly Seen[] | undefined> {
  const life = await Life.begin(scenario);
  const death = deathAt(write, moment);
  let first: Working | undefined = await life.start("one", death.intercept);
  const seen: Seen[] = [];
  const bury = async (): Promise<void> => {
    if (first === undefined || !death.died()) return;
    await life.end(first);
    first = undefined;
    await life.start(heir);
    await life.rest();
  };
  for (const act of scenario.acts) {
    await act(life);
    await life.rest(() => first !== undefined && death.died());
    await bury();
    seen.push(life.see());
  }
  await life.finish();
  return death.died() ? seen : undefined;
}

/** Suspends the process right before its n-th write, until another has done all that is due. */
export async function stalled(scenario: Scenario, write: number): Promise<readonly Seen[] | undefined> {
  const life = await Life.begin(scenario);
  const stall = stallAt(write);
  const first = await life.start("one", stall.intercept);
  let overtaken = false;
  const seen: Seen[] = [];
  for (const act of scenario.acts) {
    await act(life);
    await life.rest(() => !overtaken && stall.stalled());
    if (!overtaken && stall.stalled()) {
      overtaken = true;
      life.leave(first);
      const second = await life.start("two");
      await life.rest();
      stall.release();
      await life.rest();
      await life.rest();
      void second;
    }
    seen.push(life.see());
  }
  stall.release();
  await life.finish();
  await first.stop();
  return overtaken ? seen : undefined;
}

const everyCluster = ["default", "kube-node-lease", "kube-public", "kube-system"];

function isOfEveryCluster({ kind, metadata }: KubeObject): boolean {
  return kind === "CustomResourceDefinition" || (kind === "Namespace" && everyCluster.includes(metadata.name));
}

function shown({ metadata, ...fields }: KubeObject): string {
  const { name, namespace, labels, annotations = {}, finalizers, ownerReferences = [], deletionTimestamp } = metadata;
  const kept = Object.entries(annotations).filter(([key]) => !key.endsWith("/record"));
  const owners = ownerReferences.map(({ kind, name: owner }) => `${kind} ${owner}`);
  const own = { name, namespace, labels, annotations: kept, finalizers, owners, deletionTimestamp };
  return JSON.stringify({ ...fields, metadata: own }, undefined, 1)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<uid>")
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"<time>"')
    .replaceAll(/"observedGeneration": \d+/g, '"observedGeneration": "<n>"');
}
