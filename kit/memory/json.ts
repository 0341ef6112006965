import { copyJson, writeJson } from "../encoding/exact-json.ts";
import { InvalidInput } from "../errors.ts";
import type { Json, KubeObject } from "../kube/port.ts";

/** A JSON object. */
export type JsonMap = { readonly [key: string]: Json };

/** Whether it is a JSON object. */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether it is a JSON list. */
export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value as it would come over the wire: a copy of its own, without what JSON cannot say. */
export function overTheWire(value: unknown): Json {
  return copyJson(value) as Json;
}

/** Reads an object out of JSON. @throws InvalidInput where apiVersion, kind or metadata.name is missing */
export function parseObject(value: Json): KubeObject {
  if (!isMap(value)) throw new InvalidInput(`expected a Kubernetes object, got ${writeJson(value)}`);
  if (typeof value["apiVersion"] !== "string")
    throw new InvalidInput("expected a Kubernetes object with an apiVersion");
  if (typeof value["kind"] !== "string") throw new InvalidInput("expected a Kubernetes object with a kind");
  if (!isMap(value["metadata"])) throw new InvalidInput(`expected ${value["kind"]} to have metadata`);
  return value as unknown as KubeObject;
}

/** The object as JSON: what is stored came over the wire, so it is. */
export function asMap(object: KubeObject): JsonMap {
  return object as unknown as JsonMap;
}

/** Makes a value unchangeable to its depth. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}

/** What is at a path of field names; undefined where it ends early. */
export function fieldAt(value: unknown, ...path: readonly string[]): Json | undefined {
  let inner = value as Json | undefined;
  for (const name of path) {
    if (!isMap(inner) || !Object.hasOwn(inner, name)) return undefined;
    inner = inner[name];
  }
  return inner;
}

/** The map at a path; an empty one where there is none. */
export function mapAt(value: unknown, ...path: readonly string[]): JsonMap {
  const inner = fieldAt(value, ...path);
  return isMap(inner) ? inner : {};
}

/** The list at a path; an empty one where there is none. */
export function listAt(value: unknown, ...path: readonly string[]): readonly Json[] {
  const inner = fieldAt(value, ...path);
  return isList(inner) ? inner : [];
}

/** The text at a path; undefined where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const inner = fieldAt(value, ...path);
  return typeof inner === "string" ? inner : undefined;
}

/** The map with a field set, or taken away where the value is undefined. */
export function withField(map: JsonMap, name: string, value: Json | undefined): JsonMap {
  if (value !== undefined) return { ...map, [name]: value };
  if (!Object.hasOwn(map, name)) return map;
  return Object.fromEntries(Object.entries(map).filter(([key]) => key !== name));
}

/** The map without some fields. */
export function withoutFields(map: JsonMap, names: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !names.includes(key)));
}
