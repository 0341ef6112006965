import type { CloudEventV1 } from "cloudevents";
import type { Clock } from "../../kit/clock.ts";
import { InvalidInput, PlugboardError } from "../../kit/errors.ts";
import { delayBefore, matches } from "../broker/broker.ts";
import type { Trigger } from "../broker/serverless.ts";
import { type ReceivedEvent, readEvent, writeEvent } from "./cloud-event-http.ts";
import { type Arrivals, friendlyNetwork, type Network } from "./hostile.ts";
import type { HttpAnswer, HttpSender } from "./http-sender.ts";

/** Who is to have which events, and where it is. */
export interface Subscription {
  readonly name: string;
  readonly trigger: Trigger;
  readonly to: URL;
}

/** What a broker tells whoever shows it. */
export type BrokerReport =
  | { readonly kind: "taken"; readonly event: ReceivedEvent; readonly arrivals: Arrivals }
  /** Nobody subscribes to it. */
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
  /** It came back through replies too often. */
  | { readonly kind: "going round"; readonly event: ReceivedEvent };

/** How a subscriber took an event. */
export interface Delivered {
  readonly code: number;
  readonly reply: ReceivedEvent | undefined;
}

export interface HttpBrokerOptions {
  readonly subscriptions: readonly Subscription[];
  readonly sender: Pick<HttpSender, "post">;
  readonly clock: Clock;
  /** Absent: a friendly one. */
  readonly network?: Network | undefined;
  readonly tell?: ((report: BrokerReport) => void) | undefined;
}

/** What comes with an event beside itself. */
export interface Passage {
  /** Of the broker, which subscribers are told. */
  readonly namespace: string;
  /** Headers that are passed on. */
  readonly headers: Readonly<Record<string, string>>;
}

const hopsAttribute = "knativebrokerttl";
const arrivalAttribute = "knativearrivaltime";
/** As often an event may come back as a reply: Knative's own limit. */
const hopsAtMost = 255;
const retried: ReadonlySet<number> = new Set([404, 408, 409, 429]);

/** A broker over HTTP, with Knative's contract as far as our triggers use it: filters, retries, replies that are events again. What it holds it loses when it ends. */
export class HttpBroker {
  readonly #options: HttpBrokerOptions;
  readonly #work = new Set<Promise<unknown>>();

  constructor(options: HttpBrokerOptions) {
    this.#options = options;
  }

  /**
   * Takes an event over. Fulfilled when every subscriber of it is done, and of every reply, and so on: true if all of them took theirs.
   *
   * @throws InvalidInput at once where it came through brokers too often
   */
  take(given: ReceivedEvent, passage: Passage): Promise<boolean> {
    const { [hopsAttribute]: before, ...event } = given;
    const hops = before === undefined ? hopsAtMost : Number(before) - 1;
    if (!(hops > 0))
      throw new InvalidInput("the event came back through brokers too often: two functions answer each other");
    const { network = friendlyNetwork, clock, tell } = this.#options;
    const arrived = { ...event, [arrivalAttribute]: new Date(clock.now()).toISOString() };
    const arrivals = network(event);
    tell?.({ kind: "taken", event, arrivals });
    const works = arrivals.map((delay) => this.#do(this.#dispatch(arrived, { ...passage, hops }, delay)));
    return Promise.all(works).then((took) => took.every(Boolean));
  }

  /** Fulfilled when everything that was taken has been delivered or given up. */
  async drained(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #do(work: Promise<boolean>): Promise<boolean> {
    this.#work.add(work);
    return work.finally(() => this.#work.delete(work));
  }

  async #dispatch(event: ReceivedEvent, passage: Hop, delay: number): Promise<boolean> {
    if (delay > 0) await this.#wait(delay);
    const takers = this.#options.subscriptions.filter(({ trigger }) => matches(trigger, event));
    if (takers.length === 0) this.#options.tell?.({ kind: "unclaimed", event });
    const took = await Promise.all(takers.map((to) => this.#deliver(event, to, passage)));
    return took.every(Boolean);
  }

  async #deliver(event: ReceivedEvent, to: Subscription, passage: Hop): Promise<boolean> {
    const { tell } = this.#options;
    const { delivery } = to.trigger;
    for (let retry = 1; ; retry += 1) {
      const came = await this.#post(event, to, passage);
      if (came.kind === "delivered") {
        tell?.({ kind: "delivered", event, to, came });
        return came.reply === undefined ? true : await this.#takeReply(came.reply, passage);
      }
      if (!came.retryable || retry > delivery.retry) {
        tell?.({ kind: "given up", event, to, why: came.why });
        return false;
      }
      const afterMilliseconds = Math.max(delayBefore(retry, delivery), (came.retryAfterSeconds ?? 0) * 1_000);
      tell?.({ kind: "to be tried again", event, to, why: came.why, afterMilliseconds });
      await this.#wait(afterMilliseconds);
    }
  }

  async #takeReply(reply: ReceivedEvent, { hops, ...passage }: Hop): Promise<boolean> {
    try {
      return await this.take({ ...reply, [hopsAttribute]: hops }, passage);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      this.#options.tell?.({ kind: "going round", event: reply });
      return false;
    }
  }

  async #post(event: ReceivedEvent, to: Subscription, { namespace, headers }: Hop): Promise<Came> {
    const message = writeEvent(asCloudEvent(event));
    const all = { ...headers, ...message.headers, prefer: "reply", "kn-namespace": namespace };
    try {
      return cameOf(await this.#options.sender.post(to.to, { ...message, headers: all }));
    } catch (error) {
      if (!(error instanceof PlugboardError)) throw error;
      return { kind: "failed", why: error.message, retryable: true };
    }
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(milliseconds, resolve));
  }
}

interface Hop extends Passage {
  readonly hops: number;
}

type Came =
  | ({ readonly kind: "delivered" } & Delivered)
  | {
      readonly kind: "failed";
      readonly why: string;
      readonly retryable: boolean;
      readonly retryAfterSeconds?: number | undefined;
    };

function cameOf({ code, headers, body, retryAfterSeconds }: HttpAnswer): Came {
  if (code < 200 || code >= 300)
    return {
      kind: "failed",
      why: `it answered ${code}`,
      retryable: code >= 500 || retried.has(code),
      retryAfterSeconds,
    };
  if (!isEvent(headers))
    return body.length === 0
      ? { kind: "delivered", code, reply: undefined }
      : { kind: "failed", why: `it answered ${code} with a body that is no CloudEvent`, retryable: true };
  try {
    return { kind: "delivered", code, reply: readEvent(headers, body) };
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

/** The package's type wants its own shape of what was checked already. */
function asCloudEvent(event: ReceivedEvent): CloudEventV1<unknown> {
  return event;
}
