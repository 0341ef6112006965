import type { Clock } from "../../../kit/clock.ts";
import { OperatorError, Unavailable } from "../../../kit/errors.ts";
import type { Random } from "../../backoff.ts";
import type { FactEvent, StageEvent } from "../../cloud-events.ts";
import type { Handing } from "../../loop/stage-requests.ts";
import type { Delivery } from "../../report.ts";
import { type EventMessage, writeEvent } from "../event-message.ts";
import type { EventExtensions } from "./event-overrides.ts";
import type { HttpAnswer } from "./http-sender.ts";
import { isOfASubscriber, isOfTheEvent, isPassing, type Refusal, refusalOf } from "./sink-refusal.ts";

/** The reports of a sink: each state once, when it begins and when it ends. */
export type SinkReport =
  /** One request ended; code 0: no answer. */
  | { readonly kind: "answered"; readonly code: number; readonly seconds: number }
  /** The sink is down or refuses events: no event is accepted. */
  | { readonly kind: "not taken"; readonly code: number; readonly why: string }
  /** It accepts events again, after this time. */
  | { readonly kind: "taken again"; readonly afterSeconds: number }
  /** The sink was reached, but a function or another subscriber of its broker failed or did not answer in time. */
  | { readonly kind: "subscriber fails"; readonly code: number; readonly why: string }
  /** No subscriber failed for a while. */
  | { readonly kind: "no subscriber fails"; readonly afterSeconds: number };

export interface HttpSinkOptions {
  /** Posts a message to the sink once. @throws Unavailable, Timeout */
  readonly post: (message: EventMessage) => Promise<Pick<HttpAnswer, "code" | "retryAfterSeconds">>;
  readonly clock: Clock;
  readonly random: Random;
  /** Set on every event; never replaces an attribute of the event. */
  readonly extensions?: EventExtensions | undefined;
  /** The bearer token. Called for every request, because tokens are renewed. */
  readonly token?: (() => string | undefined) | undefined;
  readonly tell?: ((report: SinkReport) => void) | undefined;
}

const firstPauseMilliseconds = 250;
const longestPauseMilliseconds = 5_000;
/** The pause after an error that only an edit corrects: an occasional attempt is enough. */
const configurationPauseMilliseconds = 15_000;
/** The longest time to wait that a sink may request, in seconds. */
const longestWaitSeconds = 300;
/** After this many attempts, the event and not the sink is the cause, if other events are accepted. */
const triesWhileOthersPass = 5;
/** Time without a failure of a subscriber after which failures count as over: some events fail, others do not. */
const calmMilliseconds = 60_000;

/** Longer than connecting may take, in milliseconds. */
const connectedMilliseconds = 11_000;
/** Time for requests in progress when the sink is stopped. Their answers are not awaited. */
const farewellMilliseconds = 2_000;

/** An event that waits for its turn, in the order of arrival. */
interface Waiting {
  posting: boolean;
  wake: () => void;
}

/** For events whose progress is not followed. */
const unfollowed: Handing = { signal: new AbortController().signal, posting: () => {}, waiting: () => {} };

/**
 * Delivers events to an HTTP sink.
 * While the sink is down they wait, and the oldest one that is still needed is tried every few seconds.
 * So all events continue a few seconds after an outage, however long it was.
 * A broker's answer about its subscribers is returned at once.
 */
export class HttpSink {
  readonly #options: HttpSinkOptions;
  readonly #line = new Set<Waiting>();
  readonly #posts = new Set<Promise<unknown>>();
  readonly #saidOfEvents = new Set<number>();
  #taken = 0;
  #openAt = 0;
  #stopped = false;
  #probing: Waiting | undefined;
  #outage:
    | { readonly code: number; readonly since: number; readonly failures: number; readonly probeAt: number }
    | undefined;
  #failing: { readonly code: number; readonly since: number; readonly last: number } | undefined;

  constructor(options: HttpSinkOptions) {
    this.#options = options;
  }

