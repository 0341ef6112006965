import { LRUCache } from "lru-cache";
import { RE2JS } from "re2js";
import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { nilTexts, textList } from "../values/value.ts";
import { reads } from "./cost.ts";
import { type Cost, define, type TemplateFunction } from "./function.ts";
import { text, wholeNumber } from "./param.ts";
import { programSize } from "./pattern-size.ts";

/** Regular expressions in RE2's syntax, in time linear in the text. */
export const regex: readonly TemplateFunction[] = [
  define("regexMatch", [text, text], matching, (call, pattern, value) => {
    const compiled = compileOrNothing(pattern);
    return compiled?.matcher(chargedText(value, pattern, call)).find() ?? false;
  }),
  define("mustRegexMatch", [text, text], matching, (call, pattern, value) =>
    compile(pattern)
      .matcher(chargedText(value, pattern, call))
      .find(),
  ),
  ...withMust("regexFind", (name) =>
    define(
      name,
      [text, text],
      matching,
      (call, pattern, value) => matches(pattern, value, { call, limit: 1 })[0]?.text ?? "",
    ),
  ),
  ...withMust("regexFindAll", (name) =>
    define(name, [text, text, wholeNumber], matching, (call, pattern, value, limit) => {
      const found = matches(pattern, value, { call, limit });
      return found.length === 0 ? nilTexts : textList(found.map((match) => match.text));
    }),
  ),
  ...withMust("regexReplaceAll", (name) =>
    define(name, [text, text, text], replacing, (call, pattern, value, replacement) =>
      replaced(pattern, value, { call, by: expander(replacement, call) }),
    ),
  ),
  ...withMust("regexReplaceAllLiteral", (name) =>
    define(name, [text, text, text], replacing, (call, pattern, value, replacement) =>
      replaced(pattern, value, { call, by: () => counted(replacement, call) }),
    ),
  ),
  ...withMust("regexSplit", (name) =>
    define(name, [text, text, wholeNumber], matching, (call, pattern, value, limit) => {
      const parts = split(pattern, value, { call, limit });
      return limit === 0 ? nilTexts : textList(parts);
    }),
  ),
  define("regexQuoteMeta", [text], reads, (_, value) => value.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&")),
];

function withMust(name: string, definition: (name: string) => TemplateFunction): readonly TemplateFunction[] {
  return [definition(name), definition(`must${name.charAt(0).toUpperCase()}${name.slice(1)}`)];
}

/** The cost of compiling. Each read of a character of the text is charged separately. */
function matching([pattern, value]: readonly [string, string, ...unknown[]]): Cost {
  const size = programSize(pattern);
  return { units: size + value.length / 32 };
}

/** The replacement of each match is charged where it is made. */
function replacing(given: readonly [string, string, string]): Cost {
  return { units: matching(given).units + given[2].length / 16, makes: given[1].length };
}

/** The work is proportional to the product of text and pattern. */
const longestPattern = 1000;
const compiledPatterns = new LRUCache<string, RE2JS>({
  maxSize: 1_000_000,
  sizeCalculation: (_, pattern) => 1 + programSize(pattern),
});

/** @throws BadPattern, Fault */
function compile(pattern: string): RE2JS {
  if (pattern.length > longestPattern) throw new Fault(`a regular expression longer than ${longestPattern} characters`);
  const known = compiledPatterns.get(pattern);
  if (known !== undefined) return known;
  try {
    const compiled = RE2JS.compile(pattern);
    compiledPatterns.set(pattern, compiled);
    return compiled;
  } catch (error) {
    throw new BadPattern(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`);
  }
}

class BadPattern extends Fault {}

function compileOrNothing(pattern: string): RE2JS | undefined {
  try {
    return compile(pattern);
  } catch (error) {
    if (error instanceof BadPattern) return undefined;
    throw error;
  }
}

/**
 * A text that charges for each character before it is read: a search can read much more than it matches, many times.
 * The engine accepts String objects as strings, and reads them with charCodeAt.
 */
class ChargedText extends String {
  readonly #charge: () => void;

  constructor(text: string, charge: () => void) {
    super(text);
    this.#charge = charge;
  }

  override charCodeAt(index: number): number {
    this.#charge();
    return super.charCodeAt(index);
  }
}

/** Each character can be compared with each step of the pattern's program. */
function chargedText(value: string, pattern: string, { bounds }: Call): string {
  const units = (1 + programSize(pattern) / 4) / 16;
  // The engine's types allow only strings, but it accepts String objects, too.
  return new ChargedText(value, () => bounds.spend(units)) as unknown as string;
}

interface Match {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly group: (name: string) => string;
}

interface Search {
  readonly call: Call;
  /** The most matches; a negative number means all. */
  readonly limit: number;
}

/** The bytes of a match, besides its text. */
const bytesPerMatch = 128;

/** The matches from the left, at most `limit`. An empty match directly after another match does not count. */
function matches(pattern: string, value: string, { call, limit }: Search): readonly Match[] {
  const compiled = compile(pattern);
  const matcher = compiled.matcher(chargedText(value, pattern, call));
  const groups = compiled.namedGroups();
  const found: Match[] = [];
  let last = -1;
  while (limit < 0 || found.length < limit) {
    call.bounds.spend(1 + matcher.groupCount());
    if (!matcher.find()) break;
    const [start, end] = [matcher.start(), matcher.end()];
    if (start === end && start === last) continue;
    last = end;
    call.bounds.make(bytesPerMatch * (1 + matcher.groupCount()));
    const texts = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? "");
    found.push({
      text: texts[0] ?? "",
      start,
      end,
      group: (name) => texts[/^\d+$/.test(name) ? Number(name) : (groups[name] ?? -1)] ?? "",
    });
  }
  return found;
}

interface Replacement {
  readonly call: Call;
  readonly by: (match: Match) => string;
}

function replaced(pattern: string, value: string, { call, by }: Replacement): string {
  let made = "";
  let at = 0;
  for (const match of matches(pattern, value, { call, limit: -1 })) {
    made += value.slice(at, match.start) + by(match);
    at = match.end;
  }
  return made + value.slice(at);
}

function counted(text: string, call: Call): string {
  call.bounds.make(text.length);
  return text;
}

const reference = /\$(?:\$|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g;

/** Go's `$1`, `${1}`, `${name}` and `$$`. */
function expander(replacement: string, call: Call): (match: Match) => string {
  return (match) => {
    call.bounds.spend(replacement.length / 16);
    call.bounds.make(replacement.length);
    return replacement.replace(reference, (_, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      return counted(name === undefined ? "$" : match.group(name), call);
    });
  };
}

/** Go's Split: the parts between matches, up to a maximum number. */
function split(pattern: string, value: string, search: Search): readonly string[] {
  const { limit: count } = search;
  compile(pattern);
  if (count === 0) return [];
  if (pattern !== "" && value === "") return [""];
  const parts: string[] = [];
  let at = 0;
  let end = 0;
  for (const match of matches(pattern, value, search)) {
    if (count > 0 && parts.length === count - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(value.slice(at, end));
    at = match.end;
  }
  return end === value.length ? parts : [...parts, value.slice(at)];
}
