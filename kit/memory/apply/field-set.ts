import { isDeepStrictEqual } from "node:util";
import { parseJson, writeJson } from "../../encoding/exact-json.ts";
import type { Json } from "../../kube/port.ts";
import { isList, isMap, type JsonMap } from "../json.ts";
import { type FieldType, itemName } from "./field-type.ts";

/** Fields of an object, as managed fields name them: `f:spec`, `k:{"name":"main"}`, `v:"x"`. */
export interface FieldSet {
  /** The field itself belongs to the set, beside what is below it. */
  readonly self: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

/** No field at all. */
export const noFields: FieldSet = { self: false, children: new Map() };
const leaf: FieldSet = { self: true, children: new Map() };

/** Whether it names no field. */
export function isEmpty(set: FieldSet): boolean {
  return !set.self && set.children.size === 0;
}

/** Every field that a value gives. A list that merges and has no items gives none, as on the real server. */
export function fieldsOf(value: Json, type: FieldType): FieldSet {
  const parts = partsOf(value, type);
  if (parts === undefined) return leaf;
  if (parts.size === 0) return isList(value) ? noFields : leaf;
  return branch(false, parts.entries(), ([, part]) => {
    const inner = fieldsOf(part.value, part.type);
    return part.itself ? { ...inner, self: true } : inner;
  });
}

/**
 * What was added or given another value on the way from one value to the next; what is added belongs to it with all
 * that leads there.
 */
export function changedFields(from: Json | undefined, to: Json, type: FieldType): FieldSet {
  if (from === undefined) return withBranches(fieldsOf(to, type));
  if (isDeepStrictEqual(from, to)) return noFields;
  const before = partsOf(from, type);
  const after = partsOf(to, type);
  if (before === undefined) return withBranches(fieldsOf(to, type));
  if (after === undefined || after.size === 0) return fieldsOf(to, type);
  return branch(false, after.entries(), ([name, part]) => {
    const inner = changedFields(before.get(name)?.value, part.value, part.type);
    return part.itself && !before.has(name) ? { ...inner, self: true } : inner;
  });
}

/** What was there and is there no more. */
export function removedFields(from: Json, to: Json, type: FieldType): FieldSet {
  return difference(fieldsOf(from, type), fieldsOf(to, type));
}

function withBranches({ children }: FieldSet): FieldSet {
  return { self: true, children: new Map([...children].map(([name, child]) => [name, withBranches(child)])) };
}

/** The set without what only leads to other fields of it: fields that hold a value, and items of lists. */
export function heldFields(set: FieldSet): FieldSet {
  return branch(set.self && set.children.size === 0, set.children.entries(), ([name, child]) => {
    const inner = heldFields(child);
    return child.self && !name.startsWith("f:") ? { ...inner, self: true } : inner;
  });
}

/** What is in either. */
export function union(one: FieldSet, other: FieldSet): FieldSet {
  const names = new Set([...one.children.keys(), ...other.children.keys()]);
  const children = [...names].map((name) => {
    const [left, right] = [one.children.get(name), other.children.get(name)];
    return [name, left && right ? union(left, right) : (left ?? right ?? noFields)] as const;
  });
  return { self: one.self || other.self, children: new Map(children) };
}

/** What is in both. */
export function intersection(one: FieldSet, other: FieldSet): FieldSet {
  return branch(one.self && other.self, one.children.entries(), ([name, child]) => {
    const counterpart = other.children.get(name);
    return counterpart === undefined ? noFields : intersection(child, counterpart);
  });
}

/** What is in the first alone. */
export function difference(one: FieldSet, other: FieldSet): FieldSet {
  return branch(one.self && !other.self, one.children.entries(), ([name, child]) => {
    const counterpart = other.children.get(name);
    return counterpart === undefined ? child : difference(child, counterpart);
  });
}

/**
 * What of the first may go although the second is held: fields of which the second has nothing, not even anything below
 * them.
 * What is owned beside what is in it (a list's item) goes, as on the real server, unless the second has it itself.
 */
export function unclaimed(one: FieldSet, other: FieldSet, isItem = false): FieldSet {
  const free = isItem || one.children.size > 0 ? !other.self : isEmpty(other);
  return branch(one.self && free, one.children.entries(), ([name, child]) => {
    const counterpart = other.children.get(name);
    return counterpart === undefined ? child : unclaimed(child, counterpart, !name.startsWith("f:"));
  });
}

/** The value without the fields of the set; undefined where nothing is left of it. */
export function withoutSet(value: Json, set: FieldSet, type: FieldType): Json | undefined {
  if (set.self) return undefined;
  if (set.children.size === 0 || partsOf(value, type)?.size === 0) return value;
  if (isMap(value)) return mapWithout(value, set, type);
  if (isList(value) && type.list.by !== "whole") return listWithout(value, set, type);
  return value;
}

function mapWithout(map: JsonMap, set: FieldSet, type: FieldType): Json | undefined {
  const kept = Object.entries(map).flatMap(([name, value]) => {
    const child = set.children.get(`f:${name}`);
    const left = child === undefined ? value : withoutSet(value, child, type.field(name));
    return left === undefined ? [] : [[name, left] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function listWithout(list: readonly Json[], set: FieldSet, type: FieldType): Json | undefined {
  const kept = list.flatMap((item) => {
    const child = set.children.get(itemName(item, type.list));
    if (child === undefined) return [item];
    if (child.self) return [];
    const left = withoutSet(item, child, type.item());
    return left === undefined ? [] : [left];
  });
  return kept.length === 0 ? undefined : kept;
}

/** Writes it as FieldsV1. */
export function toFieldsV1(set: FieldSet): JsonMap {
  const children = [...set.children].map(([name, child]) => [name, toFieldsV1(child)] as const);
  const itself: [string, JsonMap][] = set.self && children.length > 0 ? [[".", {}]] : [];
  return Object.fromEntries([...itself, ...children.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Reads FieldsV1. */
export function fromFieldsV1(fields: unknown): FieldSet {
  if (!isMap(fields)) return noFields;
  const entries = Object.entries(fields).filter(([name]) => name !== ".");
  const children = new Map(entries.map(([name, inner]) => [name, fromFieldsV1(inner)]));
  return { self: entries.length === 0 || Object.hasOwn(fields, "."), children };
}

/** The fields as people read paths: `.spec.containers[name="main"].image`. */
export function pathsOf(set: FieldSet, prefix = ""): readonly string[] {
  const below = [...set.children].flatMap(([name, child]) => pathsOf(child, prefix + readable(name)));
  return set.self && below.length === 0 ? [prefix] : below;
}

function readable(name: string): string {
  if (name.startsWith("f:")) return `.${name.slice(2)}`;
  if (name.startsWith("v:")) return `[=${name.slice(2)}]`;
  const named: unknown = parseJson(name.slice(2));
  const pairs = isMap(named) ? Object.entries(named) : [];
  return `[${pairs.map(([key, value]) => `${key}=${writeJson(value)}`).join(",")}]`;
}

interface Part {
  readonly value: Json;
  readonly type: FieldType;
  /** It is owned itself, beside what is in it. */
  readonly itself: boolean;
}

/** What a value is made of where it merges part by part; undefined where it is one field as a whole. */
export function partsOf(value: Json, type: FieldType): ReadonlyMap<string, Part> | undefined {
  if (isMap(value)) {
    if (type.atomic) return undefined;
    const entries = Object.entries(value);
    return new Map(
      entries.map(([name, inner]) => [
        `f:${name}`,
        { value: inner, type: type.field(name), itself: !type.declares(name) },
      ]),
    );
  }
  if (!isList(value) || type.list.by === "whole") return undefined;
  return new Map(value.map((item) => [itemName(item, type.list), { value: item, type: type.item(), itself: true }]));
}

function branch<T extends readonly [string, unknown]>(
  self: boolean,
  entries: Iterable<T>,
  inner: (entry: T) => FieldSet,
): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const entry of entries) {
    const child = inner(entry);
    if (!isEmpty(child)) children.set(entry[0], child);
  }
  return { self, children };
}
