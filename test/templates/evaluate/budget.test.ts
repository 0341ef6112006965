import { describe, expect, test } from "@jest/globals";
import { TooLarge } from "../../../kit/errors.ts";
import { Budget, Heavy, limits } from "../../../templates/evaluate/budget.ts";
import {
  checkObject,
  checkText,
  type Engine,
  renderObject,
  renderText,
  renderYaml,
  TemplateError,
  tellsInName,
} from "../../../templates/template.ts";
import { context } from "../rendering.ts";

const size = 4000;
const text = "x".repeat(size);
const list = Array.from({ length: size }, (_, index) => index);
const map = Object.fromEntries(list.map((index) => [`key ${index}`, index]));
const values = {
  text,
  list,
  map,
  nested: { list: list.map(() => ["a", "b"]) },
  secret: "s",
  flags: list.map(() => true),
};

interface Given {
  readonly engine?: Engine;
  readonly sensitive?: readonly (readonly string[])[];
}

/** Units and bytes that are used up by what is done with a budget. */
function spentBy(work: (budget: Budget) => unknown): { readonly units: number; readonly bytes: number } {
  const budget = new Budget();
  try {
    work(budget);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
  }
  return budget.spent;
}

function spentByText(
  template: string,
  { engine, sensitive }: Given = {},
): { readonly units: number; readonly bytes: number } {
  return spentBy((budget) => renderText(template, context({ values, budget, ...definedOf({ engine, sensitive }) })));
}

function definedOf({ engine, sensitive }: { [Key in keyof Given]: Given[Key] | undefined }): Given {
  return { ...(engine === undefined ? {} : { engine }), ...(sensitive === undefined ? {} : { sensitive }) };
}

function spentByYaml(template: string, sensitive: readonly (readonly string[])[] = []): number {
  return spentBy((budget) => renderYaml(template, context({ values, budget, sensitive }))).units;
}

