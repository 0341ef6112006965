import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { library } from "../../templates/library/library.ts";
import { type Engine, renderText, TemplateError } from "../../templates/template.ts";
import { values } from "./example-data.ts";
import { context } from "./rendering.ts";

const page = readFileSync(new URL("../../docs/manifests/templates.md", import.meta.url), "utf8");

interface Example {
  readonly engine: Engine;
  readonly template: string;
  readonly output: string;
}

/** Rows whose last two cells are a template and what it prints. */
function examplesOf(text: string): readonly Example[] {
  return text.split("\n").flatMap((row) => {
    const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
    const [template, output] = cells.slice(-3, -1).map((cell) => /^`([\s\S]*)`$/.exec(cell)?.[1]);
    if (template === undefined || output === undefined || !/^\{[%{]/.test(template)) return [];
    return [{ engine: template.startsWith("{{") ? "handlebars" : "go", template, output }];
  });
}

function outcome({ template, engine }: Example): string {
  try {
    return renderText(template, context({ values, engine })).text.replaceAll("\n", "⏎");
  } catch (error) {
    if (error instanceof TemplateError) return "an error";
    throw error;
  }
}

describe("docs/manifests/templates.md", () => {
  test("shows the data its examples read", () => {
    const [, shown = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    expect(JSON.parse(shown)).toEqual(values);
  });

  test("shows an example of every function", () => {
    const described = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect([...library.keys()].filter((name) => !described.includes(name))).toEqual([]);
    expect(examplesOf(page).length).toBeGreaterThan(library.size);
  });

  test.each(examplesOf(page))("says what $template prints", (example) => {
    expect(outcome(example)).toBe(example.output);
  });
});
