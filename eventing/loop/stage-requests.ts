import type { Clock } from "../../kit/clock.ts";
import { Conflict, OperatorError, Throttled, Unavailable } from "../../kit/errors.ts";
import { type StageReply, subjectOf } from "../../kit/loop/stage.ts";
import { backoffMilliseconds, type Random } from "../backoff.ts";
import type { Awaited, Delivery, SourceReport, Tell, Waiting } from "../report.ts";
import { type Need, sameNeed } from "./due-stages.ts";
import { Reruns, restlessFrom } from "./reruns.ts";
import { Slots } from "./slots.ts";

/** The requested stage of a subject, and what happens before it is looked at again. */
interface OpenRequest {
  need: Need;
  readonly group: string;
  attempt: number;
  /**
   * "in flight": the answer is awaited, or the sink is closed.
   * "accepted": a broker has the event, or it is on its way there.
   * "grace": the cluster is about to show the result.
   * "backoff", "rerun": held back, after a failure or because the stage runs too often.
   */
  phase: "in flight" | "accepted" | "grace" | "backoff" | "rerun";
  /** When the phase ends, in milliseconds since the epoch; an answer ends "in flight". */
  until: number;
  /** When the stage was requested first. */
  readonly since: number;
  error: OperatorError | undefined;
  /** Cancels the timer of the phase. */
  cancel: () => void;
  /** The later stage with which the last run failed, after it had done the requested one. */
  failedIn: string | undefined;
  /** Cancels an event that was not sent yet. */
  sending: AbortController | undefined;
  /**
   * Whether the event was on its way to a sink that only accepts it: the stage may have run, whatever the sink
   * answered.
   */
  posted: boolean;
  /** Whether an attempt was on its way and was not accepted. Known when all attempts have ended. */
  untold: Promise<boolean>;
}

/** After this many consecutive lost events, the stage counts as failing. */
const lostAtMost = 3;
/** This many consecutive conflicts are caused by a stale view, not by another client. */
const passingConflicts = 3;

/** The progress of an event that is being delivered. */
export interface Handing {
  /** Aborted when the event is no longer needed. A request in progress is not interrupted. */
  readonly signal: AbortSignal;
  /** Called when the event is posted. */
  readonly posting: () => void;
  /** Called when the sink did not accept it, and it waits until the sink is open again. */
  readonly waiting: () => void;
}

export interface StageRequestsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  /** Delivers the event. */
  readonly send: (
    key: string,
    sent: { readonly need: Need; readonly attempt: number },
    handing: Handing,
  ) => Promise<Delivery>;
  /**
   * Whether the sink only hands events over, so that an answer says nothing: a subject is decided on by what is seen
   * while its event is on its way.
   */
  readonly handsOver: boolean;
  /**
   * Called when a subject no longer needs the requested stage.
   * `untold` tells, when it is known, whether a broker may have hung up on a run, so that its fact was lost.
   */
  readonly movedOn: (key: string, untold: Promise<boolean>) => void;
  /** Requests another look at a subject. */
  readonly look: (key: string) => void;
  /**
   * How long the functions of a broker may take until an accepted event counts as lost, in milliseconds.
   * After each loss the time grows to that of a retry, if that is longer.
   */
  readonly answerMilliseconds: number;
}

/** How long the cluster may take to show the write of a stage, before the stage counts as without effect. */
const graceMilliseconds = 1_000;
/** How long an accepted event uses a slot: a broker that loses events delays others no longer than this. */
const slotMilliseconds = 5_000;

