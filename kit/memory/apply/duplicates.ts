import type { Json } from "../../kube/port.ts";
import { isList, isMap } from "../json.ts";
import { type FieldType, itemName, keysOf } from "./field-type.ts";

/** An item of a list that merges, whose keys an earlier item has. */
export interface Duplicate {
  /** Where the list is: `spec.ports`. */
  readonly path: string;
  readonly index: number;
  /** The item's keys; the item itself in a set. */
  readonly keys: Json;
}

/** Every item that a list which merges by keys or as a set has twice. */
export function duplicatesIn(value: Json, type: FieldType, path = ""): readonly Duplicate[] {
  if (isMap(value)) {
    const inner = Object.entries(value);
    return inner.flatMap(([name, each]) =>
      duplicatesIn(each, type.field(name), path === "" ? name : `${path}.${name}`),
    );
  }
  if (!isList(value)) return [];
  const below = value.flatMap((item, index) => duplicatesIn(item, type.item(), `${path}[${index}]`));
  return [...(type.list.by === "whole" ? [] : repeated(value, type, path)), ...below];
}

function repeated(list: readonly Json[], type: FieldType, path: string): readonly Duplicate[] {
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const name = itemName(item, type.list);
    if (seen.has(name)) return [{ path, index, keys: keysOf(item, type.list) }];
    seen.add(name);
    return [];
  });
}
