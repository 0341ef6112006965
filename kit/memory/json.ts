import { copyJson, writeJson } from "../encoding/exact-json.ts";
import { InvalidInput } from "../errors.ts";
import type { Json, KubeObject } from "../kube/port.ts";

/** A JSON object. */
export type JsonMap = { readonly [key: string]: Json };

/** Whether the value is a JSON object. */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the value is a JSON list. */
export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** A copy of the value, as the network would deliver it: without values that JSON cannot express. */
export function overTheWire(value: unknown): Json {
  return copyJson(value) as Json;
}

/** Parses an object. @throws InvalidInput if apiVersion, kind or metadata.name is missing */
export function parseObject(value: Json): KubeObject {
  if (!isMap(value)) throw new InvalidInput(`expected a Kubernetes object, got ${writeJson(value)}`);
  if (typeof value["apiVersion"] !== "string")
    throw new InvalidInput("expected a Kubernetes object with an apiVersion");
  if (typeof value["kind"] !== "string") throw new InvalidInput("expected a Kubernetes object with a kind");
  if (!isMap(value["metadata"])) throw new InvalidInput(`expected ${value["kind"]} to have metadata`);
  return value as unknown as KubeObject;
}

/** The object, typed as JSON. Stored objects came over the network, so they are JSON. */
export function asMap(object: KubeObject): JsonMap {
  return object as unknown as JsonMap;
}

/** Freezes a value and everything in it. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}

/** The value at a path of field names; undefined if there is none. */
export function fieldAt(value: unknown, ...path: readonly string[]): Json | undefined {
  let inner = value as Json | undefined;
  for (const name of path) {
    if (!isMap(inner) || !Object.hasOwn(inner, name)) return undefined;
    inner = inner[name];
  }
  return inner;
}

/** The map at a path; empty if there is none. */
export function mapAt(value: unknown, ...path: readonly string[]): JsonMap {
  const inner = fieldAt(value, ...path);
  return isMap(inner) ? inner : {};
}

/** The list at a path; empty if there is none. */
export function listAt(value: unknown, ...path: readonly string[]): readonly Json[] {
  const inner = fieldAt(value, ...path);
  return isList(inner) ? inner : [];
}

/** The text at a path; undefined if there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const inner = fieldAt(value, ...path);
  return typeof inner === "string" ? inner : undefined;
}

/** The map with the field set; without the field if the value is undefined. */
export function withField(map: JsonMap, name: string, value: Json | undefined): JsonMap {
  if (value !== undefined) return { ...map, [name]: value };
  if (!Object.hasOwn(map, name)) return map;
  return Object.fromEntries(Object.entries(map).filter(([key]) => key !== name));
}

/** The map without the named fields. */
export function withoutFields(map: JsonMap, names: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !names.includes(key)));
}
