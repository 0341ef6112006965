import { describe, expect, test } from "@jest/globals";
import type { Json } from "../../../kit/kube/port.ts";
import { renderObject, renderYaml, TemplateError } from "../../../templates/template.ts";
import { context } from "../rendering.ts";
import { hostile } from "./hostile.ts";

interface Placement {
  readonly name: string;
  readonly template: string;
  /** What the document is when the value reads as this. */
  readonly expected: (value: Json) => Json;
  /** A plain scalar of its own may be read as a number, a boolean or nothing. */
  readonly typed?: boolean;
}

const placements: readonly Placement[] = [
  { name: "a whole plain scalar", template: "a: {% .v %}\nz: 1\n", expected: (v) => ({ a: v, z: 1 }), typed: true },
  { name: "double quotes", template: 'a: "{% .v %}"\nz: 1\n', expected: (v) => ({ a: v, z: 1 }) },
  { name: "single quotes", template: "a: '{% .v %}'\nz: 1\n", expected: (v) => ({ a: v, z: 1 }) },
  {
    name: "part of a plain scalar",
    template: "a: pre-{% .v %}-post\nz: 1\n",
    expected: (v) => ({ a: `pre-${v}-post`, z: 1 }),
  },
  {
    name: "part of double quotes",
    template: 'a: "pre {% .v %} post"\nz: 1\n',
    expected: (v) => ({ a: `pre ${v} post`, z: 1 }),
  },
  {
    name: "part of single quotes",
    template: "a: 'it''s {% .v %}'\nz: 1\n",
    expected: (v) => ({ a: `it's ${v}`, z: 1 }),
  },
  { name: "a literal block", template: "a: |\n  {% .v %}\nz: 1\n", expected: (v) => ({ a: `${v}\n`, z: 1 }) },
  {
    name: "a line of a literal block",
    template: "a: |-\n  one\n  two {% .v %} three\n  four\nz: 1\n",
    expected: (v) => ({ a: `one\ntwo ${v} three\nfour`, z: 1 }),
  },
  {
    name: "a folded block",
    template: "a: >-\n  one {% .v %}\n  two\nz: 1\n",
    expected: (v) => ({ a: `one ${v} two`, z: 1 }),
  },
  { name: "a comment", template: "a: b # {% .v %}\nz: 1\n", expected: () => ({ a: "b", z: 1 }) },
  { name: "a comment of its own", template: "# {% .v %}\na: b\nz: 1\n", expected: () => ({ a: "b", z: 1 }) },
  {
    name: "a comment in a block's header",
    template: "a: | # {% .v %}\n  b\nz: 1\n",
    expected: () => ({ a: "b\n", z: 1 }),
  },
  {
    name: "a list item",
    template: "a:\n- {% .v %}\n- x\nz: 1\n",
    expected: (v) => ({ a: [v, "x"], z: 1 }),
    typed: true,
  },
  { name: "a flow list", template: "a: [{% .v %}, x]\nz: 1\n", expected: (v) => ({ a: [v, "x"], z: 1 }), typed: true },
  { name: "quotes in a flow list", template: 'a: ["{% .v %}", x]\nz: 1\n', expected: (v) => ({ a: [v, "x"], z: 1 }) },
  {
    name: "a flow mapping",
    template: "a: {b: {% .v %}, c: x}\nz: 1\n",
    expected: (v) => ({ a: { b: v, c: "x" }, z: 1 }),
    typed: true,
  },
  {
    name: "part of a flow mapping's value",
    template: "a: {b: x{% .v %}, c: x}\nz: 1\n",
    expected: (v) => ({ a: { b: `x${v}`, c: "x" }, z: 1 }),
  },
  { name: "a key", template: "a:\n  k{% .v %}: x\nz: 1\n", expected: (v) => ({ a: { [`k${v}`]: "x" }, z: 1 }) },
  {
    name: "a quoted key",
    template: 'a:\n  "k{% .v %}": x\nz: 1\n',
    expected: (v) => ({ a: { [`k${v}`]: "x" }, z: 1 }),
  },
  { name: "a flow key", template: "a: {k{% .v %}: x}\nz: 1\n", expected: (v) => ({ a: { [`k${v}`]: "x" }, z: 1 }) },
  { name: "a scalar with a tag", template: "a: !!str {% .v %}\nz: 1\n", expected: (v) => ({ a: v, z: 1 }) },
  {
    name: "a scalar with an anchor",
    template: "a: &x '{% .v %}'\nb: *x\nz: 1\n",
    expected: (v) => ({ a: v, b: v, z: 1 }),
  },
  { name: "quote", template: "a: {% .v | quote %}\nz: 1\n", expected: (v) => ({ a: v, z: 1 }) },
  { name: "squote", template: "a: {% .v | squote %}\nz: 1\n", expected: (v) => ({ a: v, z: 1 }) },
  { name: "toYaml", template: "a: {% toYaml .v %}\nz: 1\n", expected: (v) => ({ a: v, z: 1 }) },
  { name: "toJson", template: "a: {% toJson .v %}\nz: 1\n", expected: (v) => ({ a: v, z: 1 }) },
  {
    name: "toYaml of a mapping, indented",
    template: 'a:\n  {%- toYaml (dict "k" .v) | nindent 2 %}\n  l: x\nz: 1\n',
    expected: (v) => ({ a: { k: v, l: "x" }, z: 1 }),
  },
  {
    name: "toYaml of a mapping, not indented",
    template: 'a:\n  {% toYaml (dict "k" .v "l" .v) %}\nz: 1\n',
    expected: (v) => ({ a: { k: v, l: v }, z: 1 }),
  },
  {
    name: "toYaml of a list",
    template: "a:\n{% toYaml (list .v .v) | indent 2 %}\nz: 1\n",
    expected: (v) => ({ a: [v, v], z: 1 }),
  },
  {
    name: "toYaml of a key",
    template: 'a:\n  {%- toYaml (dict (print "k" .v) "x") | nindent 2 %}\nz: 1\n',
    expected: (v) => ({ a: { [`k${v}`]: "x" }, z: 1 }),
  },
  {
    name: "nindent in a literal block",
    template: "a: |-\n  {%- .v | nindent 2 %}\nz: 1\n",
    expected: (v) => ({ a: v, z: 1 }),
  },
  {
    name: "an item of a range",
    template: "a:\n{%- range list .v .v %}\n- '{% . %}'\n{%- end %}\nz: 1\n",
    expected: (v) => ({ a: [v, v], z: 1 }),
  },
  { name: "printf", template: 'a: {% printf "%s" .v %}\nz: 1\n', expected: (v) => ({ a: v, z: 1 }), typed: true },
];

