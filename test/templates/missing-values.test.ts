import { describe, expect, test } from "@jest/globals";
import { type MissingWithin, renderObject, renderText, renderYaml } from "../../templates/template.ts";
import { context, type Given } from "./rendering.ts";

const values = { plugConfig: { database: "orders" }, nothing: null };
const given = (more: Given = {}) => context({ values, place: "spec.x", ...more });

/** Where a print of what is not there stands, and of what. */
function places(missing: readonly MissingWithin[]): readonly string[] {
  return missing.map(
    ({ path, isKey, line, column, expression }) =>
      `${isKey ? "key in " : ""}${path.join(".")} ${line}:${column} ${expression}`,
  );
}

describe("a value that is not there", () => {
  test("prints what Go prints, and is told of where it stands", () => {
    const { text, missing, absent } = renderText("a {% .plugConfig.database %}\n {% .plugConfig.make %}", given());
    expect(text).toBe("a orders\n <no value>");
    expect(missing).toEqual([{ place: "spec.x", line: 2, column: 5, expression: ".plugConfig.make" }]);
    expect(absent).toBe(false);
  });

  test.each([
    ["{% .plugConfig.make %}", true],
    ["{%- .plugConfig.make -%}", true],
    ["{% .nothing %}", true],
    ['{% index .plugConfig "make" %}', true],
    [" {% .plugConfig.make %}", false],
    ["{% .plugConfig.make %}{% .plugConfig.make %}", false],
    ["{% if true %}{% .plugConfig.make %}{% end %}", false],
    ['{% .plugConfig.make | default "" %}', false],
    ["{% .plugConfig.database %}", false],
    ["", false],
  ])("is absent where it is the whole template: %s", (template, absent) => {
    expect(renderText(template, given()).absent).toBe(absent);
  });

  test("prints nothing in Handlebars, and is told of all the same", () => {
    const { text, missing, absent } = renderText("{{plugConfig.make}}", given({ engine: "handlebars" }));
    expect({ text, absent }).toEqual({ text: "", absent: true });
    expect(missing.map(({ expression }) => expression)).toEqual(["plugConfig.make"]);
  });

  test.each([
    ["go", "{% .plugConfig.make %}", ".plugConfig.make has no value"],
    ["go", "{% .nothing %}", ".nothing is nothing"],
    ["handlebars", "{{plugConfig.make}}", "plugConfig.make has no value"],
  ] as const)("is an error where its owner wants one (%s)", (engine, template, message) => {
    expect(() => renderText(template, given({ engine, missingValues: "error" }))).toThrow(message);
  });

  test("is found in every leaf and key of an object", () => {
    const { value, missing } = renderObject(
      { name: "a-{% .plugConfig.make %}", list: ["x", { "{% .plugConfig.key %}": "{% .plugConfig.database %}" }] },
      given(),
    );
    expect(value).toEqual({ name: "a-<no value>", list: ["x", { "<no value>": "orders" }] });
    expect(places(missing)).toEqual(["name 1:6 .plugConfig.make", "key in list.1 1:4 .plugConfig.key"]);
    expect(missing.map(({ place }) => place)).toEqual(["spec.x.name", "spec.x.list[1].{% .plugConfig.key %}"]);
  });

  test("is found in every scalar and key of YAML", () => {
    const text = [
      "a: {% .plugConfig.make %}",
      'b: "x {% .plugConfig.make %}"',
      "c: |",
      "  {% .plugConfig.make %}",
      "{% .plugConfig.key %}: 1",
      '"k-{% .plugConfig.key %}": 2',
      "d: [{% .plugConfig.database %}, {% .nothing %}]",
      "",
    ].join("\n");
    const [document] = renderYaml(text, given());
    expect(document?.value).toEqual({
      a: "<no value>",
      b: "x <no value>",
      c: "<no value>\n",
      "<no value>": 1,
      "k-<no value>": 2,
      d: ["orders", "<no value>"],
    });
    expect(places(document?.missing ?? []).toSorted()).toEqual([
      "a 1:7 .plugConfig.make",
      "b 2:10 .plugConfig.make",
      "c 4:6 .plugConfig.make",
      "d.1 7:36 .nothing",
      "key in  5:4 .plugConfig.key",
      "key in  6:7 .plugConfig.key",
    ]);
  });

  test("whose key is sensitive makes what it prints sensitive", () => {
    const secret = given({ values: { key: "make", plugConfig: {} }, sensitive: [["key"]] });
    expect(renderText("{% index .plugConfig .key %}", secret).sensitive).toBe(true);
  });
});
