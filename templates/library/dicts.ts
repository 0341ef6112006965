import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { Dict, dictOf } from "../values/dict.ts";
import { show } from "../values/format.ts";
import { isTrue, typeOf } from "../values/kind.ts";
import { List, textList } from "../values/list.ts";
import { marked, type Plain, Sensitive, type Value } from "../values/value.ts";
import { alias, changing, define, defineOpen, type TemplateFunction } from "./function.ts";
import { any, dict, presentDict, text } from "./param.ts";

const merge = changing(
  defineOpen("merge", [dict], dict, (call, [into], from) => merged(into, from, { overwrite: false, call })),
);
const mergeOverwrite = changing(
  defineOpen("mergeOverwrite", [dict], dict, (call, [into], from) => merged(into, from, { overwrite: true, call })),
);
const deepCopy = define("deepCopy", [any], (call, value) => {
  if (call.open(value) === null) throw new Fault("there is nothing to copy", { ours: true });
  return copied(value, call);
});

/** Dicts: making, looking up, changing. */
export const dicts: readonly TemplateFunction[] = [
  defineOpen("dict", [], any, (call, _, pairs) => paired(pairs, call)),
  define("get", [dict, text], (_, from, key) => from.get(key) ?? ""),
  changing(
    define("set", [presentDict, text, any], (call, into, key, value) => {
      call.bounds.spend(1);
      into.set(key, value);
      return into;
    }),
  ),
  changing(
    define("unset", [dict, text], (_, from, key) => {
      from.delete(key);
      return from;
    }),
  ),
  define("hasKey", [dict, text], (_, from, key) => from.has(key)),
  defineOpen("pluck", [text], dict, (call, [key], all) =>
    listed(
      all.flatMap((from) => from.get(key) ?? []),
      call,
    ),
  ),
  defineOpen("keys", [], dict, (call, _, all) => {
    const keys = all.flatMap((from) => from.keys());
    call.bounds.spend(keys.length);
    return textList(keys);
  }),
  define("values", [dict], (call, from) =>
    listed(
      from.keys().map((key) => from.get(key) ?? null),
      call,
    ),
  ),
  defineOpen("pick", [dict], text, (call, [from], keys) =>
    selected(
      from,
      keys.filter((key) => from.has(key)),
      call,
    ),
  ),
  defineOpen("omit", [dict], text, (call, [from], keys) => omitted(from, new Set(keys), call)),
  merge,
  alias("mustMerge", merge),
  mergeOverwrite,
  alias("mustMergeOverwrite", mergeOverwrite),
  defineOpen("dig", [any], any, (call, [first], rest) => dug([first, ...rest], call)),
  deepCopy,
  alias("mustDeepCopy", deepCopy),
];

function listed(items: readonly Value[], call: Call): List {
  call.bounds.spend(items.length);
  return new List(items);
}

/** Keys and values in turn; a last key alone has an empty value. */
function paired(pairs: readonly Value[], call: Call): Dict {
  const made = new Dict();
  call.bounds.spend(pairs.length);
  for (let index = 0; index < pairs.length; index += 2) {
    const key = pairs[index] ?? null;
    made.set(show(key, call), index + 1 < pairs.length ? (pairs[index + 1] ?? null) : "");
  }
  return made;
}

function selected(from: Dict, keys: readonly string[], call: Call): Dict {
  call.bounds.spend(keys.length);
  return dictOf(keys.map((key) => [key, from.get(key) ?? null] as const));
}

function omitted(from: Dict, keys: ReadonlySet<string>, call: Call): Dict {
  return selected(
    from,
    from.keys().filter((key) => !keys.has(key)),
    call,
  );
}

interface Merging {
  readonly overwrite: boolean;
  readonly call: Call;
}

function merged(into: Dict, all: readonly Dict[], merging: Merging): Dict {
  for (const from of all) mergeOne(into, from, merging);
  return into;
}

function mergeOne(into: Dict, from: Dict, merging: Merging): void {
  const { call } = merging;
  call.bounds.deepen();
  call.bounds.spend(1 + from.size);
  for (const key of from.keys()) mergeEntry(into, key, { there: into.get(key), other: from.get(key) ?? null }, merging);
  call.bounds.rise();
}

/** Of two dicts the entries are merged, of anything else one is taken: whether it was empty tells of it. */
function mergeEntry(
  into: Dict,
  key: string,
  { there, other }: { readonly there: Value | undefined; readonly other: Value },
  merging: Merging,
): undefined {
  const [inner, outer] = [dictIn(there), dictIn(other)];
  if (inner !== undefined && outer !== undefined)
    return mergeDicts(
      into,
      key,
      { inner, outer, secret: there instanceof Sensitive || other instanceof Sensitive },
      merging,
    );
  const full = there !== undefined && isFull(there);
  if (plainOf(other) === null && !merging.overwrite) return;
  const replaced = replaces(other, full, merging);
  const decided = merging.overwrite ? other : there;
  if (replaced) into.set(key, decided instanceof Sensitive ? marked(other) : other);
  else if (decided instanceof Sensitive && there !== undefined) into.set(key, marked(there));
}

function mergeDicts(
  into: Dict,
  key: string,
  { inner, outer, secret }: { readonly inner: Dict; readonly outer: Dict; readonly secret: boolean },
  merging: Merging,
): undefined {
  mergeOne(inner, outer, merging);
  if (outer.sensitive) inner.sensitive = true;
  if (secret) into.set(key, marked(inner));
}

/** An entry that has something gives way to anything but a dict, and only where entries are overwritten. */
function replaces(other: Value, full: boolean, { overwrite }: Merging): boolean {
  if (!full) return true;
  const plain = plainOf(other);
  return overwrite && !(plain instanceof Dict);
}

function plainOf(value: Value): Plain {
  return value instanceof Sensitive ? value.value : value;
}

function dictIn(value: Value | undefined): Dict | undefined {
  const plain = value instanceof Sensitive ? value.value : value;
  return plain instanceof Dict ? plain : undefined;
}

function isFull(value: Value): boolean {
  return isTrue(value instanceof Sensitive ? value.value : value);
}

/** Follows keys into dicts in a dict; the last but one is what stands in. */
function dug(given: readonly Value[], call: Call): Value {
  if (given.length < 3) throw new Fault("dig: expected at least three arguments: keys, a default and a dict");
  const keys = given.slice(0, -2).map((key) => text.read(key, call, false));
  const fallback = given.at(-2) ?? null;
  let value: Value = given.at(-1) ?? null;
  for (const key of keys) {
    const plain = call.open(value);
    if (!(plain instanceof Dict))
      throw new Fault(`dig: expected a dict, got ${plain === null ? "nil" : typeOf(plain)}`);
    const next = plain.get(key);
    if (next === undefined) return fallback;
    value = next;
  }
  return value;
}

/** A copy that shares no dict with the value. */
export function copied(value: Value, call: Call): Value {
  if (value instanceof Sensitive) return marked(copied(value.value, call));
  if (!(value instanceof List) && !(value instanceof Dict)) return value;
  call.bounds.deepen();
  call.bounds.spend(1 + (value instanceof List ? value.items.length : value.size));
  const copy =
    value instanceof List
      ? new List(
          value.items.map((item) => copied(item, call)),
          value.element,
        )
      : copiedDict(value, call);
  call.bounds.rise();
  return copy;
}

function copiedDict(from: Dict, call: Call): Dict {
  const copy = dictOf(
    from.keys().map((key) => [key, copied(from.get(key) ?? null, call)] as const),
    from.element,
  );
  copy.sensitive = from.sensitive;
  return copy;
}
