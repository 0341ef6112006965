import type { Referred } from "../../kit/loop/kind.ts";
import { namespacedName } from "../../kit/loop/stage.ts";

/** How subjects use a kind: only through objects with the operator's label, or through others too. */
export interface KindUse {
  readonly labelled: number;
  readonly read: number;
}

interface References {
  labelled: number;
  read: number;
  readonly makers: NamesBy;
  readonly readers: NamesBy;
}

/** The subjects that refer to an object, according to their statuses. */
export class RefIndex {
  readonly #kinds = new Map<string, References>();
  readonly #used: (kind: string) => void;

  constructor(used: (kind: string) => void) {
    this.#used = used;
  }

  /** Replaces the references of a subject. */
  replace(key: string, old: readonly Referred[], current: readonly Referred[]): void {
    if (JSON.stringify(old) === JSON.stringify(current)) return;
    for (const ref of current) this.#add(ref, key);
    for (const ref of old) this.#take(ref, key);
    // Removing the old references also removed the links that the new ones share: link them again.
    for (const ref of current) this.#link(ref, key);
    for (const kind of new Set([...old, ...current].map(kindOf))) this.#used(kind);
  }

  /** The keys of the subjects that refer to an object. */
  *dependents(kind: string, name: string): Iterable<string> {
    yield* this.readers(kind, name);
    yield* this.#kinds.get(kind)?.makers.of(name) ?? [];
  }

  /** The keys of the subjects that refer to an object and did not apply it. */
  readers(kind: string, name: string): Iterable<string> {
    return this.#kinds.get(kind)?.readers.of(name) ?? [];
  }

  /** The names of the objects of a kind that any subject refers to. */
  names(kind: string): Iterable<string> {
    const { makers, readers } = this.#kinds.get(kind) ?? {};
    return new Set([...(makers?.values() ?? []), ...(readers?.values() ?? [])]);
  }

  use(kind: string): KindUse {
    const { labelled = 0, read = 0 } = this.#kinds.get(kind) ?? {};
    return { labelled, read };
  }

  #add(ref: Referred, key: string): void {
    const references = this.#referencesTo(ref);
    if (ref.use === "read") references.read += 1;
    else references.labelled += 1;
    this.#link(ref, key);
  }

  #link(ref: Referred, key: string): void {
    this.#byName(ref).add(namespacedName(ref), key);
  }

  #take(ref: Referred, key: string): void {
    const references = this.#referencesTo(ref);
    if (ref.use === "read") references.read -= 1;
    else references.labelled -= 1;
    this.#byName(ref).remove(namespacedName(ref), key);
  }

  #byName(ref: Referred): NamesBy {
    const { makers, readers } = this.#referencesTo(ref);
    return ref.use === "made" ? makers : readers;
  }

  #referencesTo(ref: Referred): References {
    const kind = kindOf(ref);
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const fresh = { labelled: 0, read: 0, makers: new NamesBy(), readers: new NamesBy() };
    this.#kinds.set(kind, fresh);
    return fresh;
  }
}

/** A kind as one string. */
export function kindOf({
  apiVersion = "v1",
  kind,
}: {
  readonly apiVersion?: string | undefined;
  readonly kind: string;
}): string {
  return `${apiVersion}/${kind}`;
}

/** Splits a kind's key into its apiVersion and its name. */
export function parseKind(key: string): { readonly apiVersion: string; readonly kind: string } {
  const slash = key.lastIndexOf("/");
  return { apiVersion: key.slice(0, slash), kind: key.slice(slash + 1) };
}

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
