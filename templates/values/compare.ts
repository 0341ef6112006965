import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { typeOf } from "./kind.ts";
import { Laid } from "./laid.ts";
import { surfaceOf } from "./size.ts";
import { Absent, compareText, Dict, Int, List, Opaque, type Plain, type Value } from "./value.ts";

/** A value that Go compares by its kind. Whole numbers of all types are of one kind, floats are of another. */
type Basic =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "float"; readonly value: number | bigint }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "bool"; readonly value: boolean };

function basicOf(plain: Plain): Basic | undefined {
  if (typeof plain === "string") return { kind: "string", value: plain };
  if (plain instanceof Laid) return { kind: "string", value: plain.text };
  if (typeof plain === "number") return { kind: "float", value: plain };
  if (typeof plain === "boolean") return { kind: "bool", value: plain };
  if (!(plain instanceof Int)) return undefined;
  return { kind: plain.type === "float64" ? "float" : "int", value: plain.value };
}

/** Whether two values are equal. One of two numbers can be a bigint, so `===` does not compare them. */
function isSame(one: Basic, other: Basic): boolean {
  if (typeof one.value === typeof other.value) return one.value === other.value;
  return one.value >= other.value && one.value <= other.value;
}

function isNothing(plain: Plain): boolean {
  return plain === null || plain instanceof Absent;
}

/** Go's `eq` for two values. @throws Fault if their types cannot be compared */
export function isEqual(left: Plain, right: Plain, lenient: boolean): boolean {
  const [a, b] = [basicOf(left), basicOf(right)];
  if (lenient && a !== undefined && b !== undefined && a.kind !== b.kind)
    return Number(a.value) === Number(b.value) && a.kind !== "string" && b.kind !== "string";
  if (a !== undefined && b !== undefined && a.kind === b.kind) return isSame(a, b);
  if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
  if (a !== undefined || b !== undefined)
    throw new Fault(`incompatible types for comparison: ${typeOf(left)} and ${typeOf(right)}`);
  if (left instanceof List || left instanceof Dict) throw new Fault(`non-comparable type: ${typeOf(left)}`);
  if (right instanceof List || right instanceof Dict) throw new Fault(`non-comparable type: ${typeOf(right)}`);
  return (
    left === right ||
    (left instanceof Opaque && right instanceof Opaque && left.type === right.type && left.print() === right.print())
  );
}

/** Negative if left is less, positive if it is greater. @throws Fault if their types have no order */
export function order(left: Plain, right: Plain, lenient: boolean): number {
  const [a, b] = [basicOf(left), basicOf(right)];
  if (a === undefined || b === undefined || a.kind === "bool" || b.kind === "bool")
    throw new Fault("invalid type for comparison; expected numbers or text");
  if (a.kind === "string" && b.kind === "string") return compareText(a.value, b.value);
  const numbers = a.kind !== "string" && b.kind !== "string";
  if (a.kind !== b.kind && !(lenient && numbers))
    throw new Fault(`incompatible types for comparison: ${typeOf(left)} and ${typeOf(right)}`);
  if (isSame(a, b)) return 0;
  return a.value < b.value ? -1 : 1;
}

/** Go's reflect.DeepEqual. */
export function isDeepEqual(left: Value, right: Value, call: Call): boolean {
  const [a, b] = [call.open(left), call.open(right)];
  call.bounds.spend(1 + Math.min(surfaceOf(a), surfaceOf(b)) / 64);
  if (a instanceof List && b instanceof List) return isEqualList(a, b, call);
  if (a instanceof Dict && b instanceof Dict) return isEqualDict(a, b, call);
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  return typeOf(a) === typeOf(b) && !(a instanceof List) && !(a instanceof Dict) && isEqual(a, b, false);
}

function isEqualList(left: List, right: List, call: Call): boolean {
  if (left.element !== right.element || left.items.length !== right.items.length) return false;
  call.bounds.deepen();
  const equal = left.items.every((item, index) => isDeepEqual(item, right.items[index] ?? null, call));
  call.bounds.rise();
  return equal;
}

function isEqualDict(left: Dict, right: Dict, call: Call): boolean {
  if (left.element !== right.element || left.size !== right.size) return false;
  call.bounds.deepen();
  const equal = left
    .keys()
    .every((key) => right.has(key) && isDeepEqual(left.get(key) ?? null, right.get(key) ?? null, call));
  call.bounds.rise();
  return equal;
}
