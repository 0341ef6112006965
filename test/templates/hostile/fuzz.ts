import fc from "fast-check";
import { writeJson } from "../../../kit/encoding/exact-json.ts";
import { TooLarge } from "../../../kit/errors.ts";
import type { Json } from "../../../kit/kube/port.ts";
import { Budget, Heavy } from "../../../templates/evaluate/budget.ts";
import { library } from "../../../templates/library/library.ts";
import { type Engine, renderObject, renderText, renderYaml, TemplateError } from "../../../templates/template.ts";
import { largeTexts } from "../evaluate/large-calls.ts";
import { context } from "../rendering.ts";
import { hostile } from "./hostile.ts";

/** The longest that a rendering may hold the event loop, in the time of a processor. */
export const slowestMilliseconds = 100;

const names = [...library.keys()];

const paths = [
  ".",
  ".a",
  ".a.b",
  ".list",
  ".text",
  ".number",
  ".nothing",
  ".missing",
  ".__proto__",
  ".a.constructor",
  ".toString",
  "$",
  "$x",
  ".evil",
  ".large",
  ".entries",
];
const literals = [
  '"a"',
  '""',
  "0",
  "1",
  "-1",
  "3",
  "2.5",
  "true",
  "nil",
  "`raw`",
  "'c'",
  '"x: y\\n- z"',
  '"(a+)+$"',
  '"2006-01-02"',
  "99999999",
  "1e300",
];

const operand = fc.letrec<{ readonly term: string; readonly call: string }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom(...paths),
    fc.constantFrom(...literals),
    tie("call").map((call) => `(${call})`),
  ),
  call: fc
    .tuple(fc.constantFrom(...names), fc.array(tie("term"), { maxLength: 4 }))
    .map(([name, given]) => [name, ...given].join(" ")),
}));

const pipeline = fc.oneof(
  operand.term,
  operand.call,
  fc
    .tuple(operand.term, fc.array(operand.call, { minLength: 1, maxLength: 3 }))
    .map(([first, rest]) => [first, ...rest].join(" | ")),
);

const layout = fc.constantFrom(
  "a: ",
  "\n",
  "  ",
  "- ",
  '"',
  "'",
  "|\n  ",
  ">-\n  ",
  ": ",
  "{",
  "}",
  "[",
  "]",
  ", ",
  "# ",
  "k: v\n",
  "&x ",
  "*x",
  "!!str ",
  "---\n",
  "x",
  "",
);

const piece = fc.letrec<{ readonly piece: string; readonly block: string }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    layout,
    pipeline.map((written) => `{% ${written} %}`),
    pipeline.map((written) => `{%- ${written} -%}`),
    fc
      .tuple(fc.constantFrom("if", "with", "range", "range $i, $v :="), pipeline, tie("block"))
      .map(([word, written, body]) => `{% ${word} ${written} %}${body}{% end %}`),
    fc
      .tuple(pipeline, tie("block"), tie("block"))
      .map(([written, body, other]) => `{% if ${written} %}${body}{% else %}${other}{% end %}`),
    tie("block").map((body) => `{% define "t" %}${body}{% end %}{% template "t" . %}`),
    fc.constantFrom(
      "{% end %}",
      "{% else %}",
      "{% $x = 1 %}",
      "{%",
      "%}",
      "{% break %}",
      "{% ( %}",
      '{% " %}',
      "{%/* c */%}",
    ),
  ),
  block: fc.array(tie("piece"), { maxLength: 4 }).map((pieces) => pieces.join("")),
}));

const goTemplate = fc
  .array(piece.piece, { minLength: 1, maxLength: 5 })
  .map((pieces) => `{% $x := .a %}${pieces.join("")}`);

const handlebarsPiece = fc.oneof(
  layout,
  fc.constantFrom(
    "{{a}}",
    "{{a.b}}",
    "{{{evil}}}",
    "{{../x}}",
    "{{@root.list}}",
    "{{__proto__}}",
    "{{a.constructor}}",
    "{{#if a}}",
    "{{else}}",
    "{{/if}}",
    "{{#each list}}",
    "{{/each}}",
    "{{this}}",
    "{{@index}}",
    "{{#with a as |b|}}{{b.b}}{{/with}}",
    "{{lookup a evil}}",
    "{{> p}}",
    "{{!-- c --}}",
    "{{~text~}}",
    "{{",
  ),
  operand.call.map((call) => `{{${call.replace(/(^|[ (])[.$]x?/g, "$1")}}}`),
);
const handlebarsTemplate = fc.array(handlebarsPiece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(""));

