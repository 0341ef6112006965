import type { Bounds } from "../evaluate/bounds.ts";
import { Laid } from "./laid.ts";
import { Dict, List, Opaque, type Plain, Sensitive, type Value } from "./value.ts";

/*
 * Sizes are in characters.
 * Reading an item of a list counts as four, and an entry of a map as sixteen: maps are sorted, and wrap their values.
 */
const perItem = 4;
const perEntry = 16;
/** The size of one value in a list or map. */
const perValue = 16;

/**
 * The size of a value's surface: the characters of a text, laid out or not; the items of a list or map.
 * Values in it are not read.
 */
export function surfaceOf(value: unknown): number {
  const plain = value instanceof Sensitive ? value.value : value;
  if (typeof plain === "string") return plain.length;
  if (plain instanceof Laid) return plain.size;
  if (plain instanceof List) return perItem * plain.items.length;
  if (plain instanceof Dict) return perEntry * plain.size;
  return plain instanceof Opaque ? plain.size : 0;
}

/**
 * The size of a value with everything in it. A value that occurs several times is counted each time.
 * Charges for reading all of it.
 * @throws Exhausted, Heavy
 */
export function weigh(value: Value, bounds: Bounds): number {
  const plain = value instanceof Sensitive ? value.value : value;
  if (plain instanceof List) return perValue + weighAll(plain.items, bounds);
  if (plain instanceof Dict) return perValue + weighDict(plain, bounds);
  return perValue + surfaceOf(plain);
}

function weighAll(items: readonly Value[], bounds: Bounds): number {
  bounds.deepen();
  bounds.spend(items.length / 4);
  let size = 0;
  for (const item of items) size += isLeaf(item) ? perValue + surfaceOf(item) : weigh(item, bounds);
  bounds.rise();
  return size;
}

function weighDict(dict: Dict, bounds: Bounds): number {
  bounds.deepen();
  bounds.spend(dict.size / 2);
  let size = perEntry * dict.size;
  for (const [key, value] of dict.entries())
    size += key.length + (isLeaf(value) ? perValue + surfaceOf(value) : weigh(value, bounds));
  bounds.rise();
  return size;
}

function isLeaf(value: Value): boolean {
  const plain: Plain = value instanceof Sensitive ? value.value : value;
  return !(plain instanceof List || plain instanceof Dict);
}
