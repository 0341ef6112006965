import { bytesOf, isAscii, textOf } from "../../kit/encoding/bytes.ts";
import { reads } from "./cost.ts";
import { type Cost, define, type TemplateFunction } from "./function.ts";
import { text, wholeNumber } from "./param.ts";

/** Text: upper and lower case, names in the styles of programming languages, wrapping. */
export const cases: readonly TemplateFunction[] = [
  define("upper", [text], characterwise, (_, value) =>
    mapCharacters(value, (character) => single(character.toUpperCase(), character)),
  ),
  define("lower", [text], characterwise, (_, value) =>
    mapCharacters(value, (character) => single(character.toLowerCase(), character)),
  ),
  define("title", [text], characterwise, (_, value) =>
    eachWordStart(value, isSeparator, (character) => character.toUpperCase()),
  ),
  define("untitle", [text], characterwise, (_, value) =>
    eachWordStart(value, isSpace, (character) => character.toLowerCase()),
  ),
  define("initials", [text], characterwise, (_, value) => initials(bytesOf(value).toString("latin1"))),
  define("swapcase", [text], characterwise, (_, value) => mapCharacters(value, swap)),
  define("snakecase", [text], characterwise, (_, value) => connected(value, "_")),
  define("kebabcase", [text], characterwise, (_, value) => connected(value, "-")),
  define("camelcase", [text], characterwise, (_, value) => camel(value)),
  define("wrap", [wholeNumber, text], characterwise, (_, width, value) =>
    byBytes(value, (bytes) => wrap(bytes, { width, newline: "\n", cutsWords: false })),
  ),
  define("wrapWith", [wholeNumber, text, text], wrapping, (_, width, newline, value) => {
    const sign = newline === "" ? "\n" : bytesOf(newline).toString("latin1");
    return byBytes(value, (bytes) => wrap(bytes, { width, newline: sign, cutsWords: true }));
  }),
];

/** Each character becomes a separate text, which takes longer than reading it. */
function characterwise(given: readonly unknown[]): Cost {
  return { units: 2 * reads(given).units };
}

function wrapping([width, newline, value]: readonly [number, string, string]): Cost {
  const size = 3 * value.length;
  const lines = Math.ceil(size / Math.max(1, width));
  return { units: (value.length + newline.length) / 4, makes: value.length + 2 * lines * newline.length };
}

/** Like sprig, which treats bytes as characters. */
function initials(bytes: string): string {
  return Array.from(bytes.matchAll(/(?<=^|[\s\u0085])[^\s\u0085]/gu), ([first]) => first).join("");
}

function mapCharacters(value: string, change: (character: string) => string): string {
  return Array.from(value, change).join("");
}

/** Go maps a character to one character, never to several. */
function single(changed: string, character: string): string {
  return changed.length === character.length || [...changed].length === 1 ? changed : character;
}

function eachWordStart(
  value: string,
  separates: (character: string) => boolean,
  change: (character: string) => string,
): string {
  let atStart = true;
  return mapCharacters(value, (character) => {
    const changed = atStart ? single(change(character), character) : character;
    atStart = separates(character);
    return changed;
  });
}

function isSeparator(character: string): boolean {
  if (/[\p{L}\p{Nd}_]/u.test(character)) return false;
  return character < "\u0080" || isSpace(character);
}

function isSpace(character: string): boolean {
  return /[\s\u0085]/u.test(character);
}

function swap(character: string): string {
  const lower = single(character.toLowerCase(), character);
  return lower === character ? single(character.toUpperCase(), character) : lower;
}

interface Wrapping {
  readonly width: number;
  readonly newline: string;
  readonly cutsWords: boolean;
}

function wrap(value: string, { width, newline, cutsWords }: Wrapping): string {
  const size = Math.max(1, width);
  const lines: string[] = [];
  let offset = 0;
  while (value.length - offset > size) {
    if (value[offset] === " ") {
      offset += 1;
      continue;
    }
    const end = lineEnd(value, offset, { size, cutsWords });
    lines.push(value.slice(offset, end.at));
    offset = end.next;
  }
  return [...lines, ...(offset > value.length ? [] : [value.slice(offset)])].join(newline);
}

function lineEnd(
  value: string,
  offset: number,
  { size, cutsWords }: { readonly size: number; readonly cutsWords: boolean },
): { readonly at: number; readonly next: number } {
  const space = value.slice(offset, offset + size + 1).lastIndexOf(" ") + offset;
  if (space >= offset) return { at: space, next: space + 1 };
  if (cutsWords) return { at: offset + size, next: offset + size };
  const after = value.indexOf(" ", offset + size);
  return after < 0 ? { at: value.length, next: value.length + 1 } : { at: after, next: after + 1 };
}

/** Reads the text like sprig: each byte is a character. */
function byBytes(value: string, change: (bytes: string) => string): string {
  return isAscii(value) ? change(value) : textOf(Buffer.from(change(bytesOf(value).toString("latin1")), "latin1"));
}

/** The words of a name in lower case, joined by the sign. Like Go's xstrings, `HTTPServer2` becomes http_server2. */
function connected(value: string, sign: string): string {
  let joined = "";
  let glued = true;
  for (const [word] of value.matchAll(words)) {
    const isSeparator = /^[\s_-]/u.test(word);
    const gluesItself = isSeparator || !/^[\p{L}\p{Nd}]/u.test(word);
    joined += (glued || gluesItself ? "" : sign) + (isSeparator ? sign.repeat(word.length) : word.toLowerCase());
    glued = gluesItself;
  }
  return joined;
}

/** Digits belong to the word before them; before small letters, to the word that they start. */
const words =
  /[\s_-]+|(?:\p{Lu}+(?!(?!\p{Lu})[\p{L}\p{M}])|\p{Lu}(?:(?!\p{Lu})[\p{L}\p{M}])*|(?:(?!\p{Lu})[\p{L}\p{M}])+)(?:\p{Nd}+(?!\p{Nd}|(?!\p{Lu})[\p{L}\p{M}]))?|\p{Nd}(?:\p{Nd}|(?!\p{Lu})[\p{L}\p{M}])*|[^\p{L}\p{M}\p{Nd}\s_-]+/gu;

/** A name without the separators before its words. Each word has a capital first letter and small letters. */
function camel(value: string): string {
  const [, leading = "", body = ""] = /^([\s_-]*)([\s\S]*)$/u.exec(value) ?? [];
  const joined = body.toLowerCase().replace(/(?:^|[\s_-])([^\s_-])/gu, (_, letter: string) => letter.toUpperCase());
  return leading + joined;
}
