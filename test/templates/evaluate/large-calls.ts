import type { Json } from "../../../kit/kube/port.ts";
import { lookup } from "../../../templates/handlebars/lookup.ts";
import type { TemplateFunction } from "../../../templates/library/function.ts";
import { library } from "../../../templates/library/library.ts";

/** Every function that templates can call. */
export const functions: readonly TemplateFunction[] = [...library.values(), lookup];

/** Texts of so many characters that some function may take long over. */
export function largeTexts(size: number): { readonly [name: string]: string } {
  const of = (unit: string): string => unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
  return {
    letters: of("a"),
    words: of("aB cD "),
    spaces: of(" "),
    lines: of("\n"),
    digits: `${of("1").slice(1)}x`,
    zeros: of("0"),
    padding: `${of("=").slice(1)}A`,
    up: `${of("a/").slice(0, size / 2)}${of("x/../").slice(0, size / 2)}`,
    accents: of("é"),
    bytes: of("\u0001"),
    constraint: of(">=1 "),
    yaml: of("- a: 1\n"),
    json: `[${of("1,").slice(0, size - 3)}1]`,
    list: of("[],"),
    layout: of("2 January "),
    fraction: `.${of("0").slice(1)}`,
    url: `http://h/${of("%41").slice(0, size - 12)}`,
    marks: of("$1"),
    stars: of("x*"),
    once: `${of("b").slice(1)}a`,
  };
}

/** The data that large calls read: `t` texts, `l` a list, `n` lists in a list, `d` a map, `s` small texts. */
export function largeData(size: number): { readonly [key: string]: Json } {
  const count = Math.ceil(size / 10);
  const texts = largeTexts(size);
  return {
    t: texts,
    l: Array.from({ length: count }, (_, index) => `item ${index}`),
    n: Array.from({ length: Math.ceil(size / 100) }, () => ["a", "b", { c: 1 }]),
    d: Object.fromEntries(Array.from({ length: Math.ceil(count / 2) }, (_, index) => [`key ${index}`, index])),
    k: { [texts["letters"] ?? ""]: 1 },
    small: "a",
  };
}

const texts = Object.keys(largeTexts(10)).map((name) => `.t.${name}`);
const anything = [
  ...texts.map((name) => `${name}`),
  ".l",
  ".n",
  ".d",
  ".k",
  "(indent 1 .t.lines)",
  "(list .t.letters)",
];
const numbers = ["1", "0", "3", "50000"];
const fitting: { readonly [expects: string]: readonly string[] } = {
  string: texts,
  "any value": anything,
  int: numbers,
  int64: numbers,
  float64: ["0.5"],
  bool: ["true"],
  uint32: ["1"],
  "map[string]interface {}": ["(deepCopy .d)", ".k"],
  "[]interface {}": [".l", "(list .t.letters)"],
  "time.Time": ["now"],
  "*semver.Version": ['(semver "1.2.3")'],
  "sprig.certificate": ['(genCA "a" 1)'],
};
const small: { readonly [expects: string]: string } = {
  string: '"a"',
  "any value": '"a"',
  int: "1",
  float64: "0.5",
  bool: "true",
  uint32: "1",
  "map[string]interface {}": "(dict)",
  "[]interface {}": "(list)",
  "time.Time": "now",
  "sprig.certificate": '(genCA "a" 1)',
};

/** Calls that make much, where other arguments would be returned unchanged or refused. */
const fruitful = new Map<string, readonly string[]>([
  ...["regexReplaceAll", "mustRegexReplaceAll", "regexReplaceAllLiteral", "mustRegexReplaceAllLiteral"].map(
    (name) => [name, [`${name} "a" .t.once "b"`]] as const,
  ),
  ["replace", ['replace "a" "b" .t.once']],
  ["concat", ["concat .l .l"]],
  ["slice", ["slice .l 0 300"]],
  ["mustSlice", ["mustSlice .l 0 300"]],
  ["splitn", ['splitn "," 300 .t.json']],
  ["keys", ["keys .d .d .d"]],
  ["values", ["values .d"]],
]);

/** Calls of a function, each with one argument large in every way that fits, and with all arguments alike. */
export function largeCalls({ name, parameters, rest, required }: TemplateFunction): readonly string[] {
  // Of a list or map index reads no more than one item.
  if (name === "index") return texts.map((text) => `index ${text} 1`);
  const all = [...parameters, ...(rest === undefined ? [] : [rest, rest])];
  const count = Math.max(required, Math.min(all.length, 3));
  const places = all.slice(0, Math.max(count, parameters.length)).map(({ expects }) => expects);
  const calls = places.flatMap((expects, at) =>
    (fitting[expects] ?? []).map((large) =>
      [name, ...places.map((other, index) => (index === at ? large : (small[other] ?? "1")))].join(" "),
    ),
  );
  const alike = texts.map((text) =>
    [name, ...places.map((other) => (other === "string" || other === "any value" ? text : (small[other] ?? "1")))].join(
      " ",
    ),
  );
  return places.length === 0 ? [name] : [...new Set([...calls, ...alike, ...(fruitful.get(name) ?? [])])];
}
