import type { Clock } from "../../kit/clock.ts";
import type { Subject } from "../../kit/loop/stage.ts";
import { backoffMilliseconds, type Random } from "../backoff.ts";
import type { FactEvent } from "../cloud-events.ts";
import type { Tell } from "../report.ts";

export interface FactsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  /** Publishes an event. Throws if the broker did not accept it. */
  readonly publish: (event: FactEvent) => Promise<unknown>;
}

/** A fact that the broker may not have. */
export interface Untold {
  readonly subject: Subject;
  readonly fact: string;
  readonly event: FactEvent;
}

interface Sending extends Untold {
  failures: number;
  cancel: () => void;
}

/**
 * Attempts to deliver a fact, over about fourteen minutes.
 * Not more: a broker that fails for one subscriber delivers the fact to the others each time.
 */
const triesAtMost = 10;
const sentAtOnce = 20;
/** About 10 MiB; beyond that, the oldest facts are given up. */
const keptAtMost = 10_000;

/** Facts that the broker may not have. Each is sent until the broker accepts it. */
export class Facts {
  readonly #options: FactsOptions;
  readonly #kept = new Map<string, Sending>();
  readonly #ready = new Set<Sending>();
  #sending = 0;
  #stopped = false;

  constructor(options: FactsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Sends a fact until the broker accepts it. */
  send(untold: Untold): void {
    const { id } = untold.event;
    if (this.#stopped || this.#kept.has(id)) return;
    const sending = { ...untold, failures: 0, cancel: () => {} };
    this.#kept.set(id, sending);
    const [oldest] = this.#kept.values();
    if (this.#kept.size > keptAtMost && oldest !== undefined)
      this.#giveUp(oldest, new Error(`more than ${keptAtMost} facts wait for the broker`));
    this.#ready.add(sending);
    this.#next();
  }

  /** Stops sending. */
  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#kept.values()) cancel();
    this.#kept.clear();
    this.#ready.clear();
  }

  #next(): void {
    for (const sending of this.#ready) {
      if (this.#sending >= sentAtOnce) return;
      this.#ready.delete(sending);
      this.#sending += 1;
      void this.#publish(sending);
    }
  }

  async #publish(sending: Sending): Promise<void> {
    const { subject, fact, event } = sending;
    try {
      await this.#options.publish(event);
      this.#kept.delete(event.id);
      this.#options.tell({ kind: "fact sent", subject, fact });
    } catch (error) {
      this.#failed(sending, error);
    } finally {
      this.#sending -= 1;
      this.#next();
    }
  }

  #failed(sending: Sending, error: unknown): void {
    const { clock, random } = this.#options;
    if (this.#kept.get(sending.event.id) !== sending) return;
    sending.failures += 1;
    if (sending.failures >= triesAtMost) {
      this.#giveUp(sending, error);
      return;
    }
    sending.cancel = clock.after(backoffMilliseconds(sending.failures, random), () => {
      this.#ready.add(sending);
      this.#next();
    });
  }

  #giveUp(sending: Sending, error: unknown): void {
    const { subject, fact, event, cancel } = sending;
    cancel();
    this.#ready.delete(sending);
    this.#kept.delete(event.id);
    this.#options.tell({ kind: "fact given up", subject, fact, error });
  }
}
