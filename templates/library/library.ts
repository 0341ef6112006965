import { builtins } from "./builtins.ts";
import { defaults } from "./defaults.ts";
import { dicts } from "./dicts.ts";
import { encodings } from "./encoding.ts";
import type { Library } from "./function.ts";
import { lists } from "./lists.ts";
import { strings } from "./strings.ts";

/** Every function that templates can call, in either syntax. */
export const library: Library = new Map(
  [...builtins, ...defaults, ...strings, ...lists, ...dicts, ...encodings].map((definition) => [
    definition.name,
    definition,
  ]),
);
