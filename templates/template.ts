import { type PlugboardError, TooLarge } from "../kit/errors.ts";
import type { Json } from "../kit/kube.ts";
import type { Bounds } from "./evaluate/bounds.ts";
import { type Budget, Exhausted } from "./evaluate/budget.ts";
import { evaluate } from "./evaluate/evaluate.ts";
import { Rendering } from "./evaluate/rendering.ts";
import { type Sink, TextSink } from "./evaluate/sink.ts";
import { type Path, pathOf, placeOf, type RenderString, renderStrings } from "./object.ts";
import { parseTemplate } from "./parse.ts";
import { Fault, problemAt, TemplateError, type TemplateProblem } from "./problems.ts";
import type { Template } from "./tree.ts";
import { fromData, type Marks, marksOf } from "./values/data.ts";
import type { Value } from "./values/value.ts";
import { readDocuments } from "./yaml/documents.ts";
import { YamlSink } from "./yaml/sink.ts";

export { TemplateError, type TemplateProblem };

/** Which syntax a template is written in: Go's between `{%` and `%}`, or Handlebars' between `{{` and `}}`. */
export type Engine = "go" | "handlebars";

/** What templates read. `sensitive` lists paths (keys from the root) whose whole subtree is sensitive. */
export interface TemplateData {
  readonly values: { readonly [key: string]: Json };
  readonly sensitive: readonly (readonly string[])[];
}

/**
 * What functions that are not pure draw from: random ones from `seed` with place and call number; clock ones read `now`; keys and
 * certificates made earlier are found in `kept` by their call's identity.
 */
export interface Memory {
  readonly now: Date;
  readonly seed: string;
  readonly kept: ReadonlyMap<string, string>;
}

export interface RenderContext {
  readonly data: TemplateData;
  readonly memory: Memory;
  /** Names the template in errors and random draws, e.g. `spec.resources[0].template`. */
  readonly place: string;
  readonly engine: Engine;
  /** Of the stage that it is rendered for. */
  readonly budget: Budget;
}

/** `made`: what must be kept (newly made keys and certificates), to be merged into `kept` by the caller. */
export interface RenderedText {
  readonly text: string;
  readonly sensitive: boolean;
  readonly made: ReadonlyMap<string, string>;
}

export interface RenderedObject {
  readonly value: Json;
  /** Paths within value whose making read something sensitive. */
  readonly sensitive: readonly (readonly (string | number)[])[];
  readonly made: ReadonlyMap<string, string>;
}

/** The text that a template makes of the data. The same context always gives the same text. @throws TemplateError, TooLarge */
export function renderText(text: string, context: RenderContext): RenderedText {
  const template = parsed(text, context);
  const rendering = renderingOf(context);
  const sink = new TextSink(rendering.bounds);
  run(template, context.data, { rendering, sink, place: context.place });
  return { text: sink.printed(), sensitive: sink.sensitive, made: rendering.made };
}

/**
 * The object that a tree of templates makes of the data: each string, and each key, is a template of its own, so that no value can
 * change what is around it. @throws TemplateError
 */
export function renderObject(template: Json, context: RenderContext): RenderedObject {
  const made = new Map<string, string>();
  const sensitive: Path[] = [];
  const render: RenderString = (text, way, isKey) => {
    if (isPlain(text, context.engine)) return text;
    const rendered = renderText(text, { ...context, place: context.place + placeOf(way) });
    for (const [identity, kept] of rendered.made) made.set(identity, kept);
    if (rendered.sensitive) sensitive.push(pathOf(isKey ? way?.from : way));
    return rendered.text;
  };
  const value = exhaustible(context.place, () => renderStrings(template, context.budget, render));
  return { value, sensitive, made };
}

/** The objects that a YAML text makes of the data, one for each document that is not empty. @throws TemplateError, TooLarge */
export function renderYaml(text: string, context: RenderContext): readonly RenderedObject[] {
  const template = parsed(text, context);
  const rendering = renderingOf(context);
  const sink = new YamlSink(text, rendering.bounds);
  run(template, context.data, { rendering, sink, place: context.place });
  const documents = guarded(() => readDocuments(sink), { text, place: context.place, position: { at: 0 }, rendering });
  return documents.map((document) => ({ ...document, made: rendering.made }));
}

/** What is checked, and the budget of the stage that it is checked for. */
export type Check = Pick<RenderContext, "engine" | "place" | "budget">;

/** Everything that keeps the text from being a template. */
export function checkText(text: string, { engine, place, budget }: Check): readonly TemplateProblem[] {
  return isPlain(text, engine) ? [] : exhaustible(place, () => parseTemplate(text, engine, { place, budget })).problems;
}

/** Everything that keeps the strings and keys of a tree from being templates. */
export function checkObject(template: Json, { engine, place, budget }: Check): readonly TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  const check: RenderString = (text, way) => {
    problems.push(...checkText(text, { engine, place: place + placeOf(way), budget }));
    return text;
  };
  exhaustible(place, () => renderStrings(template, budget, check));
  return problems;
}

function isPlain(text: string, engine: Engine): boolean {
  return !text.includes(engine === "go" ? "{%" : "{{");
}

function parsed(text: string, { engine, place, budget }: RenderContext): Template {
  const { template, problems } = exhaustible(place, () => parseTemplate(text, engine, { place, budget }));
  const [first, ...more] = problems;
  if (first !== undefined) throw new TemplateError([first, ...more]);
  return template;
}

/** What is too much is said of the whole template. */
function exhaustible<Result>(place: string, work: () => Result): Result {
  return guarded(work, { text: "", place, position: { at: 0 }, rendering: { touched: false } });
}

function renderingOf({ place, memory, engine, budget }: RenderContext): Rendering {
  return new Rendering(place, memory, { lenient: engine === "handlebars", budget });
}

const marks = new WeakMap<TemplateData["sensitive"], Marks>();

function rootOf({ values, sensitive }: TemplateData, bounds: Bounds): Value {
  const known = marks.get(sensitive) ?? marksOf(sensitive);
  marks.set(sensitive, known);
  return fromData(values, bounds, known);
}

interface Run {
  readonly rendering: Rendering;
  readonly sink: Sink;
  readonly place: string;
}

function run(template: Template, data: TemplateData, { rendering, sink, place }: Run): void {
  const position = { at: 0 };
  guarded(() => evaluate(template, rootOf(data, rendering.bounds), rendering, sink, position), {
    text: template.text,
    place,
    position,
    rendering,
  });
}

interface Guard {
  readonly text: string;
  readonly place: string;
  readonly position: { readonly at: number };
  readonly rendering: Pick<Rendering, "touched">;
}

function guarded<Result>(work: () => Result, { text, place, position, rendering }: Guard): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof Exhausted) throw exhausted(error, problemAt(place, text, position.at, error.message));
    if (!(error instanceof Fault)) throw error;
    throw new TemplateError([problemAt(place, text, error.at ?? position.at, error.tell(rendering.touched))]);
  }
}

function exhausted({ resource }: Exhausted, problem: TemplateProblem): PlugboardError {
  if (resource === "units") return new TemplateError([problem]);
  return new TooLarge(`${problem.place}, line ${problem.line}, column ${problem.column}: ${problem.message}`);
}
