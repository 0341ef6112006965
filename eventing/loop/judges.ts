import type { Clock } from "../../kit/clock.ts";
import type { Judged, Need as KindNeed } from "../../kit/loop/kind.ts";
import { nameInKey, subjectOf } from "../../kit/loop/subject.ts";
import { lagPatienceMilliseconds, type World } from "../watching/world.ts";

/** A stage that is due, as the loop asks for it. */
export interface Need extends KindNeed {
  /** The resourceVersion of the subject it was judged on, which is no part of what it is. */
  readonly judgedOn?: string | undefined;
  /** Asked on suspicion: no watch shows whether the stage was due, so the loop asks for it only once. */
  readonly once?: boolean | undefined;
}

/** What evaluating a subject gave: a need, none, or that it cannot be judged now (a claim runs, the view lags behind). */
export type Judgement = Need | "nothing due" | "not now";

/** Whether two ask for the same stage for the same inputs. */
export function sameNeed(one: Need, other: Need): boolean {
  return one.stage === other.stage && one.inputs === other.inputs;
}

export interface JudgesOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly resyncMilliseconds: number;
  /** Called after each judgement of a subject, with its duration in milliseconds. */
  readonly judged: (key: string, tookMilliseconds: number) => void;
}

/** The longest timer, in milliseconds. A subject that must wait longer is judged when the timer ends, and waits again. */
const longestWaitMilliseconds = 86_400_000;

/** Judges subjects of every kind by what is watched, and remembers since when each claim about a subject has held. */
export class Judges {
  readonly #options: JudgesOptions;
  readonly #since = new Map<string, Map<string, number>>();
  /** The stages to ask suspects for although nothing is seen to be due; not yet known where undefined. */
  readonly #suspects = new Map<string, readonly string[] | undefined>();

  constructor(options: JudgesOptions) {
    this.#options = options;
  }

  /** What is due for a subject; undefined when there is none. */
  judge(
    key: string,
    voidHolders: readonly string[],
  ): { readonly judgement: Judgement; readonly lookAgainAt?: number | undefined } | undefined {
    const { world, clock } = this.#options;
    const { kind } = subjectOf(key);
    const name = nameInKey(key);
    const now = clock.now();
    if (world.lags(kind, name)) return { judgement: "not now", lookAgainAt: now + lagPatienceMilliseconds };
    const judged = this.#judgeNow(key, { kind, name, now, voidHolders });
    if (judged === undefined) return undefined;
    const { judgement } = judged;
    const lookAgainAt =
      judged.lookAgainAt === undefined ? undefined : Math.min(judged.lookAgainAt, now + longestWaitMilliseconds);
    if (judgement === "nothing due") return { judgement: this.#suspicion(key) ?? judgement, lookAgainAt };
    if (judgement === "not now") return { judgement, lookAgainAt };
    const kept = world.kind(kind);
    // Others write to what is watched by its metadata: its version tells nothing of a stage.
    const judgedOn = kept.definition.watched.metadataOnly === true ? undefined : kept.version(name);
    return { judgement: { ...judgement, judgedOn }, lookAgainAt };
  }

  /** Asks for each suspected stage of the subject once. Only the functions can find changes of objects that no watch shows. */
  suspect(key: string): void {
    this.#suspects.set(key, undefined);
  }

  forget(key: string): void {
    this.#since.delete(key);
    this.#suspects.delete(key);
  }

  #judgeNow(
    key: string,
    {
      kind,
      name,
      now,
      voidHolders,
    }: { readonly kind: string; readonly name: string; readonly now: number; readonly voidHolders: readonly string[] },
  ): Judged | undefined {
    const { world, resyncMilliseconds, judged } = this.#options;
    const begun = performance.now();
    const found = world.kind(kind).judge(name, {
      view: world,
      name,
      now,
      voidHolders,
      resyncMilliseconds,
      since: (claim, holds) => this.#heldSince(key, claim, holds ? now : undefined),
    });
    judged(key, performance.now() - begun);
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
