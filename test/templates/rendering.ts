import type { Json } from "../../kit/kube/port.ts";
import { Budget } from "../../templates/evaluate/budget.ts";
import type { Check, Engine, MissingValues, RenderContext } from "../../templates/template.ts";

export interface Given {
  readonly values?: { readonly [key: string]: Json };
  readonly sensitive?: readonly (readonly string[])[];
  readonly engine?: Engine;
  readonly kept?: ReadonlyMap<string, string>;
  readonly seed?: string;
  readonly place?: string;
  readonly missingValues?: MissingValues;
  readonly budget?: Budget;
}

/** The moment at which every test renders. */
export const now: Date = new Date("2024-03-01T12:00:00Z");

/** A context for a rendering in a test. */
export function context(given: Given = {}): RenderContext {
  return {
    data: { values: given.values ?? {}, sensitive: given.sensitive ?? [] },
    memory: { now, seed: given.seed ?? "a seed", kept: given.kept ?? new Map() },
    place: given.place ?? "template",
    engine: given.engine ?? "go",
    missingValues: given.missingValues,
    budget: given.budget ?? new Budget(),
  };
}

/** What a text is checked with in a test. */
export function checking(engine: Engine, place: string): Check {
  return { engine, place, budget: new Budget() };
}
