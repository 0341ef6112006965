import { FairQueue } from "./fair-queue.ts";

const inFlightAtMost = 20;
const perGroupAtMost = 16;
const perGroupWhileOthersWait = 10;
const looksAtOnce = 50;

/** What counts as in flight: subjects, in all and by group. */
export interface InFlight {
  readonly inFlight: number;
  inFlightOf(group: string): number;
  holdsSlot(key: string): boolean;
}

export interface LookQueueOptions {
  readonly asks: InFlight;
  /** Among whom a subject takes its turn. */
  readonly groupOf: (key: string) => string;
  /** Whether the subject is urgent. The urgent subjects and the others of a group take turns, an urgent one first. */
  readonly isUrgent: (key: string) => boolean;
  /** Whether anything may be looked at yet. */
  readonly ready: () => boolean;
  readonly look: (key: string, group: string) => void;
}

/** Has subjects looked at, soon and each once: in fair turns, as far as the limits of what is in flight let. */
export class LookQueue {
  readonly #options: LookQueueOptions;
  readonly #queue = new FairQueue();
  /** Those that count as in flight: no limit keeps them from being looked at, as only that ends it. */
  readonly #flying = new Set<string>();
  #scheduled = false;
  #stopped = false;

  constructor(options: LookQueueOptions) {
    this.#options = options;
  }

  /** How many wait to be looked at. */
  get size(): number {
    return this.#queue.size + this.#flying.size;
  }

  /** Whether none waits, and nothing is scheduled. */
  get idle(): boolean {
    return !this.#scheduled && this.size === 0;
  }

  add(key: string): void {
    if (this.#stopped) return;
    const { asks, groupOf, isUrgent } = this.#options;
    if (asks.holdsSlot(key)) this.#flying.add(key);
    else this.#queue.add(key, groupOf(key), isUrgent(key));
    this.schedule();
  }

  /** Goes on soon: more may be looked at now. */
  schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#stopped) this.#serve();
    });
  }

  /** Has nothing looked at any more. */
  stop(): void {
    this.#stopped = true;
  }

  #serve(): void {
    const { asks, ready, look } = this.#options;
    if (!ready()) return;
    this.#serveFlying();
    for (let looks = 0; looks < looksAtOnce; looks += 1) {
      const taken = asks.inFlight < inFlightAtMost ? this.#queue.take((group) => this.#mayServe(group)) : undefined;
      if (taken === undefined) return;
      look(taken.key, taken.group);
    }
    this.schedule();
  }

  #serveFlying(): void {
    const { asks, groupOf, look } = this.#options;
    const keys = [...this.#flying];
    this.#flying.clear();
    for (const key of keys) {
      if (asks.holdsSlot(key)) look(key, groupOf(key));
      else this.add(key);
    }
  }

  #mayServe(group: string): boolean {
    const atMost = this.#queue.groups > 1 ? perGroupWhileOthersWait : perGroupAtMost;
    return this.#options.asks.inFlightOf(group) < atMost;
  }
}
