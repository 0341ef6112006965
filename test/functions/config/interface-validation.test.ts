import { describe, expect, test } from "@jest/globals";
import type { SocketInterfaceProperty } from "../../../crds/socket/socket.generated.ts";
import {
  brokenInterface,
  type InterfaceSection,
  type SectionName,
  validateAgainst,
} from "../../../functions/config/interface-validation.ts";
import { type Values, valuesOf } from "../../../functions/rendering/values.ts";

const plugConfig: SectionName = { what: "config", side: "plug" };

function kept(section: InterfaceSection | undefined, values: Values): { readonly [property: string]: string } {
  const validation = validateAgainst(section, values, plugConfig);
  if (validation.kind === "invalid") throw new Error(validation.problems.map(({ message }) => message).join("\n"));
  return Object.fromEntries(Object.entries(validation.values).map(([property, { value }]) => [property, value]));
}

function messages(section: InterfaceSection, values: Values, name = plugConfig): readonly string[] {
  const validation = validateAgainst(section, values, name);
  return validation.kind === "valid" ? [] : validation.problems.map(({ message }) => message);
}

describe("an interface's section", () => {
  test("drops what it does not name", () => {
    expect(kept({ host: {} }, valuesOf({ host: "db", extra: "x" }, false))).toEqual({ host: "db" });
  });

  test("that names nothing drops everything", () => {
    expect(kept({}, valuesOf({ host: "db" }, false))).toEqual({});
  });

  test("that is absent lets everything pass, empty values included", () => {
    expect(kept(undefined, valuesOf({ host: "db", empty: "" }, false))).toEqual({ host: "db", empty: "" });
  });

  test.each([
    ["absent", {}],
    ["empty", { region: "" }],
  ])("lets the default stand in for a value that is %s", (_, given) => {
    expect(kept({ region: { default: "eu", required: true } }, valuesOf(given, false))).toEqual({ region: "eu" });
  });

  test.each([
    ["absent", {}],
    ["empty", { host: "" }],
  ])("leaves out an optional value that is %s", (_, given) => {
    expect(kept({ host: {} }, valuesOf(given, false))).toEqual({});
  });

  test("names every property that is missing or wrong at once, and who must mend it", () => {
    const section: InterfaceSection = {
      host: { required: true },
      user: { required: true, default: "" },
      port: { type: "integer" },
      mode: { enum: ["ro", "rw"] },
      fine: { required: true },
    };
    expect(
      messages(section, valuesOf({ port: "many", mode: "x", user: "", fine: "yes" }, false), {
        what: "result",
        side: "socket",
      }),
    ).toEqual([
      "The socket's result lacks host, which the interface requires. Give it in the socket.",
      "The socket's result lacks user, which the interface requires. Give it in the socket.",
      "The socket's result property port must be an integer, such as 5432. Correct it in the socket.",
      'The socket\'s result property mode must be one of "ro", "rw". Correct it in the socket.',
    ]);
  });

  test("tells what is missing from what is wrong", () => {
    const validation = validateAgainst(
      { a: { required: true }, b: { type: "boolean" } },
      valuesOf({ b: "no" }, false),
      plugConfig,
    );
    expect(validation).toMatchObject({
      problems: [
        { property: "a", missing: true },
        { property: "b", missing: false },
      ],
    });
  });

  test("never shows a value in what it finds wrong", () => {
    const section: InterfaceSection = {
      pin: { type: "integer" },
      key: { pattern: "^k", minLength: 99, enum: ["k"], format: "uuid" },
      json: { type: "json" },
    };
    const values = valuesOf({ pin: "hunter2", key: "hunter2", json: "{hunter2" }, true);
    expect(messages(section, values)).toHaveLength(6);
    expect(messages(section, values).join()).not.toContain("hunter2");
  });
});

