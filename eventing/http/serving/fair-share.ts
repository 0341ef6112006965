import { AsyncLocalStorage } from "node:async_hooks";
import { FairLines } from "../../../kit/fair-lines.ts";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import type { Kube } from "../../../kit/kube/port.ts";

/** Limits of the work of a server. */
export interface ShareBounds {
  /** The most requests that are at work at once; further ones wait. */
  readonly atOnce: number;
  /** The most of them for one namespace. */
  readonly perNamespace: number;
  /** The most requests to the cluster that one namespace has open while others are at work, too. */
  readonly callsBesideOthers: number;
}

/** More than a source requests at once, so that slow hooks of a few namespaces do not use all places. */
export const usualShares: ShareBounds = { atOnce: 64, perNamespace: 32, callsBesideOthers: 4 };

/**
 * Shares one process among namespaces: the places at work, the turns of the event loop, and the requests to the cluster.
 * Waiting work of one namespace delays another by one turn, however much of it there is.
 */
export class FairShare {
  readonly #bounds: ShareBounds;
  readonly #outside = new FairLines<() => void>();
  readonly #atWork = new Map<string, number>();
  readonly #turns = new FairLines<() => void>();
  readonly #held = new FairLines<() => void>();
  readonly #calls = new Map<string, number>();
  readonly #served = new AsyncLocalStorage<string>();
  #working = 0;
  #scheduled = false;

  constructor(bounds: ShareBounds = usualShares) {
    this.#bounds = bounds;
  }

  /** Runs work for a namespace as soon as there is a place for it. */
  async run<Result>(namespace: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#hasPlace(namespace)) this.#enter(namespace);
    else await new Promise<void>((resolve) => this.#outside.add(namespace, resolve));
    try {
      return await this.#served.run(namespace, async () => {
        await this.#turn();
        return await work();
      });
    } finally {
      this.#leave(namespace);
    }
  }

  /**
   * The same cluster, for work that `run` runs.
   * A request waits while its namespace has many open, and after the answer the work waits for the turn of its namespace.
   */
  through(kube: Kube): Kube {
    return interceptedKube(kube, async (_request, perform) => {
      const namespace = this.#served.getStore();
      if (namespace === undefined) return await perform();
      if (this.#mayCall(namespace)) count(this.#calls, namespace, 1);
      else await new Promise<void>((resolve) => this.#held.add(namespace, resolve));
      try {
        return await perform();
      } finally {
        count(this.#calls, namespace, -1);
        this.#continueCalls();
        await this.#turn();
      }
    });
  }

  #hasPlace(namespace: string): boolean {
    const { atOnce, perNamespace } = this.#bounds;
    return this.#working < atOnce && (this.#atWork.get(namespace) ?? 0) < perNamespace;
  }

  #enter(namespace: string): void {
    this.#working += 1;
    count(this.#atWork, namespace, 1);
  }

  #leave(namespace: string): void {
    this.#working -= 1;
    count(this.#atWork, namespace, -1);
    const next = this.#outside.take((one) => this.#hasPlace(one));
    if (next !== undefined) {
      this.#enter(next.namespace);
      next.item();
    }
    this.#continueCalls();
  }

  #mayCall(namespace: string): boolean {
    return this.#atWork.size <= 1 || (this.#calls.get(namespace) ?? 0) < this.#bounds.callsBesideOthers;
  }

  #continueCalls(): void {
    for (let next = this.#nextCall(); next !== undefined; next = this.#nextCall()) {
      count(this.#calls, next.namespace, 1);
      next.item();
    }
  }

  #nextCall(): ReturnType<FairLines<() => void>["take"]> {
    return this.#held.take((namespace) => this.#mayCall(namespace));
  }

  #turn(): Promise<void> {
    const namespace = this.#served.getStore();
    if (namespace === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#turns.add(namespace, resolve);
      this.#schedule();
    });
  }

  /** One piece of work for each turn of the event loop, in which answers for others arrive. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const next = this.#turns.take();
      if (!this.#turns.empty) this.#schedule();
      next?.item();
    });
  }
}

function count(counts: Map<string, number>, name: string, more: number): void {
  const left = (counts.get(name) ?? 0) + more;
  if (left === 0) counts.delete(name);
  else counts.set(name, left);
}
