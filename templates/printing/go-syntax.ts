import type { Call } from "../evaluate/rendering.ts";
import { typeOf } from "../values/kind.ts";
import { Laid } from "../values/laid.ts";
import { Absent, Dict, List, type Plain, type Value } from "../values/value.ts";
import { quoteGo } from "./quote.ts";
import { showScalar } from "./scalar.ts";

/** The value as Go source would write it: `%#v`. */
export function goSyntax(plain: Plain, call: Call): string {
  if (typeof plain === "string") return quoteGo(plain);
  if (plain instanceof Laid) return quoteGo(plain.text);
  if (plain instanceof List || plain instanceof Dict) return collectionSyntax(plain, call);
  return showScalar(plain);
}

function collectionSyntax(plain: List | Dict, call: Call): string {
  call.bounds.deepen();
  const parts =
    plain instanceof List ? plain.items.map((item) => elementSyntax(item, call)) : entriesSyntax(plain, call);
  call.bounds.rise();
  return `${typeOf(plain)}{${parts.join(", ")}}`;
}

function entriesSyntax(dict: Dict, call: Call): readonly string[] {
  return dict.keys().map((key) => `${quoteGo(key)}:${elementSyntax(dict.get(key) ?? null, call)}`);
}

function elementSyntax(value: Value, call: Call): string {
  const plain = call.open(value);
  return plain === null || plain instanceof Absent ? "interface {}(nil)" : goSyntax(plain, call);
}
