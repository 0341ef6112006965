import type { Clock } from "../../kit/clock.ts";
import { Conflict, PlugboardError, Throttled, Unavailable } from "../../kit/errors.ts";
import type { StageReply } from "../../kit/loop/stage.ts";
import { subjectOf } from "../../kit/loop/subject.ts";
import { backoffMilliseconds, type Random } from "../backoff.ts";
import type { Awaited, Delivery, Tell, Waiting } from "../report.ts";
import { type Need, sameNeed } from "./due-stages.ts";
import { Reruns, restlessFrom } from "./reruns.ts";
import { Slots } from "./slots.ts";

/** What a subject was asked for, and what is waited for before it is looked at again. */
interface OpenRequest {
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

export interface StageRequestsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  /** Hands the event over. */
  readonly send: (
    key: string,
    sent: { readonly need: Need; readonly attempt: number },
    handing: Handing,
  ) => Promise<Delivery>;
  /** Whether the sink only hands events over, so that an answer says nothing: a subject is decided on by what is seen while its event is on its way. */
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
export class StageRequests {
  readonly #options: StageRequestsOptions;
  readonly #requests = new Map<string, OpenRequest>();
  readonly #slots: Slots;
  readonly #reruns = new Reruns();

  constructor(options: StageRequestsOptions) {
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

  /** Whether the answer to an event is awaited: a decision on the subject would be in vain. */
  outstanding(key: string): boolean {
    const request = this.#requests.get(key);
    // Whether what was asked on suspicion is due nobody can see.
    return request?.phase === "in flight" && (!this.#options.handsOver || request.need.once === true);
  }

  /** Whether it counts as in flight, so that a decision on it makes nothing more in flight. */
  holdsSlot(key: string): boolean {
    return this.#slots.holds(key);
  }

  /** Whether an answer has just come, so that what the stage wrote may still be on its way. */
  inGrace(key: string): boolean {
    const request = this.#requests.get(key);
    return request?.phase === "grace" && this.#options.clock.now() < request.until;
  }

  /** Acts on what evaluating a subject gave. */
  consider(key: string, group: string, due: Need | "nothing" | "not now"): void {
    const request = this.#requests.get(key);
    if (this.outstanding(key) || due === "not now") return;
    if (due === "nothing") this.#movedOn(key, request);
    else if (request === undefined || !sameNeed(request.need, due)) this.#open(key, group, due);
    else if (request.phase === "in flight") request.need = due;
    else if (request.phase === "accepted" && request.need.seenAt !== due.seenAt) this.#ranInVain(key, request);
    else if (this.#options.clock.now() >= request.until) this.#repeat(key, request, due);
  }

  /** Nothing is wanted of a subject that is gone. */
  forget(key: string): void {
    this.#reruns.forget(key);
    const request = this.#requests.get(key);
    if (request !== undefined && !this.outstanding(key)) this.#movedOn(key, request);
  }

  /** Ends every backoff: what was in vain may succeed now. */
  wake(): void {
    for (const [key, request] of this.#requests) {
      // What was accepted a moment ago is at work.
      if (request.phase !== "backoff" && (request.phase !== "accepted" || this.#slots.holds(key))) continue;
      request.attempt = 0;
      this.#end(key, request);
    }
  }

  /** Ends every grace: the cluster has shown all that was written. */
  endGrace(): boolean {
    const graced = [...this.#requests].filter(([, request]) => request.phase === "grace");
    for (const [key, request] of graced) this.#end(key, request);
    return graced.length > 0;
  }

  /** Whether nothing is going to happen in a moment. */
  get idle(): boolean {
    return [...this.#requests].every(([key, request]) => isPatient(request, this.#restless(key, request)));
  }

  waiting(): readonly Waiting[] {
    const waits = [...this.#requests].filter(([, { phase }]) => phase === "backoff" || phase === "rerun");
    return waits.map(([key, request]) => ({
      subject: subjectOf(key),
      stage: request.need.stage,
      attempt: request.attempt,
      nextRequestAt: request.until,
      since: request.since,
      lastError: request.error,
      restless: this.#restless(key, request),
    }));
  }

  /** What a broker accepted, or waits until the sink is open, and the cluster does not show done yet. */
  awaited(): readonly Awaited[] {
    const { handsOver } = this.#options;
    const handed = [...this.#requests].filter(
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
    for (const request of this.#requests.values()) request.cancel();
    this.#slots.stop();
  }

  /** A broker tells nobody what became of an event. A subject that was written to, with the same still due and no claim on it, is one whose stage failed. */
  #ranInVain(key: string, request: OpenRequest): void {
    request.sending?.abort();
    request.posted = false;
    this.#slots.giveBack(key);
    this.#backOff(key, request, undefined, 0);
  }

  #restless(key: string, request: OpenRequest): boolean {
    return this.#reruns.count(key, request.need, this.#options.clock.now()) >= restlessFrom;
  }

  #open(key: string, group: string, need: Need): void {
    const { clock, random } = this.#options;
    const before = this.#requests.get(key);
    if (before?.phase === "rerun" && before.need.stage === need.stage && before.need.edits === need.edits) {
      before.need = need;
      if (clock.now() >= before.until) this.#send(key, before);
      return;
    }
    this.#movedOn(key, before);
    const request = openRequest(need, group, clock.now());
    this.#requests.set(key, request);
    const delay = this.#reruns.delay(key, need, clock.now(), random);
    if (delay === 0) this.#send(key, request);
    else this.#hold(key, request, "rerun", delay);
  }

  /** The phase is over and the same is still due. */
  #repeat(key: string, request: OpenRequest, need: Need): void {
    request.need = need;
    if (request.phase === "grace") this.#backOff(key, request, undefined, 0);
    else {
      this.#slots.giveBack(key);
      if (request.phase !== "rerun") request.attempt += 1;
      this.#send(key, request);
    }
  }

  #send(key: string, request: OpenRequest): void {
    const { clock, tell, send } = this.#options;
    request.sending?.abort();
    const sending = new AbortController();
    request.sending = sending;
    this.#wait(request);
    this.#slots.take(key, request.group);
    const { need, attempt } = request;
    const begun = clock.now();
    tell({ kind: "requested", subject: subjectOf(key), stage: need.stage, attempt });
    const isCurrent = (): boolean => request.sending === sending && !sending.signal.aborted;
    let posted = false;
    const handing = {
      signal: sending.signal,
      posting: () => {
        posted = true;
        if (!isCurrent()) return;
        request.posted = true;
        this.#await(key, request);
      },
      waiting: () => {
        if (!isCurrent() || request.phase !== "accepted") return;
        this.#wait(request);
        this.#slots.giveBack(key);
        this.#slots.take(key, request.group);
      },
    };
    const outcome = outcomeOf(send(key, { need, attempt }, handing));
    const { untold } = request;
    request.untold = outcome.then(async ({ kind }) => (posted && kind !== "accepted") || (await untold));
    void outcome.then((delivery) => {
      const seconds = (clock.now() - begun) / 1_000;
      // Of one that the cluster has moved on from it says nothing.
      const told: Delivery = isCurrent() ? delivery : { kind: "accepted" };
      tell({ kind: "ended", subject: subjectOf(key), stage: need.stage, attempt, delivery: told, seconds });
      if (!isCurrent()) return;
      this.#settle(key, request, delivery);
      this.#options.look(key);
    });
  }

  #wait(request: OpenRequest): void {
    request.cancel();
    request.phase = "in flight";
    request.until = Number.POSITIVE_INFINITY;
  }

  #settle(key: string, request: OpenRequest, delivery: Delivery): void {
    if (delivery.kind === "accepted") {
      if (request.phase === "in flight") this.#await(key, request);
      return;
    }
    // It was asked for, and the cluster has shown since that it ran in vain.
    if (request.phase === "backoff") return;
    this.#slots.giveBack(key);
    const { reply } = delivery;
    if (request.need.once) {
      request.cancel();
      this.#requests.delete(key);
      this.#options.movedOn(key, request.untold);
    } else if (reply.kind === "retry") this.#backOff(key, request, reply.error, retryAfterMilliseconds(reply));
    else {
      if (reply.kind === "fact") this.#reruns.ran(key, request.need, this.#options.clock.now());
      this.#hold(key, request, "grace", graceMilliseconds);
    }
  }

  #await(key: string, request: OpenRequest): void {
    const { random, answerMilliseconds, look } = this.#options;
    const patience = request.attempt === 0 ? 0 : backoffMilliseconds(request.attempt, random);
    this.#hold(key, request, "accepted", Math.max(answerMilliseconds, patience));
    this.#slots.giveBackAfter(key, slotMilliseconds, () => look(key));
  }

  #backOff(key: string, request: OpenRequest, error: PlugboardError | undefined, atLeastMilliseconds: number): void {
    noteFailure(request, error);
    const wait = backoffMilliseconds(request.attempt + 1, this.#options.random);
    this.#hold(key, request, "backoff", Math.max(wait, atLeastMilliseconds));
  }

  #hold(key: string, request: OpenRequest, phase: OpenRequest["phase"], milliseconds: number): void {
    const { clock } = this.#options;
    request.cancel();
    request.phase = phase;
    request.until = clock.now() + milliseconds;
    // A timer may fire a moment before the wall clock shows its time: the time has come when it fires.
    request.cancel = clock.after(milliseconds, () => this.#end(key, request));
  }

  #end(key: string, request: OpenRequest): void {
    request.cancel();
    request.until = this.#options.clock.now();
    this.#options.look(key);
  }

  #movedOn(key: string, request: OpenRequest | undefined): void {
    if (request === undefined) return;
    request.cancel();
    request.sending?.abort();
    this.#options.movedOn(key, request.untold);
    if (request.phase === "in flight") this.#slots.giveBack(key);
    if (request.phase === "accepted" || request.posted) {
      this.#slots.giveBack(key);
      this.#reruns.ran(key, request.need, this.#options.clock.now());
    }
    this.#requests.delete(key);
    const seconds = (this.#options.clock.now() - request.since) / 1_000;
    if (request.phase !== "rerun")
      this.#options.tell({ kind: "moved on", subject: subjectOf(key), stage: request.need.stage, seconds });
  }
}

/** A request of which no event was sent yet. */
function openRequest(need: Need, group: string, now: number): OpenRequest {
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
function noteFailure(request: OpenRequest, error: PlugboardError | undefined): void {
  const another = request.error !== undefined && error !== undefined && request.error.name !== error.name;
  if (another) request.attempt = Math.max(0, request.attempt - 1);
  request.error = error;
}

/** Whether it is not going to move in a moment; `restless` says whether what is held back as a rerun counts as that. */
function isPatient({ phase, attempt, error }: OpenRequest, restless: boolean): boolean {
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
  const throttledSeconds = error instanceof Throttled ? error.retryAfterSeconds : undefined;
  return (retryAfterSeconds ?? throttledSeconds ?? 0) * 1_000;
}
