import type { Clock } from "../kit/clock.ts";
import {
  isOrphan,
  type Judged,
  judgeApparatus,
  judgeDeferredResource,
  judgePlug,
  judgeSnapshot,
  judgeSocket,
} from "./judge.ts";
import { nameInKey, subjectOf } from "./subject.ts";
import type { World } from "./world.ts";

export interface JudgesOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly resyncMilliseconds: number;
  readonly clusterUid: string | undefined;
  /** A socket's plugs were counted, in so long. */
  readonly counted: (key: string, tookMilliseconds: number) => void;
}

/** Judges subjects of every kind, and remembers what only time tells: since when a snapshot is orphaned. */
export class Judges {
  readonly #options: JudgesOptions;
  readonly #orphanedSince = new Map<string, number>();

  constructor(options: JudgesOptions) {
    this.#options = options;
  }

  /** What is due for a subject; undefined when there is none. */
  judge(key: string, voidHolders: readonly string[]): Judged | undefined {
    const { world, clock, resyncMilliseconds: resync, clusterUid } = this.#options;
    const now = clock.now();
    const name = nameInKey(key);
    const claims = { now, voidHolders };
    switch (subjectOf(key).kind) {
      case "Plug":
        return judgePlug(world, name, claims);
      case "Socket":
        return this.#count(key, () => judgeSocket(world, name, claims));
      case "DeferredResource":
        return judgeDeferredResource(world, name, claims);
      case "Apparatus":
        return judgeApparatus(world, name, now);
      case "Snapshot":
        return judgeSnapshot(world, name, { now, resync, clusterUid, orphanedSince: this.#orphaned(name, now) });
    }
  }

  forget(key: string): void {
    this.#orphanedSince.delete(nameInKey(key));
  }

  #count(key: string, judge: () => Judged | undefined): Judged | undefined {
    const begun = performance.now();
    const judged = judge();
    this.#options.counted(key, performance.now() - begun);
    return judged;
  }

  #orphaned(name: string, now: number): number | undefined {
    if (!isOrphan(this.#options.world, name)) this.#orphanedSince.delete(name);
    else if (!this.#orphanedSince.has(name)) this.#orphanedSince.set(name, now);
    return this.#orphanedSince.get(name);
  }
}
