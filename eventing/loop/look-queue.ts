import { subjectOf } from "../../kit/loop/stage.ts";
import { FairQueue } from "./fair-queue.ts";

const defaultSlots = 20;
const looksAtOnce = 50;

/** The subjects in flight, in total, by group and by namespace. */
export interface InFlight {
  readonly inFlight: number;
  inFlightOf(group: string): number;
  inFlightOfNamespace(namespace: string): number;
  holdsSlot(key: string): boolean;
}

export interface LookQueueOptions {
  readonly requests: InFlight;
  /** The group in which a subject takes turns. */
  readonly groupOf: (key: string) => string;
  /** Whether the subject is urgent. The urgent subjects and the others of a group take turns, an urgent one first. */
  readonly isUrgent: (key: string) => boolean;
  /** Whether looks may begin. */
  readonly ready: () => boolean;
  readonly look: (key: string, group: string) => void;
  /** The most subjects in flight. Default 20. */
  readonly slots?: number | undefined;
  /**
   * The most subjects of one namespace in flight while other namespaces wait: at most all slots but one.
   * Default: half of all slots, at least 1.
   */
  readonly slotsPerNamespace?: number | undefined;
}

/** The most subjects of one group or namespace in flight. */
interface Share {
  readonly whileOthersWait: number;
  /** The rest stays free for others that may come. */
  readonly alone: number;
}

/**
 * A namespace always leaves one slot to others, if there are several slots.
 * A group that is alone leaves a fifth of them.
 */
function sharesOf(
  slots: number,
  perNamespace: number | undefined,
): { readonly group: Share; readonly namespace: Share } {
  const half = Math.max(1, Math.floor(slots / 2));
  const alone = Math.max(1, slots - 1);
  return {
    group: { whileOthersWait: half, alone: slots - Math.floor(slots / 5) },
    namespace: { whileOthersWait: Math.min(Math.max(1, perNamespace ?? half), alone), alone },
  };
}

/** Schedules looks at subjects, soon and each once, in fair turns, within the limits of subjects in flight. */
export class LookQueue {
  readonly #options: LookQueueOptions;
  readonly #queue = new FairQueue((key) => subjectOf(key).namespace);
  readonly #slots: number;
  readonly #shares: ReturnType<typeof sharesOf>;
  /** The subjects in flight. No limit prevents looks at them, because only a look ends their flight. */
  readonly #flying = new Set<string>();
  #scheduled = false;
  #stopped = false;

  constructor(options: LookQueueOptions) {
    this.#options = options;
    this.#slots = options.slots ?? defaultSlots;
    this.#shares = sharesOf(this.#slots, options.slotsPerNamespace);
  }

  /** The number of subjects that wait. */
  get size(): number {
    return this.#queue.size + this.#flying.size;
  }

  /** Whether no subject waits, and no look is scheduled. */
  get idle(): boolean {
    return !this.#scheduled && this.size === 0;
  }

  add(key: string): void {
    if (this.#stopped) return;
    const { requests, groupOf, isUrgent } = this.#options;
    if (requests.holdsSlot(key)) this.#flying.add(key);
    else this.#queue.add(key, groupOf(key), isUrgent(key));
    this.schedule();
  }

  /** Continues soon, because more looks may be possible. */
  schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#stopped) this.#serve();
    });
  }

  /** Stops looking. */
  stop(): void {
    this.#stopped = true;
  }

  #serve(): void {
    const { requests, ready, look } = this.#options;
    if (!ready()) return;
    this.#serveFlying();
    for (let looks = 0; looks < looksAtOnce; looks += 1) {
      const taken = requests.inFlight < this.#slots ? this.#takeNext() : undefined;
      if (taken === undefined) return;
      look(taken.key, taken.group);
    }
    this.schedule();
  }

  #serveFlying(): void {
    const { requests, groupOf, look } = this.#options;
    const keys = [...this.#flying];
    this.#flying.clear();
    for (const key of keys) {
      if (requests.holdsSlot(key)) look(key, groupOf(key));
      else this.add(key);
    }
  }

  #takeNext(): ReturnType<FairQueue["take"]> {
    const { requests } = this.#options;
    const { group: ofGroup, namespace: ofNamespace } = this.#shares;
    const perGroup = this.#queue.groups > 1 ? ofGroup.whileOthersWait : ofGroup.alone;
    const perNamespace = this.#queue.namespaces > 1 ? ofNamespace.whileOthersWait : ofNamespace.alone;
    return this.#queue.take(
      (group) => requests.inFlightOf(group) < perGroup,
      (namespace) => requests.inFlightOfNamespace(namespace) < perNamespace,
    );
  }
}
