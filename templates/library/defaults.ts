import type { Call } from "../evaluate/rendering.ts";
import { show } from "../printing/format.ts";
import { Fault } from "../problems.ts";
import { isDeepEqual } from "../values/compare.ts";
import { isTrue, kindOf, typeOf } from "../values/kind.ts";
import { Opaque, type Plain, type Value } from "../values/value.ts";
import { brief, picks, scans, walks } from "./cost.ts";
import { type Cost, define, defineOpen, type TemplateFunction } from "./function.ts";
import { any, bool, text } from "./param.ts";

/** Defaults, choices, types, and errors of the author. */
export const defaults: readonly TemplateFunction[] = [
  defineOpen("default", [any], any, picks, (call, [fallback], given) => {
    const [value] = given;
    return value === undefined || isEmpty(value, call) ? fallback : value;
  }),
  define("empty", [any], brief, (call, value) => isEmpty(value, call)),
  defineOpen("coalesce", [], any, each, (call, _, values) => values.find((value) => !isEmpty(value, call)) ?? null),
  defineOpen("all", [], any, each, (call, _, values) => values.every((value) => !isEmpty(value, call))),
  defineOpen("any", [], any, each, (call, _, values) => values.some((value) => !isEmpty(value, call))),
  define("ternary", [any, any, bool], picks, (_, yes, no, chosen) => (chosen ? yes : no)),
  define("required", [text, any], picks, (call, message, value) => {
    const plain = call.open(value);
    if (plain === null || plain === "") throw new Fault(message);
    return value;
  }),
  define("fail", [text], brief, (_, message) => {
    throw new Fault(message);
  }),
  define("typeOf", [any], brief, (call, value) => typeOf(call.open(value))),
  define("typeIs", [text, any], typing, (call, type, value) => type === typeOf(call.open(value))),
  define("typeIsLike", [text, any], typing, (call, type, value) => isLike(type, typeOf(call.open(value)))),
  define("kindOf", [any], brief, (call, value) => kindOf(call.open(value))),
  define("kindIs", [text, any], typing, (call, kind, value) => kind === kindOf(call.open(value))),
  define("deepEqual", [any, any], walks, (call, left, right) => isDeepEqual(left, right, call)),
  define("toString", [any], walks, (call, value) => show(value, call)),
  define("hello", [], brief, () => "Hello!"),
];

function each(given: readonly Value[]): Cost {
  return { units: given.length / 4, makes: 0 };
}

function typing([name]: readonly [string, Value]): Cost {
  return scans([name]);
}

/** Whether a value is nothing, false, zero or empty. Times and similar types are never empty. */
export function isEmpty(value: Value, call: Call): boolean {
  return isEmptyPlain(call.open(value));
}

function isEmptyPlain(plain: Plain): boolean {
  if (plain instanceof Opaque) return false;
  return !isTrue(plain);
}

function isLike(type: string, actual: string): boolean {
  return type === actual || `*${type}` === actual;
}
