import type { Clock } from "../clock.ts";
import type { OperatorError } from "../errors.ts";
import type { Intercept, KubeRequest } from "../kube/intercept.ts";
import type { Kind } from "../kube/port.ts";
import type { KindRegistry } from "./kinds/kind-registry.ts";
import type { WatchHistory } from "./storage/watch-history.ts";

/** Whether a fault concerns a request. */
export type Concerns = (request: KubeRequest) => boolean;

const every: Concerns = () => true;

/** Injects faults into an in-memory cluster, and shows every request to listeners. */
export class Faults {
  readonly #history: WatchHistory;
  readonly #kinds: KindRegistry;
  readonly #clock: Clock;
  readonly #listeners = new Set<(request: KubeRequest) => void>();
  readonly #delays = new Set<{ readonly milliseconds: number; readonly concerns: Concerns }>();
  #failures: { left: number; readonly error: OperatorError; readonly concerns: Concerns }[] = [];

  constructor(history: WatchHistory, kinds: KindRegistry, clock: Clock) {
    this.#history = history;
    this.#kinds = kinds;
    this.#clock = clock;
  }

  /** Fails the next matching requests with an error; they take no effect. */
  failNext(count: number, error: OperatorError, concerns: Concerns = every): void {
    this.#failures.push({ left: count, error, concerns });
  }

  /** Delays every matching request; the returned function cancels it. */
  delay(milliseconds: number, concerns: Concerns = every): () => void {
    const delay = { milliseconds, concerns };
    this.#delays.add(delay);
    return () => this.#delays.delete(delay);
  }

  /** Ends the open watches of a kind, or all: with the error, if given. Returns their number. */
  dropWatches(kind?: Kind, error?: OperatorError): number {
    return this.#history.drop(kind && this.#kinds.find(kind).resource, error);
  }

  /** Forgets the history of changes: a watch from an earlier version gets Expired. Open watches continue. */
  expire(): void {
    this.#history.compact();
  }

  /** Removes every failure and delay. */
  clear(): void {
    this.#failures = [];
    this.#delays.clear();
  }

  /** Calls back for every request before it takes effect; the returned function cancels it. */
  onRequest(listener: (request: KubeRequest) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Wraps every call of the cluster's users. */
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