describe("a property", () => {
  const cases: readonly (readonly [SocketInterfaceProperty, readonly string[], readonly string[]])[] = [
    [{}, ["anything", "5"], []],
    [{ type: "integer" }, ["0", "-7", "5432"], ["05", "1.5", "1e3", "five", " 5", "0x10", "Infinity"]],
    [{ type: "number" }, ["0", "-0.5", "1e3"], [".5", "1.", "NaN", "one"]],
    [{ type: "boolean" }, ["true", "false"], ["True", "yes", "1"]],
    [{ type: "json" }, ["{}", "[1]", "null", '"x"'], ["{", "x", "{'a':1}"]],
    [{ enum: ["a", 1] }, ["a", "1"], ["b"]],
    [{ type: "integer", enum: [1, "2"] }, ["1", "2"], ["3"]],
    [{ type: "json", enum: [{ a: [1] }] }, ['{ "a": [1] }'], ['{"a":[2]}']],
    [{ pattern: "b+" }, ["abc"], ["ac"]],
    [{ pattern: "^\\pL+$" }, ["Ünï"], ["u1"]],
    [{ minLength: 2, maxLength: 3 }, ["ab", "é😀é"], ["a", "abcd"]],
    [{ format: "ipv4" }, ["10.0.0.1"], ["10.0.0.256"]],
    [{ format: "uri" }, ["https://example.com/x"], ["not a uri"]],
    [{ type: "integer", minimum: 1, maximum: 3 }, ["1", "3"], ["0", "4"]],
    [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, ["0.5"], ["0", "1"]],
    [{ type: "number", multipleOf: 0.01 }, ["0.07", "19.99"], ["0.075"]],
    [{ type: "json", minItems: 1, maxItems: 2, uniqueItems: true }, ["[1,2]"], ["[]", "[1,1]", "[1,2,3]"]],
    [{ type: "json", minProperties: 1, maxProperties: 1 }, ['{"a":1}'], ["{}", '{"a":1,"b":2}']],
  ];

  test.each(cases)("%j takes %j and refuses %j", (rules, good, bad) => {
    for (const value of good) expect(kept({ p: rules }, valuesOf({ p: value }, false))).toEqual({ p: value });
    for (const value of bad) expect(messages({ p: rules }, valuesOf({ p: value }, false))).not.toEqual([]);
  });

  test.each([
    [undefined, false, false],
    [undefined, true, true],
    [true, false, true],
    [false, true, false],
  ])("with sensitive %p makes a value of sensitive origin %p sensitive: %p", (marked, origin, sensitive) => {
    const rules: SocketInterfaceProperty = marked === undefined ? {} : { sensitive: marked };
    const validation = validateAgainst({ p: rules }, { p: { value: "v", sensitive: origin } }, plugConfig);
    const mark = marked === true ? { marked } : {};
    expect(validation).toEqual({ kind: "valid", values: { p: { value: "v", sensitive, ...mark } } });
  });

  test("marked sensitive hides its default too", () => {
    const validation = validateAgainst({ p: { default: "v", sensitive: true } }, {}, plugConfig);
    expect(validation).toEqual({ kind: "valid", values: { p: { value: "v", sensitive: true, marked: true } } });
  });

  test.each(["__proto__", "constructor", "toString"])("named %s is a property like any other", (property) => {
    const section: InterfaceSection = JSON.parse(`{${JSON.stringify(property)}: {"required": true}}`);
    expect(messages(section, {})).toHaveLength(1);
    expect(Object.keys(kept(section, valuesOf(JSON.parse(`{${JSON.stringify(property)}: "x"}`), false)))).toEqual([
      property,
    ]);
  });
});

describe("an interface of its author's mistakes", () => {
  const broken: readonly (readonly [SocketInterfaceProperty, string])[] = [
    [{ pattern: "(" }, "its pattern is not a regular expression"],
    [{ pattern: "(?=x)" }, "its pattern is not a regular expression"],
    [{ pattern: "((a{100}){100}){100}" }, "its pattern is not a regular expression"],
    [{ format: "constructor" } as unknown as SocketInterfaceProperty, "its format constructor is not known"],
    [{ type: "integer", default: "x" }, "its default must be an integer"],
    [{ enum: ["a"], default: "b" }, 'its default must be one of "a"'],
  ];

  test.each(broken)("%j is the socket's to mend, whatever is given", (rules, why) => {
    const validation = validateAgainst({ p: rules }, valuesOf({ p: "a" }, false), plugConfig);
    expect(validation).toMatchObject({
      kind: "invalid",
      problems: [{ side: "socket", message: expect.stringContaining(why) }],
    });
  });

  test.each(broken)("%j is known before any plug comes", (rules, why) => {
    const found = brokenInterface({ result: { socket: { p: rules } } });
    expect(found).toEqual([expect.stringContaining(`spec.interface.result.socket.p: ${why}`)]);
  });

  test("a sound interface has none", () => {
    expect(brokenInterface({ config: { plug: { p: { type: "integer", default: "5", minimum: 1 } } } })).toEqual([]);
  });
});

describe("an interface as a stranger's weapon", () => {
  test("a pattern that backtracks elsewhere is judged in linear time", () => {
    const value = `${"a".repeat(200_000)}!`;
    expect(messages({ p: { pattern: "^(a+)+$" } }, valuesOf({ p: value }, false))).toHaveLength(1);
  });

  test("a pattern too large for the text is refused rather than tried", () => {
    expect(
      messages({ p: { pattern: "(a?){1000}(b?){1000}[cd]" } }, valuesOf({ p: "a".repeat(1_000_000) }, false)),
    ).toHaveLength(1);
    const found = "(a?){1000}(b?){1000}";
    expect(messages({ p: { pattern: found } }, valuesOf({ p: "a".repeat(1_000) }, false))).toEqual([]);
    expect(messages({ p: { pattern: found } }, valuesOf({ p: "a".repeat(1_000_000) }, false))).toHaveLength(1);
  });

  test("a list too long to compare each with each is refused", () => {
    const value = JSON.stringify(Array.from({ length: 200_000 }, (_, index) => index));
    expect(messages({ p: { type: "json", uniqueItems: true } }, valuesOf({ p: value }, false))).toEqual([
      "The plug's config property p must have at most 1000 items, because all must differ. Correct it in the plug.",
    ]);
  });

  test("a text too long for its format is refused", () => {
    expect(messages({ p: { format: "email" } }, valuesOf({ p: `a@${"a".repeat(500_000)}` }, false))).toHaveLength(1);
  });

  test("text in a keyword is data, never code", () => {
    const code = ["`$", "{globalThis.reached = true}`\"'); globalThis.reached = true; //"].join("");
    messages({ p: { pattern: code, enum: [code], default: code } }, valuesOf({ p: code }, false));
    expect(messages({ p: { enum: [code] } }, valuesOf({ p: "x" }, false))).toHaveLength(1);
    expect(globalThis).not.toHaveProperty("reached");
  });
});
