import { readFileSync } from "node:fs";
import { parseJson } from "../../../kit/encoding/exact-json.ts";
import type { Json } from "../../../kit/kube/port.ts";
import { Budget } from "../../../templates/evaluate/budget.ts";
import { type Engine, type MissingValues, renderText } from "../../../templates/template.ts";
import { UsageError } from "../../report-failure.ts";

export interface RenderTemplateOptions {
  /** A file, or `-` for stdin. */
  readonly template: string;
  /** A file of JSON; absent: no data. */
  readonly data: string | undefined;
  readonly engine: Engine;
  readonly missingValues: MissingValues;
}

/** Renders one template with data. @throws TemplateError, UsageError */
export function renderTemplate({ template, data, engine, missingValues }: RenderTemplateOptions): string {
  const text = template === "-" ? readFileSync(0, "utf8") : readFile(template);
  const values = data === undefined ? {} : parseData(readFile(data), data);
  const memory = { now: new Date(), seed: "plugboard render", kept: new Map<string, string>() };
  const place = template === "-" ? "template" : template;
  const context = { data: { values, sensitive: [] }, memory, place, engine, missingValues, budget: new Budget() };
  return renderText(text, context).text;
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`${path}: cannot read this file; check its name`, { cause });
  }
}

function parseData(text: string, path: string): { readonly [key: string]: Json } {
  try {
    const data = parseJson(text) as Json;
    if (typeof data === "object" && data !== null && !isList(data)) return data;
  } catch (cause) {
    throw new UsageError(`${path}: not JSON: ${cause instanceof Error ? cause.message : ""}`, { cause });
  }
  throw new UsageError(`${path}: expected a JSON object, whose keys are what the template reads: {"name": "…"}`);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
