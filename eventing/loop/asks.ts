import type { Clock } from "../../kit/clock.ts";
import { Conflict, PlugboardError, Throttled, Unavailable } from "../../kit/errors.ts";
import type { StageReply } from "../../kit/loop/stage.ts";
import { subjectOf } from "../../kit/loop/subject.ts";
import { backoffMilliseconds, type Random } from "../backoff.ts";
import type { Awaited, Delivery, Tell, Waiting } from "../report.ts";
import { type Judgement, type Need, sameNeed } from "./judges.ts";
import { Reruns, restlessFrom } from "./reruns.ts";
import { Slots } from "./slots.ts";

/** What a subject was asked for, and what is waited for before it is looked at again. */
interface Ask {
  need: Need;
  readonly group: string;
  attempt: number;
  /** "in flight": an answer is awaited, or the sink is not open. "accepted": a broker has it, or it is on its way there. "grace": the cluster is about to show what came of it. "backoff", "rerun": it is held back, after a failure or as restless. */
  phase: "in flight" | "accepted" | "grace" | "backoff" | "rerun";
  /** When the phase ends, in milliseconds since the epoch; an answer ends "in flight". */
  until: number;
  /** When it was asked for first. */
  readonly since: number;
  error: PlugboardError | undefined;
  /** Ends the timer of the phase. */
  cancel: () => void;
  /** Takes back what is not sent yet. */
  sending: AbortController | undefined;
  /** Whether its event was on its way to a sink that only hands over: it may have run, whatever the sink answered. */
  posted: boolean;
  /** Whether an attempt was on its way and was not accepted: known when all of them have ended. */
  untold: Promise<boolean>;
}

/** So many events lost in a row are a stage that fails. */
const lostAtMost = 3;
/** So many conflicts in a row are a view that lags behind, not a fight. */
const passingConflicts = 3;

/** How an event that waits to be handed over is followed. */
export interface Handing {
  /** Aborted: nobody wants it any more. What is on its way is not cut off. */
  readonly signal: AbortSignal;
  /** It is on its way from now on. */
  readonly posting: () => void;
  /** The sink did not take it, and it waits until the sink is open again. */
  readonly waiting: () => void;
}

export interface AsksOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  /** Hands the event over. */
  readonly send: (
    key: string,
    asked: { readonly need: Need; readonly attempt: number },
    handing: Handing,
  ) => Promise<Delivery>;
  /** Whether the sink only hands events over, so that an answer says nothing: a subject is judged on what is seen while its event is on its way. */
  readonly handsOver: boolean;
  /** A subject has moved on from what was asked for. `untold` says, once it is known, whether a broker may have hung up on a run, so that nobody heard its fact. */
  readonly movedOn: (key: string, untold: Promise<boolean>) => void;
  /** Has a subject looked at again. */
  readonly look: (key: string) => void;
  /** How long a broker's functions may take until what was accepted counts as lost; each time it is lost again it waits as long as a retry, if that is longer. */
  readonly answerMilliseconds: number;
}

/** How long the cluster may take to show what a stage wrote before the stage counts as not having moved it. */
const graceMilliseconds = 1_000;
/** How long what a broker accepted counts as in flight: a broker that loses events holds up no others for longer. */
const slotMilliseconds = 5_000;

/** What was asked for and is not yet seen to be done: at most one event per subject, asked again until the cluster shows it moved on. */
export class Asks {
  readonly #options: AsksOptions;
  readonly #asks = new Map<string, Ask>();
  readonly #slots: Slots;
  readonly #reruns = new Reruns();

  constructor(options: AsksOptions) {
    this.#options = options;
    this.#slots = new Slots(options.clock);
  }

  get inFlight(): number {
    return this.#slots.total;
  }

  inFlightOf(group: string): number {
    return this.#slots.of(group);
  }

  inFlightOfNamespace(namespace: string): number {
    return this.#slots.ofNamespace(namespace);
  }

