import type { Clock } from "../clock.ts";
import type { PlugboardError } from "../errors.ts";
import type { Intercept, KubeRequest } from "../kube/intercept.ts";
import type { Kind } from "../kube/port.ts";
import type { KindRegistry } from "./kinds/kind-registry.ts";
import type { WatchHistory } from "./storage/watch-history.ts";

/** Whether a fault concerns a request. */
export type Concerns = (request: KubeRequest) => boolean;

const every: Concerns = () => true;

/** Tells an in-memory cluster to fail, and lets others see every request. */
export class Faults {
  readonly #history: WatchHistory;
  readonly #kinds: KindRegistry;
  readonly #clock: Clock;
  readonly #listeners = new Set<(request: KubeRequest) => void>();
  readonly #delays = new Set<{ readonly milliseconds: number; readonly concerns: Concerns }>();
  #failures: { left: number; readonly error: PlugboardError; readonly concerns: Concerns }[] = [];

  constructor(history: WatchHistory, kinds: KindRegistry, clock: Clock) {
    this.#history = history;
    this.#kinds = kinds;
    this.#clock = clock;
  }

  /** Answers the next so many requests concerned with an error; they take no effect. */
  failNext(count: number, error: PlugboardError, concerns: Concerns = every): void {
    this.#failures.push({ left: count, error, concerns });
  }

  /** Holds every request concerned for so long by the clock; the returned function calls it off. */
  delay(milliseconds: number, concerns: Concerns = every): () => void {
    const delay = { milliseconds, concerns };
    this.#delays.add(delay);
    return () => this.#delays.delete(delay);
  }

  /** Ends the open watches of a kind, or all: with an error they throw it, without they return. Tells how many. */
  dropWatches(kind?: Kind, error?: PlugboardError): number {
    return this.#history.drop(kind && this.#kinds.find(kind).resource, error);
  }

  /** Forgets the history of changes: who resumes from before now meets Expired. Open watches go on. */
  expire(): void {
    this.#history.compact();
  }

  /** Calls off every failure and delay. */
  clear(): void {
    this.#failures = [];
    this.#delays.clear();
  }

  /** Calls back with every request before it takes effect; the returned function calls it off. */
  onRequest(listener: (request: KubeRequest) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What stands between the cluster's users and the cluster. */
  readonly intercept: Intercept = async (request, perform) => {
    for (const listener of this.#listeners) listener(request);
    for (const { milliseconds, concerns } of this.#delays)
      if (concerns(request)) await new Promise<void>((resolve) => void this.#clock.after(milliseconds, resolve));
    const failure = this.#failures.find(({ left, concerns }) => left > 0 && concerns(request));
    if (failure === undefined) return perform();
    failure.left -= 1;
    throw failure.error;
  };
}
