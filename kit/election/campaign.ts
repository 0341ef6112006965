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

/** A time of leading. */
export interface Term {
  /** Who led before: it has stopped by now, so what it had claimed may be taken over at once. Absent: nobody, or it is not known. */
  readonly former: string | undefined;
  /** Aborts when the term is over. */
  readonly signal: AbortSignal;
}

/** Who runs for what, and who is told. */
export interface CampaignOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly lease: LeaseName;
  /** Must be another one in each process, also in the next one of the same Pod. */
  readonly identity: string;
  /** The annotation in which a leader that steps down leaves its identity to its successor. */
  readonly releasedBy: string;
  readonly onElected: (term: Term) => void;
  /** The Lease could not be renewed in time, or another holds it: whatever only a leader may do has to stop now. */
  readonly onLost: () => void;
  /** An attempt failed; it is tried again. */
  readonly onError?: (error: unknown) => void;
  /** How long a leader that has fallen silent keeps the others waiting. */
  readonly leaseSeconds?: number;
  /** How long a leader goes on without having been able to renew: less than leaseSeconds. */
  readonly renewWithinSeconds?: number;
  readonly retrySeconds?: number;
  /** Between 0 and 1: spreads the candidates' attempts. */
  readonly random?: () => number;
}

/** A candidate's standing. */
export interface Campaign {
  /** Whether it leads at this moment; false at once when it was suspended for too long. */
  readonly leading: boolean;
  /** Ends the campaign, and releases the Lease so that a successor need not wait: to be called when the leader's work has stopped. */
  stop(): Promise<void>;
}

/** Runs for leader by a Lease until stopped, and again whenever it has lost. At most one candidate leads at a time, as long as clocks run
 * about equally fast. */
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

  /** A leader renews on the version it wrote last, without reading it first. */
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

  /** Counts from before the request was sent: an answer that took too long is worth nothing. */
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

/** Another candidate was quicker, or the Lease was removed: nothing is wrong, the next attempt looks again. */
function isRace(error: unknown): boolean {
  return error instanceof Conflict || error instanceof AlreadyExists || error instanceof NotFound;
}
