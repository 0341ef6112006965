import { expect, test } from "@jest/globals";
import { type Engine, referencesInObject, referencesInText } from "../../templates/template.ts";
import { checking } from "./rendering.ts";

function read(text: string, engine: Engine = "go"): readonly string[] {
  return referencesInText(text, checking(engine, "spec.x")).map(({ values, key }) => `${values}.${key}`);
}

test.each([
  ["{% .plugConfig.make %}", ["plugConfig.make"]],
  ["{% .plugConfig.make.deeper %}", ["plugConfig.make"]],
  ["{% $.plugConfig.make %}", ["plugConfig.make"]],
  ["{% (.plugConfig).make %}", ["plugConfig.make"]],
  ['{% index .plugConfig "make" %}', ["plugConfig.make"]],
  ['{% index .plugConfig "make" | b64enc %}', ["plugConfig.make"]],
  ['{% get .plugConfig "make" | default .socketConfig.host %}', ["socketConfig.host", "plugConfig.make"]],
  [
    '{% if and .plugConfig.a (eq .plugConfig.b "1") %}{% .plugConfig.c %}{% else %}{% .plugConfig.d %}{% end %}',
    ["plugConfig.a", "plugConfig.b", "plugConfig.c", "plugConfig.d"],
  ],
  [
    "{% with .plugConfig.a %}{% .plugConfig.b %}{% $.plugConfig.c %}{% else %}{% .plugConfig.d %}{% end %}",
    ["plugConfig.a", "plugConfig.c", "plugConfig.d"],
  ],
  ["{% range .list %}{% .plugConfig.a %}{% end %}{% .plugConfig.b %}", ["plugConfig.b"]],
  ["{% range $k, $v := .plugConfig %}{% $v %}{% end %}", []],
  ["{% index .plugConfig .key %}", []],
  ["{% .plugConfig %}{% toJson .plugConfig %}", []],
  ['{% define "t" %}{% .plugConfig.a %}{% end %}{% template "t" .plugConfig.b %}', ["plugConfig.b"]],
  ["{% if %}", []],
  ["plugConfig.make", []],
])("reads of its data, by what its text says: %s", (text, keys) => {
  expect(read(text).toSorted()).toEqual([...keys].toSorted());
});

test.each([
  ["{{plugConfig.make}}", ["plugConfig.make"]],
  ["{{lookup plugConfig 'make'}}", ["plugConfig.make"]],
  ["{{#with plugConfig}}{{make}}{{@root.plugConfig.a}}{{../plugConfig.b}}{{/with}}", ["plugConfig.a", "plugConfig.b"]],
  ["{{#if plugConfig.a}}{{plugConfig.b}}{{/if}}", ["plugConfig.a", "plugConfig.b"]],
])("reads of its data in Handlebars: %s", (text, keys) => {
  expect(read(text, "handlebars").toSorted()).toEqual([...keys].toSorted());
});

test("names the leaf or key of an object", () => {
  const object = { a: ["{% .plugConfig.x %}"], "{% .plugConfig.y %}": "z" };
  expect(referencesInObject(object, checking("go", "spec.t"))).toEqual([
    { values: "plugConfig", key: "x", place: "spec.t.a[0]" },
    { values: "plugConfig", key: "y", place: "spec.t.{% .plugConfig.y %}" },
  ]);
});
