import { LRUCache } from "lru-cache";
import { RE2JS, RE2JSException } from "re2js";

/** A regular expression of somebody's, or why it is none. */
export type Compiled =
  | { readonly kind: "pattern"; readonly pattern: RE2JS }
  | { readonly kind: "broken"; readonly why: string };

const longestPattern = 16_384;
const largestProgram = 20_000;

const compiledPatterns = new LRUCache<string, Compiled>({ max: 1000 });

/** Compiles Go's regular expressions, which match in linear time whatever the text; remembers the last thousand. */
export function compilePattern(text: string): Compiled {
  const known = compiledPatterns.get(text);
  if (known !== undefined) return known;
  const compiled = compileAnew(text);
  compiledPatterns.set(text, compiled);
  return compiled;
}

function compileAnew(text: string): Compiled {
  if (text.length > longestPattern) return { kind: "broken", why: `it is longer than ${longestPattern} characters` };
  try {
    const pattern = RE2JS.compile(text);
    if (pattern.programSize() > largestProgram) return { kind: "broken", why: "its repetitions make it too large" };
    return { kind: "pattern", pattern };
  } catch (error) {
    if (error instanceof RE2JSException) return { kind: "broken", why: error.message };
    throw error;
  }
}
