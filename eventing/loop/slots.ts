import type { Clock } from "../../kit/clock.ts";

interface Slot {
  readonly group: string;
  cancel: () => void;
}

/** What counts as in flight: subjects, each once, in all and by group. */
export class Slots {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Slot>();
  readonly #countOf = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get total(): number {
    return this.#byKey.size;
  }

  of(group: string): number {
    return this.#countOf.get(group) ?? 0;
  }

  holds(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Counts a subject in; one that counts already stays as it is. */
  take(key: string, group: string): void {
    if (this.#byKey.has(key)) return;
    this.#byKey.set(key, { group, cancel: () => {} });
    this.#countOf.set(group, this.of(group) + 1);
  }

  /** Counts a subject out after so long, unless that has happened before, and then calls `given`. */
  giveBackAfter(key: string, milliseconds: number, given: () => void): void {
    const slot = this.#byKey.get(key);
    if (slot === undefined) return;
    slot.cancel();
    slot.cancel = this.#clock.after(milliseconds, () => {
      this.giveBack(key);
      given();
    });
  }

  /** Counts a subject out. Safe to repeat. */
  giveBack(key: string): void {
    const slot = this.#byKey.get(key);
    if (slot === undefined) return;
    slot.cancel();
    this.#byKey.delete(key);
    const left = this.of(slot.group) - 1;
    if (left === 0) this.#countOf.delete(slot.group);
    else this.#countOf.set(slot.group, left);
  }

  /** Counts nobody out by itself any more. */
  stop(): void {
    for (const { cancel } of this.#byKey.values()) cancel();
  }
}
