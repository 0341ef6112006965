import { describe, expect, test } from "@jest/globals";
import { renderObject, renderText, renderYaml } from "../../templates/template.ts";
import { context } from "./rendering.ts";

const values = {
  big: 9007199254740993n,
  next: 9007199254740994n,
  least: -9223372036854775808n,
  small: 3,
  json: '{"id":9007199254740993,"past":18446744073709551616}',
};

describe("a whole number past 2^53", () => {
  test.each([
    ["{% .big %}", "9007199254740993"],
    ["{% .least %}", "-9223372036854775808"],
    ["{% print .big %}", "9007199254740993"],
    ['{% printf "%v %.0f %.2f" .big .big .big %}', "9007199254740993 9007199254740993 9007199254740993.00"],
    [
      '{% printf "[%20v] [%-20v] [%+v]" .big .big .big %}',
      "[    9007199254740993] [9007199254740993    ] [9007199254740993]",
    ],
    ['{% printf "%d" (int64 .big) %}', "9007199254740993"],
    ['{% printf "%e" .big %}', "9.007199e+15"],
    ["{% int64 .big %} {% int .big %} {% toString .big %}", "9007199254740993 9007199254740993 9007199254740993"],
    [
      "{% add .big 2 %} {% sub .big 1 %} {% mul .big 3 %} {% mod .big 10 %}",
      "9007199254740995 9007199254740992 27021597764222979 3",
    ],
    ["{% max .big .next %} {% min .big .next %}", "9007199254740994 9007199254740993"],
    ["{% kindOf .big %} {% typeOf .big %}", "float64 float64"],
    [
      "{% eq .big .next %} {% eq .big .big %} {% lt .big .next %} {% gt .big .small %} {% ne .big .small %}",
      "false true true true true",
    ],
    ["{% if .big %}yes{% end %}", "yes"],
    ["{% (fromJson .json).id %} {% (fromJson .json).past %}", "9007199254740993 18446744073709552000"],
    ["{% (fromYaml .json).id %}", "9007199254740993"],
    [
      "{% toJson .big %} {% list .big | toJson %} {% list .big | toPrettyJson %}",
      "9007199254740993 [9007199254740993] [\n  9007199254740993\n]",
    ],
    ["{% dict `a` .big | toYaml %}", "a: 9007199254740993"],
    ["{% has .big (list .next .big) %} {% has .big (list .next) %}", "true false"],
    ["{% deepEqual .big .next %}", "false"],
    ["{% floor .big %}", "9007199254740992"],
  ])("is exact in %s", (template, expected) => {
    expect(renderText(template, context({ values })).text).toBe(expected);
  });

  test("is exact in Handlebars", () => {
    const handlebars = context({ values, engine: "handlebars" });
    expect(renderText("{{big}} {{add big 1}} {{eq big next}} {{toJson big}}", handlebars).text).toBe(
      "9007199254740993 9007199254740994 false 9007199254740993",
    );
  });

  test("stays a number where YAML has one, and text where it is quoted", () => {
    const text =
      'a: {% .big %}\nb: "{% .big %}"\nc: {% dict "x" .big | toJson %}\nd: 9007199254740993\ne: 0x20000000000001\n';
    expect(renderYaml(text, context({ values }))[0]?.value).toEqual({
      a: 9007199254740993n,
      b: "9007199254740993",
      c: { x: 9007199254740993n },
      d: 9007199254740993n,
      e: 9007199254740993n,
    });
  });

  test("stands in an object as its author wrote it", () => {
    expect(renderObject({ a: 9007199254740993n, b: "{% .big %}" }, context({ values })).value).toEqual({
      a: 9007199254740993n,
      b: "9007199254740993",
    });
  });

  test("is sensitive where it comes from something sensitive", () => {
    const secret = context({ values, sensitive: [["big"]] });
    expect(renderText("{% add .big 1 %}", secret).sensitive).toBe(true);
    expect(renderYaml("a: {% .big %}\nb: 1", secret)[0]?.sensitive).toEqual([["a"]]);
  });

  test("of more digits than a float64 has is text in YAML", () => {
    const digits = "9".repeat(400);
    expect(renderYaml(`a: ${digits}`, context())[0]?.value).toEqual({ a: digits });
  });
});
