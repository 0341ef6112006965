import { LRUCache } from "lru-cache";
import type { Budget } from "./evaluate/budget.ts";
import { type Parsed, parseGo } from "./go/parse.ts";
import { parseHandlebars } from "./handlebars/parse.ts";
import { library } from "./library/library.ts";

/** The largest text that is cached, in characters. */
const longest = 1024 * 1024;

const caches: { readonly [Name in Engine]: LRUCache<string, Parsed> } = {
  go: cacheOfTexts(),
  handlebars: cacheOfTexts(),
};

function cacheOfTexts(): LRUCache<string, Parsed> {
  return new LRUCache({ maxSize: 16 * longest, sizeCalculation: (_, text) => 200 + 20 * text.length });
}

/** The number of characters that are read for one unit. */
const charactersPerUnit: { readonly [Name in Engine]: number } = { go: 4, handlebars: 2 };

interface Reading {
  readonly place: string;
  readonly budget: Budget;
}

/** Parses a template in either syntax. Templates without problems are cached by their text. */
export function parseTemplate(text: string, engine: Engine, { place, budget }: Reading): Parsed {
  // Charged whether cached or not: else the outcome would depend on earlier renderings.
  budget.spend(text.length / charactersPerUnit[engine]);
  const known = caches[engine].get(text);
  if (known !== undefined) return known;
  const parsed = engine === "go" ? parseGo(text, place, library) : parseHandlebars(text, place, library);
  if (parsed.problems.length === 0) caches[engine].set(text, parsed);
  return parsed;
}

/** The syntax of a template: Go's between `{%` and `%}`, or Handlebars' between `{{` and `}}`. */
export type Engine = "go" | "handlebars";
