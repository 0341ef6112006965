import type { Call } from "../evaluate/rendering.ts";
import { define, type TemplateFunction } from "./function.ts";
import { text, wholeNumber } from "./param.ts";

/** Text: upper and lower case, names in the styles of programming languages, wrapping. */
export const cases: readonly TemplateFunction[] = [
  define("upper", [text], (call, value) =>
    sized(
      mapCharacters(value, (character) => single(character.toUpperCase(), character)),
      call,
    ),
  ),
  define("lower", [text], (call, value) =>
    sized(
      mapCharacters(value, (character) => single(character.toLowerCase(), character)),
      call,
    ),
  ),
  define("title", [text], (_, value) => eachWordStart(value, isSeparator, (character) => character.toUpperCase())),
  define("untitle", [text], (_, value) => eachWordStart(value, isSpace, (character) => character.toLowerCase())),
  define("initials", [text], (_, value) =>
    value
      .split(/\s+/u)
      .map(([first = ""]) => first)
      .join(""),
  ),
  define("swapcase", [text], (_, value) => mapCharacters(value, swap)),
  define("snakecase", [text], (_, value) => connected(value, "_")),
  define("kebabcase", [text], (_, value) => connected(value, "-")),
  define("camelcase", [text], (_, value) => camel(value)),
  define("wrap", [wholeNumber, text], (call, width, value) =>
    sized(wrap(value, { width, newline: "\n", cutsWords: false }), call),
  ),
  define("wrapWith", [wholeNumber, text, text], (call, width, newline, value) => {
    call.bounds.make(value.length + Math.ceil(value.length / Math.max(1, width)) * newline.length);
    return wrap(value, { width, newline: newline === "" ? "\n" : newline, cutsWords: true });
  }),
];

function sized(value: string, call: Call): string {
  call.bounds.make(value.length);
  return value;
}

function mapCharacters(value: string, change: (character: string) => string): string {
  return Array.from(value, change).join("");
}

/** Go changes a character to one other, never to several. */
function single(changed: string, character: string): string {
  return [...changed].length === 1 ? changed : character;
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
  return [...lines, value.slice(offset)].join(newline);
}

function lineEnd(
  value: string,
  offset: number,
  { size, cutsWords }: { readonly size: number; readonly cutsWords: boolean },
): { readonly at: number; readonly next: number } {
  const space = value.lastIndexOf(" ", offset + size);
  if (space >= offset) return { at: space, next: space + 1 };
  if (cutsWords) return { at: offset + size, next: offset + size };
  const after = value.indexOf(" ", offset + size);
  return after < 0 ? { at: value.length, next: value.length } : { at: after, next: after + 1 };
}

/** Words of a name, joined by the sign, in lower case: `HTTPServer2` is http_server_2 as Go's xstrings has it. */
function connected(value: string, sign: string): string {
  const words = wordsOf(value);
  let joined = "";
  for (const [index, word] of words.entries()) {
    const separated = index > 0 && !word.glued && !joined.endsWith(sign) && !word.text.startsWith(sign);
    joined += (separated ? sign : "") + mapSeparators(word.text.toLowerCase(), sign);
  }
  return joined;
}

function mapSeparators(word: string, sign: string): string {
  return /^[\s_-]+$/u.test(word) ? sign.repeat(word.length) : word;
}

interface Word {
  readonly text: string;
  readonly glued: boolean;
}

const wordPattern = /[\s_-]+|\p{Lu}+(?!\p{Ll})|\p{Lu}\p{Ll}*|\p{Nd}+|[^\p{Lu}\p{Nd}\s_-]+/gu;

function wordsOf(value: string): readonly Word[] {
  return [...value.matchAll(wordPattern)].map(([text]) => ({ text, glued: /^[\s_-]/u.test(text) }));
}

/** A name without separators, each word but a first one that had none before it with a capital. */
function camel(value: string): string {
  const [, leading = "", body = ""] = /^([\s_-]*)([\s\S]*)$/u.exec(value) ?? [];
  const words = body.split(/[\s_-]+/u).filter((word) => word !== "");
  return leading + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
