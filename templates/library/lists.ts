import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { isDeepEqual } from "../values/compare.ts";
import { kindOf } from "../values/kind.ts";
import { List } from "../values/list.ts";
import { Absent, type Value } from "../values/value.ts";
import { isEmpty } from "./defaults.ts";
import { alias, define, defineOpen, type TemplateFunction } from "./function.ts";
import { toInt64 } from "./math.ts";
import { any, wholeNumber } from "./param.ts";

/** Lists: making, taking apart, searching. Each also under its name with `must`, which is the same here: all of them refuse what is no list. */
export const lists: readonly TemplateFunction[] = [
  defineOpen("list", [], any, (call, _, items) => made(items, call)),
  defineOpen("tuple", [], any, (call, _, items) => made(items, call)),
  ...withMust(define("append", [any, any], (call, list, item) => made([...itemsOf(list, "append", call), item], call))),
  ...withMust(define("push", [any, any], (call, list, item) => made([...itemsOf(list, "push", call), item], call))),
  ...withMust(
    define("prepend", [any, any], (call, list, item) => made([item, ...itemsOf(list, "prepend", call)], call)),
  ),
  ...withMust(define("first", [any], (call, list) => itemsOf(list, "first", call)[0] ?? null)),
  ...withMust(define("last", [any], (call, list) => itemsOf(list, "last", call).at(-1) ?? null)),
  ...withMust(define("rest", [any], (call, list) => tail(itemsOf(list, "rest", call), call))),
  ...withMust(define("initial", [any], (call, list) => made(itemsOf(list, "initial", call).slice(0, -1), call))),
  ...withMust(define("reverse", [any], (call, list) => made(itemsOf(list, "reverse", call).toReversed(), call))),
  ...withMust(define("uniq", [any], (call, list) => made(distinct(itemsOf(list, "uniq", call), call), call))),
  ...withMust(
    define("compact", [any], (call, list) =>
      made(
        itemsOf(list, "compact", call).filter((item) => !isEmpty(item, call)),
        call,
      ),
    ),
  ),
  ...withMust(
    defineOpen("without", [any], any, (call, [list], omitted) =>
      made(without(itemsOf(list, "without", call), omitted, call), call),
    ),
  ),
  ...withMust(define("has", [any, any], (call, needle, list) => isIn(needle, list, call))),
  ...withMust(defineOpen("slice", [any], any, (call, [list], ends) => slice(list, ends, call))),
  ...withMust(
    define("chunk", [wholeNumber, any], (call, size, list) => chunks(itemsOf(list, "chunk", call), size, call)),
  ),
  defineOpen("concat", [], any, (call, _, all) =>
    made(
      all.flatMap((list) => itemsOf(list, "concat", call)),
      call,
    ),
  ),
];

function withMust(definition: TemplateFunction): readonly TemplateFunction[] {
  const { name } = definition;
  return [definition, alias(`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, definition)];
}

function made(items: readonly Value[], call: Call): List {
  call.bounds.spend(items.length);
  return new List(items);
}

function itemsOf(value: Value, name: string, call: Call): readonly Value[] {
  const plain = call.open(value);
  if (!(plain instanceof List))
    throw new Fault(`${name}: expected a list, got ${plain === null ? "nil" : kindOf(plain)}`);
  call.bounds.spend(Math.ceil(plain.items.length / 8));
  return plain.items;
}

function tail(items: readonly Value[], call: Call): Value {
  return items.length === 0 ? new List([]) : made(items.slice(1), call);
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
  return made(items.slice(from, to), call);
}

function chunks(items: readonly Value[], size: number, call: Call): List {
  if (size <= 0) throw new Fault("chunk: a size of at least 1 is needed");
  const count = Math.ceil(items.length / size);
  return made(
    Array.from({ length: count }, (_, index) => made(items.slice(index * size, (index + 1) * size), call)),
    call,
  );
}
