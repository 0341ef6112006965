import { builtins } from "./builtins.ts";
import { certificates } from "./certificates.ts";
import { dates } from "./dates.ts";
import { defaults } from "./defaults.ts";
import { dicts } from "./dicts.ts";
import { encodings } from "./encoding.ts";
import type { Library, TemplateFunction } from "./function.ts";
import { hashes } from "./hashes.ts";
import { cases } from "./letter-case.ts";
import { lists } from "./lists.ts";
import { math } from "./math.ts";
import { paths } from "./paths.ts";
import { random } from "./random.ts";
import { regex } from "./regex.ts";
import { versions } from "./semver.ts";
import { strings } from "./strings.ts";
import { urls } from "./urls.ts";

const groups: readonly (readonly TemplateFunction[])[] = [
  builtins,
  defaults,
  strings,
  cases,
  lists,
  dicts,
  math,
  encodings,
  regex,
  versions,
  dates,
  random,
  hashes,
  certificates,
  urls,
  paths,
];

/** Every function that templates can call, in either syntax. */
export const library: Library = new Map(groups.flat().map((definition) => [definition.name, definition]));
