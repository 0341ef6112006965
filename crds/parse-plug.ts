import { type Plug, plugSchema } from "./generated/plug.ts";
import { parseStored, storedKind } from "./parse-stored.ts";

const stored = storedKind("Plug", plugSchema);

/** The Plug as its types have it. Fields that no schema names are ignored. @throws InvalidInput naming every field that is wrong */
export function parsePlug(object: unknown): Plug {
  return parseStored(stored, object) as Plug;
}
