import { byteLength, bytesOf, sliceBytes } from "../../kit/encoding/bytes.ts";
import type { Call } from "../evaluate/rendering.ts";
import { show } from "../printing/format.ts";
import { quoteGo } from "../printing/quote.ts";
import { Fault } from "../problems.ts";
import { Laid, linesOf } from "../values/laid.ts";
import { surfaceOf, weigh } from "../values/size.ts";
import { Absent, compareText, dictOf, List, type Plain, Sensitive, textList, type Value } from "../values/value.ts";
import { picks, reads, scans, walks, weighAll, writes } from "./cost.ts";
import { alias, type Cost, define, defineOpen, type TemplateFunction } from "./function.ts";
import { any, text, wholeNumber } from "./param.ts";

const trimAll = define("trimAll", [text, text], readsTwice, (_, cut, value) => trimSet(value, cut));

/** The bytes of a text in a list or map, besides its characters. */
export const bytesPerText = 32;

/** Text: cutting, joining, searching, quoting, laying out. */
export const strings: readonly TemplateFunction[] = [
  define("trim", [any], reads, (call, value) => laidOr(value, call, (content) => trimSpace(content))),
  trimAll,
  alias("trimall", trimAll),
  define("trimSuffix", [text, text], scans, (_, suffix, value) =>
    suffix !== "" && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value,
  ),
  define("trimPrefix", [text, text], scans, (_, prefix, value) =>
    value.startsWith(prefix) ? value.slice(prefix.length) : value,
  ),
  define("nospace", [text], reads, (_, value) => withoutSpaces(value)),
  define("trunc", [wholeNumber, text], reads, (_, count, value) => truncate(value, count)),
  define("substr", [wholeNumber, wholeNumber, text], reads, (_, start, end, value) => substring(value, start, end)),
  define("abbrev", [wholeNumber, text], reads, (_, width, value) => abbreviate(value, 0, width)),
  define("abbrevboth", [wholeNumber, wholeNumber, text], reads, (_, left, right, value) =>
    abbreviate(value, left, right),
  ),
  define("repeat", [wholeNumber, text], repeating, (_, count, value) => {
    if (count < 0) throw new Fault("repeat: negative count");
    return value === "" ? "" : value.repeat(count);
  }),
  define("replace", [text, text, text], replacing, (_, from, to, value) => replaceAll(value, from, to)),
  define("contains", [text, text], searching, (_, part, value) => value.includes(part)),
  define("hasPrefix", [text, text], scans, (_, part, value) => value.startsWith(part)),
  define("hasSuffix", [text, text], scans, (_, part, value) => value.endsWith(part)),
  defineOpen("quote", [], any, writes(3), (call, _, values) => quoted(values, '"', call)),
  defineOpen("squote", [], any, walks, (call, _, values) => quoted(values, "'", call)),
  defineOpen("cat", [], any, walks, (call, _, values) =>
    present(values, call)
      .map((value) => show(value, call))
      .join(" "),
  ),
  define("indent", [wholeNumber, any], layingOut, (call, spaces, value) => laid(spaces, false, value, call)),
  define("nindent", [wholeNumber, any], layingOut, (call, spaces, value) => laid(spaces, true, value, call)),
  define("plural", [text, text, wholeNumber], picks, (_, one, many, count) => (count === 1 ? one : many)),
  define("split", [text, text], splitting, (_, separator, value) => numbered(splitText(value, separator))),
  define("splitn", [text, wholeNumber, text], splitting, (_, separator, count, value) =>
    numbered(splitAtMost(splitText(value, separator), separator, count)),
  ),
  define("splitList", [text, text], splitting, (_, separator, value) => textList(splitText(value, separator))),
  define("join", [text, any], joining, (call, separator, value) => textsOf(value, call).join(separator)),
  define("toStrings", [any], walks, (call, value) => textList(textsOf(value, call))),
  define("sortAlpha", [any], sorting, (call, value) => textList(sorted(value, call))),
];

