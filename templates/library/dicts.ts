import type { Call } from "../evaluate/rendering.ts";
import { show } from "../printing/format.ts";
import { Fault } from "../problems.ts";
import { isTrue, typeOf } from "../values/kind.ts";
import { Dict, dictOf, List, marked, type Plain, Sensitive, textList, type Value } from "../values/value.ts";
import { scans, weighAll } from "./cost.ts";
import { alias, type Cost, changing, define, defineOpen, type TemplateFunction } from "./function.ts";
import { any, dict, presentDict, text } from "./param.ts";
import { bytesPerText } from "./strings.ts";

const merge = changing(
  defineOpen("merge", [dict], dict, merging, (call, [into], from) => merged(into, from, { overwrite: false, call })),
);
const mergeOverwrite = changing(
  defineOpen("mergeOverwrite", [dict], dict, merging, (call, [into], from) =>
    merged(into, from, { overwrite: true, call }),
  ),
);
const deepCopy = define("deepCopy", [any], copyingAll, (call, value) => {
  if (call.open(value) === null) throw new Fault("no value to copy", { ours: true });
  return copied(value, call);
});

/** Dicts: making, looking up, changing. */
export const dicts: readonly TemplateFunction[] = [
  defineOpen("dict", [], any, pairing, (call, _, pairs) => paired(pairs, call)),
  define("get", [dict, text], byKey, (_, from, key) => from.get(key) ?? ""),
  changing(
    define("set", [presentDict, text, any], changingOne, (_, into, key, value) => {
      into.set(key, value);
      return into;
    }),
  ),
  changing(
    define("unset", [dict, text], changingOne, (_, from, key) => {
      from.delete(key);
      return from;
    }),
  ),
  define("hasKey", [dict, text], byKey, (_, from, key) => from.has(key)),
  defineOpen("pluck", [text], dict, plucking, (_, [key], all) => new List(all.flatMap((from) => from.get(key) ?? []))),
  defineOpen("keys", [], dict, listing, (_call, _, all) => textList(all.flatMap((from) => from.keys()))),
  define("values", [dict], listing, (_, from) => new List(from.keys().map((key) => from.get(key) ?? null))),
  defineOpen("pick", [dict], text, selecting, (_, [from], keys) =>
    selected(
      from,
      keys.filter((key) => from.has(key)),
    ),
  ),
  defineOpen("omit", [dict], text, selecting, (_, [from], keys) => omitted(from, new Set(keys))),
  merge,
  alias("mustMerge", merge),
  mergeOverwrite,
  alias("mustMergeOverwrite", mergeOverwrite),
  defineOpen("dig", [any], any, digging, (call, [first], rest) => dug([first, ...rest], call)),
  deepCopy,
  alias("mustDeepCopy", deepCopy),
];

const bytesPerEntry = 64;

/** Keys are compared as text, which is read for this. */
function byKey([, key]: readonly [Dict, string]): Cost {
  return { ...scans([key]), makes: 0 };
}

/** The first change of a dict from the data copies all of it. */
function changingOne([into, key]: readonly [Dict, string, ...unknown[]]): Cost {
  return { units: 1 + (into.isTakenOver ? 0 : into.size) + key.length / 64, makes: bytesPerEntry };
}

function pairing(pairs: readonly Value[], call: Call): Cost {
  const keys = pairs.filter((_, index) => index % 2 === 0);
  return { units: pairs.length + weighAll(keys, call) / 16, makes: (bytesPerEntry * pairs.length) / 2 };
}

function plucking([key, ...all]: readonly [string, ...Dict[]]): Cost {
  return { units: key.length / 64 + all.length * (1 + key.length / 1024), makes: 8 * all.length };
}

/** Keys are sorted. */
function listing(all: readonly Dict[]): Cost {
  return { units: sortUnits(all), makes: bytesPerText * sizeOfAll(all) };
}

function selecting([from, ...keys]: readonly [Dict, ...string[]]): Cost {
  const entries = from.size + keys.length;
  return { units: sortUnits([from]) + entries + scans(keys).units, makes: bytesPerEntry * entries };
}

function merging(all: readonly Dict[]): Cost {
  const [into] = all;
  return { units: sortUnits(all) + (into?.size ?? 0), makes: 0 };
}

function copyingAll(given: readonly [Value], call: Call): Cost {
  const size = weighAll(given, call);
  return { units: size / 8, makes: size };
}

function digging(given: readonly Value[]): Cost {
  return { ...scans(given.slice(0, -2)), makes: 0 };
}

function sizeOfAll(all: readonly Dict[]): number {
  return all.reduce((size, { size: more }) => size + more, 0);
}

/** The cost of sorting the keys: each is compared about log2(n) times. */
export function sortUnits(all: readonly Dict[]): number {
  return all.reduce((units, one) => units + one.size + (one.keyCharacters * Math.log2(2 + one.size)) / 128, 0);
}

/** Keys and values in turn. A last key without a value gets an empty one. */
function paired(pairs: readonly Value[], call: Call): Dict {
  const made = new Dict();
  for (let index = 0; index < pairs.length; index += 2) {
    const key = pairs[index] ?? null;
    made.set(show(key, call), index + 1 < pairs.length ? (pairs[index + 1] ?? null) : "");
  }
  return made;
}

function selected(from: Dict, keys: readonly string[]): Dict {
  return dictOf(keys.map((key) => [key, from.get(key) ?? null] as const));
}

function omitted(from: Dict, keys: ReadonlySet<string>): Dict {
  return selected(
    from,
    from.keys().filter((key) => !keys.has(key)),
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
  call.bounds.spend(1 + sortUnits([from]));
  call.bounds.make(bytesPerEntry * from.size);
  for (const key of from.keys()) mergeEntry(into, key, { there: into.get(key), other: from.get(key) ?? null }, merging);
  call.bounds.rise();
}

/** Merges two dicts; of other values, one is taken. Which one reveals whether a value was empty. */
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

/** A non-empty entry is replaced by any value except a dict, and only when entries are overwritten. */
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

/** Follows keys into nested dicts. The last argument but one is the default. */
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