/** The shape: the same with every scalar forgotten, and which keys there are. */
function shapeOf(value: Json): Json {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (value === null || typeof value !== "object") return "scalar";
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, shapeOf(child)]));
}

describe.each(placements)("a value placed in $name", ({ template, expected, typed }) => {
  test.each(hostile.map((value) => [JSON.stringify(value.slice(0, 40)), value] as const))(
    "stays a value: %s",
    (_, value) => {
      const documents = renderYaml(template, context({ values: { v: value } }));
      const [document] = documents;
      expect(documents.length).toBe(1);
      const wanted = expected(value.toWellFormed());
      expect(shapeOf(document?.value ?? null)).toEqual(shapeOf(wanted));
      if (typed !== true) expect(document?.value).toEqual(wanted);
    },
  );
});

describe("a value", () => {
  test.each(hostile.map((value) => [JSON.stringify(value.slice(0, 40)), value] as const))(
    "in an object is the string it is: %s",
    (_, value) => {
      const rendered = renderObject({ a: "{% .v %}", "k{% .v %}": ["{% .v %}"] }, context({ values: { v: value } }));
      const text = value.toWellFormed();
      expect(rendered.value).toEqual({ a: text, [`k${text}`]: [text] });
    },
  );

  test.each([
    ["an anchor", "a: &{% .v %} b\n"],
    ["an alias", "a: &x b\nc: *{% .v %}\n"],
    ["a tag", "a: !{% .v %} b\n"],
  ])("cannot be %s", (_, template) => {
    expect(() => renderYaml(template, context({ values: { v: "x" } }))).toThrow(TemplateError);
  });

  test("cannot stand for a key that the author wrote as well", () => {
    const template = "a: 1\n{% toYaml .v %}\n";
    expect(() => renderYaml(template, context({ values: { v: { a: 2 } } }))).toThrow(
      "a mapping has the same key twice",
    );
  });

  test.each([
    ["5432", 5432],
    ["true", true],
    ["off", false],
    ["~", null],
    ["1e3", 1000],
    ["0x1F", 31],
    ["plain", "plain"],
    ["2024-01-01", "2024-01-01"],
  ])("that is a whole plain scalar has the type it looks like: %s", (value, wanted) => {
    expect(renderYaml("a: {% .v %}\n", context({ values: { v: value } }))[0]?.value).toEqual({ a: wanted });
  });
});