/** A search for a long text can read much of it at each character. */
function searchUnits(value: string, part: string): number {
  return (value.length + part.length) / 16 + (value.length * part.length) / 8192;
}

function readsTwice(given: readonly [string, string]): Cost {
  return { units: 2 * reads(given).units };
}

function searching([part, value]: readonly [string, string]): Cost {
  return { units: searchUnits(value, part) };
}

function repeating([count, value]: readonly [number, string]): Cost {
  return { units: value.length / 64, makes: Math.max(0, count) * byteLength(value) };
}

/** The cost is computed from the number of occurrences; counting them takes as long as reading the text. */
function replacing([from, to, value]: readonly [string, string, string], call: Call): Cost {
  call.bounds.spend(searchUnits(value, from));
  return { units: to.length / 64, makes: value.length + countOf(value, from) * to.length };
}

/** Each part is a separate value. */
function splitting(given: readonly unknown[], call: Call): Cost {
  const [separator] = given;
  const value = given.at(-1);
  if (typeof separator !== "string" || typeof value !== "string") return { units: 0 };
  call.bounds.spend(searchUnits(value, separator));
  const parts = countOf(value, separator);
  return { units: parts, makes: bytesPerText * parts };
}

/** The separator is written between each two items. */
function joining([separator, value]: readonly [string, Value], call: Call): Cost {
  const plain = plainOf(value);
  const count = plain instanceof List ? plain.items.length : 0;
  const size = weigh(value, call.bounds);
  return { units: (size + separator.length) / 16, makes: size + count * separator.length };
}

/** Sorting compares each of n texts about log2(n) times. */
function sorting(given: readonly [Value], call: Call): Cost {
  const plain = plainOf(given[0]);
  const count = plain instanceof List ? plain.items.length : 0;
  return { units: (weighAll(given, call) * (1 + Math.log2(1 + count) / 8)) / 16 };
}

/** Spaces are written before every line. */
function layingOut([spaces, value]: readonly [number, Value], call: Call): Cost {
  call.bounds.spend(surfaceOf(value) / 16);
  const plain = plainOf(value);
  const content = plain instanceof Laid ? plain.content.text : plain;
  const lines = typeof content === "string" ? linesOf(content) : 0;
  return { units: 0, makes: surfaceOf(value) + lines * Math.max(0, spaces) + 1 };
}

function plainOf(value: Value): Plain {
  return value instanceof Sensitive ? value.value : value;
}

/** Go's strings.TrimSpace. */
export function trimSpace(value: string): string {
  let start = 0;
  while (start < value.length && space.test(value[start] ?? "x")) start += 1;
  let end = value.length;
  while (end > start && space.test(value[end - 1] ?? "x")) end -= 1;
  return value.slice(start, end);
}

const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

function trimSet(value: string, cut: string): string {
  const set = new Set(cut);
  const characters = [...value];
  let start = 0;
  let end = characters.length;
  while (start < end && set.has(characters[start] ?? "")) start += 1;
  while (end > start && set.has(characters[end - 1] ?? "")) end -= 1;
  return characters.slice(start, end).join("");
}

/** Like sprig, which treats bytes as characters if there is something to remove. */
function withoutSpaces(value: string): string {
  const bytes = bytesOf(value).toString("latin1");
  const kept = bytes.replace(/[\s\u0085]+/gu, "");
  return kept.length === bytes.length ? value : kept;
}

function truncate(value: string, count: number): string {
  const length = byteLength(value);
  if (count < 0 && length + count > 0) return sliceBytes(value, length + count, length);
  return count >= 0 && length > count ? sliceBytes(value, 0, count) : value;
}

function substring(value: string, start: number, end: number): string {
  const length = byteLength(value);
  if (start < 0) return sliceBytes(value, 0, checked(end, length));
  if (end < 0 || end > length) return sliceBytes(value, checked(start, length), length);
  if (start > end) throw new Fault(`substr: the start ${start} is after the end ${end}`);
  return sliceBytes(value, start, end);
}

