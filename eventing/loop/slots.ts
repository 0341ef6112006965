import type { Clock } from "../../kit/clock.ts";
import { subjectOf } from "../../kit/loop/stage.ts";

interface Slot {
  readonly group: string;
  cancel: () => void;
}

/** The subjects in flight, each once: in total, by group and by namespace. */
export class Slots {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Slot>();
  readonly #groups = new Map<string, number>();
  readonly #namespaces = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get total(): number {
    return this.#byKey.size;
  }

  of(group: string): number {
    return this.#groups.get(group) ?? 0;
  }

  ofNamespace(namespace: string): number {
    return this.#namespaces.get(namespace) ?? 0;
  }

  holds(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Adds a subject; does nothing if it is in flight already. */
  take(key: string, group: string): void {
    if (this.#byKey.has(key)) return;
    this.#byKey.set(key, { group, cancel: () => {} });
    count(this.#groups, group, 1);
    count(this.#namespaces, subjectOf(key).namespace, 1);
  }

  /** Removes a subject after a time, unless that has happened before. Then calls `given`. */
  giveBackAfter(key: string, milliseconds: number, given: () => void): void {
    const slot = this.#byKey.get(key);
    if (slot === undefined) return;
    slot.cancel();
    slot.cancel = this.#clock.after(milliseconds, () => {
      this.giveBack(key);
      given();
    });
  }

  /** Removes a subject. Safe to repeat. */
  giveBack(key: string): void {
    const slot = this.#byKey.get(key);
    if (slot === undefined) return;
    slot.cancel();
    this.#byKey.delete(key);
    count(this.#groups, slot.group, -1);
    count(this.#namespaces, subjectOf(key).namespace, -1);
  }

  /** Stops releasing slots automatically. */
  stop(): void {
    for (const { cancel } of this.#byKey.values()) cancel();
  }
}

function count(counts: Map<string, number>, name: string, more: number): void {
  const left = (counts.get(name) ?? 0) + more;
  if (left === 0) counts.delete(name);
  else counts.set(name, left);
}
