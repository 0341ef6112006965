import type { Json } from "../../kit/kube/port.ts";
import type { Laid } from "./laid.ts";

/**
 * Go's integer types that templates can meet.
 * Numbers from JSON are float64: plain JavaScript numbers here, and an Int of type float64 where a whole number has
 * more digits than those hold.
 */
export type IntType =
  | "float64"
  | "int"
  | "int64"
  | "int32"
  | "uint8"
  | "uint64"
  | "time.Duration"
  | "time.Month"
  | "time.Weekday";

/** An integer of a Go type. Comparisons and `kindOf` depend on the type, arithmetic on its 64 bits. */
export class Int {
  readonly value: bigint;
  readonly type: IntType;

  constructor(value: bigint, type: IntType) {
    this.value = value;
    this.type = type;
  }
}

/** A path without a value: empty for `if` and `default`, an error when printed. */
export class Absent {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/** A value of a template without the mark of sensitive values. */
export type Plain = null | boolean | number | string | Int | List | Dict | Absent | Laid | Opaque;

/** A value that was computed from a sensitive value. A result that is computed from it must be marked, too. */
export class Sensitive {
  readonly value: Plain;

  constructor(value: Plain) {
    this.value = value;
  }
}

/** A value of a template. */
export type Value = Plain | Sensitive;

/** The value, marked as sensitive. */
export function marked(value: Value): Sensitive {
  return value instanceof Sensitive ? value : new Sensitive(value);
}

/** A whole number of the data that a JavaScript number would round. */
export function largeNumber(value: bigint): Int {
  return new Int(value, "float64");
}

const small: readonly Int[] = Array.from({ length: 256 }, (_, value) => new Int(BigInt(value), "int"));

/** A Go `int` of a whole JavaScript number. */
export function int(value: number): Int {
  return small[value] ?? new Int(BigInt(value), "int");
}

/** A Go `int64`, wrapped around at 64 bits as Go wraps it. */
export function int64(value: bigint): Int {
  return new Int(BigInt.asIntN(64, value), "int64");
}

/** Go's slice types that templates can meet. */
export type ElementType = "interface {}" | "string" | "int" | "uint8";

/** A list. It never changes after a template can read it. */
export class List {
  readonly items: readonly Value[];
  readonly element: ElementType;

  /** Whether it is Go's nil slice: it has no elements, and is null in JSON. */
  readonly isNil: boolean;

  constructor(items: readonly Value[], element: ElementType = "interface {}", isNil = false) {
    this.items = items;
    this.element = element;
    this.isNil = isNil;
  }
}

/** A nil Go `[]string`. */
export const nilTexts: List = new List([], "string", true);

/** A Go `[]string`. */
export function textList(items: readonly string[]): List {
  return new List(items, "string");
}

/** A value of a Go type with fields or methods of its own: a time, a version, a certificate. */
export abstract class Opaque {
  /** Go's name of the type, e.g. `time.Time`. */
  abstract readonly type: string;
  /** Go's kind of the type: struct or ptr. */
  abstract readonly kind: "struct" | "ptr";

  /** The number of printed characters at most; more if printing or reading it takes longer. */
  abstract readonly size: number;

  /** The text that `%v` prints. */
  abstract print(): string;

  /** The value that Go writes in JSON. */
  toJson(): Json {
    return this.print();
  }

  /**
   * The field, or the result of the method, with that name; undefined if the type has none.
   * @throws Fault for wrong arguments
   */
  abstract member(name: string, given: readonly Value[]): Value | undefined;
}

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
  /** Whether its keys, or the fact that it was changed, reveal a sensitive value. */
  sensitive = false;
  /** Whether it is true even if it is empty, as a Go pointer to a map is. */
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

  /** The keys in the order of their code points, as Go sorts them. */
  keys(): readonly string[] {
    this.#sorted ??= [...(this.#source?.keys() ?? this.#entries.keys())].sort(compareText);
    return this.#sorted;
  }

  get size(): number {
    return this.#source?.keys().length ?? this.#entries.size;
  }

  /** The number of characters of all its keys. */
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

/** Compares texts as Go does: by bytes of UTF-8, which is the order of code points. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Surrogates rank highest, because they encode the highest code points. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
