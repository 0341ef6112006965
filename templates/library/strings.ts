import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { byteLength, bytesOf, sliceBytes } from "../values/bytes.ts";
import { compareText, dictOf } from "../values/dict.ts";
import { show } from "../values/format.ts";
import { Laid } from "../values/laid.ts";
import { List, textList } from "../values/list.ts";
import { quoteGo } from "../values/quote.ts";
import { Absent, type Value } from "../values/value.ts";
import { alias, define, defineOpen, type TemplateFunction } from "./function.ts";
import { any, text, wholeNumber } from "./param.ts";

const trimAll = define("trimAll", [text, text], (_, cut, value) => trimSet(value, cut));

/** Text: cutting, joining, searching, quoting, laying out. */
export const strings: readonly TemplateFunction[] = [
  define("trim", [any], (call, value) => laidOr(value, call, (content) => trimSpace(content))),
  trimAll,
  alias("trimall", trimAll),
  define("trimSuffix", [text, text], (_, suffix, value) =>
    suffix !== "" && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value,
  ),
  define("trimPrefix", [text, text], (_, prefix, value) =>
    value.startsWith(prefix) ? value.slice(prefix.length) : value,
  ),
  define("nospace", [text], (_, value) => withoutSpaces(value)),
  define("trunc", [wholeNumber, text], (_, count, value) => truncate(value, count)),
  define("substr", [wholeNumber, wholeNumber, text], (_, start, end, value) => substring(value, start, end)),
  define("abbrev", [wholeNumber, text], (_, width, value) => abbreviate(value, 0, width)),
  define("abbrevboth", [wholeNumber, wholeNumber, text], (_, left, right, value) => abbreviate(value, left, right)),
  define("repeat", [wholeNumber, text], (call, count, value) => {
    if (count < 0) throw new Fault("repeat: negative count");
    call.bounds.make(count * byteLength(value));
    return value === "" ? "" : value.repeat(count);
  }),
  define("replace", [text, text, text], (call, from, to, value) => {
    call.bounds.make(byteLength(value) + countOf(value, from) * byteLength(to));
    return replaceAll(value, from, to);
  }),
  define("contains", [text, text], (_, part, value) => value.includes(part)),
  define("hasPrefix", [text, text], (_, part, value) => value.startsWith(part)),
  define("hasSuffix", [text, text], (_, part, value) => value.endsWith(part)),
  defineOpen("quote", [], any, (call, _, values) => quoted(values, '"', call)),
  defineOpen("squote", [], any, (call, _, values) => quoted(values, "'", call)),
  defineOpen("cat", [], any, (call, _, values) =>
    made(
      present(values, call)
        .map((value) => show(value, call))
        .join(" "),
      call,
    ),
  ),
  define("indent", [wholeNumber, any], (call, spaces, value) => laid(spaces, false, value, call)),
  define("nindent", [wholeNumber, any], (call, spaces, value) => laid(spaces, true, value, call)),
  define("plural", [text, text, wholeNumber], (_, one, many, count) => (count === 1 ? one : many)),
  define("split", [text, text], (call, separator, value) => numbered(splitText(value, separator, call))),
  define("splitn", [text, wholeNumber, text], (call, separator, count, value) =>
    numbered(splitAtMost(splitText(value, separator, call), separator, count)),
  ),
  define("splitList", [text, text], (call, separator, value) => textList(splitText(value, separator, call))),
  define("join", [text, any], (call, separator, value) => made(textsOf(value, call).join(separator), call)),
  define("toStrings", [any], (call, value) => textList(textsOf(value, call))),
  define("sortAlpha", [any], (call, value) => textList(sorted(value, call))),
];

function made(value: string, call: Call): string {
  call.bounds.make(value.length);
  return value;
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

/** As sprig has it, which takes bytes for characters where there is something to leave out. */
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

/** Cuts text to a width, with an ellipsis where something is left out. */
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

function countOf(value: string, part: string): number {
  return part === "" ? [...value].length + 1 : value.split(part).length - 1;
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
  const written = made(texts.join(" "), call);
  return shown.length === 1 && only !== undefined ? new Laid({ form: "quoted", text: written, value: only }) : written;
}

/** Lays a text out: what toYaml and its like printed keeps being what it stands for. */
function laid(spaces: number, newline: boolean, value: Value, call: Call): Value {
  const plain = call.open(value);
  if (spaces < 0) throw new Fault("a negative number of spaces");
  const inner = plain instanceof Laid ? plain : new Laid({ form: "text", text: text.read(plain, call, false) });
  const lines = inner.content.text.split("\n").length;
  call.bounds.make(inner.content.text.length + lines * (spaces + inner.indentation));
  if (inner.newline) return new Laid({ form: "text", text: inner.text }, spaces, newline);
  return new Laid(inner.content, inner.indentation + spaces, newline);
}

/** Trims without losing what a laid-out text stands for. */
function laidOr(value: Value, call: Call, change: (content: string) => string): Value {
  const plain = call.open(value);
  if (!(plain instanceof Laid)) return change(text.read(plain, call, false));
  if (plain.content.form === "text") return change(plain.text);
  return new Laid({ ...plain.content, text: change(plain.content.text) });
}

function splitText(value: string, separator: string, call: Call): readonly string[] {
  const parts = separator === "" ? [...value] : value.split(separator);
  call.bounds.spend(parts.length);
  return parts;
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

/** The elements of a list as text; nothing for what is not there; one for what is no list. */
export function textsOf(value: Value, call: Call): readonly string[] {
  const plain = call.open(value);
  if (plain === null || plain instanceof Absent) return [];
  if (!(plain instanceof List)) return [show(plain, call)];
  call.bounds.spend(plain.items.length);
  return present(plain.items, call).map((item) => show(item, call));
}

function sorted(value: Value, call: Call): readonly string[] {
  if (!(call.open(value) instanceof List)) return [show(value, call)];
  return [...textsOf(value, call)].sort(compareText);
}
