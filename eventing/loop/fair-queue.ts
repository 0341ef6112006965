interface Group {
  readonly urgent: Set<string>;
  readonly usual: Set<string>;
  /** Which of the two is next, so that neither starves the other. */
  urgentNext: boolean;
}

/** Keys that wait to be looked at, each once: groups take turns, so that what is a lot in one group holds up no other. */
export class FairQueue {
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<string, string>();

  get size(): number {
    return this.#groupOf.size;
  }

  /** Puts a key at the end of its group's line; one that waits already keeps its place. */
  add(key: string, groupName: string, urgent: boolean): void {
    const waitsIn = this.#groupOf.get(key);
    const group = this.#groups.get(waitsIn ?? groupName) ?? { urgent: new Set(), usual: new Set(), urgentNext: true };
    if (waitsIn !== undefined && (!urgent || group.urgent.has(key))) return;
    group.usual.delete(key);
    (urgent ? group.urgent : group.usual).add(key);
    this.#groups.set(waitsIn ?? groupName, group);
    this.#groupOf.set(key, waitsIn ?? groupName);
  }

  /** How many groups wait. */
  get groups(): number {
    return this.#groups.size;
  }

  /** The next key of the next group that may be served; that group then goes to the end. */
  take(mayServe: (groupName: string) => boolean): { readonly key: string; readonly group: string } | undefined {
    for (const [name, group] of this.#groups) {
      if (!mayServe(name)) continue;
      const key = takeFrom(group);
      this.#groups.delete(name);
      if (group.urgent.size + group.usual.size > 0) this.#groups.set(name, group);
      if (key === undefined) continue;
      this.#groupOf.delete(key);
      return { key, group: name };
    }
    return undefined;
  }
}

function takeFrom(group: Group): string | undefined {
  const [first, second] = group.urgentNext ? [group.urgent, group.usual] : [group.usual, group.urgent];
  group.urgentNext = !group.urgentNext;
  const line = first.size > 0 ? first : second;
  const [key] = line;
  if (key !== undefined) line.delete(key);
  return key;
}
