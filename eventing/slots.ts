/** Counts what is in flight, in all and by group. */
export class Slots {
  readonly #byGroup = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  of(group: string): number {
    return this.#byGroup.get(group) ?? 0;
  }

  take(group: string): void {
    this.#total += 1;
    this.#byGroup.set(group, this.of(group) + 1);
  }

  giveBack(group: string): void {
    this.#total -= 1;
    const left = this.of(group) - 1;
    if (left === 0) this.#byGroup.delete(group);
    else this.#byGroup.set(group, left);
  }
}