  /** Whether the sink accepted the last event. */
  get takes(): boolean {
    return this.#outage === undefined;
  }

  /**
   * Delivers an event; the sink of a source.
   * May be passed as a function.
   * @throws Refused if the sink refuses this event; Unavailable or Timeout if a subscriber behind the sink failed;
   * Unavailable if stopped, or if the event is no longer needed
   */
  readonly send = async (event: StageEvent | FactEvent, handing: Handing = unfollowed): Promise<Delivery> => {
    const waiting: Waiting = { posting: false, wake: () => {} };
    const wake = (): void => waiting.wake();
    this.#line.add(waiting);
    handing.signal.addEventListener("abort", wake);
    try {
      return await this.#sendInLine(event, waiting, handing);
    } finally {
      handing.signal.removeEventListener("abort", wake);
      this.#line.delete(waiting);
      this.#wakeAll();
    }
  };

  /** Stops sending. Requests in progress get two seconds to end; waiting events are given up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wakeAll();
    let cancel = (): void => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(farewellMilliseconds, resolve);
    });
    await Promise.race([Promise.allSettled(this.#posts), late]);
    cancel();
  }

  async #sendInLine(event: StageEvent | FactEvent, waiting: Waiting, handing: Handing): Promise<Delivery> {
    const takenBefore = this.#taken;
    for (let failures = 1; ; failures += 1) {
      await this.#turn(waiting, handing.signal);
      if (handing.signal.aborted) throw new Unavailable("the event is no longer needed");
      if (this.#stopped) throw new Unavailable("this instance is stopping");
      handing.posting();
      const refusal = await this.#attempt(event, waiting, handing.signal);
      if (refusal === undefined) return { kind: "accepted" };
      const othersPass = failures >= triesWhileOthersPass && this.#taken > takenBefore;
      if (isOfTheEvent(refusal.code) || isOfASubscriber(refusal) || othersPass) throw refusal.error;
      handing.waiting();
      // The sink may refuse this event only, so the others are tried before it.
      if (failures % triesWhileOthersPass === 0) this.#moveToTheEnd(waiting);
    }
  }

  /** Resolves when the event may be posted: the sink is open, or it is down and this is the oldest event to try. */
  async #turn(waiting: Waiting, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#stopped) {
      const now = this.#options.clock.now();
      const wait = Math.max(this.#openAt, this.#outage?.probeAt ?? 0) - now;
      const probes = this.#outage === undefined || (this.#probing === undefined && this.#oldest === waiting);
      if (wait <= 0 && probes) {
        if (this.#outage !== undefined) this.#probing = waiting;
        return;
      }
      await this.#pause(waiting, probes ? wait : undefined);
    }
  }

