import type { Json } from "../../kube/port.ts";
import { isList, isMap } from "../json.ts";
import { type FieldType, itemName, keysOf } from "./field-type.ts";

/** An item of a merged list that has the same keys as an earlier item. */
export interface Duplicate {
  /** The path of the list, such as `spec.ports`. */
  readonly path: string;
  readonly index: number;
  /** The keys of the item; in a set, the item itself. */
  readonly keys: Json;
}

/** The duplicate items of all lists that merge by keys or as a set. */
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
