/** Items that wait, in one line for each namespace. The namespaces take turns. */
export class FairLines<Item> {
  readonly #lines = new Map<string, Item[]>();

  /** Whether no item waits. */
  get empty(): boolean {
    return this.#lines.size === 0;
  }

  /** Adds an item at the end of the line of its namespace. */
  add(namespace: string, item: Item): void {
    const line = this.#lines.get(namespace);
    if (line === undefined) this.#lines.set(namespace, [item]);
    else line.push(item);
  }

  /** The first item of the next namespace that may be served. That namespace then goes to the end. */
  take(
    mayServe: (namespace: string) => boolean = () => true,
  ): { readonly namespace: string; readonly item: Item } | undefined {
    for (const [namespace, line] of this.#lines) {
      if (!mayServe(namespace)) continue;
      const item = line.shift();
      this.#lines.delete(namespace);
      if (line.length > 0) this.#lines.set(namespace, line);
      if (item !== undefined) return { namespace, item };
    }
    return undefined;
  }
}
