import { writeJson } from "../../kit/encoding/exact-json.ts";
import type { Json, KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import { applyEntry } from "../../kit/loop/versions.ts";

/**
 * The fields that a field manager owns of a value, in the form of FieldsV1; "all": the whole value; undefined: nothing
 * of it.
 */
type Owned = { readonly [name: string]: unknown } | "all" | undefined;

/**
 * The object without its ignored fields.
 * An ignored field is applied when the object is created, and as long as no other client has written it.
 */
export function withoutIgnored(
  object: KubeObject,
  {
    ignore,
    seen,
    fieldManager,
  }: {
    readonly ignore: readonly string[];
    readonly seen: ObjectMeta | undefined;
    readonly fieldManager: string;
  },
): KubeObject {
  if (seen === undefined || ignore.length === 0) return object;
  const owned = applyEntry(seen, fieldManager)?.fieldsV1;
  const left = ignore.reduce((rest, path) => leave(rest, stepsOf(path), owned), asJson(object));
  return identified(left, object);
}

/** The object came from JSON. */
function asJson(object: KubeObject): Json {
  return object as unknown as Json;
}

/** The remaining fields, with those that every apply needs. */
function identified(left: Json, { apiVersion, kind, metadata: { name, namespace } }: KubeObject): KubeObject {
  const { metadata, ...rest } = isMap(left) ? left : {};
  const place = namespace === undefined ? {} : { namespace };
  return { ...rest, apiVersion, kind, metadata: { ...(isMap(metadata) ? metadata : {}), name, ...place } };
}

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The names in a path: `spec.ports[0].a\.b` is spec, ports, 0, a.b. */
function stepsOf(path: string): readonly string[] {
  const steps = path.match(/\[[^\]]*\]|(\\.|[^.[\\])+/g) ?? [];
  return steps.map((step) => (step.startsWith("[") ? step.slice(1, -1) : step.replaceAll(/\\(.)/g, "$1")));
}

function leave(value: Json, [step, ...rest]: readonly string[], owned: Owned): Json {
  if (step === undefined || typeof value !== "object" || value === null) return value;
  const inner = (child: Json, ownedChild: Owned): readonly Json[] => {
    if (rest.length > 0) return [leave(child, rest, ownedChild)];
    return ownedChild === undefined ? [] : [child];
  };
  if (isList(value)) {
    const ownedItem = ownedItems(owned);
    return value.flatMap((item, index) =>
      step === "*" || step === String(index) ? inner(item, ownedItem(item)) : [item],
    );
  }
  const fields = Object.entries(value).flatMap(([name, child]) =>
    step === "*" || step === name
      ? inner(child, ownedField(owned, name)).map((left) => [name, left] as const)
      : [[name, child] as const],
  );
  return Object.fromEntries(fields);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function ownedField(owned: Owned, name: string): Owned {
  return owned === "all" ? owned : asOwned(owned?.[`f:${name}`]);
}

/** Finds the owned fields of an item in a merged list. The item is identified by its keys, or by its value. */
function ownedItems(owned: Owned): (item: Json) => Owned {
  if (owned === "all" || owned === undefined) return () => owned;
  const entries = Object.entries(owned);
  const values = new Map(entries.filter(([name]) => name.startsWith("v:")).map(([name, of]) => [name.slice(2), of]));
  const keyed = entries
    .filter(([name]) => name.startsWith("k:"))
    .map(([name, of]): KeyedItem => ({ keys: JSON.parse(name.slice(2)), of }));
  const byNames = [...Map.groupBy(keyed, ({ keys }) => writeJson(Object.keys(keys))).values()].map(finderAmong);
  return (item) => {
    const byValue = values.size === 0 ? undefined : values.get(writeJson(item));
    if (byValue !== undefined || !isMap(item)) return asOwned(byValue);
    return asOwned(byNames.map((find) => find(item)).find((of) => of !== undefined));
  };
}

interface KeyedItem {
  readonly keys: { readonly [key: string]: unknown };
  readonly of: unknown;
}

/** Finds an item among those that have keys of the same names, without reading each. */
function finderAmong(items: readonly KeyedItem[]): (item: { readonly [key: string]: Json }) => unknown {
  const names = Object.keys(items[0]?.keys ?? {});
  const indexes = new Map<string, ReadonlyMap<string, unknown>>();
  return (item) => {
    // A key that the API server sets by default is absent in the applied object.
    const present = names.filter((name) => item[name] !== undefined);
    const textOf = (keys: KeyedItem["keys"]): string => writeJson(present.map((name) => keys[name]));
    const known = indexes.get(writeJson(present));
    const index = known ?? new Map(items.toReversed().map(({ keys, of }) => [textOf(keys), of]));
    if (known === undefined) indexes.set(writeJson(present), index);
    return index.get(textOf(item));
  };
}

/** A field without fields below it is owned as a whole. */
function asOwned(fields: unknown): Owned {
  if (typeof fields !== "object" || fields === null) return undefined;
  return Object.keys(fields).length === 0 ? "all" : { ...fields };
}
