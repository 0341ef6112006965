import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { isDeepEqual } from "../values/compare.ts";
import { kindOf } from "../values/kind.ts";
import { Absent, List, type Value } from "../values/value.ts";
import { picks, reads } from "./cost.ts";
import { isEmpty } from "./defaults.ts";
import { alias, type Cost, define, defineOpen, type TemplateFunction } from "./function.ts";
import { toInt64 } from "./math.ts";
import { any, wholeNumber } from "./param.ts";

/**
 * Lists: making, splitting, searching.
 * The functions with `must` are the same here: all of them refuse values that are not lists.
 */
export const lists: readonly TemplateFunction[] = [
  defineOpen("list", [], any, holding, (_call, _, items) => new List(items)),
  defineOpen("tuple", [], any, holding, (_call, _, items) => new List(items)),
  ...withMust(
    define("append", [any, any], copying, (call, list, item) => new List([...itemsOf(list, "append", call), item])),
  ),
  ...withMust(
    define("push", [any, any], copying, (call, list, item) => new List([...itemsOf(list, "push", call), item])),
  ),
  ...withMust(
    define("prepend", [any, any], copying, (call, list, item) => new List([item, ...itemsOf(list, "prepend", call)])),
  ),
  ...withMust(define("first", [any], picks, (call, list) => itemsOf(list, "first", call)[0] ?? null)),
  ...withMust(define("last", [any], picks, (call, list) => itemsOf(list, "last", call).at(-1) ?? null)),
  ...withMust(define("rest", [any], copying, (call, list) => new List(itemsOf(list, "rest", call).slice(1)))),
  ...withMust(define("initial", [any], copying, (call, list) => new List(itemsOf(list, "initial", call).slice(0, -1)))),
  ...withMust(define("reverse", [any], copying, (call, list) => new List(itemsOf(list, "reverse", call).toReversed()))),
  ...withMust(define("uniq", [any], copying, (call, list) => new List(distinct(itemsOf(list, "uniq", call), call)))),
  ...withMust(
    define(
      "compact",
      [any],
      copying,
      (call, list) => new List(itemsOf(list, "compact", call).filter((item) => !isEmpty(item, call))),
    ),
  ),
  ...withMust(
    defineOpen(
      "without",
      [any],
      any,
      copying,
      (call, [list], omitted) => new List(without(itemsOf(list, "without", call), omitted, call)),
    ),
  ),
  ...withMust(define("has", [any, any], copying, (call, needle, list) => isIn(needle, list, call))),
  ...withMust(defineOpen("slice", [any], any, copying, (call, [list], ends) => slice(list, ends, call))),
  ...withMust(
    define("chunk", [wholeNumber, any], chunking, (call, size, list) => chunks(itemsOf(list, "chunk", call), size)),
  ),
  defineOpen(
    "concat",
    [],
    any,
    copying,
    (call, _, all) => new List(all.flatMap((list) => itemsOf(list, "concat", call))),
  ),
];

function withMust(definition: TemplateFunction): readonly TemplateFunction[] {
  const { name } = definition;
  return [definition, alias(`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, definition)];
}

const bytesPerItem = 8;

function holding(items: readonly Value[]): Cost {
  return { units: items.length / 4, makes: bytesPerItem * items.length };
}

/** The output contains at most all items of the given lists. */
function copying(given: readonly Value[]): Cost {
  const { units } = reads(given);
  return { units: units + given.length / 4, makes: bytesPerItem * (4 * units + 1) };
}

function chunking([size, list]: readonly [number, Value]): Cost {
  const { units, makes = 0 } = copying([list]);
  return { units: 2 * units, makes: makes + (64 * (4 * units)) / Math.max(1, size) };
}

function itemsOf(value: Value, name: string, call: Call): readonly Value[] {
  const plain = call.open(value);
  if (!(plain instanceof List))
    throw new Fault(`${name}: expected a list, got ${plain === null ? "nil" : kindOf(plain)}`);
  return plain.items;
}

function distinct(items: readonly Value[], call: Call): readonly Value[] {
  const kept: Value[] = [];
  for (const item of items) if (!kept.some((other) => isDeepEqual(other, item, call))) kept.push(item);
  return kept;
}

function without(items: readonly Value[], omitted: readonly Value[], call: Call): readonly Value[] {
  return items.filter((item) => !omitted.some((other) => isDeepEqual(other, item, call)));
}

function isIn(needle: Value, list: Value, call: Call): boolean {
  const plain = call.open(list);
  if (plain === null || plain instanceof Absent) return false;
  return itemsOf(plain, "has", call).some((item) => isDeepEqual(needle, item, call));
}

function slice(list: Value, ends: readonly Value[], call: Call): Value {
  const items = itemsOf(list, "slice", call);
  if (items.length === 0) return null;
  const [start, end] = ends.map((value) => Number(toInt64(value, call)));
  const [from, to] = [start ?? 0, end ?? items.length];
  if (from < 0 || to > items.length || from > to)
    throw new Fault(`slice: ${from}:${to} is not within a list of ${items.length}`);
  return new List(items.slice(from, to));
}

function chunks(items: readonly Value[], size: number): List {
  if (size <= 0) throw new Fault("chunk: a size of at least 1 is needed");
  const count = Math.ceil(items.length / size);
  return new List(Array.from({ length: count }, (_, index) => new List(items.slice(index * size, (index + 1) * size))));
}