  #moveToTheEnd(waiting: Waiting): void {
    this.#line.delete(waiting);
    this.#line.add(waiting);
    this.#wakeAll();
  }

  get #oldest(): Waiting | undefined {
    return [...this.#line].find(({ posting }) => !posting);
  }

  async #attempt(event: StageEvent | FactEvent, waiting: Waiting, signal: AbortSignal): Promise<Refusal | undefined> {
    const { clock, tell } = this.#options;
    const begun = clock.now();
    const post = this.#post(event);
    this.#posts.add(post);
    waiting.posting = true;
    const unwatch = this.#watchProbe(waiting, signal);
    const { code, refusal } = await post.finally(() => {
      unwatch();
      this.#posts.delete(post);
      waiting.posting = false;
      if (this.#probing === waiting) this.#probing = undefined;
      this.#wakeAll();
    });
    tell?.({ kind: "answered", code, seconds: (clock.now() - begun) / 1_000 });
    // A request that its own end interrupted says nothing about the sink.
    if (this.#stopped) return refusal;
    if (refusal === undefined) this.#sayTaken();
    else this.#sayRefused(refusal);
    return refusal;
  }

  /** A probe that takes longer than connecting has reached the sink, and so has one whose stage is done. */
  #watchProbe(waiting: Waiting, signal: AbortSignal): () => void {
    if (this.#probing !== waiting) return () => {};
    const reached = (): void => {
      this.#probing = undefined;
      this.#sayReached();
    };
    const cancel = this.#options.clock.after(connectedMilliseconds, reached);
    signal.addEventListener("abort", reached);
    return () => {
      cancel();
      signal.removeEventListener("abort", reached);
    };
  }

  async #post(
    event: StageEvent | FactEvent,
  ): Promise<{ readonly code: number; readonly refusal: Refusal | undefined }> {
    try {
      const answer = await this.#options.post(this.#messageOf(event));
      return { code: answer.code, refusal: refusalOf(answer) };
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      return { code: 0, refusal: { code: 0, error, retryAfterSeconds: undefined } };
    }
  }

  #messageOf(event: StageEvent | FactEvent): EventMessage {
    const { extensions = {}, token } = this.#options;
    const { headers, body } = writeEvent({ ...extensions, ...event });
    const bearer = token?.();
    return { headers: bearer === undefined ? headers : { ...headers, authorization: `Bearer ${bearer}` }, body };
  }

  #pause(waiting: Waiting, milliseconds: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const cancel =
        milliseconds === undefined ? () => {} : this.#options.clock.after(milliseconds, () => waiting.wake());
      waiting.wake = () => {
        cancel();
        waiting.wake = () => {};
        resolve();
      };
    });
  }

  #wakeAll(): void {
    for (const { wake } of [...this.#line]) wake();
  }

  #sayTaken(): void {
    const { clock, tell } = this.#options;
    this.#taken += 1;
    this.#sayReached();
    if (this.#failing === undefined || clock.now() - this.#failing.last < calmMilliseconds) return;
    tell?.({ kind: "no subscriber fails", afterSeconds: (clock.now() - this.#failing.since) / 1_000 });
    this.#failing = undefined;
  }

  #sayReached(): void {
    if (this.#outage === undefined) return;
    const afterSeconds = (this.#options.clock.now() - this.#outage.since) / 1_000;
    this.#outage = undefined;
    this.#options.tell?.({ kind: "taken again", afterSeconds });
    this.#wakeAll();
  }

  #sayRefused(refusal: Refusal): void {
    const { code, error } = refusal;
    if (isOfTheEvent(code)) {
      if (!this.#saidOfEvents.has(code)) this.#options.tell?.({ kind: "not taken", code, why: error.message });
      this.#saidOfEvents.add(code);
    } else if (isOfASubscriber(refusal)) this.#sayFailing(refusal);
    else this.#sayDown(refusal);
  }

  #sayFailing({ code, error }: Refusal): void {
    const { clock, tell } = this.#options;
    // A sink that answered was reached; without an answer that is unknown.
    if (code !== 0) this.#sayReached();
    const before = this.#failing;
    this.#failing = { code, since: before?.since ?? clock.now(), last: clock.now() };
    if (before === undefined) tell?.({ kind: "subscriber fails", code, why: error.message });
  }

  #sayDown({ code, error, retryAfterSeconds }: Refusal): void {
    const { clock, random, tell } = this.#options;
    const before = this.#outage;
    // A time to wait applies to all events.
    const waitMilliseconds = Math.min(retryAfterSeconds ?? 0, longestWaitSeconds) * 1_000;
    this.#openAt = Math.max(
      this.#openAt,
      waitMilliseconds === 0 ? 0 : clock.now() + waitMilliseconds + random() * firstPauseMilliseconds,
    );
    const failures = (before?.failures ?? 0) + 1;
    const longest = isPassing(code)
      ? Math.min(longestPauseMilliseconds, firstPauseMilliseconds * 2 ** Math.min(failures - 1, 10))
      : configurationPauseMilliseconds;
    const probeAt = clock.now() + (longest * (1 + random())) / 2;
    this.#outage = { code, since: before?.since ?? clock.now(), failures, probeAt };
    if (before?.code !== code) tell?.({ kind: "not taken", code, why: error.message });
  }
}