function checked(at: number, length: number): number {
  if (at < 0 || at > length) throw new Fault("substr: out of range");
  return at;
}

/** Cuts text to a width, with an ellipsis if text was removed. */
function abbreviate(value: string, left: number, width: number): string {
  if (width < 4 || (left > 0 && width < 7)) return value;
  const length = byteLength(value);
  if (length <= width) return value;
  const offset = Math.min(left, length);
  if (offset <= 4 && left <= 4) return `${sliceBytes(value, 0, width - 3)}...`;
  return abbreviateMiddle(value, { offset, width, length });
}

function abbreviateMiddle(
  value: string,
  { offset, width, length }: { readonly offset: number; readonly width: number; readonly length: number },
): string {
  const start = length - offset < width - 3 ? length - (width - 3) : offset;
  if (start <= 4) return `${sliceBytes(value, 0, width - 3)}...`;
  if (start + width - 3 < length) return `...${abbreviate(sliceBytes(value, start, length), 0, width - 3)}`;
  return `...${sliceBytes(value, length - (width - 3), length)}`;
}

/** The number of occurrences of the part in the text; for an empty part, the most that are possible. */
function countOf(value: string, part: string): number {
  if (part === "") return value.length + 1;
  let count = 0;
  for (let at = value.indexOf(part); at >= 0; at = value.indexOf(part, at + part.length)) count += 1;
  return count;
}

/** Go's strings.ReplaceAll: an empty pattern is found around every character. */
export function replaceAll(value: string, from: string, to: string): string {
  if (from !== "") return value.split(from).join(to);
  return to + [...value].map((character) => character + to).join("");
}

function present(values: readonly Value[], call: Call): readonly Value[] {
  return values.filter((value) => call.open(value) !== null);
}

function quoted(values: readonly Value[], mark: '"' | "'", call: Call): Value {
  const shown = present(values, call).map((value) => show(value, call));
  const texts = shown.map((value) => (mark === '"' ? quoteGo(value) : `'${value}'`));
  const [only] = shown;
  const written = texts.join(" ");
  return shown.length === 1 && only !== undefined ? new Laid({ form: "quoted", text: written, value: only }) : written;
}

/** Lays a text out. The output of toYaml and similar functions keeps its value. */
function laid(spaces: number, newline: boolean, value: Value, call: Call): Value {
  const plain = call.open(value);
  if (spaces < 0) throw new Fault("a negative number of spaces");
  const inner = plain instanceof Laid ? plain : new Laid({ form: "text", text: text.read(plain, call, false) });
  if (inner.newline) return new Laid({ form: "text", text: inner.text }, spaces, newline);
  return new Laid(inner.content, inner.indentation + spaces, newline);
}

/** Trims a text. A laid-out text keeps its value. */
function laidOr(value: Value, call: Call, change: (content: string) => string): Value {
  const plain = call.open(value);
  if (!(plain instanceof Laid)) return change(text.read(plain, call, false));
  if (plain.content.form === "text") return change(plain.text);
  return new Laid({ ...plain.content, text: change(plain.content.text) });
}

function splitText(value: string, separator: string): readonly string[] {
  return separator === "" ? [...value] : value.split(separator);
}

function splitAtMost(parts: readonly string[], separator: string, count: number): readonly string[] {
  if (count < 0 || parts.length <= count) return parts;
  if (count === 0) return [];
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

function numbered(parts: readonly string[]): Value {
  return dictOf(
    parts.map((part, index) => [`_${index}`, part] as const),
    "string",
  );
}

/** The elements of a list as text; none for a missing value; one for a value that is not a list. */
export function textsOf(value: Value, call: Call): readonly string[] {
  const plain = call.open(value);
  if (plain === null || plain instanceof Absent) return [];
  if (!(plain instanceof List)) return [show(plain, call)];
  return present(plain.items, call).map((item) => show(item, call));
}

function sorted(value: Value, call: Call): readonly string[] {
  if (!(call.open(value) instanceof List)) return [show(value, call)];
  return [...textsOf(value, call)].sort(compareText);
}
