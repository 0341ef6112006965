import type { Call } from "../evaluate/rendering.ts";
import { weighAll } from "../library/cost.ts";
import { type Cost, define, type TemplateFunction } from "../library/function.ts";
import { any } from "../library/param.ts";
import { show } from "../printing/format.ts";
import { Absent, Dict, List, type Value } from "../values/value.ts";

/** Reads the key, but not the value that it is searched in. */
function looking([, key]: readonly [Value, Value], call: Call): Cost {
  return { units: weighAll([key], call) / 16, makes: 0 };
}

/** Handlebars' lookup: the entry or element with that name or number; no value if there is none. */
export const lookup: TemplateFunction = define("lookup", [any, any], looking, (call, value, key) => {
  const plain = call.open(value);
  const name = show(key, call);
  const missing = new Absent("the entry that lookup was asked for");
  if (plain instanceof Dict) return plain.get(name) ?? missing;
  return plain instanceof List && /^\d+$/.test(name) ? (plain.items[Number(name)] ?? missing) : missing;
});
