import { LRUCache } from "lru-cache";
import { readWholeNumber, writeJson } from "../../kit/encoding/exact-json.ts";
import { InvalidInput } from "../../kit/errors.ts";
import { type Comparison, type KeyPattern, parsePath, type Query, type Step } from "./field-path-steps.ts";

/** The path that is read if none is given. */
export const defaultFieldPath = "metadata.name";

/** A value that was found; it may be null. */
interface Found {
  readonly value: unknown;
}

/** The most steps that field paths may take together, one for each compared character: about ten milliseconds. */
const stepsAtMost = 5_000_000;
/** The steps that one item of a list or one entry of a map counts. */
const stepsPerItem = 8;

/** The number of steps that field paths may still take. */
export interface FieldWork {
  left: number;
}

/** The limit for paths that are read together. */
export function newFieldWork(): FieldWork {
  return { left: stepsAtMost };
}

/** @throws InvalidInput */
function spend(work: FieldWork, steps: number): void {
  work.left -= steps;
  if (work.left < 0)
    throw new InvalidInput(
      `field paths take more than ${stepsAtMost} steps: shorten what they compare, or read fewer or narrower fields`,
    );
}

const parsedPaths = new LRUCache<string, readonly (readonly Step[])[]>({ max: 1000 });

/**
 * The text of one field of an object, by a GJSON path (https://github.com/tidwall/gjson, without modifiers; also
 * `list[0]` for `list.0`).
 * Strings are returned unchanged, null as "", other values as JSON.
 * Undefined if the field does not exist.
 * Reads own properties only, in linear time.
 * @throws InvalidInput if the path is invalid, or takes more steps than are left
 */
export function readField(
  object: unknown,
  path: string = defaultFieldPath,
  work: FieldWork = newFieldWork(),
): string | undefined {
  const parts = parsed(path === "" ? defaultFieldPath : path);
  const found = parts.reduce<Found | undefined>((within, steps) => within && read(within.value, { steps, work }, 0), {
    value: object,
  });
  return found === undefined ? undefined : textOf(found.value);
}

function parsed(path: string): readonly (readonly Step[])[] {
  const known = parsedPaths.get(path);
  if (known !== undefined) return known;
  const parts = parsePath(path);
  parsedPaths.set(path, parts);
  return parts;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : writeJson(value);
}

interface Reading {
  readonly steps: readonly Step[];
  readonly work: FieldWork;
}

function read(value: unknown, reading: Reading, at: number): Found | undefined {
  const { steps, work } = reading;
  const step = steps[at];
  if (step === undefined) return { value };
  const goOn = (next: unknown) => read(next, reading, at + 1);
  switch (step.kind) {
    case "key":
      return readKey(value, { ...step, work }, goOn);
    case "each":
      if (!Array.isArray(value)) return readKey(value, { key: "#", pattern: undefined, work }, goOn);
      return at + 1 === steps.length ? { value: value.length } : collect(value, work, goOn);
    case "query":
      return Array.isArray(value) ? readMatching(value, { ...step, work }, goOn) : undefined;
  }
}

type GoOn = (value: unknown) => Found | undefined;

function readKey(
  value: unknown,
  { key, pattern, work }: { key: string; pattern: KeyPattern | undefined; work: FieldWork },
  goOn: GoOn,
): Found | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value))
    return /^\d+$/.test(key) && Number(key) < value.length ? goOn(value[Number(key)]) : undefined;
  if (pattern === undefined) return Object.hasOwn(value, key) ? goOn(Reflect.get(value, key)) : undefined;
  const entries = Object.entries(value);
  spend(work, entries.length * stepsPerItem);
  const named = entries.filter(([name]) => matches(pattern, name, work));
  return firstFound(named, ([, field]) => goOn(field));
}

function firstFound<Item>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readMatching(
  list: readonly unknown[],
  { query, all, work }: { query: Query; all: boolean; work: FieldWork },
  goOn: GoOn,
): Found | undefined {
  if (all)
    return collect(
      list.filter((item) => meets(item, query, work)),
      work,
      goOn,
    );
  const index = list.findIndex((item) => meets(item, query, work));
  return index < 0 ? undefined : goOn(list[index]);
}

function collect(list: readonly unknown[], work: FieldWork, goOn: GoOn): Found {
  spend(work, list.length * stepsPerItem);
  return { value: list.map(goOn).flatMap((found) => (found === undefined ? [] : [found.value])) };
}

function meets(item: unknown, { path, comparison }: Query, work: FieldWork): boolean {
  spend(work, stepsPerItem + (comparison?.value.length ?? 0));
  const found = read(item, { steps: path, work }, 0);
  if (found === undefined) return false;
  return comparison === undefined || compares(found.value, comparison, work);
}

function compares(value: unknown, { operator, value: text }: Comparison, work: FieldWork): boolean {
  switch (typeof value) {
    case "string":
      if (operator === "%") return matches(wildcards(text), value, work);
      if (operator === "!%") return !matches(wildcards(text), value, work);
      return ordered(compareText(value, text), operator);
    case "number":
    case "bigint":
      return ordered(compareNumbers(value, numberOf(text)), operator);
    case "boolean":
      return comparesBoolean(value, { operator, value: text });
    default:
      return false;
  }
}

function comparesBoolean(value: boolean, { operator, value: text }: Comparison): boolean {
  if (operator === "=" || operator === "!=") return (String(value) === text) === (operator === "=");
  return (text === "true" || text === "false") && ordered(Number(value) - Number(text === "true"), operator);
}

function ordered(difference: number, operator: Comparison["operator"]): boolean {
  switch (operator) {
    case "=":
      return difference === 0;
    case "!=":
      return difference !== 0;
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    case ">":
      return difference > 0;
    case ">=":
      return difference >= 0;
    default:
      return false;
  }
}

/** The number in a query; 0 if there is none. */
function numberOf(text: string): number | bigint {
  return /^-?[0-9]+$/.test(text) ? readWholeNumber(text) : Number(text) || 0;
}

function compareNumbers(one: number | bigint, other: number | bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function wildcards(text: string): KeyPattern {
  return [...text.matchAll(/\\(.)|(.)/gs)].map(([, escaped, plain = ""]) => {
    if (escaped !== undefined) return escaped;
    return plain === "*" ? { wild: "any" } : plain === "?" ? { wild: "one" } : plain;
  });
}

/**
 * Whether the pattern matches the whole text.
 * Goes back to the last `*` only, so it takes at most pattern times text steps.
 */
function matches(pattern: KeyPattern, text: string, work: FieldWork): boolean {
  let star: { readonly pattern: number; readonly text: number } | undefined;
  let at = 0;
  for (let index = 0; index < text.length || at < pattern.length; ) {
    const expected = pattern[at];
    spend(work, 1);
    if (typeof expected === "object" && expected.wild === "any") {
      star = { pattern: at++, text: index };
    } else if (index < text.length && fits(expected, text[index] ?? "")) {
      at++;
      index++;
    } else {
      if (star === undefined || star.text >= text.length) return false;
      star = { ...star, text: star.text + 1 };
      at = star.pattern + 1;
      index = star.text;
    }
  }
  return true;
}

function fits(expected: KeyPattern[number] | undefined, character: string): boolean {
  return typeof expected === "object" || expected === character;
}
