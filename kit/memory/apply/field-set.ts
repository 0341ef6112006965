import { isDeepStrictEqual } from "node:util";
import { parseJson, writeJson } from "../../encoding/exact-json.ts";
import type { Json } from "../../kube/port.ts";
import { isList, isMap, type JsonMap } from "../json.ts";
import { type FieldType, itemName } from "./field-type.ts";

/** A set of fields, by their names in managed fields: `f:spec`, `k:{"name":"main"}`, `v:"x"`. */
export interface FieldSet {
  /** The field itself belongs to the set; `children` are the fields below it. */
  readonly self: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

/** The empty set. */
export const noFields: FieldSet = { self: false, children: new Map() };
const leaf: FieldSet = { self: true, children: new Map() };

/** Whether the set is empty. */
export function isEmpty(set: FieldSet): boolean {
  return !set.self && set.children.size === 0;
}

/** All fields of a value. An empty list that merges has no field, as on the real server. */
export function fieldsOf(value: Json, type: FieldType): FieldSet {
  const parts = partsOf(value, type);
  if (parts === undefined) return leaf;
  if (parts.size === 0) return isList(value) ? noFields : leaf;
  return branch(false, parts.entries(), ([, part]) => {
    const inner = fieldsOf(part.value, part.type);
    return part.itself ? { ...inner, self: true } : inner;
  });
}

/** The fields that the second value adds or changes. An added field belongs to the set with all fields above it. */
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

/** The fields of the first value that the second one does not have. */
export function removedFields(from: Json, to: Json, type: FieldType): FieldSet {
  return difference(fieldsOf(from, type), fieldsOf(to, type));
}

function withBranches({ children }: FieldSet): FieldSet {
  return { self: true, children: new Map([...children].map(([name, child]) => [name, withBranches(child)])) };
}

/** The fields of the set that have a value, and items of lists; without those that only lead to other fields. */
export function heldFields(set: FieldSet): FieldSet {
  return branch(set.self && set.children.size === 0, set.children.entries(), ([name, child]) => {
    const inner = heldFields(child);
    return child.self && !name.startsWith("f:") ? { ...inner, self: true } : inner;
  });
}

/** The fields that are in one of the sets or in both. */
export function union(one: FieldSet, other: FieldSet): FieldSet {
  const names = new Set([...one.children.keys(), ...other.children.keys()]);
  const children = [...names].map((name) => {
    const [left, right] = [one.children.get(name), other.children.get(name)];
    return [name, left && right ? union(left, right) : (left ?? right ?? noFields)] as const;
  });
  return { self: one.self || other.self, children: new Map(children) };
}

/** The fields that are in both sets. */
export function intersection(one: FieldSet, other: FieldSet): FieldSet {
  return branch(one.self && other.self, one.children.entries(), ([name, child]) => {
    const counterpart = other.children.get(name);
    return counterpart === undefined ? noFields : intersection(child, counterpart);
  });
}

/** The fields that are only in the first set. */
export function difference(one: FieldSet, other: FieldSet): FieldSet {
  return branch(one.self && !other.self, one.children.entries(), ([name, child]) => {
    const counterpart = other.children.get(name);
    return counterpart === undefined ? child : difference(child, counterpart);
  });
}

/**
 * The fields of the first set that may be removed although the fields of the second are still owned.
 * A field stays if the second set has it, or a field below it.
 * An item of a list is owned apart from its fields: it is removed, as on the real server, unless the second set has the
 * item itself.
 */
export function unclaimed(one: FieldSet, other: FieldSet, isItem = false): FieldSet {
  const free = isItem || one.children.size > 0 ? !other.self : isEmpty(other);
  return branch(one.self && free, one.children.entries(), ([name, child]) => {
    const counterpart = other.children.get(name);
    return counterpart === undefined ? child : unclaimed(child, counterpart, !name.startsWith("f:"));
  });
}

/** The value without the fields of the set; undefined if nothing is left. */
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

/** The set in the format FieldsV1. */
export function toFieldsV1(set: FieldSet): JsonMap {
  const children = [...set.children].map(([name, child]) => [name, toFieldsV1(child)] as const);
  const itself: [string, JsonMap][] = set.self && children.length > 0 ? [[".", {}]] : [];
  return Object.fromEntries([...itself, ...children.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/** The set that a value in the format FieldsV1 describes. */
export function fromFieldsV1(fields: unknown): FieldSet {
  if (!isMap(fields)) return noFields;
  const entries = Object.entries(fields).filter(([name]) => name !== ".");
  const children = new Map(entries.map(([name, inner]) => [name, fromFieldsV1(inner)]));
  return { self: entries.length === 0 || Object.hasOwn(fields, "."), children };
}

/** The paths of the fields, for people: `.spec.containers[name="main"].image`. */
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
  /** The part is owned apart from the fields below it. */
  readonly itself: boolean;
}

/** The parts of a value that merge separately; undefined if the whole value is one field. */
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
