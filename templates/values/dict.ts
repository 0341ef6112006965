import type { Value } from "./value.ts";

/** The source of a dict's entries, which are read on demand. */
export interface EntrySource {
  keys(): readonly string[];
  /** Undefined if there is no own key of this name. */
  get(key: string): Value | undefined;
}

/**
 * A map with text keys: own entries only, iterated in key order.
 * It belongs to the rendering: changing it does not change the data.
 */
export class Dict {
  readonly element: "interface {}" | "string";
  /** Its keys, or that it was changed at all, tell of something sensitive. */
  sensitive = false;
  /** It counts as true although it is empty, as a Go pointer to a map does. */
  trueIfEmpty = false;
  readonly #entries = new Map<string, Value>();
  #sorted: readonly string[] | undefined;
  #source: EntrySource | undefined;

  constructor(source?: EntrySource, element: "interface {}" | "string" = "interface {}") {
    this.#source = source;
    this.element = element;
  }

  get(key: string): Value | undefined {
    const known = this.#entries.get(key);
    if (known !== undefined || this.#source === undefined) return known;
    const value = this.#source.get(key);
    if (value !== undefined) this.#entries.set(key, value);
    return value;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** In the order of their code points, as Go sorts them. */
  keys(): readonly string[] {
    this.#sorted ??= [...(this.#source?.keys() ?? this.#entries.keys())].sort(compareText);
    return this.#sorted;
  }

  get size(): number {
    return this.#source?.keys().length ?? this.#entries.size;
  }

  /** Characters of its keys together. */
  get keyCharacters(): number {
    let characters = 0;
    for (const key of this.#source?.keys() ?? this.#entries.keys()) characters += key.length;
    return characters;
  }

  /** Whether it contains all its entries, so that none is read later. */
  get isTakenOver(): boolean {
    return this.#source === undefined;
  }

  /** Its entries in any order. */
  *entries(): Iterable<readonly [string, Value]> {
    for (const key of this.#source?.keys() ?? this.#entries.keys()) yield [key, this.get(key) ?? null];
  }

  set(key: string, value: Value): void {
    this.#absorb();
    if (!this.#entries.has(key)) this.#sorted = undefined;
    this.#entries.set(key, value);
  }

  delete(key: string): void {
    this.#absorb();
    if (this.#entries.delete(key)) this.#sorted = undefined;
  }

  #absorb(): void {
    const source = this.#source;
    if (source === undefined) return;
    for (const key of source.keys()) this.get(key);
    this.#source = undefined;
  }
}

/** A dict of these entries. */
export function dictOf(entries: Iterable<readonly [string, Value]>, element?: "interface {}" | "string"): Dict {
  const dict = new Dict(undefined, element);
  for (const [key, value] of entries) dict.set(key, value);
  return dict;
}

/** Orders text as Go does: by bytes of UTF-8, which is by code points. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
