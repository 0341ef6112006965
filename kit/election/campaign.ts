import type { Clock } from "../clock.ts";
import { AlreadyExists, Conflict, NotFound } from "../errors.ts";
import type { Kube, KubeObject } from "../kube/port.ts";
import {
  decideMove,
  heldSpec,
  type LeaseName,
  type LeaseRecord,
  leaseKey,
  type Move,
  parseLease,
  releasePatch,
  renewalPatch,
  takeoverPatch,
} from "./lease-record.ts";

/** A term of a leader. */
export interface Term {
  /** The previous leader. It has stopped, so its claims may be taken over at once. Absent: none, or not known. */
  readonly former: string | undefined;
  /** Aborted when the term ends. */
  readonly signal: AbortSignal;
}

/** The candidate, the Lease and the callbacks. */
export interface CampaignOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly lease: LeaseName;
  /** Must differ for each process, also for the next one in the same Pod. */
  readonly identity: string;
  /** The annotation in which a leader that steps down leaves its identity to its successor. */
  readonly releasedBy: string;
  readonly onElected: (term: Term) => void;
  /**
   * The Lease could not be renewed in time, or another candidate holds it.
   * Work that only a leader may do must stop now.
   */
  readonly onLost: () => void;
  /** An attempt failed; it is retried. */
  readonly onError?: (error: unknown) => void;
  /** How long a silent leader blocks the other candidates, in seconds. */
  readonly leaseSeconds?: number;
  /** How long a leader continues without a renewal, in seconds: less than leaseSeconds. */
  readonly renewWithinSeconds?: number;
  readonly retrySeconds?: number;
  /** A number from 0 to 1. Spreads the attempts of candidates. */
  readonly random?: () => number;
}

/** The state of a candidate. */
export interface Campaign {
  /** Whether it leads now; false at once if the process was suspended for too long. */
  readonly leading: boolean;
  /**
   * Ends the campaign and releases the Lease, so that a successor need not wait.
   * Call it when the leader's work has stopped.
   */
  stop(): Promise<void>;
}

/**
 * Runs for leader with a Lease until stopped, and again after each loss.
 * At most one candidate leads at a time, as long as clocks run at about the same speed.
 */
export function campaign(options: CampaignOptions): Campaign {
  const candidate = new Candidate(options);
  candidate.run();
  return candidate;
}

interface Sighting {
  readonly renewal: string;
  readonly at: number;
}

class Candidate implements Campaign {
  readonly #options: CampaignOptions;
  readonly #leaseSeconds: number;
  readonly #renewWithin: number;
  #attempt: Promise<void> = Promise.resolve();
  #stopped = false;
  #cancelRetry: () => void = () => undefined;
  #cancelDeadline: () => void = () => undefined;
  #term: AbortController | undefined;
  #renewedAt = 0;
  #held: LeaseRecord | undefined;
  #sighting: Sighting | undefined;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#leaseSeconds = options.leaseSeconds ?? 15;
    this.#renewWithin = (options.renewWithinSeconds ?? 10) * 1_000;
  }

  get leading(): boolean {
    return this.#term !== undefined && !this.#lapsed;
  }

  get #lapsed(): boolean {
    return this.#options.clock.now() - this.#renewedAt >= this.#renewWithin;
  }

  run(): void {
    this.#attempt = this.#tryOnce().then(() => this.#scheduleNext());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry();
    await this.#attempt;
    const held = this.#lapsed ? undefined : this.#held;
    this.#endTerm();
    if (held === undefined) return;
    await this.#patch(releasePatch(held, this.#options.identity, this.#options.releasedBy)).catch((error) =>
      this.#options.onError?.(error),
    );
  }

  #scheduleNext(): void {
    if (this.#stopped) return;
    const { clock, retrySeconds = 2, random = Math.random } = this.#options;
    const spread = this.#term === undefined ? 1 + 0.2 * random() : 1;
    this.#cancelRetry = clock.after(retrySeconds * 1_000 * spread, () => this.run());
  }

  async #tryOnce(): Promise<void> {
    const startedAt = this.#options.clock.now();
    try {
      await this.#acquireOrRenew(startedAt);
    } catch (error) {
      this.#held = undefined;
      if (!isRace(error)) this.#options.onError?.(error);
    }
  }

  async #acquireOrRenew(startedAt: number): Promise<void> {
    const move = await this.#nextMove();
    if (move.kind === "wait") {
      this.#lose();
      return;
    }
    this.#held = parseLease(await this.#perform(move), this.#options.releasedBy);
    this.#lead(startedAt, move.kind === "take" ? move.former : undefined);
  }

  /** A leader renews at the version that it wrote last, without a read. */
  async #nextMove(): Promise<Move> {
    if (this.#term !== undefined && this.#held !== undefined) return { kind: "renew", record: this.#held };
    const { kube, clock, lease, identity } = this.#options;
    const found = await kube.get(leaseKey(lease));
    const record = found && parseLease(found, this.#options.releasedBy);
    if (record !== undefined && record.renewal !== this.#sighting?.renewal) {
      this.#sighting = { renewal: record.renewal, at: clock.now() };
    }
    return decideMove({ identity, record, unchangedMilliseconds: clock.now() - (this.#sighting?.at ?? clock.now()) });
  }

  #perform(move: Exclude<Move, { kind: "wait" }>): Promise<KubeObject> {
    const { kube, clock, lease, identity } = this.#options;
    const held = heldSpec(identity, this.#leaseSeconds, clock.now());
    switch (move.kind) {
      case "create": {
        const { apiVersion, kind } = leaseKey(lease);
        return kube.create({ apiVersion, kind, metadata: { ...lease }, spec: held });
      }
      case "renew":
        return this.#patch(renewalPatch(move.record, this.#leaseSeconds, clock.now()));
      case "take":
        return this.#patch(takeoverPatch(move.record, held, this.#options.releasedBy));
    }
  }

  #patch(patch: { readonly [field: string]: unknown }): Promise<KubeObject> {
    return this.#options.kube.patch(leaseKey(this.#options.lease), patch);
  }

  /** Counts from before the request was sent: a late answer does not extend the term. */
  #lead(renewedAt: number, former: string | undefined): void {
    const { clock, onElected } = this.#options;
    const left = renewedAt + this.#renewWithin - clock.now();
    this.#renewedAt = renewedAt;
    this.#cancelDeadline();
    this.#cancelDeadline = clock.after(Math.max(0, left), () => this.#lose());
    if (left <= 0 || this.#term !== undefined || this.#stopped) return;
    this.#term = new AbortController();
    onElected({ former, signal: this.#term.signal });
  }

  #lose(): void {
    this.#held = undefined;
    if (this.#term === undefined) return;
    this.#endTerm();
    this.#options.onLost();
  }

  #endTerm(): void {
    this.#cancelDeadline();
    this.#term?.abort();
    this.#term = undefined;
  }
}

/** Another candidate was faster, or the Lease was deleted. This is normal; the next attempt reads again. */
function isRace(error: unknown): boolean {
  return error instanceof Conflict || error instanceof AlreadyExists || error instanceof NotFound;
}
