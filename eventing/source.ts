import type { Plug } from "../crds/generated/plug.ts";
import type { KubeObject, ObjectKey } from "../kit/kube.ts";
import { Asks } from "./asks.ts";
import { CensusPace } from "./census-pace.ts";
import { eventFor } from "./event-for.ts";
import { type Judged, suspicions } from "./judge.ts";
import { Judges } from "./judges.ts";
import { LookQueue } from "./look-queue.ts";
import type { Need } from "./need.ts";
import type { Awaited, Delivery, Waiting } from "./report.ts";
import type { ApiSourceOptions, SourceFigures } from "./source-options.ts";
import { nameInKey, namespacedName, subjectKey, subjectOf } from "./subject.ts";
import { Suspicions } from "./suspicions.ts";
import { type DirtyCause, World } from "./world.ts";

/** The closed loop: watches, judges what is due, and asks for exactly that stage until the cluster shows that it was done. */
export class ApiSource {
  readonly #options: ApiSourceOptions;
  readonly #resyncMilliseconds: number;
  readonly #world: World;
  readonly #asks: Asks;
  readonly #queue: LookQueue;
  readonly #judges: Judges;
  readonly #pace: CensusPace;
  readonly #lookAgain = new Map<string, () => void>();
  readonly #suspicions: Suspicions;
  readonly #becomeSynced: () => void;
  #begun = false;
  #stopped = false;
  #cancelResync: () => void = () => {};

  /** Fulfilled when everything that was there has been seen. */
  readonly synced: Promise<void>;

