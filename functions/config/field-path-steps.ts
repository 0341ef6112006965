import { InvalidInput } from "../../kit/errors.ts";

/** One step of a GJSON path. */
export type Step =
  | { readonly kind: "key"; readonly key: string; readonly pattern: KeyPattern | undefined }
  | { readonly kind: "each" }
  | { readonly kind: "query"; readonly query: Query; readonly all: boolean };

/** The pattern of a key with wildcards: characters, `one` for ?, `any` for *. */
export type KeyPattern = readonly (string | { readonly wild: "one" | "any" })[];

/**
 * The condition for an item of a list: its field at `path` (empty: the item itself) compared with a value; without a
 * value, the field must exist.
 */
export interface Query {
  readonly path: readonly Step[];
  readonly comparison: Comparison | undefined;
}

export interface Comparison {
  readonly operator: "=" | "!=" | "<" | "<=" | ">" | ">=" | "%" | "!%";
  readonly value: string;
}

const longestPath = 1024;
const index = /^\[(\d+)\]/;

/**
 * The steps of a path.
 * Each part between pipes is a separate path, read in the result of the part before.
 * @throws InvalidInput if a query is not closed
 */
export function parsePath(path: string): readonly (readonly Step[])[] {
  if (path.length > longestPath) throw new InvalidInput(`a field path has more than ${longestPath} characters`);
  const parts: Step[][] = [[]];
  let at = 0;
  while (at < path.length) {
    const { step, end } = stepAt(path, at);
    parts.at(-1)?.push(step);
    if (path[end] === "|") parts.push([]);
    at = path[end] === "." || path[end] === "|" ? end + 1 : end;
  }
  return parts;
}

interface Parsed {
  readonly step: Step;
  readonly end: number;
}

function stepAt(path: string, start: number): Parsed {
  const bracketed = index.exec(path.slice(start, start + 20));
  if (bracketed !== null) return { step: plainKey(bracketed[1] ?? ""), end: start + bracketed[0].length };
  if (path[start] !== "#") return keyAt(path, start);
  const next = path[start + 1];
  if (next === undefined || next === "." || next === "|") return { step: { kind: "each" }, end: start + 1 };
  return next === "(" || next === "[" ? queryAt(path, start + 2) : keyAt(path, start);
}

function keyAt(path: string, start: number): Parsed {
  const pattern: KeyPattern[number][] = [];
  let end = start;
  for (; end < path.length && !endsKey(path, end, start); end++) {
    const character = path[end] ?? "";
    if (character === "\\" && end + 1 < path.length) pattern.push(path[++end] ?? "");
    else pattern.push(character === "*" ? { wild: "any" } : character === "?" ? { wild: "one" } : character);
  }
  return { step: keyOf(pattern), end };
}

function endsKey(path: string, at: number, start: number): boolean {
  const character = path[at];
  return (
    character === "." || character === "|" || (character === "[" && at > start && index.test(path.slice(at, at + 20)))
  );
}

function keyOf(pattern: KeyPattern): Step {
  const key = pattern.map((one) => (typeof one === "string" ? one : one.wild === "any" ? "*" : "?")).join("");
  return { kind: "key", key, pattern: pattern.some((one) => typeof one !== "string") ? pattern : undefined };
}

function plainKey(key: string): Step {
  return { kind: "key", key, pattern: undefined };
}

function queryAt(path: string, start: number): Parsed {
  const { operatorAt, close } = scanQuery(path, start);
  if (close === undefined)
    throw new InvalidInput(`the field path ${JSON.stringify(path)} has a query that is not closed: write #(...)`);
  const all = path[close + 1] === "#";
  const query =
    operatorAt === undefined ? existence(path.slice(start, close)) : comparison(path, { start, operatorAt, close });
  return { step: { kind: "query", query, all }, end: all ? close + 2 : close + 1 };
}

/** The end of the query that starts here, and the position of its own operator. */
function scanQuery(
  path: string,
  start: number,
): { readonly operatorAt: number | undefined; readonly close: number | undefined } {
  let operatorAt: number | undefined;
  let depth = 1;
  for (let at = start; at < path.length; at++) {
    const character = path[at] ?? "";
    if (character === "\\") at++;
    else if (character === '"') at = endOfString(path, at);
    else if (character === "(" || character === "[") depth++;
    else if (character === ")" || character === "]") depth--;
    else if (depth === 1 && operatorAt === undefined && "=!<>%".includes(character)) operatorAt = at;
    if (depth === 0) return { operatorAt, close: at };
  }
  return { operatorAt, close: undefined };
}

function endOfString(path: string, start: number): number {
  for (let at = start + 1; at < path.length; at++) {
    if (path[at] === "\\") at++;
    else if (path[at] === '"') return at;
  }
  return path.length;
}

function existence(path: string): Query {
  return { path: onePath(path), comparison: undefined };
}

function comparison(path: string, at: { start: number; operatorAt: number; close: number }): Query {
  const rest = path.slice(at.operatorAt, at.close);
  const written = /^(==|=|!=|!%|<=|>=|<|>|%)/.exec(rest)?.[0];
  if (written === undefined)
    throw new InvalidInput(
      `the field path ${JSON.stringify(path)} has a query with an unknown operator: use == != < <= > >= % or !%`,
    );
  const operator = (written === "==" ? "=" : written) as Comparison["operator"];
  return {
    path: onePath(path.slice(at.start, at.operatorAt)),
    comparison: { operator, value: comparedText(rest.slice(written.length).trim()) },
  };
}

function onePath(path: string): readonly Step[] {
  const trimmed = path.trim();
  const [steps = [], ...more] = parsePath(trimmed);
  if (more.length > 0)
    throw new InvalidInput(`the field path ${JSON.stringify(path)} has a pipe within a query: write a dot`);
  return steps;
}

function comparedText(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch (cause) {
    throw new InvalidInput(`a field path compares with ${text}, which is not a JSON string`, { cause });
  }
}
