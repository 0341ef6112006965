import { LRUCache } from "lru-cache";
import { type Parsed, parseGo } from "./go/parse.ts";
import { parseHandlebars } from "./handlebars/parse.ts";
import { library } from "./library/library.ts";
import type { Engine } from "./template.ts";

/** The largest text that is read as a template. */
const longest = 1024 * 1024;
const cached = new LRUCache<string, Parsed>({
  maxSize: 16 * longest,
  sizeCalculation: (_, key) => 200 + 20 * key.length,
});

/** Reads a template in either syntax. What parsed without problems is remembered by its text. */
export function parseTemplate(text: string, engine: Engine, place: string): Parsed {
  const key = `${engine} ${text}`;
  const known = cached.get(key);
  if (known !== undefined) return known;
  const parsed = engine === "go" ? parseGo(text, place, library) : parseHandlebars(text, place, library);
  if (parsed.problems.length === 0) cached.set(key, parsed);
  return parsed;
}
