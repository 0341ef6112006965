import type { CloudEventV1 } from "cloudevents";
import type { Clock } from "../../../kit/clock.ts";
import { InvalidInput, OperatorError } from "../../../kit/errors.ts";
import { delayBefore, matches } from "../../broker/broker.ts";
import type { Trigger } from "../../broker/serverless.ts";
import { type EventHeaders, type ReceivedEvent, readEvent, writeEvent } from "../event-message.ts";
import type { HttpAnswer, HttpSender } from "../sink/http-sender.ts";
import { type Arrivals, friendlyNetwork, type Network } from "./hostile-network.ts";

/** The events of a subscriber, and its URL. */
export interface Subscription {
  readonly name: string;
  readonly trigger: Trigger;
  readonly to: URL;
}

/** The reports of a broker. */
export type BrokerReport =
  | { readonly kind: "taken"; readonly event: ReceivedEvent; readonly arrivals: Arrivals }
  /** No subscription matches it. */
  | { readonly kind: "unclaimed"; readonly event: ReceivedEvent }
  | { readonly kind: "delivered"; readonly event: ReceivedEvent; readonly to: Subscription; readonly came: Delivered }
  | {
      readonly kind: "to be tried again";
      readonly event: ReceivedEvent;
      readonly to: Subscription;
      readonly why: string;
      readonly afterMilliseconds: number;
    }
  | { readonly kind: "given up"; readonly event: ReceivedEvent; readonly to: Subscription; readonly why: string }
  /** It passed through replies too often. */
  | { readonly kind: "going round"; readonly event: ReceivedEvent };

/** The result of a delivery. */
export interface Delivered {
  readonly code: number;
  readonly reply: ReceivedEvent | undefined;
}

export interface HttpBrokerOptions {
  readonly subscriptions: readonly Subscription[];
  readonly sender: Pick<HttpSender, "post">;
  readonly clock: Clock;
  /**
   * Whether an event is accepted only when every subscriber is done, as in Knative's broker by default.
   * Absent: at once.
   */
  readonly synchronous?: boolean | undefined;
  /** Absent: one that does no harm. */
  readonly network?: Network | undefined;
  readonly tell?: ((report: BrokerReport) => void) | undefined;
}

/** The context of an event. */
export interface Passage {
  /** The namespace of the broker, which subscribers get. */
  readonly namespace: string;
  /** Headers to forward. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the sender hung up. A synchronous broker then stops the event and the replies to it. */
  readonly signal?: AbortSignal | undefined;
  /** Called when every subscriber of the event is done, in both modes. */
  readonly over?: (() => void) | undefined;
}

const hopsAttribute = "knativebrokerttl";
const arrivalAttribute = "knativearrivaltime";
/** How often an event may come back as a reply: the limit of Knative. */
const hopsAtMost = 255;
const retried: ReadonlySet<number> = new Set([404, 408, 409, 429]);
/** The statuses for which Knative reads Retry-After. */
const askingToWait: ReadonlySet<number> = new Set([429, 503]);

/**
 * A broker over HTTP that treats events like Knative's channel-based one, in both of its modes: filters, retries, and
 * replies that are events.
 * Its events are lost when it ends.
 */
export class HttpBroker {
  readonly #options: HttpBrokerOptions;
  readonly #work = new Set<Promise<unknown>>();

  constructor(options: HttpBrokerOptions) {
    this.#options = options;
  }

