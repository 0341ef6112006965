import type { KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import type { Told, View } from "../../kit/loop/kind.ts";
import { nameInKey, subjectKey, subjectOf } from "../../kit/loop/stage.ts";
import { type Trace, traceOf } from "../../kit/trace-context.ts";
import { factEvent, type StageEvent, stageEvent } from "../cloud-events.ts";
import type { Awaited, Delivery, Waiting } from "../report.ts";
import { World } from "../watching/world.ts";
import { DueStages, type Need } from "./due-stages.ts";
import { Facts } from "./facts.ts";
import { LookQueue } from "./look-queue.ts";
import { Pace } from "./pace.ts";
import type { ApiSourceOptions, SourceFigures } from "./source-options.ts";
import { type Handing, StageRequests } from "./stage-requests.ts";

/** The first request of a stage, and the last fact that the object showed then. */
interface SentRequest {
  readonly event: StageEvent;
  readonly stage: string;
  readonly version: string;
  readonly trace: Trace;
  readonly told: Told | undefined;
}

/**
 * The closed loop: watches, finds what is due, and asks for exactly that stage until the cluster shows that it was
 * done.
 */
export class ApiSource {
  readonly #options: ApiSourceOptions;
  readonly #resyncMilliseconds: number;
  readonly #world: World;
  readonly #requests: StageRequests;
  readonly #queue: LookQueue;
  readonly #due: DueStages;
  readonly #pace: Pace;
  readonly #facts: Facts | undefined;
  readonly #sent = new Map<string, SentRequest>();
  /** Facts that the broker may or may not have. */
  #doubted = 0;
  readonly #lookAgain = new Map<string, () => void>();
  readonly #becomeSynced: () => void;
  #begun = false;
  #stopped = false;
  #cancelResync: () => void = () => {};

  /** Resolves when all existing objects have been read. */
  readonly synced: Promise<void>;

  constructor(options: ApiSourceOptions) {
    const { clock, random = Math.random, tell = () => {} } = options;
    this.#options = options;
    this.#resyncMilliseconds = options.resyncMilliseconds ?? 600_000;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#becomeSynced = resolve;
    this.#pace = new Pace(clock, (key) => this.#queue.add(key));
    this.#requests = new StageRequests({
      clock,
      random,
      tell,
      send: (key, sent, handing) => this.#send(key, sent, handing),
      handsOver: options.handsOver ?? false,
      movedOn: (key, untold) => this.#movedOn(key, untold),
      look: (key) => this.#queue.add(key),
      answerMilliseconds: options.answerMilliseconds ?? 60_000,
    });
    this.#facts =
      options.publish === undefined ? undefined : new Facts({ clock, random, tell, publish: options.publish });
    this.#queue = this.#createQueue();
    this.#world = new World({
      ...options,
      namespaces: options.namespaces,
      random,
      tell,
      retryMilliseconds: this.#resyncMilliseconds,
      woken: (key, paced) => (paced ? this.#pace.look(key) : this.#queue.add(key)),
      gone: (key) => this.#due.forget(key),
      kindsChanged: () => this.#requests.wake(),
      changed: () => this.#queue.schedule(),
    });
    this.#due = new DueStages({
      world: this.#world,
      clock,
      resyncMilliseconds: this.#resyncMilliseconds,
      decided: (key, tookMilliseconds) => {
        const leastMilliseconds = this.#world.kind(subjectOf(key).kind).definition.stages?.paceMilliseconds;
        if (leastMilliseconds !== undefined) this.#pace.looked(key, { leastMilliseconds, tookMilliseconds });
      },
    });
  }

  start(): void {
    this.#world.start();
    this.#planResync();
  }

  /** Ends the watches and requests nothing more. Running stages continue in their functions. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.stop();
    this.#cancelResync();
    this.#requests.stop();
    this.#facts?.stop();
    this.#pace.stop();
    for (const cancel of this.#lookAgain.values()) cancel();
    await this.#world.stop();
  }

  /** Evaluates every subject again, and requests on suspicion the stages of objects that may not be watched. */
  resync(): void {
    this.#world.metadata.resync();
    this.#world.wake();
    for (const kept of this.#world.kinds)
      if (kept.definition.stages !== undefined)
        for (const name of kept.names()) this.#suspect(subjectKey(kept.definition.name, name));
  }

  /** The watched objects. */
  get view(): View {
    return this.#world;
  }

  /** An object of an essential kind, as last watched; undefined if it does not exist, or while that is not known. */
  read(key: ObjectKey): KubeObject | undefined {
    return this.#world.read(key);
  }

  /**
   * Whether an object exists whose kind is always watched and that bears our label; undefined if that is not known.
   */
  shows(key: ObjectKey): boolean | undefined {
    return this.#world.shows(key);
  }

  /** Whether nothing is in progress: no look, no stage, no short wait. Backoff and resync do not count. */
  idle(): boolean {
    return this.#begun && this.#queue.idle && !this.#world.busy && this.#requests.idle && this.#pace.idle;
  }

  /** Resolves when nothing is in progress any more. */
  async settled(): Promise<void> {
    let quietTurns = 0;
    for (let turns = 0; quietTurns < 3 && !this.#stopped; turns += 1) {
      await turn(turns);
      const caughtUp = this.#options.caughtUp?.() ?? true;
      const looked = this.#queue.size === 0;
      const ended = this.#options.caughtUp !== undefined && caughtUp && looked && this.#requests.endGrace();
      quietTurns = caughtUp && !ended && this.idle() ? quietTurns + 1 : 0;
    }
  }

  /** Stages that are due and wait for their next request. */
  waiting(): readonly Waiting[] {
    return this.#requests.waiting();
  }

  /** Events that a broker accepted, or that wait for the sink, and whose stages are not seen done. */
  awaited(): readonly Awaited[] {
    return this.#requests.awaited();
  }

  figures(): SourceFigures {
    const waiting = this.waiting();
    return {
      objects: Object.fromEntries(this.#world.kinds.map(({ definition: { name }, size }) => [name, size])),
      queued: this.#queue.size,
      inFlight: this.#requests.inFlight,
      waiting: waiting.length,
      facts: this.#doubted + (this.#facts?.size ?? 0),
      restless: waiting.filter(({ restless }) => restless).length,
      mayNotWatch: this.#world.refusedKinds,
      watchesDown: this.#watchesDown(),
    };
  }

  #watchesDown(): SourceFigures["watchesDown"] {
    const now = this.#options.clock.now();
    return Object.fromEntries([...this.#world.downSince].map(([kind, since]) => [kind, (now - since) / 1_000]));
  }

  #createQueue(): LookQueue {
    return new LookQueue({
      requests: this.#requests,
      groupOf: (key) => this.#groupOf(key),
      isUrgent: (key) => this.#isUrgent(key),
      ready: () => this.#begun || this.#begin(),
      look: (key, group) => this.#look(key, group),
      slots: this.#options.slots,
      slotsPerNamespace: this.#options.slotsPerNamespace,
    });
  }

  #groupOf(key: string): string {
    return this.#world.kind(subjectOf(key).kind).group(nameInKey(key));
  }

  #isUrgent(key: string): boolean {
    return this.#world.kind(subjectOf(key).kind).isUrgent(nameInKey(key));
  }

  /**
   * Decides nothing before everything that was there has been seen; then also asks what may have changed out of
   * sight.
   */
  #begin(): boolean {
    if (!this.#world.settled) return false;
    this.#begun = true;
    this.#becomeSynced();
    for (const key of this.#world.subjectsOfRefusedKinds()) this.#suspect(key);
    return true;
  }

  #look(key: string, group: string): void {
    this.#lookAgain.get(key)?.();
    this.#lookAgain.delete(key);
    if (this.#requests.outstanding(key)) return;
    // A claim that is still visible just after its stage ended is about to be released.
    const voidHolders = this.#requests.inGrace(key) ? [] : (this.#options.voidHolders ?? []);
    const found = this.#due.of(key, voidHolders);
    if (found === undefined) {
      this.#forget(key);
      return;
    }
    if (found.lookAgainAt !== undefined) this.#planLook(key, found.lookAgainAt);
    this.#requests.consider(key, group, found.due);
  }

  #suspect(key: string): void {
    this.#due.suspect(key);
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
    this.#requests.forget(key);
    this.#pace.forget(key);
    this.#due.forget(key);
  }

  async #send(
    key: string,
    { need: { stage, inputs }, attempt }: { readonly need: Need; readonly attempt: number },
    handing: Handing,
  ): Promise<Delivery> {
    const { clusterUid = "unknown", clock, sink, events } = this.#options;
    const { kind, namespace, name } = subjectOf(key);
    const kept = this.#world.kind(kind);
    const about = kept.about(nameInKey(key));
    if (about === undefined)
      return { kind: "answered", reply: { kind: "nothing", why: "the object does not exist any more" } };
    const { apiVersion, kind: objectKind } = kept.definition.watched;
    const { uid, resourceVersion, generation, data } = about;
    // A repeated request differs from the first one by its attempt only.
    const before = attempt === 0 ? undefined : this.#sent.get(key);
    const version = before?.version ?? resourceVersion;
    const object = { apiVersion, kind: objectKind, namespace, name, uid, resourceVersion: version, generation };
    const trace = traceOf(about.trace);
    const event = stageEvent(events, { clusterUid, stage, object, inputs, attempt, data, now: clock.now(), trace });
    if (this.#facts !== undefined && before === undefined)
      this.#sent.set(key, { event, stage, version, trace, told: kept.told(nameInKey(key), stage) });
    return await sink(event, handing);
  }

  /** Functions report their facts. If a broker hung up on one, the cluster shows which fact it was. */
  #movedOn(key: string, untold: Promise<boolean>): void {
    const sent = this.#sent.get(key);
    this.#sent.delete(key);
    const told = sent === undefined ? undefined : this.#toldNow(key, sent);
    if (sent === undefined || told === undefined) return;
    if (told.fact === sent.told?.fact && told.of === sent.told.of) return;
    this.#doubted += 1;
    void untold.then((is) => {
      this.#doubted -= 1;
      if (is) this.#sendFact(key, sent, told.fact);
    });
  }

  #toldNow(key: string, { event, stage }: SentRequest): Told | undefined {
    const { kind } = subjectOf(key);
    const kept = this.#world.kind(kind);
    const name = nameInKey(key);
    const another = ![undefined, event.uid].includes(kept.about(name)?.uid);
    return kept.told(another ? undefined : name, stage);
  }

  #sendFact(key: string, { event, stage, trace }: SentRequest, fact: string): void {
    const { events, clock } = this.#options;
    const { namespace, name, uid } = event;
    const request = { stage, namespace, name, uid };
    const happened = factEvent(events, event, { request, fact, trace, now: clock.now() });
    this.#facts?.send({ subject: subjectOf(key), fact, event: happened });
  }
}

/** One turn of the event loop; after many of them, with some real time between. */
function turn(count: number): Promise<void> {
  return new Promise((resolve) => {
    if (count < 200) setImmediate(resolve);
    else setTimeout(resolve, 5);
  });
}
