import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { annotations } from "../../crds/names.ts";
import { systemClock } from "../../kit/clock.ts";
import { type Campaign, campaign, type Term } from "../../kit/election/campaign.ts";
import { Unavailable } from "../../kit/errors.ts";
import { fencedKube } from "../../kit/kube/intercept.ts";
import type { Kube } from "../../kit/kube/port.ts";
import { errorFacts, type Log } from "./log.ts";

/** The work of a leader. */
export interface Work {
  /** Fulfilled when all existing objects have been seen. */
  readonly synced: Promise<void>;
  /** Facts about the watched objects, for the log. */
  facts(): object;
  /** Why it cannot work, as a sentence; undefined while it can. */
  unready(): string | undefined;
  /** Begins nothing more, and waits for what is at work. */
  stop(): Promise<void>;
}

/** One term of leadership. */
export interface Leadership {
  /** The cluster; refuses all requests after this instance stops leading. */
  readonly kube: Kube;
  /** The holder of claims, unique among all processes. */
  readonly holder: string;
  /** The former leader. */
  readonly former: string | undefined;
  /** Aborts when it is over. */
  readonly signal: AbortSignal;
}

export interface LeaderOptions<Own extends Work> {
  readonly kube: Kube;
  readonly log: Log;
  readonly operatorNamespace: string;
  /** The name of the Lease. Default: that of `plugboard run`. */
  readonly lease?: string | undefined;
  readonly begin: (leadership: Leadership) => Promise<Own>;
  /** Told whenever it begins or ceases to lead. */
  readonly leads: (leading: boolean) => void;
}

/**
 * The Lease of `plugboard run` and `plugboard source`.
 * They share it, so that one stands by if both run: otherwise each stage would be requested twice.
 */
export const leaseName = "plugboard";

/** Most time for running stages when the process ends: kubelet kills it after 30 s. */
const drainMilliseconds = 20_000;
const releaseMilliseconds = 5_000;

/** One candidate: works while it leads, and stops as soon as it does not. */
export class Leader<Own extends Work> {
  readonly #options: LeaderOptions<Own>;
  readonly #identity = `${hostname()}_${randomUUID()}`;
  #campaign: Campaign | undefined;
  #starting: Promise<void> = Promise.resolve();
  #working: Own | undefined;
  #standing: "standing by" | "starting" | "working" = "standing by";
  readonly #failure: PromiseWithResolvers<never> = Promise.withResolvers<never>();

  constructor(options: LeaderOptions<Own>) {
    this.#options = options;
    this.#failure.promise.catch(() => {});
  }

  get working(): Own | undefined {
    return this.#working;
  }

  /** Rejected when the work could not even begin. */
  get failure(): Promise<never> {
    return this.#failure.promise;
  }

  /** Why it is not ready; undefined when it works or stands by. */
  unready(): string | undefined {
    return this.#standing === "starting" ? "the watches are not yet synced" : this.#working?.unready();
  }

  start(): void {
    const { kube, operatorNamespace, log, lease = leaseName } = this.#options;
    this.#campaign = campaign({
      kube,
      clock: systemClock,
      lease: { namespace: operatorNamespace, name: lease },
      identity: this.#identity,
      releasedBy: annotations.releasedBy,
      onElected: (term) => {
        this.#starting = this.#starting.then(() => this.#lead(term));
      },
      onLost: () => {
        this.#starting = this.#starting.then(() => this.#resign());
      },
      onError: (error) => log.warn(errorFacts(error), "leader election failed; it is retried"),
    });
  }

  /** Stops asking, lets what is in flight end, and gives the Lease back so that another need not wait for it. */
  async stop(): Promise<void> {
    await within(
      drainMilliseconds,
      this.#starting.then(() => this.#working?.stop()),
    );
    await within(releaseMilliseconds, this.#campaign?.stop());
  }

  async #lead({ former, signal }: Term): Promise<void> {
    if (signal.aborted) return;
    const { kube, log, leads, begin } = this.#options;
    this.#standing = "starting";
    leads(true);
    log.info({ holder: this.#identity, former }, "leading");
    try {
      const fenced = fencedKube(kube, signal, () => new Unavailable("this instance is no longer the leader"));
      const working = await begin({ kube: fenced, holder: this.#identity, former, signal });
      this.#working = working;
      void working.synced.then(() => {
        if (!signal.aborted) this.#standing = "working";
        log.info(working.facts(), "synced");
      });
    } catch (error) {
      if (!signal.aborted) this.#failure.reject(error);
    }
  }

  async #resign(): Promise<void> {
    const { log, leads } = this.#options;
    log.warn({}, "lost the Lease; stopped work");
    leads(false);
    this.#standing = "standing by";
    const working = this.#working;
    this.#working = undefined;
    await working?.stop();
  }
}

/** Waits for it, but not for ever. */
async function within(milliseconds: number, work: Promise<unknown> | undefined): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
  await Promise.race([work, late]);
}