  /**
   * Accepts an event.
   * Returns true at once.
   * If the broker is synchronous, returns when every subscriber of the event and of all replies is done; true if all of
   * them succeeded.
   * @throws InvalidInput if the event passed through brokers too often
   */
  async take(given: ReceivedEvent, { over, ...passage }: Passage): Promise<boolean> {
    const { network = friendlyNetwork, clock, tell, synchronous = false } = this.#options;
    const { [hopsAttribute]: before, ...event } = given;
    const hops = hopsLeft(before);
    if (hops <= 0)
      throw new InvalidInput("the event passed through brokers too often: two functions answer each other");
    const arrived = { ...event, [arrivalAttribute]: new Date(clock.now()).toISOString() };
    const arrivals = network(event);
    tell?.({ kind: "taken", event, arrivals });
    const hop: Hop = { ...passage, hops, signal: synchronous ? passage.signal : undefined };
    const works = arrivals.map((delay) => this.#do(this.#dispatch(arrived, hop, delay)));
    const took = Promise.all(works).finally(over);
    return synchronous ? (await took).every(Boolean) : true;
  }

  /** Resolves when every accepted event was delivered or given up. */
  async drained(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #do(work: Promise<boolean>): Promise<boolean> {
    this.#work.add(work);
    return work.finally(() => this.#work.delete(work));
  }

  async #dispatch(event: ReceivedEvent, hop: Hop, delay: number): Promise<boolean> {
    if (delay > 0) await this.#wait(delay, hop.signal);
    const takers = this.#options.subscriptions.filter(({ trigger }) => matches(trigger, event));
    if (takers.length === 0) this.#options.tell?.({ kind: "unclaimed", event });
    const took = await Promise.all(takers.map((to) => this.#deliver({ event, to, hop })));
    return took.every(Boolean);
  }

  async #deliver(delivery: Delivering): Promise<boolean> {
    const { event, to } = delivery;
    const { tell } = this.#options;
    const came = await this.#untilTaken(delivery, () => this.#post(delivery));
    if (came.kind === "failed") {
      tell?.({ kind: "given up", event, to, why: came.why });
      return false;
    }
    tell?.({ kind: "delivered", event, to, came });
    const { reply, passedOn } = came;
    if (reply === undefined) return true;
    const replied = await this.#untilTaken(delivery, () => this.#postReply(reply, passedOn, delivery));
    if (replied.kind === "delivered") return true;
    if (replied.retryable) tell?.({ kind: "given up", event, to, why: replied.why });
    else tell?.({ kind: "going round", event: reply });
    return false;
  }

  /** Tries as often as the trigger says. As in Knative, that includes replies that the broker did not accept. */
  async #untilTaken<Taken extends { readonly kind: "delivered" }>(
    { event, to, hop: { signal } }: Delivering,
    attempt: () => Promise<Taken | Failed>,
  ): Promise<Taken | Failed> {
    const { delivery } = to.trigger;
    for (let retry = 1; ; retry += 1) {
      const came = await attempt();
      if (came.kind === "delivered" || !came.retryable || retry > delivery.retry || signal?.aborted) return came;
      const waitMilliseconds = Math.min((came.retryAfterSeconds ?? 0) * 1_000, delivery.retryAfterMaxMilliseconds ?? 0);
      const afterMilliseconds = Math.max(delayBefore(retry, delivery), waitMilliseconds);
      this.#options.tell?.({ kind: "to be tried again", event, to, why: came.why, afterMilliseconds });
      await this.#wait(afterMilliseconds, signal);
      if (signal?.aborted) return came;
    }
  }

  async #post({ event, to, hop }: Delivering): Promise<Posted | Failed> {
    const message = writeEvent(asCloudEvent(event));
    const headers = { ...hop.headers, ...message.headers, prefer: "reply", "kn-namespace": hop.namespace };
    try {
      return cameOf(await this.#options.sender.post(to.to, { ...message, headers }, hop.signal));
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      return { kind: "failed", why: error.message, retryable: true };
    }
  }

  /** Posts a reply, with the remaining hops of its event and the headers of the answer. */
  async #postReply(
    reply: ReceivedEvent,
    headers: Passage["headers"],
    { hop: { hops, ...passage } }: Delivering,
  ): Promise<{ readonly kind: "delivered" } | Failed> {
    try {
      const took = await this.take({ ...reply, [hopsAttribute]: hops }, { ...passage, headers });
      if (took) return { kind: "delivered" };
      return { kind: "failed", why: `a subscriber of its reply ${reply.type} failed`, retryable: true };
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      return { kind: "failed", why: error.message, retryable: false };
    }
  }

  #wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = (): void => {
        cancel();
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const cancel = this.#options.clock.after(milliseconds, end);
      signal?.addEventListener("abort", end);
    });
  }
}

interface Hop extends Passage {
  readonly hops: number;
}

/** An event that is being delivered to one subscriber. */
interface Delivering {
  readonly event: ReceivedEvent;
  readonly to: Subscription;
  readonly hop: Hop;
}

interface Posted extends Delivered {
  readonly kind: "delivered";
  readonly passedOn: Passage["headers"];
}

interface Failed {
  readonly kind: "failed";
  readonly why: string;
  readonly retryable: boolean;
  readonly retryAfterSeconds?: number | undefined;
}

/** The remaining hops of an event: one less than it states. Values that are not numbers are ignored. */
function hopsLeft(said: unknown): number {
  return /^[+-]?\d+$/.test(String(said)) ? Math.max(0, Number(said) - 1) : hopsAtMost;
}

/** The headers that Knative forwards, from an event or from an answer with an event. */
export function passedOn(headers: EventHeaders): Passage["headers"] {
  const named = Object.entries(headers).filter(
    ([name]) =>
      name === "x-request-id" || name === "retry-after" || name.startsWith("knative-") || name.startsWith("x-b3-"),
  );
  return Object.fromEntries(named.map(([name, value]) => [name, [value ?? []].flat().join(", ")]));
}

function cameOf({ code, headers, body, retryAfterSeconds }: HttpAnswer): Posted | Failed {
  if (code < 200 || code >= 300)
    return {
      kind: "failed",
      why: `it answered ${code}`,
      retryable: code >= 500 || retried.has(code),
      retryAfterSeconds: askingToWait.has(code) ? retryAfterSeconds : undefined,
    };
  const posted = { kind: "delivered", code, passedOn: passedOn(headers) } as const;
  if (!isEvent(headers))
    return body.length === 0
      ? { ...posted, reply: undefined }
      : { kind: "failed", why: `it answered ${code} with a body that is not a CloudEvent`, retryable: true };
  try {
    return { ...posted, reply: readEvent(headers, body) };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return {
      kind: "failed",
      why: `it answered ${code} with a malformed CloudEvent: ${error.message}`,
      retryable: true,
    };
  }
}

function isEvent(headers: HttpAnswer["headers"]): boolean {
  const [type = ""] = [headers["content-type"] ?? []].flat();
  return headers["ce-specversion"] !== undefined || type.startsWith("application/cloudevents");
}

/** The package's type requires its own shape for a checked event. */
function asCloudEvent(event: ReceivedEvent): CloudEventV1<unknown> {
  return event;
}
