import type { Clock } from "../../kit/clock.ts";
import { PlugboardError, Unavailable } from "../../kit/errors.ts";
import type { StageEvent } from "../events.ts";
import type { Random } from "../loop/backoff.ts";
import type { Delivery } from "../loop/report.ts";
import { type EventMessage, writeEvent } from "./cloud-event-http.ts";
import type { EventExtensions } from "./event-overrides.ts";
import type { HttpAnswer } from "./http-sender.ts";
import { isOfTheEvent, isPassing, type Refusal, refusalOf } from "./sink-refusal.ts";

/** What a sink tells whoever counts or logs it. */
export type SinkReport =
  /** One request ended; code 0: no answer. */
  | { readonly kind: "answered"; readonly code: number; readonly seconds: number }
  /** Events are not taken; told once for as long as it goes on in the same way. */
  | { readonly kind: "not taken"; readonly code: number; readonly why: string }
  /** They are again, after so long. */
  | { readonly kind: "taken again"; readonly afterSeconds: number };

export interface HttpSinkOptions {
  /** Posts a message to the sink once. @throws Unavailable, Timeout */
  readonly post: (message: EventMessage) => Promise<Pick<HttpAnswer, "code" | "retryAfterSeconds">>;
  readonly clock: Clock;
  readonly random: Random;
  /** Put on every event, never over an attribute of its own. */
  readonly extensions?: EventExtensions | undefined;
  /** Who sends, as a bearer token; asked for with every request, as tokens are renewed. */
  readonly token?: (() => string | undefined) | undefined;
  readonly tell?: ((report: SinkReport) => void) | undefined;
}

const firstPauseMilliseconds = 250;
const longestPauseMilliseconds = 5_000;
/** Only somebody's edit mends it: looking now and then is enough, and soon after it will do. */
const configurationPauseMilliseconds = 15_000;
/** However long a sink asks to wait. */
const longestWaitSeconds = 300;
/** So often it may be the sink; after that, when others get through, it is the event. */
const triesWhileOthersPass = 5;

/** Hands events to an HTTP sink until it takes them. An outage of the sink is no event's own failure: it lasts a few seconds longer than
 * the outage for all of them, however long that was. */
export class HttpSink {
  readonly #options: HttpSinkOptions;
  readonly #pauses = new Set<() => void>();
  readonly #posts = new Set<Promise<unknown>>();
  readonly #saidOfEvents = new Set<number>();
  #taken = 0;
  #openAt = 0;
  #stopped = false;
  #outage: { readonly code: number; readonly since: number } | undefined;

  constructor(options: HttpSinkOptions) {
    this.#options = options;
  }

  /** Whether the sink took what it was last given. */
  get takes(): boolean {
    return this.#outage === undefined;
  }

  /** Hands an event over; the sink of a source. May be passed on by itself. @throws Refused where the sink will not have this one event, Unavailable once stopped */
  readonly send = async (event: StageEvent): Promise<Delivery> => {
    const takenBefore = this.#taken;
    for (let failures = 1; ; failures += 1) {
      await this.#untilOpen();
      const refusal = await this.#attempt(event);
      if (refusal === undefined) return { kind: "accepted" };
      const othersPass = failures >= triesWhileOthersPass && this.#taken > takenBefore;
      if (isOfTheEvent(refusal.code) || othersPass) throw refusal.error;
      await this.#pause(this.#pauseAfter(refusal, failures));
    }
  };

  /** Sends nothing more: what is on its way ends, what waits to be sent again is given up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const end of [...this.#pauses]) end();
    await Promise.allSettled(this.#posts);
  }

  async #attempt(event: StageEvent): Promise<Refusal | undefined> {
    if (this.#stopped) throw new Unavailable("this instance sends no more events");
    const { clock, tell } = this.#options;
    const begun = clock.now();
    const post = this.#post(event);
    this.#posts.add(post);
    const { code, refusal } = await post.finally(() => this.#posts.delete(post));
    tell?.({ kind: "answered", code, seconds: (clock.now() - begun) / 1_000 });
    if (refusal === undefined) this.#sayTaken();
    else this.#sayRefused(refusal);
    return refusal;
  }

  async #post(event: StageEvent): Promise<{ readonly code: number; readonly refusal: Refusal | undefined }> {
    try {
      const answer = await this.#options.post(this.#messageOf(event));
      return { code: answer.code, refusal: refusalOf(answer) };
    } catch (error) {
      if (!(error instanceof PlugboardError)) throw error;
      return { code: 0, refusal: { code: 0, error, retryAfterSeconds: undefined } };
    }
  }

  #messageOf(event: StageEvent): EventMessage {
    const { extensions = {}, token } = this.#options;
    const { headers, body } = writeEvent({ ...extensions, ...event });
    const bearer = token?.();
    return { headers: bearer === undefined ? headers : { ...headers, authorization: `Bearer ${bearer}` }, body };
  }

  #pauseAfter({ code, retryAfterSeconds }: Refusal, failures: number): number {
    const { clock, random } = this.#options;
    // Whoever asks to wait means everybody.
    const wait = Math.min(retryAfterSeconds ?? 0, longestWaitSeconds) * 1_000;
    this.#openAt = Math.max(this.#openAt, clock.now() + wait);
    const longest = isPassing(code)
      ? Math.min(longestPauseMilliseconds, firstPauseMilliseconds * 2 ** Math.min(failures - 1, 10))
      : configurationPauseMilliseconds;
    return (longest * (1 + random())) / 2;
  }

  async #untilOpen(): Promise<void> {
    const { clock, random } = this.#options;
    const wait = this.#openAt - clock.now();
    if (wait > 0) await this.#pause(wait + random() * firstPauseMilliseconds);
  }

  #pause(milliseconds: number): Promise<void> {
    if (milliseconds <= 0 || this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const cancel = this.#options.clock.after(milliseconds, end);
      this.#pauses.add(end);
    });
  }

  #sayTaken(): void {
    this.#taken += 1;
    if (this.#outage === undefined) return;
    const afterSeconds = (this.#options.clock.now() - this.#outage.since) / 1_000;
    this.#outage = undefined;
    this.#options.tell?.({ kind: "taken again", afterSeconds });
  }

  #sayRefused({ code, error }: Refusal): void {
    const { clock, tell } = this.#options;
    if (isOfTheEvent(code)) {
      if (!this.#saidOfEvents.has(code)) tell?.({ kind: "not taken", code, why: error.message });
      this.#saidOfEvents.add(code);
      return;
    }
    const before = this.#outage;
    this.#outage = { code, since: before?.since ?? clock.now() };
    if (before?.code !== code) tell?.({ kind: "not taken", code, why: error.message });
  }
}
