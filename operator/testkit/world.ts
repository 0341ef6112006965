import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";
import type { StageEvent } from "../../eventing/cloud-events.ts";
import { type Clock, systemClock } from "../../kit/clock.ts";
import { everyObject } from "../../kit/kube/every-object.ts";
import { interceptedKube, observedKube } from "../../kit/kube/intercept.ts";
import { keyOf } from "../../kit/kube/keys.ts";
import type { Kind, Kube, KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import { loadKubeConfig } from "../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../kit/live/live-kube.ts";
import { createMemoryCluster, type MemoryCluster } from "../../kit/memory/cluster.ts";
import type { ObjectOf } from "../definition/kinds.ts";
import type { Operator } from "../definition/operator.ts";
import type { SyncReport } from "../sync/sync-run.ts";
import { type Failing, WorldFaults } from "./faults.ts";
import { type HandClock, handClock } from "./hand-clock.ts";
import { Processes } from "./processes.ts";
import { WriteHistory } from "./write-history.ts";

/** What `apply` takes: objects, or YAML with any number of documents. */
export type Given = KubeObject | string | readonly (KubeObject | string)[];

export interface WorldOptions {
  readonly operators: readonly Operator[];
  /** CRDs to install first: objects, YAML, or paths of YAML files. */
  readonly crds?: readonly (KubeObject | string)[] | undefined;
  /** Objects that exist before the operators start: as `apply` takes them. */
  readonly objects?: Given | undefined;
  /** A kubeconfig: the world is that cluster, with its own time. Absent: a cluster in memory. */
  readonly kubeconfig?: string | undefined;
}

/** A cluster with operators at work on it. */
export interface World {
  /** The cluster, as a person with all rights sees it. */
  readonly kube: Kube;
  /** Applies objects as a person does (field manager `user`); namespaces that do not exist are created. */
  apply(given: Given): Promise<void>;
  get<K extends Kind>(key: K & Omit<ObjectKey, "apiVersion" | "kind">): Promise<ObjectOf<K> | undefined>;
  list<K extends Kind>(kind: K, namespace?: string): Promise<readonly ObjectOf<K>[]>;
  /** Merges fields into an object (RFC 7386): null removes one. */
  edit(key: ObjectKey, patch: { readonly [field: string]: unknown }): Promise<void>;
  /** Replaces the status of an object, as its controller does: in memory no Pod runs. */
  setStatus(key: ObjectKey, status: object): Promise<void>;
  delete(key: ObjectKey): Promise<void>;
  /**
   * Resolves when nothing is due.
   * In memory, the time moves over the waits after errors that pass by themselves, at most a minute.
   * @throws NeverSettles if an operator changes children again and again
   */
  settled(): Promise<void>;
  /** Moves the time, and settles. On a real cluster it waits as long. */
  advance(seconds: number): Promise<void>;
  /** Fails the next requests of operators that match. */
  fail(failing: Failing): void;
  /**
   * Kills the operators at writes, from now on: the first process after its first write, the next one after its
   * second, and so on, until one settles without being killed.
   */
  killBetweenWrites(): void;
  /** Ends the operators and starts them anew, as an update does: they remember nothing. */
  restart(): Promise<void>;
  /** Every event that was sent, in order. */
  readonly events: readonly StageEvent[];
  /** What became of every sync, in order. */
  readonly results: readonly SyncReport[];
  /** The requests of operators so far, and those among them that wrote. */
  readonly requests: number;
  readonly writes: number;
  /** Stops the operators. A test framework does not have to know when. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Ground {
  readonly kube: Kube;
  readonly clock: Clock | HandClock;
  readonly memory: MemoryCluster | undefined;
  close(): Promise<void>;
}

/** Makes a world and starts its operators. */
export async function createWorld({ operators, crds = [], objects = [], kubeconfig }: WorldOptions): Promise<World> {
  const ground = kubeconfig === undefined ? inMemory() : await onCluster(kubeconfig);
  const definitions = objectsIn(crds.map((crd) => (isPath(crd) ? readFileSync(crd, "utf8") : crd)));
  await applyAll(ground.kube, definitions);
  await untilServed(ground, definitions);
  await applyAll(ground.kube, objectsIn(objects));
  const world = new OperatedWorld(ground, operators);
  await world.start();
  return world;
}

function inMemory(): Ground {
  const clock = handClock();
  const memory = createMemoryCluster({ clock });
  return { kube: memory.kube, clock, memory, close: async () => {} };
}

async function onCluster(path: string): Promise<Ground> {
  const kube = createLiveKube({ kubeConfig: await loadKubeConfig({ path, context: undefined }), userAgent: "testkit" });
  return { kube, clock: systemClock, memory: undefined, close: () => kube.close() };
}

/** The most pauses in which a move of the time lets everything settle. */
const longestAdvance = 600;

class OperatedWorld implements World {
  readonly kube: Kube;
  readonly events: StageEvent[] = [];
  readonly results: SyncReport[] = [];
  readonly #ground: Ground;
  readonly #faults: WorldFaults;
  readonly #history: WriteHistory;
  readonly #processes: Processes;

  constructor(ground: Ground, operators: readonly Operator[]) {
    this.#ground = ground;
    this.kube = ground.kube;
    this.#faults = new WorldFaults();
    this.#history = new WriteHistory();
    const heard = observedKube(ground.kube, (written) => this.#history.heard(written));
    this.#processes = new Processes(operators, {
      kube: interceptedKube(heard, this.#faults.intercept),
      clock: ground.clock,
      caughtUp: ground.memory === undefined ? undefined : () => ground.memory?.quiet() ?? true,
      sent: (event) => this.events.push(event),
      synced: (report) => this.results.push(report),
    });
  }

  get writes(): number {
    return this.#faults.writes;
  }

  get requests(): number {
    return this.#faults.requests;
  }

  async restart(): Promise<void> {
    await this.#processes.stop();
    await this.#processes.start();
  }

  start(): Promise<void> {
    return this.#processes.start();
  }

  apply(given: Given): Promise<void> {
    return applyAll(this.kube, objectsIn(given));
  }

  async get<K extends Kind>(key: K & Omit<ObjectKey, "apiVersion" | "kind">): Promise<ObjectOf<K> | undefined> {
    // The API server sends objects of the kind that was asked for.
    return (await this.kube.get(key)) as ObjectOf<K> | undefined;
  }

  async list<K extends Kind>({ apiVersion, kind }: K, namespace?: string): Promise<readonly ObjectOf<K>[]> {
    return (await everyObject(this.kube, { apiVersion, kind, namespace })) as unknown as readonly ObjectOf<K>[];
  }

  async edit(key: ObjectKey, patch: { readonly [field: string]: unknown }): Promise<void> {
    await this.kube.patch(key, patch);
  }

  async setStatus(key: ObjectKey, status: object): Promise<void> {
    const { apiVersion, kind, namespace, name } = key;
    const place = namespace === undefined ? {} : { namespace };
    await this.kube.replaceStatus({ apiVersion, kind, metadata: { name, ...place }, status });
  }

  async delete(key: ObjectKey): Promise<void> {
    await this.kube.delete(key);
  }

  async settled(): Promise<void> {
    const { clock, memory } = this.#ground;
    for (let seconds = 0; seconds < 60; seconds += 1) {
      await this.#processes.settled(this.#faults);
      if (memory === undefined && (await this.#stirs())) continue;
      if (!this.#processes.retries() || !("advance" in clock)) break;
      await clock.advance(1_000);
    }
    await this.#processes.settled(this.#faults);
    await this.#history.throwIfHot(this.kube, this.#processes.restless());
  }

  /** Whether a real cluster, which does not say that its watches caught up, still brings something. */
  async #stirs(): Promise<boolean> {
    const before = [this.requests, this.events.length];
    await new Promise((resolve) => setTimeout(resolve, 500));
    return this.requests !== before[0] || this.events.length !== before[1];
  }

  async advance(seconds: number): Promise<void> {
    const { clock } = this.#ground;
    if (!("advance" in clock)) {
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      return await this.settled();
    }
    const step = Math.max(1, seconds / longestAdvance);
    for (let left = seconds; left > 0; left -= step) {
      await clock.advance(Math.min(left, step) * 1_000);
      await this.#processes.settled(this.#faults);
    }
  }

  fail(failing: Failing): void {
    this.#faults.fail(failing);
  }

  killBetweenWrites(): void {
    this.#faults.killAfter(1);
  }

  async stop(): Promise<void> {
    await this.#processes.stop();
    await this.#ground.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function isPath(given: KubeObject | string): given is string {
  return typeof given === "string" && !given.includes("\n") && /\.ya?ml$/.test(given);
}

function objectsIn(given: Given): readonly KubeObject[] {
  const list = Array.isArray(given) ? given : [given];
  return list.flatMap((one: KubeObject | string) => (typeof one === "string" ? documentsIn(one) : [one]));
}

function documentsIn(text: string): readonly KubeObject[] {
  return loadAll(text).filter((document): document is KubeObject => typeof document === "object" && document !== null);
}

async function applyAll(kube: Kube, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    const { namespace } = object.metadata;
    if (namespace !== undefined) await provideNamespace(kube, namespace);
    await kube.apply(object, { fieldManager: "user", force: true });
  }
}

async function provideNamespace(kube: Kube, name: string): Promise<void> {
  const key = { apiVersion: "v1", kind: "Namespace", name };
  if ((await kube.getMetadata(key)) === undefined)
    await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
}

/** A real API server serves a kind some time after its CRD was written. */
async function untilServed({ kube, memory }: Ground, crds: readonly KubeObject[]): Promise<void> {
  for (const crd of memory === undefined ? crds : []) {
    const isEstablished = (object: KubeObject | undefined): boolean =>
      JSON.stringify(object?.["status"] ?? {}).includes('"type":"Established","status":"True"') ||
      /"status":"True"[^}]*"type":"Established"/.test(JSON.stringify(object?.["status"] ?? {}));
    while (!isEstablished(await kube.get(keyOf(crd)))) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
