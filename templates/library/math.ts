import type { Call } from "../evaluate/rendering.ts";
import { show } from "../printing/format.ts";
import { Fault } from "../problems.ts";
import { Laid } from "../values/laid.ts";
import { Int, int, int64, List, type Plain, type Value } from "../values/value.ts";
import { reads, walks } from "./cost.ts";
import { addDecimals, divideDecimals, multiplyDecimals, subtractDecimals } from "./decimal.ts";
import { alias, type Cost, define, defineOpen, type TemplateFunction } from "./function.ts";
import { any, floatNumber, text, wholeNumber } from "./param.ts";

const max = defineOpen("max", [any], any, numbers, (call, [first], rest) =>
  int64(extreme([first, ...rest], call, (value, best) => value > best)),
);

/** Arithmetic: whole numbers of 64 bits, decimals without rounding errors, ranges of numbers. */
export const math: readonly TemplateFunction[] = [
  defineOpen("add", [], any, numbers, (call, _, values) =>
    int64(values.reduce<bigint>((sum, value) => sum + toInt64(value, call), 0n)),
  ),
  define("add1", [any], numbers, (call, value) => int64(toInt64(value, call) + 1n)),
  define("sub", [any, any], numbers, (call, left, right) => int64(toInt64(left, call) - toInt64(right, call))),
  define("div", [any, any], numbers, (call, left, right) => int64(toInt64(left, call) / divisor(right, call))),
  define("mod", [any, any], numbers, (call, left, right) => int64(toInt64(left, call) % divisor(right, call))),
  defineOpen("mul", [any], any, numbers, (call, [first], rest) =>
    int64(
      rest.reduce<bigint>((product, value) => BigInt.asIntN(64, product * toInt64(value, call)), toInt64(first, call)),
    ),
  ),
  max,
  alias("biggest", max),
  defineOpen("min", [any], any, numbers, (call, [first], rest) =>
    int64(extreme([first, ...rest], call, (value, best) => value < best)),
  ),
  defineOpen("addf", [], any, decimals, (call, _, values) => folded([0, ...values], addDecimals, call)),
  define("add1f", [any], decimals, (call, value) => folded([value, 1], addDecimals, call)),
  defineOpen("subf", [any], any, decimals, (call, [first], rest) => folded([first, ...rest], subtractDecimals, call)),
  defineOpen("mulf", [any], any, decimals, (call, [first], rest) => folded([first, ...rest], multiplyDecimals, call)),
  defineOpen("divf", [any], any, decimals, (call, [first], rest) => folded([first, ...rest], divideDecimals, call)),
  defineOpen("maxf", [any], any, decimals, (call, [first], rest) =>
    Math.max(...[first, ...rest].map((value) => toFloat(value, call))),
  ),
  defineOpen("minf", [any], any, decimals, (call, [first], rest) =>
    Math.min(...[first, ...rest].map((value) => toFloat(value, call))),
  ),
  define("floor", [any], decimals, (call, value) => Math.floor(toFloat(value, call))),
  define("ceil", [any], decimals, (call, value) => Math.ceil(toFloat(value, call))),
  defineOpen("round", [any, wholeNumber], floatNumber, decimals, (call, [value, places], [threshold = 0.5]) =>
    rounded(toFloat(value, call), places, threshold),
  ),
  define("int", [any], numbers, (call, value) => new Int(toInt64(value, call), "int")),
  define("int64", [any], numbers, (call, value) => int64(toInt64(value, call))),
  define("float64", [any], decimals, (call, value) => toFloat(value, call)),
  define("atoi", [text], numbers, (_, value) => new Int(decimalOf(value), "int")),
  define("toDecimal", [any], walks, (call, value) => int64(octalOf(show(value, call)))),
  define(
    "until",
    [wholeNumber],
    ([count]) => counting({ start: 0, stop: count, step: count < 0 ? -1 : 1 }),
    (_, count) => new List(range({ start: 0, stop: count, step: count < 0 ? -1 : 1 }).map(int), "int"),
  ),
  define(
    "untilStep",
    [wholeNumber, wholeNumber, wholeNumber],
    ([start, stop, step]) => counting({ start, stop, step }),
    (_, start, stop, step) => new List(range({ start, stop, step }).map(int), "int"),
  ),
  defineOpen(
    "seq",
    [],
    wholeNumber,
    (numbers) => counting(sequenceOf(numbers)),
    (_call, _, numbers) => range(sequenceOf(numbers)).join(" "),
  ),
];

/** A text is read as a number; the result has at most 64 bits. */
function numbers(given: readonly unknown[]): Cost {
  return { units: reads(given).units + given.length / 4 };
}

/** Decimals have as many digits as their exponents need. */
function decimals(given: readonly unknown[]): Cost {
  return { units: reads(given).units + 8 * given.length };
}

const bytesPerNumber = 32;

function counting(steps: Steps): Cost {
  const count = countOf(steps);
  return { units: count / 4, makes: bytesPerNumber * count };
}