describe("what is charged beside the functions", () => {
  test.each([
    ["each statement", `${"{% 1 %}".repeat(1000)}`, 2500],
    ["each value", `{% and ${"1 ".repeat(1000)} %}`, 1300],
    ["each field on a way", `{% range until 1000 %}{% $.nested.list.x %}{% end %}`, 0],
    ["each turn of a loop over a list", "{% range .list %}{% end %}", size],
    ["each turn of a loop over a map", "{% range .map %}{% end %}", 2 * size],
    ["each turn of a loop over a number", "{% range 4000 %}{% end %}", size],
    ["sorting a map that is left at once", "{% range .map %}{% break %}{% end %}", size],
    ["taking over a list", "{% $x := .list %}", size / 4],
    ["taking over what is in a list", "{% $x := .nested.list %}", size / 2],
    ["the keys of a map", "{% len .map %}", size / 2],
    ["printing a text", "{% .text %}", size / 16],
    ["printing a list", "{% .list %}", size],
    ["printing a map", "{% .map %}", size],
    ["the template's own text", `{% 1 %}${text}`, size / 16],
    ["reading a template", `{% if false %}${text}{% end %}`, size / 4],
    [
      "a text that is read from a time",
      "{% $n := now %}{% range until 100 %}{% $x := $n.Format $.text %}{% end %}",
      50 * (size / 16),
    ],
  ])("%s", (_, template, least) => {
    expect(spentByText(template).units).toBeGreaterThanOrEqual(least);
  });

  test.each([
    ["reading a template", `{{#if nothing}}${text}{{/if}}`, size / 2],
    ["each turn of a loop", "{{#each list}}{{/each}}", size],
    ["each turn of a section", "{{#flags}}{{/flags}}", size],
  ])("in Handlebars: %s", (_, template, least) => {
    expect(spentByText(template, { engine: "handlebars" }).units).toBeGreaterThanOrEqual(least);
  });

  test.each([
    ["plain", []],
    ["sensitive", [["text"], ["list"], ["map"]]],
  ])("the same whether it is sensitive or not: %s", (_, sensitive) => {
    for (const template of ["{% if eq .text .text %}{% end %}", "{% len .text %}", "{% index .text 1 %}"])
      expect(spentByText(template, { sensitive }).units).toBeGreaterThanOrEqual(size / 64);
    expect(spentByText("{% range .list %}{% end %}", { sensitive }).units).toBeGreaterThanOrEqual(size);
    expect(spentByText("{% toJson .map | len %}", { sensitive }).units).toBeGreaterThanOrEqual(size);
  });

  test.each([
    ["its text", `a: ${text}`, size / 8 + size / 16],
    ["each node", `[${"1,".repeat(1000)}1]`, 1000],
    ["a value in its place", 'a: "{% .text %}"', size / 16 + size / 16],
    ["an alias, by what it stands for", `a: &a [${"x,".repeat(500)}x]\nb: [${"*a,".repeat(20)}*a]`, 21 * 500],
    [
      "what is inherited",
      `a: &a {${list
        .slice(0, 500)
        .map((n) => `k${n}: 1`)
        .join(", ")}}\nb:\n${"  <<: *a\n".slice(0, 9)}`,
      500,
    ],
  ])("in YAML: %s", (_, template, least) => {
    expect(spentByYaml(template)).toBeGreaterThanOrEqual(least);
  });

  test("in YAML: finding what a sensitive value decided", () => {
    const template = `${"- a\n".repeat(400)}{% range until 100 %}- {% if $.secret %}x{% end %}\n{% end %}`;
    const plain = spentByYaml(template);
    expect(spentByYaml(template, [["secret"]]) - plain).toBeGreaterThanOrEqual((100 * 400) / 16);
  });

  test("each look of a regular expression at a character, also where it finds little", () => {
    const units = (count: number) => spentByText(`{% regexFindAll "x[^y]*y|x" (repeat ${count} "x") -1 | len %}`).units;
    expect(units(400)).toBeGreaterThan(400 ** 2 / 64);
    expect(units(800)).toBeGreaterThan(3 * units(400));
    expect(spentByText('{% regexMatch "[a-y]+$" .text %}').units).toBeGreaterThan(size / 16);
    expect(spentByText('{% mustRegexMatch "[a-y]+$" .text %}').units).toBeGreaterThan(size / 16);
  });

  test("compiling a regular expression, by what its repetitions come to", () => {
    expect(spentByText('{% regexMatch (repeat 100 "x{1000}") "" %}').units).toBeGreaterThan(100_000);
    expect(spentByText('{% regexMatch "((x{10}){10}){10}" "" %}').units).toBeGreaterThan(1000);
  });

  test("going through an object, and checking it", () => {
    const budget = new Budget();
    renderObject(list, context({ budget }));
    expect(budget.spent.units).toBeGreaterThanOrEqual(size / 4);
    renderObject(map, context({ budget }));
    expect(budget.spent.units).toBeGreaterThanOrEqual(size / 4 + size / 2);
    const check = { engine: "go", place: "t", budget: new Budget() } as const;
    checkObject([map], check);
    checkText(`{% 1 %}${text}`, check);
    expect(check.budget.spent.units).toBeGreaterThanOrEqual(size / 2 + size / 4);
  });

  test("a template that was read before as much as a new one", () => {
    const template = `{% 1 %}${text} read twice`;
    expect(spentByText(template)).toEqual(spentByText(template));
  });
});

describe("one budget", () => {
  test("is for work, and for bytes made and kept", () => {
    const budget = () => new Budget({ units: limits.units - 1000, bytes: limits.bytes - 1000 });
    expect(() => renderText("{% range 2000 %}{% end %}", context({ budget: budget() }))).toThrow(TemplateError);
    expect(() => renderText('{% repeat 2000 "x" | len %}', context({ budget: budget() }))).toThrow(TooLarge);
    expect(() => renderText(`${text}{% 1 %}`, context({ budget: budget() }))).toThrow(/./);
    expect(() => renderText("{% range 500 %}{% end %}", context({ budget: budget() }))).not.toThrow();
  });

  test("names what went beyond it, and where", () => {
    const budget = new Budget({ units: limits.units - 100, bytes: 0 });
    expect(() => renderText("a\n {% range 2000 %}{% end %}", context({ budget }))).toThrow(
      "template, line 2, column 11: the templates of this stage take more than 2000000 units of work",
    );
  });

  test("gives a byte made and kept no more than a sixteenth of a unit", () => {
    const { units, bytes } = spentByText('{% $t := repeat 100000 "x" %}');
    expect(units).toBeLessThan(bytes / 16);
  });
});