  constructor(options: ApiSourceOptions) {
    const { clock, random = Math.random, tell = () => {} } = options;
    this.#options = options;
    this.#resyncMilliseconds = options.resyncMilliseconds ?? 600_000;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#becomeSynced = resolve;
    this.#suspicions = new Suspicions((key) => suspicions(this.#world, key));
    this.#pace = new CensusPace(clock, options.censusMilliseconds ?? 2_000, (key) => this.#queue.add(key));
    this.#asks = new Asks({
      clock,
      random,
      tell,
      send: (key, need, attempt) => this.#send(key, need, attempt),
      look: (key) => this.#queue.add(key),
      answerMilliseconds: options.answerMilliseconds ?? 60_000,
    });
    this.#queue = this.#createQueue();
    this.#world = new World({
      ...options,
      namespaces: options.namespaces,
      random,
      tell,
      retryMilliseconds: this.#resyncMilliseconds,
      dirty: (key, cause) => this.#dirty(key, cause),
      kindsChanged: () => this.#asks.wake(),
      changed: () => this.#queue.schedule(),
    });
    this.#judges = new Judges({
      world: this.#world,
      clock,
      resyncMilliseconds: this.#resyncMilliseconds,
      clusterUid: options.clusterUid,
      counted: (key, tookMilliseconds) => this.#pace.counted(key, tookMilliseconds),
    });
  }

  start(): void {
    this.#world.start();
    this.#planResync();
  }

  /** Ends the watches and asks for nothing more; what is in flight is left to its function. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.stop();
    this.#cancelResync();
    this.#asks.stop();
    this.#pace.stop();
    for (const cancel of this.#lookAgain.values()) cancel();
    await this.#world.stop();
  }

  /** Evaluates every subject afresh, and asks on suspicion for what may not be watched. */
  resync(): void {
    this.#world.kinds.resync();
    this.#world.wake();
    for (const name of this.#world.plugs.names()) this.#suspect(subjectKey("Plug", name));
    for (const name of this.#world.deferreds.names()) this.#suspect(subjectKey("DeferredResource", name));
    for (const name of this.#world.apparatuses.names()) this.#queue.add(subjectKey("Apparatus", name));
    for (const name of this.#world.sockets.names()) this.#queue.add(subjectKey("Socket", name));
    for (const name of this.#world.snapshots.names()) this.#queue.add(subjectKey("Snapshot", name));
  }

  /** A plug, socket or namespace as last watched; undefined where there is none, or while what is there is not known. */
  read({ apiVersion, kind, namespace, name }: ObjectKey): KubeObject | undefined {
    const stores = [
      ["integration.rock8s.com/v1beta1", "Plug", this.#world.plugs],
      ["integration.rock8s.com/v1beta1", "Socket", this.#world.sockets],
      ["v1", "Namespace", this.#world.namespaces],
    ] as const;
    const [, , store] = stores.find(([version, its]) => version === apiVersion && its === kind) ?? [];
    return this.#world.synced
      ? store?.object(namespacedName(namespace === undefined ? { name } : { namespace, name }))
      : undefined;
  }

  /** Every plug that points at the socket or is coupled to it, as last watched: what a census needs of them. */
  plugsAt(socket: { readonly namespace: string; readonly name: string }): readonly Plug[] {
    return this.#world.index.cardsAt(namespacedName(socket));
  }

  /** Whether nothing is on its way: nothing to look at, nothing in flight, no short wait. Backoff and resync do not count. */
  idle(): boolean {
    return this.#begun && this.#queue.idle && !this.#world.busy && this.#asks.idle && this.#pace.idle;
  }

  /** Fulfilled when the world has come to rest. */
  async settled(): Promise<void> {
    let quietTurns = 0;
    for (let turns = 0; quietTurns < 3 && !this.#stopped; turns += 1) {
      await turn(turns);
      const caughtUp = this.#options.caughtUp?.() ?? true;
      const looked = this.#queue.size === 0;
      const ended = this.#options.caughtUp !== undefined && caughtUp && looked && this.#asks.endGrace();
      quietTurns = caughtUp && !ended && this.idle() ? quietTurns + 1 : 0;
    }
  }

  /** What is due and waits to be asked for again. */
  waiting(): readonly Waiting[] {
    return this.#asks.waiting();
  }

  /** What a broker accepted and is not seen done yet. */
  awaited(): readonly Awaited[] {
    return this.#asks.awaited();
  }

  figures(): SourceFigures {
    const waiting = this.waiting();
    return {
      plugs: this.#world.plugs.size,
      sockets: this.#world.sockets.size,
      queued: this.#queue.size,
      inFlight: this.#asks.inFlight,
      waiting: waiting.length,
      restless: waiting.filter(({ restless }) => restless).length,
      mayNotWatch: this.#world.refusedKinds,
      watchesDown: this.#watchesDown(),
    };
  }

  #watchesDown(): SourceFigures["watchesDown"] {
    const now = this.#options.clock.now();
    return Object.fromEntries([...this.#world.downSince].map(([kind, since]) => [kind, (now - since) / 1_000]));
  }

  #dirty(key: string, cause: DirtyCause): void {
    if (cause === "census") this.#pace.ask(key);
    else this.#queue.add(key);
  }

  #createQueue(): LookQueue {
    return new LookQueue({
      asks: this.#asks,
      groupOf: (key) => this.#groupOf(key),
      isUrgent: (key) => this.#isUrgent(key),
      ready: () => this.#begun || this.#begin(),
      look: (key, group) => this.#look(key, group),
    });
  }

  #groupOf(key: string): string {
    const { kind } = subjectOf(key);
    return kind === "Plug" ? `plugs of ${this.#world.index.socketOf(nameInKey(key))}` : kind;
  }

  #isUrgent(key: string): boolean {
    return subjectOf(key).kind === "Plug" && this.#world.index.deleting(nameInKey(key));
  }

  /** Judges nothing before everything that was there has been seen; then also asks what may have changed out of sight. */
  #begin(): boolean {
    if (!this.#world.settled) return false;
    this.#begun = true;
    this.#becomeSynced();
    for (const key of this.#world.subjectsInTheDark()) this.#suspect(key);
    return true;
  }

  #look(key: string, group: string): void {
    this.#lookAgain.get(key)?.();
    this.#lookAgain.delete(key);
    if (this.#asks.outstanding(key)) return;
    const judged = this.#judge(key);
    if (judged === undefined) {
      this.#forget(key);
      return;
    }
    if (judged.lookAgainAt !== undefined) this.#planLook(key, judged.lookAgainAt);
    const suspicion = judged.judgement === "nothing due" ? this.#suspicions.next(key) : undefined;
    this.#asks.consider(key, group, suspicion ?? judged.judgement);
  }

  #judge(key: string): Judged | undefined {
    // A claim that is still seen just after its stage ended is about to be seen given back.
    return this.#judges.judge(key, this.#asks.inGrace(key) ? [] : (this.#options.voidHolders ?? []));
  }

  #suspect(key: string): void {
    this.#suspicions.suspect(key);
    this.#queue.add(key);
  }

  #planLook(key: string, at: number): void {
    this.#lookAgain.set(
      key,
      this.#options.clock.after(Math.max(0, at - this.#options.clock.now()), () => this.#queue.add(key)),
    );
  }

  #planResync(): void {
    this.#cancelResync = this.#options.clock.after(this.#resyncMilliseconds, () => {
      this.resync();
      this.#planResync();
    });
  }

  #forget(key: string): void {
    this.#asks.forget(key);
    this.#pace.forget(key);
    this.#suspicions.forget(key);
    this.#judges.forget(key);
  }

  async #send(key: string, need: Need, attempt: number): Promise<Delivery> {
    const { clusterUid = "unknown", clock, sink } = this.#options;
    const event = eventFor(this.#world, key, { need, attempt, clusterUid, now: clock.now() });
    if (event === undefined) return { kind: "answered", reply: { kind: "nothing", why: "it is gone" } };
    return await sink(event);
  }
}

/** One turn of the event loop; after many of them, with some real time between. */
function turn(count: number): Promise<void> {
  return new Promise((resolve) => {
    if (count < 200) setImmediate(resolve);
    else setTimeout(resolve, 5);
  });
}
