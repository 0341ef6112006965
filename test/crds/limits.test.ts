import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { RE2JS } from "re2js";
import { admits } from "../../crds/coupling/admission-rules.ts";
import { listAtMost, mapAtMost, namespaceListAtMost, nodesAtMost, oversizedIn } from "../../crds/coupling/limits.ts";
import { compilePattern, patternCost, patternCostAtMost } from "../../crds/coupling/patterns.ts";
import { sampleManifests } from "../samples/sample-files.ts";

const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const keys = (count: number): object => Object.fromEntries(many(count, (index) => [`key${index}`, "x"]));

afterEach(() => {
  jest.restoreAllMocks();
});

describe("a spec", () => {
  const entry = { template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } } };
  const table: readonly (readonly [string, (size: number) => object, number, string])[] = [
    ["vars", (size) => ({ vars: many(size, () => ({ name: "x" })) }), listAtMost, "entries"],
    ["resultVars", (size) => ({ resultVars: many(size, () => ({ name: "x" })) }), listAtMost, "entries"],
    ["resources", (size) => ({ resources: many(size, () => entry) }), listAtMost, "entries"],
    ["resultResources", (size) => ({ resultResources: many(size, () => entry) }), listAtMost, "entries"],
    [
      "resources[0].templates",
      (size) => ({ resources: [{ templates: many(size, () => ({})) }] }),
      listAtMost,
      "entries",
    ],
    [
      "resources[0].stringTemplates",
      (size) => ({ resources: [{ stringTemplates: many(size, () => "") }] }),
      listAtMost,
      "entries",
    ],
    ["waitFor", (size) => ({ waitFor: many(size, () => ({ kind: "Pod", name: "x" })) }), listAtMost, "entries"],
    ["config", (size) => ({ config: keys(size) }), mapAtMost, "keys"],
    ["data", (size) => ({ data: keys(size) }), mapAtMost, "keys"],
    ["interface.config.plug", (size) => ({ interface: { config: { plug: keys(size) } } }), mapAtMost, "keys"],
    [
      "interface.config.plug.size.enum",
      (size) => ({ interface: { config: { plug: { size: { enum: many(size, String) } } } } }),
      listAtMost,
      "entries",
    ],
    [
      "validation.namespaceWhitelist",
      (size) => ({ validation: { namespaceWhitelist: many(size, String) } }),
      namespaceListAtMost,
      "entries",
    ],
    [
      "validation.namespaceSelector.matchExpressions[0].values",
      (size) => ({ validation: { namespaceSelector: { matchExpressions: [{ values: many(size, String) }] } } }),
      listAtMost,
      "entries",
    ],
  ];

  test.each(table)(
    "may have so many in %s, and one more is named with its size and limit",
    (path, make, limit, what) => {
      expect(oversizedIn(make(limit))).toEqual([]);
      expect(oversizedIn(make(limit + 1))).toEqual([`spec.${path}: ${limit + 1} ${what} (limit ${limit})`]);
    },
  );

  test("may have lists and maps of any length in the objects it renders, up to the sum", () => {
    const object = { data: keys(5_000), list: many(5_000, String) };
    expect(oversizedIn({ resources: [{ template: object, templates: [object] }], resource: object })).toEqual([]);
    const much = many(11, () => ({ template: { list: many(10_000, String) } }));
    expect(oversizedIn({ resources: much })).toEqual([`spec: more than ${nodesAtMost} values`]);
  });

  test("may not be nested without end", () => {
    const nested = JSON.parse(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`);
    expect(oversizedIn({ resources: [{ template: nested }] })).toEqual(["spec: nested more than 500 levels"]);
  });

  test("of every sample is far from any limit", () => {
    for (const sample of ["postgres", "every-field"] as const)
      for (const { spec = {} } of sampleManifests(sample)) {
        const multiplied = JSON.parse(JSON.stringify(spec), (_, value: unknown) =>
          Array.isArray(value) ? many(10, () => value).flat() : value,
        );
        expect(oversizedIn(multiplied)).toEqual([]);
      }
  });
});

describe("a white- or blacklist", () => {
  const names = many(4_000, (index) => `team-${index}`);

  test("of four thousand names compiles nothing, at no look", () => {
    const compile = jest.spyOn(RE2JS, "compile");
    const validation = {
      namespaceWhitelist: [...names, "^team-exact$", "^prefix-"],
      namespaceBlacklist: ["forbidden", "^kube-"],
    };
    for (let look = 0; look < 3; look += 1) {
      expect(admits(validation, { name: "team-3999" }).kind).toBe("admitted");
      expect(admits(validation, { name: "prefix-x" }).kind).toBe("admitted");
      expect(admits(validation, { name: "team-exact" }).kind).toBe("admitted");
      expect(admits(validation, { name: "team-exact-not" }).kind).toBe("refused");
      expect(admits(validation, { name: "kube-system" }).kind).toBe("refused");
    }
    expect(compile).not.toHaveBeenCalled();
  });

  test("of four thousand patterns is refused before one is compiled", () => {
    const compile = jest.spyOn(RE2JS, "compile");
    const validation = { namespaceWhitelist: names.map((name) => `${name}-[a-z]+`) };
    expect(admits(validation, { name: "team-1-x" })).toEqual({
      kind: "broken",
      problems: [expect.stringMatching(/^spec\.validation: patterns of \d{5} units in total \(limit 10000\)$/)],
    });
    expect(compile).not.toHaveBeenCalled();
  });

  test("of a few hundred patterns compiles each once, and not again at the next look", () => {
    const compile = jest.spyOn(RE2JS, "compile");
    const validation = { namespaceWhitelist: many(400, (index) => `^once-${index}-[a-z]+$`) };
    for (let look = 0; look < 3; look += 1)
      expect(admits({ ...validation }, { name: "once-399-x" }).kind).toBe("admitted");
    expect(compile).toHaveBeenCalledTimes(400);
  });
});

describe("a pattern", () => {
  const table: readonly (readonly [string, number])[] = [
    ["", 0],
    ["plain-text", 0],
    ["^plain$", 0],
    ["a+b", 3],
    ["x{1000}", 1_000],
    ["(x{10}y){100}", 1_200],
    ["[a-z]{1,63}", 67],
    ["\\p{L}{20}", 2_000],
    ["[\\p{L}1]", 104],
    ["x{10}{10}", 100],
    ["a+{", 2],
  ];

  test.each(table)("%s costs about %i units", (text, cost) => {
    expect(patternCost(text)).toBeGreaterThanOrEqual(cost);
    expect(patternCost(text)).toBeLessThanOrEqual(cost * 1.2 + 4);
  });

  test.each([
    "x{1000}",
    "(ab{30}){30}",
    "((a{10}){10}){10}",
    "(a|b){500}",
    "([ab]{20}c?){30}",
    "(?:x{100}){10}",
    "\\d{800}",
    "\\x{41}{700}",
  ])("%s costs no less than its program has steps", (text) => {
    expect(patternCost(text) * 2 + 10).toBeGreaterThanOrEqual(RE2JS.compile(text).programSize());
  });

  test("that would be too large is refused before it is compiled", () => {
    const compile = jest.spyOn(RE2JS, "compile");
    expect(patternCost("((x{100}){10}){10}y+")).toBeGreaterThan(patternCostAtMost - 1);
    expect(compilePattern("(((x{100}){10}){10}){2}").kind).toBe("broken");
    expect(compile).not.toHaveBeenCalled();
  });

  test("is remembered while those used after it have less than 50,000 units together", () => {
    const patterns = many(60, (index) => `^(remembered${index}){100}[a-c]$`);
    for (const pattern of patterns) compilePattern(pattern);
    const compile = jest.spyOn(RE2JS, "compile");
    for (const pattern of patterns.slice(-10)) compilePattern(pattern);
    expect(compile).not.toHaveBeenCalled();
    compilePattern(patterns[0] ?? "");
    expect(compile).toHaveBeenCalledTimes(1);
  });

  test("that is too long is refused for that, and costs its length, whatever is in it", () => {
    const long = `x${"{1}".repeat(10_000)}`;
    expect(compilePattern(long)).toEqual({ kind: "broken", why: "it is longer than 16384 characters" });
    expect(compilePattern("x".repeat(16_385))).toMatchObject({
      kind: "broken",
      why: expect.stringContaining("longer"),
    });
    expect(patternCost(long)).toBe(long.length);
  });

  test.each([
    ["app", "my-app-1", true],
    ["^app", "my-app", false],
    ["^app", "app-1", true],
    ["app$", "my-app", true],
    ["app$", "app\n", false],
    ["^app$", "app", true],
    ["^$", "", true],
    ["", "anything", true],
    ["^a\nb$", "a\nb", true],
  ])("that is plain text, %j, is found in %j as the engine would: %j", (pattern, text, found) => {
    const compiled = compilePattern(pattern);
    expect(compiled.kind === "pattern" && compiled.pattern.test(text)).toBe(found);
    expect(RE2JS.compile(pattern).test(text)).toBe(found);
  });
});
