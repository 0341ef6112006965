import type { Dict } from "./dict.ts";
import type { Laid } from "./laid.ts";
import type { List } from "./list.ts";
import type { Opaque } from "./opaque.ts";

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

/** An integer as Go has it: its type matters to comparisons and `kindOf`, its 64 bits to arithmetic. */
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

/** What a template computes with once it is known whether something sensitive was read for it. */
export type Plain = null | boolean | number | string | Int | List | Dict | Absent | Laid | Opaque;

/** A value in whose making something sensitive was read. To look inside is to carry the mark on. */
export class Sensitive {
  readonly value: Plain;

  constructor(value: Plain) {
    this.value = value;
  }
}

/** What a template computes with. */
export type Value = Plain | Sensitive;

/** The value, marked. */
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
