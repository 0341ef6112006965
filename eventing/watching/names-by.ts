/** Names by value. Uses sets only for several names: most values have one. */
export class NamesBy {
  readonly #names = new Map<string, string | Set<string>>();

  /** All names of a value. */
  of(value: string): Iterable<string> {
    const names = this.#names.get(value);
    return names === undefined ? [] : typeof names === "string" ? [names] : names;
  }

  values(): Iterable<string> {
    return this.#names.keys();
  }

  add(value: string, name: string): void {
    const names = this.#names.get(value);
    if (names === undefined) this.#names.set(value, name);
    else if (typeof names !== "string") names.add(name);
    else if (names !== name) this.#names.set(value, new Set([names, name]));
  }

  remove(value: string, name: string): void {
    const names = this.#names.get(value);
    if (typeof names === "object") names.delete(name);
    if (names === name || (typeof names === "object" && names.size === 0)) this.#names.delete(value);
  }
}