  /** Whether the answer to an event is awaited: judging the subject would be in vain. */
  outstanding(key: string): boolean {
    const ask = this.#asks.get(key);
    // Whether what was asked on suspicion is due nobody can see.
    return ask?.phase === "in flight" && (!this.#options.handsOver || ask.need.once === true);
  }

  /** Whether it counts as in flight, so that judging it makes nothing more in flight. */
  holdsSlot(key: string): boolean {
    return this.#slots.holds(key);
  }

  /** Whether an answer has just come, so that what the stage wrote may still be on its way. */
  inGrace(key: string): boolean {
    const ask = this.#asks.get(key);
    return ask?.phase === "grace" && this.#options.clock.now() < ask.until;
  }

  /** Acts on what evaluating a subject gave. */
  consider(key: string, group: string, judgement: Judgement): void {
    const ask = this.#asks.get(key);
    if (this.outstanding(key) || judgement === "not now") return;
    if (judgement === "nothing due") this.#movedOn(key, ask);
    else if (ask === undefined || !sameNeed(ask.need, judgement)) this.#askAnew(key, group, judgement);
    else if (ask.phase === "in flight") ask.need = judgement;
    else if (ask.phase === "accepted" && ask.need.judgedOn !== judgement.judgedOn) this.#ranInVain(key, ask);
    else if (this.#options.clock.now() >= ask.until) this.#askAgain(key, ask, judgement);
  }

  /** Nothing is wanted of a subject that is gone. */
  forget(key: string): void {
    this.#reruns.forget(key);
    const ask = this.#asks.get(key);
    if (ask !== undefined && !this.outstanding(key)) this.#movedOn(key, ask);
  }

  /** Ends every backoff: what was in vain may succeed now. */
  wake(): void {
    for (const [key, ask] of this.#asks) {
      // What was accepted a moment ago is at work.
      if (ask.phase !== "backoff" && (ask.phase !== "accepted" || this.#slots.holds(key))) continue;
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
    return [...this.#asks].every(([key, ask]) => isPatient(ask, this.#restless(key, ask)));
  }

  waiting(): readonly Waiting[] {
    const waits = [...this.#asks].filter(([, { phase }]) => phase === "backoff" || phase === "rerun");
    return waits.map(([key, ask]) => ({
      subject: subjectOf(key),
      stage: ask.need.stage,
      attempt: ask.attempt,
      nextAskAt: ask.until,
      since: ask.since,
      lastError: ask.error,
      restless: this.#restless(key, ask),
    }));
  }

  /** What a broker accepted, or waits until the sink is open, and the cluster does not show done yet. */
  awaited(): readonly Awaited[] {
    const { handsOver } = this.#options;
    const handed = [...this.#asks].filter(
      ([, { phase }]) => phase === "accepted" || (handsOver && phase === "in flight"),
    );
    return handed.map(([key, { need, attempt, since }]) => ({
      subject: subjectOf(key),
      stage: need.stage,
      attempt,
      since,
    }));
  }

  stop(): void {
    for (const ask of this.#asks.values()) ask.cancel();
    this.#slots.stop();
  }

  /** A broker tells nobody what became of an event. A subject that was written to, with the same still due and no claim on it, is one whose stage failed. */
  #ranInVain(key: string, ask: Ask): void {
    ask.sending?.abort();
    ask.posted = false;
    this.#slots.giveBack(key);
    this.#backOff(key, ask, undefined, 0);
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
    const ask = beginAsk(need, group, clock.now());
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
      this.#slots.giveBack(key);
      if (ask.phase !== "rerun") ask.attempt += 1;
      this.#send(key, ask);
    }
  }

  #send(key: string, ask: Ask): void {
    const { clock, tell, send } = this.#options;
    ask.sending?.abort();
    const sending = new AbortController();
    ask.sending = sending;
    this.#wait(ask);
    this.#slots.take(key, ask.group);
    const { need, attempt } = ask;
    const begun = clock.now();
    tell({ kind: "asked", subject: subjectOf(key), stage: need.stage, attempt });
    const isCurrent = (): boolean => ask.sending === sending && !sending.signal.aborted;
    let posted = false;
    const handing = {
      signal: sending.signal,
      posting: () => {
        posted = true;
        if (!isCurrent()) return;
        ask.posted = true;
        this.#await(key, ask);
      },
      waiting: () => {
        if (!isCurrent() || ask.phase !== "accepted") return;
        this.#wait(ask);
        this.#slots.giveBack(key);
        this.#slots.take(key, ask.group);
      },
    };
    const outcome = outcomeOf(send(key, { need, attempt }, handing));
    const { untold } = ask;
    ask.untold = outcome.then(async ({ kind }) => (posted && kind !== "accepted") || (await untold));
    void outcome.then((delivery) => {
      const seconds = (clock.now() - begun) / 1_000;
      // Of one that the cluster has moved on from it says nothing.
      const told: Delivery = isCurrent() ? delivery : { kind: "accepted" };
      tell({ kind: "ended", subject: subjectOf(key), stage: need.stage, attempt, delivery: told, seconds });
      if (!isCurrent()) return;
      this.#settle(key, ask, delivery);
      this.#options.look(key);
    });
  }

  #wait(ask: Ask): void {
    ask.cancel();
    ask.phase = "in flight";
    ask.until = Number.POSITIVE_INFINITY;
  }

  #settle(key: string, ask: Ask, delivery: Delivery): void {
    if (delivery.kind === "accepted") {
      if (ask.phase === "in flight") this.#await(key, ask);
      return;
    }
    // It was asked for, and the cluster has shown since that it ran in vain.
    if (ask.phase === "backoff") return;
    this.#slots.giveBack(key);
    const { reply } = delivery;
    if (ask.need.once) {
      ask.cancel();
      this.#asks.delete(key);
      this.#options.movedOn(key, ask.untold);
    } else if (reply.kind === "retry") this.#backOff(key, ask, reply.error, retryAfterMilliseconds(reply));
    else {
      if (reply.kind === "fact") this.#reruns.ran(key, ask.need, this.#options.clock.now());
      this.#hold(key, ask, "grace", graceMilliseconds);
    }
  }

  #await(key: string, ask: Ask): void {
    const { random, answerMilliseconds, look } = this.#options;
    const patience = ask.attempt === 0 ? 0 : backoffMilliseconds(ask.attempt, random);
    this.#hold(key, ask, "accepted", Math.max(answerMilliseconds, patience));
    this.#slots.giveBackAfter(key, slotMilliseconds, () => look(key));
  }

  #backOff(key: string, ask: Ask, error: PlugboardError | undefined, atLeastMilliseconds: number): void {
    noteFailure(ask, error);
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
    ask.sending?.abort();
    this.#options.movedOn(key, ask.untold);
    if (ask.phase === "in flight") this.#slots.giveBack(key);
    if (ask.phase === "accepted" || ask.posted) {
      this.#slots.giveBack(key);
      this.#reruns.ran(key, ask.need, this.#options.clock.now());
    }
    this.#asks.delete(key);
    const seconds = (this.#options.clock.now() - ask.since) / 1_000;
    if (ask.phase !== "rerun")
      this.#options.tell({ kind: "moved on", subject: subjectOf(key), stage: ask.need.stage, seconds });
  }
}

/** An ask that nothing was sent for yet. */
function beginAsk(need: Need, group: string, now: number): Ask {
  return {
    need,
    group,
    attempt: 0,
    phase: "rerun",
    until: 0,
    since: now,
    error: undefined,
    cancel: () => {},
    sending: undefined,
    posted: false,
    untold: Promise.resolve(false),
  };
}

/** Keeps why an attempt failed: the same error again lengthens the next wait; after another one that is as long as the last. */
function noteFailure(ask: Ask, error: PlugboardError | undefined): void {
  const another = ask.error !== undefined && error !== undefined && ask.error.name !== error.name;
  if (another) ask.attempt = Math.max(0, ask.attempt - 1);
  ask.error = error;
}

/** Whether it is not going to move in a moment; `restless` says whether what is held back as a rerun counts as that. */
function isPatient({ phase, attempt, error }: Ask, restless: boolean): boolean {
  switch (phase) {
    case "in flight":
    case "grace":
      return false;
    case "rerun":
      return restless;
    case "accepted":
      // A broker loses an event, and perhaps the next one, too.
      return attempt >= lostAtMost;
    case "backoff":
      return !(error instanceof Conflict && attempt < passingConflicts);
  }
}

/** What became of a delivery, never rejected: a sink that throws did not take the event. */
async function outcomeOf(delivery: Promise<Delivery>): Promise<Delivery> {
  try {
    return await delivery;
  } catch (cause) {
    const error =
      cause instanceof PlugboardError ? cause : new Unavailable("the sink did not take the event", { cause });
    return { kind: "answered", reply: { kind: "retry", error } };
  }
}

/** How long a reply asks to wait before the next attempt, in milliseconds. */
function retryAfterMilliseconds({ error, retryAfterSeconds }: Extract<StageReply, { kind: "retry" }>): number {
  const asked = error instanceof Throttled ? error.retryAfterSeconds : undefined;
  return (retryAfterSeconds ?? asked ?? 0) * 1_000;
}
