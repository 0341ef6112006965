import { RE2JS } from "re2js";
import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { nilTexts, textList } from "../values/list.ts";
import { define, type TemplateFunction } from "./function.ts";
import { text, wholeNumber } from "./param.ts";

/** Regular expressions in RE2's syntax, in time linear in the text. */
export const regex: readonly TemplateFunction[] = [
  define("regexMatch", [text, text], (call, pattern, value) => {
    const compiled = compileOrNothing(pattern, value, call);
    return compiled?.matcher(value).find() ?? false;
  }),
  define("mustRegexMatch", [text, text], (call, pattern, value) => compile(pattern, value, call).matcher(value).find()),
  ...withMust("regexFind", (name) =>
    define(
      name,
      [text, text],
      (call, pattern, value) => matches(compile(pattern, value, call), value, 1)[0]?.text ?? "",
    ),
  ),
  ...withMust("regexFindAll", (name) =>
    define(name, [text, text, wholeNumber], (call, pattern, value, count) => {
      const found = matches(compile(pattern, value, call), value, count);
      call.bounds.spend(found.length);
      return found.length === 0 ? nilTexts : textList(found.map((match) => match.text));
    }),
  ),
  ...withMust("regexReplaceAll", (name) =>
    define(name, [text, text, text], (call, pattern, value, replacement) =>
      replaced(compile(pattern, value, call), value, { call, by: expander(replacement, call) }),
    ),
  ),
  ...withMust("regexReplaceAllLiteral", (name) =>
    define(name, [text, text, text], (call, pattern, value, replacement) =>
      replaced(compile(pattern, value, call), value, { call, by: () => replacement }),
    ),
  ),
  ...withMust("regexSplit", (name) =>
    define(name, [text, text, wholeNumber], (call, pattern, value, count) => {
      const parts = split(compile(pattern, value, call), value, count);
      call.bounds.spend(parts.length);
      return count === 0 ? nilTexts : textList(parts);
    }),
  ),
  define("regexQuoteMeta", [text], (_, value) => value.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&")),
];

function withMust(name: string, definition: (name: string) => TemplateFunction): readonly TemplateFunction[] {
  return [definition(name), definition(`must${name.charAt(0).toUpperCase()}${name.slice(1)}`)];
}

const longestPattern = 1000;
const charactersPerStep = 4;

/** Work grows with the text times the pattern; both are counted before anything runs. */
function compile(pattern: string, value: string, call: Call): RE2JS {
  if (pattern.length > longestPattern) throw new Fault(`a regular expression longer than ${longestPattern} characters`);
  call.bounds.spend(pattern.length + Math.ceil((value.length * (1 + pattern.length / 16)) / charactersPerStep));
  try {
    const compiled = RE2JS.compile(pattern);
    call.bounds.spend(Math.ceil((compiled.programSize() * (1 + value.length / 64)) / charactersPerStep));
    return compiled;
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new BadPattern(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`);
  }
}

class BadPattern extends Fault {}

function compileOrNothing(pattern: string, value: string, call: Call): RE2JS | undefined {
  try {
    return compile(pattern, value, call);
  } catch (error) {
    if (error instanceof BadPattern) return undefined;
    throw error;
  }
}

interface Match {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly group: (name: string) => string;
}

/** All matches from the left, or so many; an empty one right after another match does not count. */
function matches(compiled: RE2JS, value: string, limit: number): readonly Match[] {
  const matcher = compiled.matcher(value);
  const groups = compiled.namedGroups();
  const found: Match[] = [];
  let last = -1;
  while ((limit < 0 || found.length < limit) && matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (start === end && start === last) continue;
    last = end;
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

function replaced(compiled: RE2JS, value: string, { call, by }: Replacement): string {
  let made = "";
  let at = 0;
  for (const match of matches(compiled, value, -1)) {
    made += value.slice(at, match.start) + by(match);
    call.bounds.make(made.length);
    at = match.end;
  }
  return made + value.slice(at);
}

const reference = /\$(?:\$|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g;

/** Go's `$1`, `${1}`, `${name}` and `$$`. */
function expander(replacement: string, call: Call): (match: Match) => string {
  return (match) => {
    call.bounds.make(replacement.length);
    return replacement.replace(reference, (_, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      const text = name === undefined ? "$" : match.group(name);
      call.bounds.make(text.length);
      return text;
    });
  };
}

/** Go's Split: the parts between matches, at most so many. */
function split(compiled: RE2JS, value: string, count: number): readonly string[] {
  if (count === 0) return [];
  if (compiled.pattern() !== "" && value === "") return [""];
  const parts: string[] = [];
  let at = 0;
  let end = 0;
  for (const match of matches(compiled, value, count)) {
    if (count > 0 && parts.length === count - 1) break;
    end = match.start;
    if (match.end !== 0) parts.push(value.slice(at, end));
    at = match.end;
  }
  return end === value.length ? parts : [...parts, value.slice(at)];
}