/**
 * The requested stages that are not seen done.
 * At most one event per subject, repeated until the cluster shows that the stage is not due any more.
 */
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
    // Whether a stage that was requested on suspicion is due cannot be seen.
    return request?.phase === "in flight" && (!this.#options.handsOver || request.need.once === true);
  }

  /** Whether it counts as in flight, so that a decision on it makes nothing more in flight. */
  holdsSlot(key: string): boolean {
    return this.#slots.holds(key);
  }

  /** Whether an answer has just arrived, so that the write of the stage may not be visible yet. */
  inGrace(key: string): boolean {
    const request = this.#requests.get(key);
    return request?.phase === "grace" && this.#options.clock.now() < request.until;
  }

  /** Acts on the judgement of a subject. */
  consider(key: string, group: string, due: Need | "nothing" | "not now"): void {
    const request = this.#requests.get(key);
    if (this.outstanding(key) || due === "not now") return;
    if (due === "nothing") this.#movedOn(key, request);
    else if (request === undefined || !sameNeed(request.need, due)) this.#open(key, group, due);
    else if (request.phase === "in flight") request.need = due;
    else if (request.phase === "accepted" && request.need.seenAt !== due.seenAt) this.#ranInVain(key, request);
    else if (this.#options.clock.now() >= request.until) this.#repeat(key, request, due);
  }

  /** A deleted subject needs nothing. */
  forget(key: string): void {
    this.#reruns.forget(key);
    const request = this.#requests.get(key);
    if (request !== undefined && !this.outstanding(key)) this.#movedOn(key, request);
  }

  /** Ends every backoff: failed attempts may succeed now. */
  wake(): void {
    for (const [key, request] of this.#requests) {
      // A stage whose event was just accepted is running.
      if (request.phase !== "backoff" && (request.phase !== "accepted" || this.#slots.holds(key))) continue;
      request.attempt = 0;
      this.#end(key, request);
    }
  }

  /** Ends every grace time: the cluster has shown all writes. */
  endGrace(): boolean {
    const graced = [...this.#requests].filter(([, request]) => request.phase === "grace");
    for (const [key, request] of graced) this.#end(key, request);
    return graced.length > 0;
  }

  /** Whether nothing will happen soon. */
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

  /** Events that a broker accepted, or that wait for the sink, and whose stages are not seen done. */
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

  /**
   * A broker does not report results.
   * If the subject was written, the same stage is still due and no claim runs, the stage failed.
   */
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
    if (before?.phase === "backoff" && before.failedIn === need.stage) {
      before.need = need;
      before.failedIn = undefined;
      return;
    }
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

  /** The phase is over and the same stage is still due. */
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
      // An answer for a need that is over says nothing.
      const told: Delivery = isCurrent() ? delivery : { kind: "accepted" };
      this.#tellEnd({ subject: subjectOf(key), stage: need.stage, attempt, delivery: told, seconds }, begun);
      if (!isCurrent()) return;
      this.#settle(key, request, delivery);
      this.#options.look(key);
    });
  }

  /** Tells how a run ended; of a run that went on with further stages, of each of them. */
  #tellEnd(run: Omit<Extract<SourceReport, { kind: "ended" }>, "kind">, begun: number): void {
    const { tell } = this.#options;
    const chain = run.delivery.kind === "answered" ? run.delivery.reply.chain : undefined;
    let since = begun;
    for (const { stage, end, endedAt } of chain?.earlier ?? []) {
      const delivery = { kind: "answered", reply: end } as const;
      tell({ kind: "ended", ...run, stage, delivery, seconds: (endedAt - since) / 1_000 });
      since = endedAt;
    }
    const seconds = run.seconds - (since - begun) / 1_000;
    tell({ kind: "ended", ...run, stage: chain?.stage ?? run.stage, seconds });
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
    // It was requested, and the cluster has shown since that the run had no effect.
    if (request.phase === "backoff") return;
    this.#slots.giveBack(key);
    const { reply } = delivery;
    if (request.need.once) {
      request.cancel();
      this.#requests.delete(key);
      this.#options.movedOn(key, request.untold);
    } else if (reply.kind === "retry") {
      request.failedIn = reply.chain?.stage;
      this.#backOff(key, request, reply.error, retryAfterMilliseconds(reply));
    } else {
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

  #backOff(key: string, request: OpenRequest, error: OperatorError | undefined, atLeastMilliseconds: number): void {
    noteFailure(request, error);
    const wait = backoffMilliseconds(request.attempt + 1, this.#options.random);
    this.#hold(key, request, "backoff", Math.max(wait, atLeastMilliseconds));
  }

  #hold(key: string, request: OpenRequest, phase: OpenRequest["phase"], milliseconds: number): void {
    const { clock } = this.#options;
    request.cancel();
    request.phase = phase;
    request.until = clock.now() + milliseconds;
    // A timer may fire a moment before the wall clock shows its time. It counts as due when it fires.
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
    failedIn: undefined,
    sending: undefined,
    posted: false,
    untold: Promise.resolve(false),
  };
}

/** Records why an attempt failed. The same error again lengthens the next wait; another error keeps it. */
function noteFailure(request: OpenRequest, error: OperatorError | undefined): void {
  const another = request.error !== undefined && error !== undefined && request.error.name !== error.name;
  if (another) request.attempt = Math.max(0, request.attempt - 1);
  request.error = error;
}

/**
 * Whether the subject will not change soon.
 * `restless`: whether a stage that is held back as a rerun counts as that.
 */
function isPatient({ phase, attempt, error }: OpenRequest, restless: boolean): boolean {
  switch (phase) {
    case "in flight":
    case "grace":
      return false;
    case "rerun":
      return restless;
    case "accepted":
      // A broker that lost an event may lose the next one, too.
      return attempt >= lostAtMost;
    case "backoff":
      return !(error instanceof Conflict && attempt < passingConflicts);
  }
}

/** The result of a delivery; never rejects. A sink that throws did not accept the event. */
async function outcomeOf(delivery: Promise<Delivery>): Promise<Delivery> {
  try {
    return await delivery;
  } catch (cause) {
    const error =
      cause instanceof OperatorError ? cause : new Unavailable("the sink did not take the event", { cause });
    return { kind: "answered", reply: { kind: "retry", error } };
  }
}

/** The time to wait that a reply requests, in milliseconds. */
function retryAfterMilliseconds({ error, retryAfterSeconds }: Extract<StageReply, { kind: "retry" }>): number {
  const throttledSeconds = error instanceof Throttled ? error.retryAfterSeconds : undefined;
  return (retryAfterSeconds ?? throttledSeconds ?? 0) * 1_000;
}