const scalar = fc.oneof(
  fc.constantFrom(...hostile.filter((value) => value.length < 100)),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const values = fc.record({
  a: fc.oneof(fc.record({ b: scalar }), scalar),
  list: fc.array(scalar, { maxLength: 4 }),
  text: fc.string({ maxLength: 50 }),
  number: fc.integer(),
  nothing: fc.constant(null),
  evil: fc.constantFrom(...hostile),
  large: fc.constantFrom(...Object.values(largeTexts(100_000))),
  entries: fc.constant(Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`key ${index}`, index]))),
});

const ways = ["text", "yaml", "object"] as const;

interface Case {
  readonly way: (typeof ways)[number];
  readonly engine: Engine;
  readonly template: string;
  readonly values: { readonly [key: string]: Json };
}

/** One random template with random data. */
export const cases: fc.Arbitrary<Case> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      engine: fc.constant<Engine>("go"),
      template: goTemplate,
      values,
      way: fc.constantFrom(...ways),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      engine: fc.constant<Engine>("handlebars"),
      template: handlebarsTemplate,
      values,
      way: fc.constantFrom(...ways),
    }),
  },
);

/** What a case did that nothing may do; undefined where it behaved. */
export function misbehaviour({ engine, template, values, way }: Case): string | undefined {
  const given = () => context({ values, engine, sensitive: [["text"]], budget: new Budget(undefined, "inline") });
  switch (way) {
    case "text":
      return outcome(() => renderText(template, given()).text);
    case "yaml":
      return outcome(() => renderYaml(template, given()).map(({ value }) => value));
    case "object":
      return outcome(() => renderObject({ k: template }, given()).value);
  }
}

function outcome(render: () => unknown): string | undefined {
  try {
    const reached = writeJson(timed(render)) ?? "";
    if (/\[native code\]|\[object Object\]|function /.test(reached))
      return `reached what is no data: ${reached.slice(0, 200)}`;
    return undefined;
  } catch (error) {
    return error instanceof TemplateError || error instanceof TooLarge || error instanceof Heavy
      ? undefined
      : `crashed: ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** What it makes; a rendering that is slow is given four more tries, as the first runs of code and the collecting of garbage can slow one down. */
function timed(render: () => unknown): unknown {
  for (let tries = 1; ; tries++) {
    const start = process.cpuUsage();
    const [made, fault] = attempt(render);
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    if (took > slowestMilliseconds && tries === 5) throw new Error(`took ${took.toFixed(0)} ms`);
    if (took > slowestMilliseconds) continue;
    if (fault !== undefined) throw fault;
    return made;
  }
}

function attempt(render: () => unknown): readonly [unknown, unknown] {
  try {
    return [render(), undefined];
  } catch (error) {
    return [undefined, error];
  }
}

const placed = [
  "a: {% .v %}\nz: 1",
  'a: "x{% .v %}"\nz: 1',
  "a: 'x{% .v %}'\nz: 1",
  "a: x {% .v %}\nz: 1",
  "a: |\n  {% .v %}\n  x\nz: 1",
  "a: [x{% .v %}]\nz: 1",
  "a: {% toYaml .v %}\nz: 1",
  "a: {% quote .v %} # {% .v %}\nz: 1",
];

/** A text, and where it is placed. */
export const placements: fc.Arbitrary<{ readonly template: string; readonly value: string }> = fc.record({
  template: fc.constantFrom(...placed),
  value: fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc
      .array(fc.constantFrom(...hostile.filter(({ length }) => length < 30)), { maxLength: 4 })
      .map((parts) => parts.join("")),
  ),
});

/** The keys of the object that a value was placed in; the author wrote a and z. */
export function keysOf({ template, value }: { readonly template: string; readonly value: string }): string {
  const documents = renderYaml(template, context({ values: { v: value } }));
  const [first] = documents.map((document) => document.value);
  const root = first !== null && typeof first === "object" ? Object.keys(first) : [];
  const inner = first !== null && typeof first === "object" && "a" in first ? first["a"] : null;
  const deeper = inner !== null && typeof inner === "object" && !Array.isArray(inner) ? Object.keys(inner) : [];
  return `${documents.length} ${[...root, ...deeper].join()}`;
}
