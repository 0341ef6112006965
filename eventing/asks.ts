import type { StageName } from "../crds/stage-names.ts";
import type { Clock } from "../kit/clock.ts";
import { Conflict, PlugboardError, Throttled, Unavailable } from "../kit/errors.ts";
import { backoffMilliseconds, type Random } from "./backoff.ts";
import type { Awaited, Delivery, Tell, Waiting } from "./report.ts";
import { Reruns, restlessFrom } from "./reruns.ts";
import { Slots } from "./slots.ts";
import { subjectOf } from "./subject.ts";

/** A stage that is due, and for what: the same stage for the same inputs is the same need. */
export interface Need {
  readonly stage: StageName;
  readonly inputs: string;
  /** The generations of plug and socket: while they stay, running again is restlessness. Absent where it never is. */
  readonly edits?: string | undefined;
  /** The resourceVersion of the subject it was judged on, which is no part of what it is. */
  readonly judgedOn?: string | undefined;
  /** Asked on suspicion: whether it was due nobody can see, so it is not asked again. */
  readonly once?: boolean | undefined;
}

/** What evaluating a subject gave: a need, none, or that it cannot be judged now (a claim runs, the view lags behind). */
export type Judgement = Need | "nothing due" | "not now";

interface Ask {
  need: Need;
  group: string;
  attempt: number;
  phase: "in flight" | "accepted" | "grace" | "backoff" | "rerun";
  /** When the phase ends; an answer ends "in flight". */
  until: number;
  readonly since: number;
  /** Counts among what is in flight. */
  holdsSlot: boolean;
  error: PlugboardError | undefined;
  cancel: () => void;
  cancelSlot: () => void;
}

export interface AsksOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  /** Hands the event over. */
  readonly send: (key: string, need: Need, attempt: number) => Promise<Delivery>;
  /** Has a subject looked at again. */
  readonly look: (key: string) => void;
  /** How long a broker's functions may take until what was accepted counts as lost; each time it is lost again it waits as long as a retry, if that is longer. */
  readonly answerMilliseconds: number;
}

/** How long the cluster may take to show what a stage wrote before the stage counts as not having moved it. */
const graceMilliseconds = 1_000;
/** How long what a broker accepted counts as in flight: a broker that loses events holds up no others for longer. */
const slotMilliseconds = 5_000;
/** So many events lost in a row are a stage that fails. */
const lostAtMost = 3;
/** So many conflicts in a row are a view that lags behind, not a fight. */
const passingConflicts = 3;

/** What was asked for and is not yet seen to be done: at most one event per subject, asked again until the cluster shows it moved on. */
export class Asks {
  readonly #options: AsksOptions;
  readonly #asks = new Map<string, Ask>();
  readonly #slots = new Slots();
  readonly #reruns = new Reruns();

  constructor(options: AsksOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#slots.total;
  }

  inFlightOf(group: string): number {
    return this.#slots.of(group);
  }

  /** Whether the answer to an event is awaited: judging the subject would be in vain. */
  outstanding(key: string): boolean {
    return this.#asks.get(key)?.phase === "in flight";
  }

  /** Whether it counts as in flight, so that judging it makes nothing more in flight. */
  holdsSlot(key: string): boolean {
    return this.#asks.get(key)?.holdsSlot ?? false;
  }

  /** Whether an answer has just come, so that what the stage wrote may still be on its way. */
  inGrace(key: string): boolean {
    const ask = this.#asks.get(key);
    return ask?.phase === "grace" && this.#options.clock.now() < ask.until;
  }

