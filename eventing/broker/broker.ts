import type { Clock } from "../../kit/clock.ts";
import { failureOf, InternalError } from "../../kit/errors.ts";
import type { StageReply, StageRequest } from "../../kit/loop/stage.ts";
import { parseTraceparent } from "../../kit/trace-context.ts";
import { type EventFormat, type FactEvent, factEvent, parseStageRequest, type StageEvent } from "../cloud-events.ts";
import type { Delivery } from "../report.ts";
import type { Serverless, Trigger, TriggerDelivery } from "./serverless.ts";

/** Runs a stage. Gets only the trace of the event that requested it. */
export type StageFunction<Stage extends string = string> = (
  request: StageRequest<Stage>,
  event: Partial<Pick<StageEvent, "traceparent" | "uid" | "generation">>,
) => Promise<StageReply>;

/** Receives facts. */
export type FactSubscriber = (event: FactEvent) => Promise<void> | void;

export interface BrokerOptions<Stage extends string> {
  readonly events: EventFormat<Stage>;
  readonly serverless: Serverless;
  /** The functions of serverless.yaml that run here, by name. */
  readonly functions: ReadonlyMap<string, StageFunction<Stage>>;
  readonly clock: Clock;
  /** Receive every fact, independent of serverless.yaml. A failure of one does not affect the others. */
  readonly subscribers?: readonly FactSubscriber[] | undefined;
  /** Called when a function threw an unknown error, or a subscriber failed. */
  readonly failed?: ((error: unknown, event: FactEvent) => void) | undefined;
}

interface Subscription<Stage extends string> {
  readonly trigger: Trigger;
  readonly run: StageFunction<Stage>;
}

/**
 * The broker in this process.
 * Delivers each event to the functions whose triggers match, one event at a time per object.
 */
export class InProcessBroker<Stage extends string = string> {
  readonly #options: BrokerOptions<Stage>;
  readonly #subscriptions: readonly Subscription<Stage>[];
  readonly #lines = new Map<string, Promise<unknown>>();
  readonly #stopped = Promise.withResolvers<void>();
  #stops = false;

  constructor(options: BrokerOptions<Stage>) {
    const { serverless, functions } = options;
    this.#options = options;
    this.#subscriptions = serverless.functions.flatMap(({ name, triggers }) => {
      const run = functions.get(name);
      return run === undefined ? [] : triggers.map((trigger) => ({ trigger, run }));
    });
  }

  /**
   * Delivers an event and returns the reply of the first function that accepts it.
   * The sink of a source.
   * May be passed as a function.
   */
  readonly publish = async (event: StageEvent): Promise<Delivery> => {
    const takers = this.#subscriptions.filter(({ trigger }) => matches(trigger, event));
    const replies = await this.#inLine(objectKey(event), async () => {
      const given: StageReply[] = [];
      for (const taker of takers) given.push(await this.#deliver(taker, event));
      return given;
    });
    const reply = replies[0] ?? { kind: "nothing", why: `no trigger matches ${event.type}` };
    return { kind: "answered", reply };
  };

  /**
   * Delivers and retries nothing more. Fulfilled when the functions that run have ended.
   * What is not done stays due: the source of the next process requests it.
   */
  async stop(): Promise<void> {
    this.#stopped.resolve();
    this.#stops = true;
    while (this.#lines.size > 0) await Promise.all(this.#lines.values());
  }

  async #deliver({ trigger, run }: Subscription<Stage>, event: StageEvent): Promise<StageReply> {
    const { delivery } = trigger;
    if (this.#stops) return { kind: "nothing", why: "this process is stopping" };
    let reply = await this.#run(run, event);
    for (let retry = 1; retry <= delivery.retry && triesAgain(reply); retry += 1) {
      await this.#wait(delayBefore(retry, delivery));
      if (this.#stops) break;
      reply = await this.#run(run, event);
    }
    for (const { stage, end } of reply.chain?.earlier ?? []) this.#publishFact(event, { stage, fact: end.fact });
    if (reply.kind === "fact") this.#publishFact(event, { stage: reply.chain?.stage, fact: reply.fact });
    return reply;
  }

  async #run(run: StageFunction<Stage>, event: StageEvent): Promise<StageReply> {
    try {
      return await run(parseStageRequest(this.#options.events, event), event);
    } catch (cause) {
      const error = failureOf(cause);
      if (error instanceof InternalError) this.#options.failed?.(cause, event);
      return { kind: "retry", error };
    }
  }

  /** Publishes the fact of a stage; absent: the stage that the event requests. */
  #publishFact(
    event: StageEvent,
    { stage, fact: name }: { readonly stage: string | undefined; readonly fact: string },
  ): void {
    const { events, clock } = this.#options;
    const request = parseStageRequest(events, event);
    const trace = parseTraceparent(event.traceparent);
    const happened = { request: { ...request, stage: stage ?? request.stage }, fact: name, trace, now: clock.now() };
    const fact = factEvent(events, event, happened);
    for (const hear of this.#options.subscribers ?? [])
      void this.#inLine(`fact ${fact.id}`, () => this.#hear(hear, fact));
  }

  async #hear(hear: FactSubscriber, fact: FactEvent): Promise<void> {
    try {
      await hear(fact);
    } catch (error) {
      this.#options.failed?.(error, fact);
    }
  }

  /** Runs after everything that was started before under the same key. */
  async #inLine<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    const before = this.#lines.get(key) ?? Promise.resolve();
    const result = before.then(run, run);
    this.#lines.set(key, result);
    try {
      return await result;
    } finally {
      if (this.#lines.get(key) === result) this.#lines.delete(key);
    }
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(milliseconds, resolve);
      void this.#stopped.promise.then(() => {
        cancel();
        resolve();
      });
    });
  }
}

/** Whether an event matches all filters of a trigger. */
export function matches({ filters }: Trigger, event: { readonly [attribute: string]: unknown }): boolean {
  return filters.every((filter) => {
    const [wanted, fits] = "exact" in filter ? [filter.exact, isExactly] : [filter.prefix, beginsWith];
    return Object.entries(wanted).every(([attribute, text]) => fits(event[attribute], text));
  });
}

function isExactly(found: unknown, wanted: string): boolean {
  return found === wanted;
}

function beginsWith(found: unknown, wanted: string): boolean {
  return typeof found === "string" && found.startsWith(wanted);
}

/**
 * Whether the event is delivered again.
 * The source retries what must wait, and a later stage than the one that the event requests.
 */
function triesAgain(reply: StageReply): boolean {
  if (reply.kind !== "retry" || reply.chain !== undefined) return false;
  return reply.error.name !== "Throttled" && reply.retryAfterSeconds === undefined;
}

/**
 * The delay before a delivery is retried, in milliseconds; the first retry is 1.
 * Knative counts from 0, so its linear backoff does not wait the first time.
 */
export function delayBefore(retry: number, { backoffPolicy, backoffMilliseconds }: TriggerDelivery): number {
  return backoffMilliseconds * (backoffPolicy === "linear" ? retry - 1 : 2 ** (retry - 1));
}

function objectKey({ kind, namespace, name }: StageEvent): string {
  return `${kind}/${namespace}/${name}`;
}
