import { byteLength, bytesOf, isAscii, sliceBytes } from "../../kit/encoding/bytes.ts";
import type { Call } from "../evaluate/rendering.ts";
import { printOperands, show } from "../printing/format.ts";
import { printf } from "../printing/printf.ts";
import { Fault } from "../problems.ts";
import { isEqual, order } from "../values/compare.ts";
import { isTrue, typeOf } from "../values/kind.ts";
import { Laid } from "../values/laid.ts";
import { Absent, Dict, Int, int, List, type Plain, Sensitive, type Value } from "../values/value.ts";
import { brief, picks, scans, surfaceOfAll, walks, writes } from "./cost.ts";
import { type Cost, define, defineOpen, type TemplateFunction } from "./function.ts";
import { any, text } from "./param.ts";

/** The built-in functions of Go's text/template. */
export const builtins: readonly TemplateFunction[] = [
  stopping("and", false),
  stopping("or", true),
  define("not", [any], brief, (call, value) => !isTrue(call.open(value))),
  defineOpen("eq", [any], any, scans, (call, [first], others) => equalsOne(first, others, call)),
  define("ne", [any, any], scans, (call, left, right) => !isEqual(call.open(left), call.open(right), call.lenient)),
  comparison("lt", (sign) => sign < 0),
  comparison("le", (sign) => sign <= 0),
  comparison("gt", (sign) => sign > 0),
  comparison("ge", (sign) => sign >= 0),
  define("len", [any], scans, (call, value) => int(lengthOf(call.open(value)))),
  defineOpen("index", [any], any, indexing, (call, [value], keys) => {
    if (keys.length === 0 && call.open(value) === null)
      throw new Fault("index of nothing; expected a list, a map or text", { ours: true });
    return keys.reduce<Value>((inner, key) => indexed(inner, key, call), value);
  }),
  defineOpen("print", [], any, walks, (call, _, values) => printOperands(values, call)),
  defineOpen("println", [], any, walks, (call, _, values) => `${values.map((value) => show(value, call)).join(" ")}\n`),
  defineOpen("printf", [text], any, formatting, (call, [format], values) => printf(format, values, call)),
  defineOpen("html", [], any, writes(6), (call, _, values) => escapeHtml(joined(values, call))),
  defineOpen("js", [], any, writes(6), (call, _, values) => escapeScript(joined(values, call))),
  defineOpen("urlquery", [], any, writes(6), (call, _, values) => escapeQuery(joined(values, call))),
  defineOpen("call", [any], any, brief, (call, [value]) => notCallable(call.open(value))),
];

function stopping(name: string, stopsAt: boolean): TemplateFunction {
  return { ...defineOpen(name, [any], any, picks, () => null), stopsAt };
}

function equalsOne(first: Value, others: readonly Value[], call: Call): boolean {
  const plain = call.open(first);
  if (others.length === 0) throw new Fault("eq: missing argument for comparison");
  return others.some((other) => isEqual(plain, call.open(other), call.lenient));
}

function comparison(name: string, holds: (sign: number) => boolean): TemplateFunction {
  return define(name, [any, any], comparing, (call, left, right) =>
    holds(order(call.open(left), call.open(right), call.lenient)),
  );
}

/** Texts are compared character by character. */
function comparing(given: readonly [Value, Value]): Cost {
  return { units: surfaceOfAll(given) / 16 };
}

/** Only text is read, to count its bytes. */
function indexing(given: readonly Value[]): Cost {
  const texts = given.filter((value) => typeof plainOf(value) === "string");
  return { units: surfaceOfAll(texts) / 16, makes: 0 };
}

function plainOf(value: Value): Plain {
  return value instanceof Sensitive ? value.value : value;
}

/** The output of each verb is charged where it is made, because the same operand may be written many times. */
function formatting([format]: readonly [string, ...Value[]]): Cost {
  return { units: format.length / 8, makes: format.length };
}

function lengthOf(plain: Plain): number {
  if (typeof plain === "string") return byteLength(plain);
  if (plain instanceof Laid) return byteLength(plain.text);
  if (plain instanceof List) return plain.items.length;
  if (plain instanceof Dict) return plain.size;
  throw new Fault(`len of ${plain === null ? "nil" : `type ${typeOf(plain)}`}; expected text, a list or a map`);
}

function indexed(value: Value, key: Value, call: Call): Value {
  const plain = call.open(value);
  const at = call.open(key);
  if (plain instanceof Dict) return indexedDict(plain, at);
  if (plain === null || plain instanceof Absent) throw new Fault("index of nothing; expected a list, a map or text");
  if (typeof plain !== "string" && !(plain instanceof List))
    throw new Fault(`can't index ${typeOf(plain)}; expected a list, a map or text`);
  const number = indexOf(at, call);
  const size = typeof plain === "string" ? byteLength(plain) : plain.items.length;
  if (number < 0 || number >= size) throw new Fault(`index out of range: ${number} of ${size}`);
  return typeof plain === "string" ? new Int(BigInt(byteAt(plain, number)), "uint8") : (plain.items[number] ?? null);
}

function indexedDict(dict: Dict, key: Plain): Value {
  if (typeof key !== "string") throw new Fault(`a map is indexed by text, not by ${typeOf(key)}`);
  return dict.get(key) ?? (dict.element === "string" ? "" : new Absent(`the entry ${JSON.stringify(key)}`));
}

function indexOf(key: Plain, call: Call): number {
  if (key instanceof Int) return Number(key.value);
  if (call.lenient && typeof key === "number" && Number.isInteger(key)) return key;
  throw new Fault(`can't index with ${key === null ? "nil" : typeOf(key)}; expected a whole number`);
}

function byteAt(value: string, at: number): number {
  return isAscii(value) ? value.charCodeAt(at) : (bytesOf(sliceBytes(value, at, at + 1))[0] ?? 0);
}

/** The operands in a row. Unlike print, no text shows missing values. */
function joined(values: readonly Value[], call: Call): string {
  return printOperands(
    values.map((value) => (call.open(value) === null ? "<no value>" : value)),
    call,
  );
}

const htmlNames: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&#34;"],
  ["'", "&#39;"],
  ["\0", "\ufffd"],
]);

function escapeHtml(printed: string): string {
  return printed.replace(/[&<>"'\0]/g, (character) => htmlNames.get(character) ?? character);
}

const scriptNames: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["'", "\\'"],
  ['"', '\\"'],
]);

function escapeScript(printed: string): string {
  return printed.replace(/[\\'"<>&=\p{Cc}]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return scriptNames.get(character) ?? `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

/** Go's url.QueryEscape. */
export function escapeQuery(printed: string): string {
  let escaped = "";
  for (const byte of bytesOf(printed)) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(character)) escaped += character;
    else escaped += byte === 0x20 ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

function notCallable(plain: Plain): never {
  throw new Fault(`call of ${plain === null ? "nil" : typeOf(plain)}; data have no functions`);
}
