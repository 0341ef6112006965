/** Waiting keys by namespace. Namespaces take turns. */
type Line = Map<string, Set<string>>;

interface Group {
  readonly urgent: Line;
  readonly usual: Line;
  /** Which of the two is next, so that neither blocks the other. */
  urgentNext: boolean;
}

type May = (name: string) => boolean;

/**
 * Keys that wait for a look, each once.
 * Groups take turns, and the namespaces in a group take turns, so that many keys in one group or namespace do not delay
 * others.
 */
export class FairQueue {
  readonly #namespaceOf: (key: string) => string;
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<string, string>();
  readonly #waitingOf = new Map<string, number>();

  constructor(namespaceOf: (key: string) => string = () => "") {
    this.#namespaceOf = namespaceOf;
  }

  get size(): number {
    return this.#groupOf.size;
  }

  /** Adds a key at the end of its line. A key that waits already keeps its place. */
  add(key: string, groupName: string, urgent: boolean): void {
    const namespace = this.#namespaceOf(key);
    const waitsIn = this.#groupOf.get(key);
    const group = this.#groups.get(waitsIn ?? groupName) ?? { urgent: new Map(), usual: new Map(), urgentNext: true };
    if (waitsIn === undefined) this.#waitingOf.set(namespace, (this.#waitingOf.get(namespace) ?? 0) + 1);
    else if (!urgent || group.urgent.get(namespace)?.has(key) === true) return;
    removeFrom(group.usual, namespace, key);
    const line = urgent ? group.urgent : group.usual;
    line.set(namespace, (line.get(namespace) ?? new Set()).add(key));
    this.#groups.set(waitsIn ?? groupName, group);
    this.#groupOf.set(key, waitsIn ?? groupName);
  }

  /** The number of groups that wait. */
  get groups(): number {
    return this.#groups.size;
  }

  /** The number of namespaces that wait. */
  get namespaces(): number {
    return this.#waitingOf.size;
  }

  /** The next key, of the next group and namespace that may be served. Both then go to the end. */
  take(
    mayServe: May,
    mayServeNamespace: May = () => true,
  ): { readonly key: string; readonly group: string } | undefined {
    // A namespace may have thousands of groups. They are skipped if none can be served.
    if (!isAny(this.#waitingOf.keys(), mayServeNamespace)) return undefined;
    for (const [name, group] of this.#groups) {
      const key = mayServe(name) ? takeFrom(group, mayServeNamespace) : undefined;
      if (key === undefined) continue;
      this.#groups.delete(name);
      if (group.urgent.size + group.usual.size > 0) this.#groups.set(name, group);
      this.#forget(key);
      return { key, group: name };
    }
    return undefined;
  }

  #forget(key: string): void {
    this.#groupOf.delete(key);
    const namespace = this.#namespaceOf(key);
    const left = (this.#waitingOf.get(namespace) ?? 1) - 1;
    if (left === 0) this.#waitingOf.delete(namespace);
    else this.#waitingOf.set(namespace, left);
  }
}

function takeFrom(group: Group, mayServe: May): string | undefined {
  const [first, second] = group.urgentNext ? [group.urgent, group.usual] : [group.usual, group.urgent];
  const key = takeNext(first, mayServe) ?? takeNext(second, mayServe);
  if (key !== undefined) group.urgentNext = !group.urgentNext;
  return key;
}

function takeNext(line: Line, mayServe: May): string | undefined {
  for (const [namespace, keys] of line) {
    const [key] = keys;
    if (key === undefined || !mayServe(namespace)) continue;
    line.delete(namespace);
    keys.delete(key);
    if (keys.size > 0) line.set(namespace, keys);
    return key;
  }
  return undefined;
}

function isAny(names: Iterable<string>, may: May): boolean {
  for (const name of names) if (may(name)) return true;
  return false;
}

function removeFrom(line: Line, namespace: string, key: string): void {
  const keys = line.get(namespace);
  keys?.delete(key);
  if (keys?.size === 0) line.delete(namespace);
}