  /** Acts on what evaluating a subject gave. */
  consider(key: string, group: string, judgement: Judgement): void {
    const ask = this.#asks.get(key);
    if (ask?.phase === "in flight" || judgement === "not now") return;
    if (judgement === "nothing due") this.#movedOn(key, ask);
    else if (ask === undefined || !sameNeed(ask.need, judgement)) this.#askAnew(key, group, judgement);
    else if (ask.phase === "accepted" && ask.need.judgedOn !== judgement.judgedOn) this.#ranInVain(key, ask);
    else if (this.#options.clock.now() >= ask.until) this.#askAgain(key, ask, judgement);
  }

  /** Nothing is wanted of a subject that is gone. */
  forget(key: string): void {
    this.#reruns.forget(key);
    const ask = this.#asks.get(key);
    if (ask !== undefined && ask.phase !== "in flight") this.#movedOn(key, ask);
  }

  /** Ends every backoff: what was in vain may succeed now. */
  wake(): void {
    for (const [key, ask] of this.#asks) {
      // What was accepted a moment ago is at work.
      if (ask.phase !== "backoff" && (ask.phase !== "accepted" || ask.holdsSlot)) continue;
      ask.attempt = 0;
      this.#end(key, ask);
    }
  }

  /** Ends every grace: the cluster has shown all that was written. */
  endGrace(): boolean {
    const graced = [...this.#asks].filter(([, ask]) => ask.phase === "grace");
    for (const [key, ask] of graced) this.#end(key, ask);
    return graced.length > 0;
  }

  /** Whether nothing is going to happen in a moment. */
  get idle(): boolean {
    return [...this.#asks].every(([key, ask]) => this.#patient(key, ask));
  }

  waiting(): readonly Waiting[] {
    const waits = [...this.#asks].filter(([, { phase }]) => phase === "backoff" || phase === "rerun");
    return waits.map(([key, ask]) => ({
      subject: subjectOf(key),
      stage: ask.need.stage,
      attempt: ask.attempt,
      nextAskAt: ask.until,
      lastError: ask.error,
      restless: this.#restless(key, ask),
    }));
  }

  /** What a broker accepted and the cluster does not show done yet. */
  awaited(): readonly Awaited[] {
    const accepted = [...this.#asks].filter(([, { phase }]) => phase === "accepted");
    return accepted.map(([key, { need, attempt, since }]) => ({
      subject: subjectOf(key),
      stage: need.stage,
      attempt,
      since,
    }));
  }

  stop(): void {
    for (const ask of this.#asks.values()) {
      ask.cancel();
      ask.cancelSlot();
    }
  }

  /** A broker tells nobody what became of an event. A subject that was written to, with the same still due and no claim on it, is one whose stage failed. */
  #ranInVain(key: string, ask: Ask): void {
    this.#land(ask);
    this.#backOff(key, ask, undefined, 0);
  }

  #patient(key: string, ask: Ask): boolean {
    if (ask.phase === "rerun") return this.#restless(key, ask);
    // A broker loses an event, and perhaps the next one, too.
    if (ask.phase === "accepted") return ask.attempt >= lostAtMost;
    if (ask.phase !== "backoff") return false;
    return !(ask.error instanceof Conflict && ask.attempt < passingConflicts);
  }

  #restless(key: string, ask: Ask): boolean {
    return this.#reruns.count(key, ask.need, this.#options.clock.now()) >= restlessFrom;
  }

  #askAnew(key: string, group: string, need: Need): void {
    const { clock, random } = this.#options;
    const before = this.#asks.get(key);
    if (before?.phase === "rerun" && before.need.stage === need.stage && before.need.edits === need.edits) {
      before.need = need;
      if (clock.now() >= before.until) this.#send(key, before);
      return;
    }
    this.#movedOn(key, before);
    const ask: Ask = {
      need,
      group,
      attempt: 0,
      phase: "rerun",
      until: 0,
      since: clock.now(),
      holdsSlot: false,
      error: undefined,
      cancel: () => {},
      cancelSlot: () => {},
    };
    this.#asks.set(key, ask);
    const delay = this.#reruns.delay(key, need, clock.now(), random);
    if (delay === 0) this.#send(key, ask);
    else this.#hold(key, ask, "rerun", delay);
  }

  /** The phase is over and the same is still due. */
  #askAgain(key: string, ask: Ask, need: Need): void {
    ask.need = need;
    if (ask.phase === "grace") this.#backOff(key, ask, undefined, 0);
    else {
      if (ask.phase === "accepted") this.#land(ask);
      if (ask.phase !== "rerun") ask.attempt += 1;
      this.#send(key, ask);
    }
  }