/**
 * The value as a whole number, like in sprig: text is read with Go's prefixes; any other value that is not a number is
 * 0.
 */
export function toInt64(value: Value, call: Call): bigint {
  return wholeOf(call.open(value));
}

function wholeOf(plain: Plain): bigint {
  if (plain instanceof Int) return plain.type.startsWith("time.") ? 0n : plain.value;
  if (typeof plain === "number") return Number.isFinite(plain) ? BigInt.asIntN(64, BigInt(Math.trunc(plain))) : 0n;
  if (typeof plain === "boolean") return plain ? 1n : 0n;
  if (plain instanceof Laid) return parseWhole(plain.text);
  return typeof plain === "string" ? parseWhole(plain) : 0n;
}

/** Go's ParseInt with base 0; 0 for invalid text. */
function parseWhole(written: string): bigint {
  const sign = written.startsWith("-") ? -1n : 1n;
  const unsigned = written.replace(/^[+-]/, "");
  if (unsigned.includes("_") && !/^(?:0[xXbBoO]?_?|[1-9])(?:_?[0-9a-fA-F])*$/.test(unsigned)) return 0n;
  const digits = unsigned.replaceAll("_", "");
  if (digits.length > 400) return 0n;
  if (/^0[0-7]+$/.test(digits)) return fitting(sign * BigInt(`0o${digits.slice(1)}`));
  if (!/^0[xX][0-9a-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$|^(?:0|[1-9][0-9]*)$/.test(digits)) return 0n;
  return fitting(sign * BigInt(digits.toLowerCase()));
}

function fitting(value: bigint): bigint {
  return BigInt.asIntN(64, value) === value ? value : 0n;
}

/** The value as a float, like in sprig: 0 for values that are not numbers. */
export function toFloat(value: Value, call: Call): number {
  const plain = call.open(value);
  if (typeof plain === "number") return plain;
  if (typeof plain === "boolean") return plain ? 1 : 0;
  if (plain instanceof Int) return plain.type.startsWith("time.") ? 0 : Number(plain.value);
  const text = plain instanceof Laid ? plain.text : plain;
  const written = typeof text === "string" ? text.replace(/(?<=\d)_(?=\d)/g, "") : text;
  return typeof written === "string" && /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(written)
    ? Number(written)
    : 0;
}

function divisor(value: Value, call: Call): bigint {
  const whole = toInt64(value, call);
  if (whole === 0n) throw new Fault("integer divide by zero");
  return whole;
}

function extreme(values: readonly Value[], call: Call, better: (value: bigint, best: bigint) => boolean): bigint {
  const wholes = values.map((value) => toInt64(value, call));
  return wholes.reduce((best, value) => (better(value, best) ? value : best));
}

function folded(values: readonly Value[], operate: (left: number, right: number) => number, call: Call): number {
  return values.map((value) => toFloat(value, call)).reduce(operate);
}

function rounded(value: number, places: number, threshold: number): number {
  const power = 10 ** places;
  const digits = power * value;
  const fraction = digits - Math.trunc(digits);
  return (fraction >= threshold ? Math.ceil(digits) : Math.floor(digits)) / power;
}

function decimalOf(written: string): bigint {
  if (!/^[+-]?[0-9]+$/.test(written) || written.length > 400) return 0n;
  const value = BigInt(written.replace(/^\+/, ""));
  if (BigInt.asIntN(64, value) === value) return value;
  return value < 0n ? -(2n ** 63n) : 2n ** 63n - 1n;
}

function octalOf(written: string): bigint {
  const [found, sign = "", digits = ""] = /^([+-]?)([0-7]+)$/.exec(written) ?? [];
  if (found === undefined || digits.length > 400) return 0n;
  const value = BigInt(`0o${digits}`) * (sign === "-" ? -1n : 1n);
  return fitting(value);
}

interface Steps {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

/** The number of values from the start to before the stop; none if the step leads away from it. */
function countOf({ start, stop, step }: Steps): number {
  const leadsAway = stop < start ? step >= 0 : step <= 0;
  return leadsAway || start === stop ? 0 : Math.ceil((stop - start) / step);
}

function range(steps: Steps): readonly number[] {
  return Array.from({ length: countOf(steps) }, (_, index) => steps.start + index * steps.step);
}

const none: Steps = { start: 0, stop: 0, step: 1 };

/** As seq counts: to one number, between two, or by the middle one of three. */
function sequenceOf(numbers: readonly number[]): Steps {
  const [first = 0, second = 0, third = 0] = numbers;
  if (numbers.length === 1) return upTo({ start: 1, end: first, step: first < 1 ? -1 : 1 });
  if (numbers.length === 2) return upTo({ start: first, end: second, step: second < first ? -1 : 1 });
  if (numbers.length !== 3 || (third < first && second > 0)) return none;
  return upTo({ start: first, end: third, step: second });
}

function upTo({ start, end, step }: { readonly start: number; readonly end: number; readonly step: number }): Steps {
  return { start, stop: end + (end < start ? -1 : 1), step };
}
