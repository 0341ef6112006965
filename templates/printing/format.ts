import type { Call } from "../evaluate/rendering.ts";
import { typeOf } from "../values/kind.ts";
import { Laid } from "../values/laid.ts";
import { Dict, Int, List, type Value } from "../values/value.ts";
import { goSyntax } from "./go-syntax.ts";
import { jsonNumber } from "./number.ts";
import { showScalar } from "./scalar.ts";
import { formatScalar, type Spec } from "./verbs.ts";

/** The text that Go's `%v` prints; numbers as in JSON. The caller must have charged for the whole value. */
export function show(value: Value, call: Call): string {
  const plain = call.open(value);
  if (typeof plain === "string") return plain;
  if (typeof plain === "number") return jsonNumber(plain);
  if (plain instanceof List || plain instanceof Dict) return showCollection(plain, call, (item) => show(item, call));
  return showScalar(plain);
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

/** Go's Sprint: the operands in order, with a space between two operands if neither is text. */
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

/** Formats a value with one verb of printf; of a list or dict, each element. */
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
