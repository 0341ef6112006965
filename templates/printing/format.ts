import type { Call } from "../evaluate/rendering.ts";
import { Dict } from "../values/dict.ts";
import { typeOf } from "../values/kind.ts";
import { Laid } from "../values/laid.ts";
import { List } from "../values/list.ts";
import { Opaque } from "../values/opaque.ts";
import { Absent, Int, type Plain, type Value } from "../values/value.ts";
import { goSyntax } from "./go-syntax.ts";
import { jsonNumber } from "./number.ts";
import { formatScalar, type Spec } from "./verbs.ts";

/** The value as Go's `%v` prints it; numbers as JSON prints them. Who asks has charged for all that is in it. */
export function show(value: Value, call: Call): string {
  const plain = call.open(value);
  if (typeof plain === "string") return plain;
  if (typeof plain === "number") return jsonNumber(plain);
  if (plain instanceof List || plain instanceof Dict) return showCollection(plain, call, (item) => show(item, call));
  return showScalar(plain);
}

/** What is no list and no dict, as `%v` prints it. */
export function showScalar(plain: Exclude<Plain, List | Dict>): string {
  if (plain === null || plain instanceof Absent) return "<nil>";
  if (plain instanceof Int) return showInt(plain);
  if (plain instanceof Laid) return plain.text;
  if (plain instanceof Opaque) return plain.print();
  return typeof plain === "number" ? jsonNumber(plain) : String(plain);
}

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

function showInt({ value, type }: Int): string {
  if (type === "time.Month") return months[Number(value) - 1] ?? String(value);
  if (type === "time.Weekday") return weekdays[Number(value)] ?? String(value);
  return type === "time.Duration" ? showDuration(value) : value.toString();
}

/** A duration as Go prints it, e.g. 1h2m0.5s; in nanoseconds. */
export function showDuration(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? "-" : "";
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size === 0n) return "0s";
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(size: bigint, unit: bigint): string {
  const fraction = (size % unit)
    .toString()
    .padStart(unit.toString().length - 1, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${size / unit}` : `${size / unit}.${fraction}`;
}

function showCollection(plain: List | Dict, call: Call, item: (value: Value) => string): string {
  call.bounds.deepen();
  const shown = plain instanceof List ? showList(plain, item) : showDict(plain, item);
  call.bounds.rise();
  return shown;
}

function showList(list: List, item: (value: Value) => string): string {
  return `[${list.items.map(item).join(" ")}]`;
}

function showDict(dict: Dict, item: (value: Value) => string): string {
  return `map[${dict
    .keys()
    .map((key) => `${item(key)}:${item(dict.get(key) ?? null)}`)
    .join(" ")}]`;
}

/** Operands one after the other, a space between two of which neither is text: Go's Sprint. */
export function printOperands(values: readonly Value[], call: Call): string {
  let printed = "";
  let afterText = true;
  for (const value of values) {
    const plain = call.open(value);
    const isText = typeof plain === "string" || plain instanceof Laid;
    printed += !isText && !afterText ? ` ${show(plain, call)}` : show(plain, call);
    afterText = isText;
  }
  return printed;
}

/** A value by one verb of printf, lists and dicts by their elements. */
export function formatValue(value: Value, given: Spec, call: Call): string {
  const plain = call.open(value);
  const spec = given.verb === "v" && given.plus ? { ...given, plus: false } : given;
  if (spec.verb === "T") return formatScalar(typeOf(plain), { ...spec, verb: "s" });
  if (spec.verb === "v" && spec.sharp) return formatScalar(goSyntax(plain, call), { ...spec, verb: "s", sharp: false });
  if (plain instanceof List && plain.element === "uint8" && /[sqxX]/.test(spec.verb))
    return formatBytes(plain, spec, call);
  if (plain instanceof List || plain instanceof Dict) {
    return showCollection(plain, call, (item) => formatValue(item, spec, call));
  }
  return formatScalar(plain, spec);
}

function formatBytes(list: List, spec: Spec, call: Call): string {
  const bytes = list.items.map((item) => call.open(item)).map((item) => (item instanceof Int ? Number(item.value) : 0));
  return formatScalar(String.fromCharCode(...bytes), spec);
}
