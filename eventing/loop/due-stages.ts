import type { Clock } from "../../kit/clock.ts";
import type { Need as KindNeed, WhatIsDue } from "../../kit/loop/kind.ts";
import { nameInKey, subjectOf } from "../../kit/loop/stage.ts";
import { lagPatienceMilliseconds, type World } from "../watching/world.ts";

/** A stage that is due, as the loop requests it. */
export interface Need extends KindNeed {
  /** The resourceVersion of the subject at which the stage was found due. It is not part of the need's identity. */
  readonly seenAt?: string | undefined;
  /** Requested on suspicion: no watch shows whether the stage is due, so the loop requests it only once. */
  readonly once?: boolean | undefined;
}

/** Whether two needs are for the same stage and the same inputs. */
export function sameNeed(one: Need, other: Need): boolean {
  return one.stage === other.stage && one.inputs === other.inputs;
}

export interface DueStagesOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly resyncMilliseconds: number;
  /** Called after each decision on a subject, with its duration in milliseconds. */
  readonly decided: (key: string, tookMilliseconds: number) => void;
}

/**
 * The longest timer, in milliseconds.
 * A subject that must wait longer is decided on when the timer ends, and waits again.
 */
const longestWaitMilliseconds = 86_400_000;

/**
 * Finds what is due for subjects of every kind by what is watched, and remembers since when each claim about a
 * subject has held.
 */
export class DueStages {
  readonly #options: DueStagesOptions;
  readonly #since = new Map<string, Map<string, number>>();
  /** The stages to request for suspects although nothing is seen to be due; undefined: not known yet. */
  readonly #suspects = new Map<string, readonly string[] | undefined>();

  constructor(options: DueStagesOptions) {
    this.#options = options;
  }

  /** The due stage of a subject; undefined if the subject does not exist. */
  of(
    key: string,
    voidHolders: readonly string[],
  ): { readonly due: Need | "nothing" | "not now"; readonly lookAgainAt?: number | undefined } | undefined {
    const { world, clock } = this.#options;
    const { kind } = subjectOf(key);
    const name = nameInKey(key);
    const now = clock.now();
    if (world.lags(kind, name)) return { due: "not now", lookAgainAt: now + lagPatienceMilliseconds };
    const found = this.#decide(key, { kind, name, now, voidHolders });
    if (found === undefined) return undefined;
    const { due } = found;
    const lookAgainAt =
      found.lookAgainAt === undefined ? undefined : Math.min(found.lookAgainAt, now + longestWaitMilliseconds);
    if (due === "nothing") return { due: this.#suspicion(key) ?? due, lookAgainAt };
    if (due === "not now") return { due, lookAgainAt };
    const kept = world.kind(kind);
    // Other clients write objects that are watched by metadata, so the version says nothing about a stage.
    const seenAt = kept.definition.watched.metadataOnly === true ? undefined : kept.version(name);
    return { due: { ...due, seenAt }, lookAgainAt };
  }

  /**
   * Requests each suspected stage of the subject once.
   * Only functions can find changes of objects that no watch shows.
   */
  suspect(key: string): void {
    this.#suspects.set(key, undefined);
  }

  forget(key: string): void {
    this.#since.delete(key);
    this.#suspects.delete(key);
  }

  #decide(
    key: string,
    {
      kind,
      name,
      now,
      voidHolders,
    }: { readonly kind: string; readonly name: string; readonly now: number; readonly voidHolders: readonly string[] },
  ): WhatIsDue | undefined {
    const { world, resyncMilliseconds, decided } = this.#options;
    const begun = performance.now();
    const found = world.kind(kind).due(name, {
      view: world,
      name,
      now,
      voidHolders,
      resyncMilliseconds,
      since: (claim, holds) => this.#heldSince(key, claim, holds ? now : undefined),
    });
    decided(key, performance.now() - begun);
    return found;
  }

  #heldSince(key: string, claim: string, now: number | undefined): number | undefined {
    const claims = this.#since.get(key);
    if (now === undefined) {
      claims?.delete(claim);
      if (claims?.size === 0) this.#since.delete(key);
      return undefined;
    }
    const since = claims?.get(claim) ?? now;
    this.#since.set(key, (claims ?? new Map<string, number>()).set(claim, since));
    return since;
  }

  #suspicion(key: string): Need | undefined {
    if (!this.#suspects.has(key)) return undefined;
    const { world } = this.#options;
    const stages =
      this.#suspects.get(key) ?? world.kind(subjectOf(key).kind).suspected(nameInKey(key), (ref) => world.refuses(ref));
    const [stage, ...rest] = stages;
    if (rest.length > 0) this.#suspects.set(key, rest);
    else this.#suspects.delete(key);
    return stage === undefined ? undefined : { stage, inputs: "suspicion", once: true };
  }
}
