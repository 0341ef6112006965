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
}

/** More than a source requests at once, so that slow hooks of a few namespaces do not use all places. */
export const usualShares: ShareBounds = { atOnce: 64, perNamespace: 32 };

/**
 * Shares one process among namespaces: the places at work, and the turns of the event loop.
 * Waiting work of one namespace delays another by one turn, however much of it there is.
 */
export class FairShare {
  readonly #bounds: ShareBounds;
  readonly #outside = new FairLines<() => void>();
  readonly #atWork = new Map<string, number>();
  readonly #turns = new FairLines<() => void>();
  readonly #served = new AsyncLocalStorage<string>();
  #working = 0;
  #scheduled = false;

  constructor(bounds: ShareBounds = usualShares) {
    this.#bounds = bounds;
  }

  /** Runs work for a namespace as soon as there is a place for it. */
  async run<Result>(namespace: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.#hasPlace(namespace)) await new Promise<void>((resolve) => this.#outside.add(namespace, resolve));
    else this.#enter(namespace);
    try {
      return await this.#served.run(namespace, async () => {
        await this.#turn();
        return await work();
      });
    } finally {
      this.#leave(namespace);
    }
  }

  /** The same cluster. After each answer, work that `run` runs waits for the turn of its namespace. */
  through(kube: Kube): Kube {
    return interceptedKube(kube, async (_request, perform) => {
      try {
        return await perform();
      } finally {
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
    this.#atWork.set(namespace, (this.#atWork.get(namespace) ?? 0) + 1);
  }

  #leave(namespace: string): void {
    this.#working -= 1;
    const left = (this.#atWork.get(namespace) ?? 1) - 1;
    if (left === 0) this.#atWork.delete(namespace);
    else this.#atWork.set(namespace, left);
    let next = "";
    const admit = this.#outside.take((one) => {
      next = one;
      return this.#hasPlace(one);
    });
    if (admit === undefined) return;
    this.#enter(next);
    admit();
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
      const proceed = this.#turns.take();
      if (!this.#turns.empty) this.#schedule();
      proceed?.();
    });
  }
}
