import { Laid } from "./laid.ts";
import { Absent, Dict, Int, List, Opaque, type Plain } from "./value.ts";

/** Go's name of the value's type, e.g. `map[string]interface {}`; `<nil>` for nothing. */
export function typeOf(value: Plain): string {
  if (typeof value === "string" || value instanceof Laid) return "string";
  if (typeof value === "number") return "float64";
  if (typeof value === "boolean") return "bool";
  if (value === null || value instanceof Absent) return "<nil>";
  if (value instanceof List) return `[]${value.element}`;
  if (value instanceof Dict) return `map[string]${value.element}`;
  return value.type;
}

/** Go's kind of the value; `invalid` for nothing. */
export function kindOf(value: Plain): string {
  if (value === null || value instanceof Absent) return "invalid";
  if (value instanceof List) return "slice";
  if (value instanceof Dict) return "map";
  if (value instanceof Int) return intKind(value);
  return value instanceof Opaque ? value.kind : typeOf(value);
}

function intKind({ type }: Int): string {
  if (type === "time.Duration") return "int64";
  return type === "time.Month" || type === "time.Weekday" ? "int" : type;
}

/** Whether Go's `if` takes the value for true: it is not nil, zero, false or empty. */
export function isTrue(value: Plain): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "string") return value !== "";
  if (typeof value === "number") return value !== 0;
  if (value === null || value instanceof Absent) return false;
  if (value instanceof Int) return value.value !== 0n;
  if (value instanceof List) return value.items.length > 0;
  if (value instanceof Dict) return value.trueIfEmpty || value.size > 0;
  return value instanceof Laid ? value.text !== "" : true;
}

/** Whether Handlebars' `if`, `unless` and `with` take the value for true. */
export function isTrueToHandlebars(value: Plain, zeroIsTrue: boolean): boolean {
  if (value instanceof Dict) return true;
  if (value === 0 || (value instanceof Int && value.value === 0n)) return zeroIsTrue;
  return isTrue(value);
}
