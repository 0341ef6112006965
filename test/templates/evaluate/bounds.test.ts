import { describe, expect, test } from "@jest/globals";
import { TooLarge } from "../../../kit/errors.ts";
import { Budget, limits } from "../../../templates/evaluate/budget.ts";
import { checkText, renderObject, renderText, renderYaml, TemplateError } from "../../../templates/template.ts";
import { checking, context } from "../rendering.ts";

/** Little is left, so that what is stopped is stopped soon. */
const given = () =>
  context({
    values: { list: Array.from({ length: 1000 }, (_, index) => index), text: "x".repeat(1000) },
    budget: new Budget({ units: limits.units - 100_000, bytes: limits.bytes - 500_000 }),
  });
const work = "more than 2000000 units of work";
const size = "larger than 16777216 bytes";

describe("a rendering", () => {
  test.each([
    ["{% range 60000 %}{% $x := . %}{% $x = . %}{% end %}", work],
    ["{% until 1000000000 %}", work],
    ["{% untilStep 0 2000000000 1 %}", work],
    ["{% seq 1000000000 %}", work],
    ["{% range 1000000000 %}{% end %}", work],
    ['{% repeat 1000000000 "x" %}', size],
    ['{% indent 1000000000 "x" %}', size],
    ['{% nindent 10000000 "x\\nx\\nx" %}', size],
    ["{% randAlphaNum 100000000 %}", work],
    ["{% randAlphaNum 300000 %}", size],
    ["{% randBytes 100000000 %}", work],
    ["{% randBytes 300000 %}", size],
    ['{% replace "x" (repeat 2000 "y") .text %}', size],
    ['{% range until 20 %}{% printf "%1000000d" 1 %}{% end %}', size],
    ['{% $s := "x" %}{% range until 100 %}{% $s = print $s $s %}{% end %}', size],
    ["{% $l := list 1 %}{% range until 100 %}{% $l = concat $l $l %}{% end %}", size],
    ["{% range $.list %}{% repeat 20 $.text %}{% end %}", size],
    ['{% define "t" %}{% template "t" %}{% end %}{% template "t" %}', "deeper than 100 levels"],
    ['{% $d := dict %}{% range until 200 %}{% $d = dict "a" $d %}{% end %}{% toJson $d %}', "deeper than 100 levels"],
    ['{% $d := dict %}{% $_ := set $d "d" $d %}{% $d %}', "deeper than 100 levels"],
    ['{% $d := dict %}{% $_ := set $d "d" $d %}{% deepCopy $d | len %}', "deeper than 100 levels"],
    ['{% $d := dict %}{% $_ := set $d "d" $d %}{% deepEqual $d $d %}', "deeper than 100 levels"],
    ['{% $d := dict %}{% $_ := set $d "d" $d %}{% merge $d (dict "d" $d) | len %}', ""],
    [
      '{% regexMatch "(x+x+)+y" .text %}{% regexMatch (repeat 2000 "x?") .text %}',
      "a regular expression longer than 1000 characters",
    ],
    ['{% range until 2000 %}{% regexMatch "(a|b|x)*y" $.text %}{% end %}', work],
    [
      "{% $t := repeat 1000 .text %}{% $l := list %}{% range until 1000 %}{% $l = append $l $t %}{% end %}{% toJson $l %}",
      size,
    ],
    [
      '{% $t := repeat 1000 .text %}{% $l := list %}{% range until 300 %}{% $l = append $l $t %}{% end %}{% $l | join "" %}',
      size,
    ],
    [
      "{% $t := repeat 1000 .text %}{% $l := list %}{% range until 300 %}{% $l = append $l $t %}{% end %}{% toYaml $l %}",
      size,
    ],
    ['{% $t := repeat 1000 .text %}{% regexReplaceAllLiteral "x" $t $t %}', size],
    ['{% range until 2 %}{% derivePassword 1 "long" "x" "y" "z" %}{% end %}', work],
  ])("is stopped: %s", (template, message) => {
    const render = () => renderText(template, given());
    expect(render).toThrow(message === size ? TooLarge : TemplateError);
    expect(render).toThrow(message);
  });

  test("is not stopped by a pattern that other engines never finish", () => {
    expect(renderText('{% regexMatch "(x+x+)+y" .text %}', given()).text).toBe("false");
  });

  test("of YAML does not grow by its aliases", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 10; level++)
      lines.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    expect(() => renderYaml(lines.join("\n"), given())).toThrow(size);
  });

  test("reads no template nested too deep", () => {
    const blocks = `${"{% if 1 %}".repeat(200)}${"{% end %}".repeat(200)}`;
    expect(checkText(blocks, checking("go", "t"))[0]?.message).toContain("deeper than 100 levels");
    expect(checkText(`{% ${"(".repeat(200)}1${")".repeat(200)} %}`, checking("go", "t"))[0]?.message).toContain(
      "deeper than 100 levels",
    );
    expect(
      checkText(`${"{{#if a}}".repeat(200)}${"{{/if}}".repeat(200)}`, checking("handlebars", "t")).length,
    ).toBeGreaterThan(0);
  });

  test("leaves its data as they are", () => {
    const values = { a: { b: "c" }, l: [1, 2] };
    const template =
      '{% $_ := set .a "b" "changed" %}{% $_ := unset . "l" %}{% $_ := merge . (dict "n" 1) %}{% .a.b %}{% len . %}';
    expect(renderText(template, context({ values })).text).toBe("changed2");
    expect(values).toEqual({ a: { b: "c" }, l: [1, 2] });
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "__defineGetter__", "valueOf"])(
    "finds nothing that is not the data's own: %s",
    (name) => {
      for (const path of [`.${name}`, `.a.${name}`, `(dict).${name}`, `.s.${name} | toString`]) {
        expect(() =>
          renderText(`{% ${path} %}`, context({ values: { a: {}, s: "x" }, missingValues: "error" })),
        ).toThrow(TemplateError);
      }
      const probe = `{% hasKey . "${name}" %}{% hasKey (dict) "${name}" %}{% get .a "${name}" %}{% pluck "${name}" .a %}{% dig "${name}" "none" .a %}`;
      expect(renderText(probe, context({ values: { a: {} } })).text).toBe("falsefalse[]none");
    },
  );

  test("keeps a key named __proto__ a key", () => {
    const rendered = renderObject({ "{% .k %}": { polluted: "yes" } }, context({ values: { k: "__proto__" } }));
    expect(Object.keys(rendered.value ?? {})).toEqual(["__proto__"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    const written =
      '{% $d := dict "__proto__" (dict "polluted" "yes") %}{% toJson $d %}{% $d.polluted | default "none" %}';
    expect(renderText(written, context()).text).toBe('{"__proto__":{"polluted":"yes"}}none');
  });

  test("runs no getter of its data", () => {
    const values = Object.defineProperty({}, "trap", { enumerable: true, get: () => expect(true).toBe(false) });
    expect(() => renderText("{% .trap %}", context({ values, missingValues: "error" }))).toThrow(TemplateError);
  });
});