describe("looking for what is sensitive", () => {
  const data = { values: { ...values, secret: "s".repeat(200_000) }, sensitive: [["secret"]] };
  const look = 50_000;
  const given = (budget: Budget) => context({ ...data, budget });

  test("is done in no string of an object that has nothing to say", () => {
    const object = Object.fromEntries(list.slice(0, 1_000).map((index) => [`key ${index}`, "{% .flags | len %}"]));
    const beside = spentBy((budget) => renderObject(object, context({ values, budget })));
    const { units } = spentBy((budget) => renderObject(object, given(budget)));
    expect(units).toBeLessThan(beside.units + 1_000);
  });

  test("in a name or key is charged each time, and final where nothing is left", () => {
    const { units } = spentBy((budget) => [1, 2, 3].map(() => tellsInName("a name", given(budget))));
    expect(units).toBeGreaterThanOrEqual(3 * look);
    expect(() => tellsInName("a name", given(new Budget({ units: limits.units - look, bytes: 0 })))).toThrow(
      TemplateError,
    );
    expect(() => tellsInName("a name", given(new Budget({ units: 0, bytes: 0 }, "inline")))).toThrow(Heavy);
  });

  test("passes by what is longer than any name", () => {
    const budget = new Budget();
    expect(tellsInName("n".repeat(65_537), given(budget))).toBe(true);
    expect(budget.spent.units).toBe(0);
  });

  test("in what failed is charged, and what cannot be looked through is not said", () => {
    const failing = '{% fail "its words" %}';
    const left = (units: number) => new Budget({ units: limits.units - units, bytes: 0 });
    const said = (budget: Budget) => {
      try {
        renderObject({ key: failing }, given(budget));
      } catch (error) {
        return String(error);
      }
      return "nothing";
    };
    const budget = new Budget();
    expect(said(budget)).toContain("its words");
    expect(budget.spent.units).toBeGreaterThanOrEqual(3 * look);
    const short = said(left(look));
    expect(short).toContain("failed");
    expect(short).not.toContain("its words");
  });

  test("says which limit it is when nothing is left, and with few secrets also where", () => {
    const endless = "{% range 2000000 %}{% end %}";
    const few = { values: { secret: "some secret" }, sensitive: [["secret"]] };
    expect(() => renderText(endless, given(new Budget()))).toThrow(/more than 2000000 units of work/);
    expect(() => renderText(endless, context({ ...few, budget: new Budget() }))).toThrow(endless);
  });
});

describe("a regular expression", () => {
  const replacing = (name: string, replacement: number) =>
    spentByText(`{% ${name} "x" .text (repeat ${replacement} "z") | len %}`);

  test("that replaces nothing is charged for text and replacement, which are read and made", () => {
    const { units } = spentByText('{% $r := repeat 1000000 "z" %}{% regexReplaceAllLiteral "y" "x" $r | len %}');
    const made = spentByText('{% $r := repeat 1000000 "z" %}').units;
    expect(units - made).toBeGreaterThanOrEqual(1_000_000 / 16);
    const kept = spentByText('{% regexReplaceAllLiteral "y" .text "" | len %}').bytes;
    expect(kept - spentByText('{% regexMatch "y" .text %}').bytes).toBeGreaterThan(size / 2);
  });

  test("is charged for each match and what is kept of it", () => {
    const { units, bytes } = spentByText('{% regexFindAll "" .text -1 | len %}');
    expect(units).toBeGreaterThanOrEqual(size + (size * 128) / 32);
    expect(bytes).toBeGreaterThanOrEqual(size * 128);
    const grouped = spentByText('{% regexFindAll "(((x)))" .text -1 | len %}');
    expect(grouped.bytes).toBeGreaterThanOrEqual(size * 128 * 4);
    expect(grouped.units).toBeGreaterThanOrEqual(size * 4 + (size * 128 * 4) / 32);
  });

  test.each(["regexReplaceAll", "regexReplaceAllLiteral"])("is charged for what %s puts in each place", (name) => {
    const more = replacing(name, 1_600).bytes - replacing(name, 1).bytes;
    expect(more).toBeGreaterThanOrEqual(size * 1_599);
  });

  test("is charged for reading a replacement with references at each match", () => {
    const expanded = replacing("regexReplaceAll", 1_600).units;
    expect(expanded - replacing("regexReplaceAllLiteral", 1_600).units).toBeGreaterThanOrEqual(size * 99);
  });

  test("is charged more for each character the larger it is", () => {
    const units = (pattern: string) => spentByText(`{% regexMatch "${pattern}" .text %}`).units;
    expect(units("(?:[a-y]{200})*$")).toBeGreaterThan(units("(?:[a-y]{2})*$") + size);
  });
});