  #send(key: string, ask: Ask): void {
    const { clock, tell, send } = this.#options;
    ask.cancel();
    ask.phase = "in flight";
    this.#takeOff(ask);
    const { need, attempt } = ask;
    const begun = clock.now();
    tell({ kind: "asked", subject: subjectOf(key), stage: need.stage, attempt });
    void answer(send(key, need, attempt)).then((delivery) => {
      const seconds = (clock.now() - begun) / 1_000;
      tell({ kind: "ended", subject: subjectOf(key), stage: need.stage, attempt, delivery, seconds });
      this.#settle(key, ask, delivery);
      this.#options.look(key);
    });
  }

  #settle(key: string, ask: Ask, delivery: Delivery): void {
    if (delivery.kind === "accepted") {
      this.#await(key, ask);
      return;
    }
    this.#land(ask);
    const { reply } = delivery;
    if (ask.need.once) this.#asks.delete(key);
    else if (reply.kind === "retry") this.#backOff(key, ask, reply.error, retryAfter(reply));
    else {
      if (reply.kind === "fact") this.#reruns.ran(key, ask.need, this.#options.clock.now());
      this.#hold(key, ask, "grace", graceMilliseconds);
    }
  }

  #await(key: string, ask: Ask): void {
    const { clock, random, answerMilliseconds, look } = this.#options;
    const patience = ask.attempt === 0 ? 0 : backoffMilliseconds(ask.attempt, random);
    this.#hold(key, ask, "accepted", Math.max(answerMilliseconds, patience));
    ask.cancelSlot = clock.after(slotMilliseconds, () => {
      this.#land(ask);
      look(key);
    });
  }

  /** The same error again lengthens the wait; another one waits as long as the last. */
  #backOff(key: string, ask: Ask, error: PlugboardError | undefined, atLeastMilliseconds: number): void {
    const another = ask.error !== undefined && error !== undefined && ask.error.name !== error.name;
    if (another) ask.attempt = Math.max(0, ask.attempt - 1);
    ask.error = error;
    const wait = backoffMilliseconds(ask.attempt + 1, this.#options.random);
    this.#hold(key, ask, "backoff", Math.max(wait, atLeastMilliseconds));
  }

  #hold(key: string, ask: Ask, phase: Ask["phase"], milliseconds: number): void {
    const { clock } = this.#options;
    ask.cancel();
    ask.phase = phase;
    ask.until = clock.now() + milliseconds;
    // A timer may fire a moment before the wall clock shows its time: the time has come when it fires.
    ask.cancel = clock.after(milliseconds, () => this.#end(key, ask));
  }

  #end(key: string, ask: Ask): void {
    ask.cancel();
    ask.until = this.#options.clock.now();
    this.#options.look(key);
  }

  #movedOn(key: string, ask: Ask | undefined): void {
    if (ask === undefined) return;
    ask.cancel();
    if (ask.phase === "accepted") {
      this.#land(ask);
      this.#reruns.ran(key, ask.need, this.#options.clock.now());
    }
    this.#asks.delete(key);
    const seconds = (this.#options.clock.now() - ask.since) / 1_000;
    if (ask.phase !== "rerun")
      this.#options.tell({ kind: "moved on", subject: subjectOf(key), stage: ask.need.stage, seconds });
  }

  #takeOff(ask: Ask): void {
    ask.holdsSlot = true;
    this.#slots.take(ask.group);
  }

  #land(ask: Ask): void {
    ask.cancelSlot();
    if (!ask.holdsSlot) return;
    ask.holdsSlot = false;
    this.#slots.giveBack(ask.group);
  }
}

function sameNeed(one: Need, other: Need): boolean {
  return one.stage === other.stage && one.inputs === other.inputs;
}

function retryAfter(reply: {
  readonly error: PlugboardError;
  readonly retryAfterSeconds?: number | undefined;
}): number {
  const asked = reply.error instanceof Throttled ? reply.error.retryAfterSeconds : undefined;
  return (reply.retryAfterSeconds ?? asked ?? 0) * 1_000;
}

/** A sink that throws did not take the event. */
async function answer(delivery: Promise<Delivery>): Promise<Delivery> {
  try {
    return await delivery;
  } catch (cause) {
    const error =
      cause instanceof PlugboardError ? cause : new Unavailable("the sink did not take the event", { cause });
    return { kind: "answered", reply: { kind: "retry", error } };
  }
}
