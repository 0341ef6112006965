import { LRUCache } from "lru-cache";
import type { LastSync } from "../definition/operator.ts";
import type { Noted } from "./record.ts";

/** What was applied to a child: the digest of what the handler returned, and the version after it. */
export interface AppliedNote {
  readonly desired: string;
  readonly version: string;
}

/** What a process remembers of one parent. Losing it costs a sync in which nothing is written. */
export interface Remembered {
  readonly noted?: Noted | undefined;
  readonly last?: LastSync | undefined;
  /** By the uids of children. */
  readonly applied: ReadonlyMap<string, AppliedNote>;
}

const parentsAtMost = 100_000;
const nothing: Remembered = { applied: new Map() };

/** What a process remembers of parents, by uid. */
export class Memory {
  readonly #parents = new LRUCache<string, Remembered>({ max: parentsAtMost });

  of(uid: string): Remembered {
    return this.#parents.get(uid) ?? nothing;
  }

  /** Replaces what is remembered. */
  keep(uid: string, remembered: Partial<Remembered>): void {
    this.#parents.set(uid, { ...this.of(uid), ...remembered });
  }

  forget(uid: string): void {
    this.#parents.delete(uid);
  }
}
