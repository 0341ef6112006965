import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { Json } from "../../../kit/kube/port.ts";
import { renderText, TemplateError } from "../../../templates/template.ts";
import { context } from "../rendering.ts";

interface Vector {
  readonly template: string;
  readonly output?: string;
  readonly error?: unknown;
}

interface Vectors {
  readonly data: { readonly [key: string]: Json };
  readonly vectors: readonly Vector[];
}

function read(path: string): Vectors {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
}

function outcome(template: string, values: Vectors["data"]): string | TemplateError {
  try {
    return renderText(template, context({ values })).text;
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

/** Templates whose outcome is not Go's. */
function strays({ data, vectors }: Vectors): readonly unknown[] {
  return vectors
    .map(({ template, output = "", error }) => ({
      template,
      expected: error === undefined ? output : "an error",
      found: outcome(template, data),
    }))
    .map(({ template, expected, found }) => ({
      template,
      expected,
      found: typeof found === "string" ? found : "an error",
      why: String(found),
    }))
    .filter(({ expected, found }) => expected !== found);
}

describe("Go's own text/template with sprig", () => {
  test("gives what we give, on every recorded vector", () => {
    const recorded = read("../../vectors/go-template.json");
    expect(recorded.vectors.length).toBeGreaterThan(150);
    expect(strays(recorded)).toEqual([]);
  });

  test("gives what we give where a value is not there", () => {
    const missing = read("../../vectors/missing-values.json");
    expect(missing.vectors.length).toBeGreaterThan(70);
    expect(strays(missing)).toEqual([]);
    const own = read("./vectors/missing.json");
    expect(own.vectors.length).toBeGreaterThan(1000);
    expect(strays(own)).toEqual([]);
  });

  test("gives what we give, on the vectors kept here", () => {
    const own = read("./vectors/go.json");
    expect(own.vectors.length).toBeGreaterThan(2000);
    expect(strays(own)).toEqual([]);
  });
});
