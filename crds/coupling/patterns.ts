import { LRUCache } from "lru-cache";
import { RE2JS, RE2JSException } from "re2js";

/** Finds a pattern in a text, in linear time. */
export interface Matcher {
  test(text: string): boolean;
  /** The largest amount of work for one character. */
  programSize(): number;
}

/** A compiled regular expression of a user, or why it is invalid. */
export type Compiled =
  | { readonly kind: "pattern"; readonly pattern: Matcher }
  | { readonly kind: "broken"; readonly why: string };

const longestPattern = 16_384;

/** The most that one pattern, or all patterns of one list of rules, may cost to compile: about a tenth of a second. */
export const patternCostAtMost = 10_000;

/** The size of the cache of compiled patterns, in the same units: 35 MB at most. */
const rememberedCost = 50_000;

const compiledPatterns = new LRUCache<string, Compiled>({ maxSize: rememberedCost });

/**
 * Compiles Go's regular expressions, which match any text in linear time.
 * Caches recently used ones.
 * Text without an operator needs no engine.
 */
export function compilePattern(text: string): Compiled {
  const literal = literalIn(text);
  if (literal !== undefined) return { kind: "pattern", pattern: literal };
  const known = compiledPatterns.get(text);
  if (known !== undefined) return known;
  const compiled = compileAnew(text);
  compiledPatterns.set(text, compiled, { size: Math.min(Math.max(patternCost(text), 1), rememberedCost) });
  return compiled;
}

function compileAnew(text: string): Compiled {
  if (text.length > longestPattern) return { kind: "broken", why: `it is longer than ${longestPattern} characters` };
  if (patternCost(text) > patternCostAtMost) return { kind: "broken", why: "its repetitions make it too large" };
  try {
    return { kind: "pattern", pattern: RE2JS.compile(text) };
  } catch (error) {
    if (error instanceof RE2JSException) return { kind: "broken", why: error.message };
    throw error;
  }
}

/** The longest name, number or repetition that is searched for in braces. */
const longestBraces = 64;

/** The cost of a Unicode class, which has hundreds of ranges. */
const classCost = 100;

/**
 * The cost of compiling a pattern, computed without compiling it.
 * One unit for each character and operator, as often as repetitions copy it.
 * Text without an operator costs nothing.
 */
export function patternCost(text: string): number {
  if (literalIn(text) !== undefined) return 0;
  if (text.length > longestPattern) return text.length;
  // For each open group, and for the whole: the cost so far, and the cost of its last item, which a repetition copies.
  const groups = [{ cost: 0, last: 0 }];
  for (let at = 0; at < text.length; at += 1) {
    const group = groups.at(-1) ?? { cost: 0, last: 0 };
    const character = text.charAt(at);
    if (character === "(") groups.push({ cost: 0, last: 0 });
    else if (character === ")" && groups.length > 1) {
      groups.pop();
      add(groups.at(-1) ?? group, group.cost + 1);
    } else if (character === "{") {
      const { copies, end } = repetitionAt(text, at);
      group.cost += group.last * Math.max(copies - 1, 0);
      group.last *= Math.max(copies, 1);
      at = end;
    } else if (character === "\\") {
      at += 1;
      add(group, /[pP]/.test(text.charAt(at)) ? classCost : 1);
      // A name or number in braces belongs to it: `\p{Greek}`, `\x{10FFFF}`.
      if (/[pPx]/.test(text.charAt(at)) && text.charAt(at + 1) === "{") at = endOfBraces(text, at);
    } else if (character === "[") {
      const end = endOfClass(text, at);
      // The class is made once, and is one step of each copy.
      group.cost += end - at + (/\\[pP]/.test(text.slice(at, end)) ? classCost : 0);
      add(group, 1);
      at = end;
    } else add(group, 1);
  }
  return groups.reduce((sum, { cost }) => sum + cost, 0);
}

function add(group: { cost: number; last: number }, cost: number): void {
  group.cost += cost;
  group.last = cost;
}

/**
 * How often the repetition at `{` copies the item before it, and where it ends: `{2}`, `{2,}`, `{2,5}`.
 * Once if it is not a repetition.
 */
function repetitionAt(text: string, at: number): { readonly copies: number; readonly end: number } {
  const end = endOfBraces(text, at);
  const [least = "", most = least] = text.slice(at + 1, Math.min(end, at + 20)).split(",");
  const copies = Math.max(Number(least), Number(most));
  return Number.isSafeInteger(copies) ? { copies, end } : { copies: 1, end: at };
}

function endOfBraces(text: string, at: number): number {
  const length = text.slice(at, at + longestBraces).indexOf("}");
  return length < 0 ? at : at + length;
}

function endOfClass(text: string, at: number): number {
  for (let end = at + (text.charAt(at + 1) === "^" ? 3 : 2); end < text.length; end += 1) {
    if (text.charAt(end) === "\\") end += 1;
    else if (text.charAt(end) === "]") return end;
  }
  return text.length;
}

const literalPattern = /^(?<begins>\^)?(?<words>[^\\.+*?()|[\]{}^$]*)(?<ends>\$)?$/;

/** Matches a pattern that is plain text: at the start, at the end, or anywhere. */
function literalIn(text: string): Matcher | undefined {
  const { begins, words, ends } = literalPattern.exec(text)?.groups ?? {};
  if (words === undefined || text.length > longestPattern) return undefined;
  return { test: literalTest(words, begins !== undefined, ends !== undefined), programSize: () => 1 };
}

function literalTest(words: string, begins: boolean, ends: boolean): (text: string) => boolean {
  if (begins && ends) return (text) => text === words;
  if (begins) return (text) => text.startsWith(words);
  return ends ? (text) => text.endsWith(words) : (text) => text.includes(words);
}

const metacharacter = /[\\.+*?()|[\]{}^$]/;

export function isPattern(entry: string): boolean {
  return metacharacter.test(entry);
}
