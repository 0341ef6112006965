import { printable } from "../kit/encoding/bytes.ts";
import { type OperatorError, TooLarge } from "../kit/errors.ts";
import type { Json } from "../kit/kube/port.ts";
import type { Bounds } from "./evaluate/bounds.ts";
import { type Budget, Exhausted } from "./evaluate/budget.ts";
import { evaluate } from "./evaluate/evaluate.ts";
import { type Memory, type MissingValues, Rendering } from "./evaluate/rendering.ts";
import { type MissingPrint, type Sink, TextSink } from "./evaluate/sink.ts";
import { type MadeOf, type Path, pathOf, placeOf, type RenderString, renderStrings, writtenPlaceOf } from "./object.ts";
import { type Engine, parseTemplate } from "./parse.ts";
import { Fault, positionsIn, problemAt, TemplateError, type TemplateProblem } from "./problems.ts";
import { referencesOf } from "./references.ts";
import { tellsOfSensitive, withoutSensitive } from "./sensitive-texts.ts";
import type { Template } from "./tree.ts";
import { fromData, type Marks, marksOf } from "./values/data.ts";
import { Dict, type Value } from "./values/value.ts";
import { readDocuments } from "./yaml/documents.ts";
import { YamlSink } from "./yaml/sink.ts";

export { type Engine, type MadeOf, type Memory, type MissingValues, TemplateError, type TemplateProblem };

/** The data of templates. `sensitive` lists paths (keys from the root); everything below them is sensitive. */
export interface TemplateData {
  readonly values: { readonly [key: string]: Json };
  readonly sensitive: readonly (readonly string[])[];
}

export interface RenderContext {
  readonly data: TemplateData;
  readonly memory: Memory;
  /** Names the template in errors and random draws, e.g. `spec.resources[0].template`. */
  readonly place: string;
  /** The end of the place with keys as written in the template, so that errors do not contain rendered keys. */
  readonly written?: { readonly in: string; readonly way: string } | undefined;
  readonly engine: Engine;
  /** The budget of the stage. */
  readonly budget: Budget;
  /** Absent: print. */
  readonly missingValues?: MissingValues | undefined;
}

/** A print of a value that does not exist. */
export interface MissingValue {
  /** The template, such as `spec.resources[0].template.data.url`. */
  readonly place: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** The printed expression, as written in the template. */
  readonly expression: string;
}

/** A print of a value that does not exist, in an object: in the leaf at a path, or in a key of the map there. */
export interface MissingWithin extends MissingValue {
  readonly path: readonly (string | number)[];
  readonly isKey: boolean;
}

/** `made`: newly made keys and certificates. The caller must store them in `kept`. */
export interface RenderedText {
  /** The text to show. Bytes that are not UTF-8 are replaced by U+FFFD. */
  readonly text: string;
  /** The text to use. Bytes that are not UTF-8 are kept: see kit/encoding/bytes.ts. */
  readonly value: string;
  readonly sensitive: boolean;
  /** Whether it contains a sensitive value, and does not merely depend on one. */
  readonly madeOf: boolean;
  readonly missing: readonly MissingValue[];
  /** Whether the whole template is one print of a value that does not exist. */
  readonly absent: boolean;
  readonly made: ReadonlyMap<string, string>;
}

/** A key that reveals a sensitive value. */
export interface SensitiveKey {
  readonly text: string;
  /** Its place in the template. */
  readonly place: string;
  /** Whether it contains a sensitive value itself; keys in the output of toYaml do not count. */
  readonly madeOf: boolean;
}

export interface RenderedObject {
  readonly value: Json;
  /** The paths in `value` that were computed from sensitive values. */
  readonly sensitive: readonly (readonly (string | number)[])[];
  readonly madeOf: readonly MadeOf[];
  readonly sensitiveKeys: readonly SensitiveKey[];
  readonly missing: readonly MissingWithin[];
  readonly made: ReadonlyMap<string, string>;
}

/**
 * Renders a template with the data to text.
 * The same context always gives the same text.
 * @throws TemplateError, TooLarge
 */
export function renderText(text: string, context: RenderContext): RenderedText {
  const template = parsed(text, context);
  const rendering = renderingOf(context);
  const sink = new TextSink(rendering.bounds);
  run(template, { rendering, sink, context });
  const missing = missingValues(sink.missing, text, context.place);
  const absent = missing.length === 1 && template.body.length === 1 && template.body[0]?.kind === "print";
  const value = sink.printed();
  const { sensitive, madeOf } = sink;
  return { text: printable(value), value, sensitive, madeOf, missing, absent, made: rendering.made };
}

/**
 * Renders a tree of templates with the data to an object.
 * Each string and each key is a separate template, so that a value cannot change the structure around it.
 * @throws TemplateError
 */
export function renderObject(template: Json, context: RenderContext): RenderedObject {
  const made = new Map<string, string>();
  const sensitive: Path[] = [];
  const madeOf: MadeOf[] = [];
  const sensitiveKeys: SensitiveKey[] = [];
  const missing: MissingWithin[] = [];
  const render: RenderString = (text, way, isKey) => {
    if (isPlain(text, context.engine)) return text;
    const written = { in: context.place, way: writtenPlaceOf(way) };
    const rendered = renderText(text, { ...context, place: context.place + placeOf(way), written });
    for (const [identity, kept] of rendered.made) made.set(identity, kept);
    if (rendered.sensitive) sensitive.push(pathOf(isKey ? way?.from : way));
    if (rendered.madeOf && !isKey) madeOf.push({ path: pathOf(way), within: false });
    if (rendered.sensitive && isKey)
      sensitiveKeys.push({ text: rendered.text, place: saidPlace({ ...context, written }), madeOf: rendered.madeOf });
    if (rendered.missing.length === 0) return rendered.value;
    const path = pathOf(isKey ? way?.from : way);
    const said = saidPlace({ ...context, written });
    missing.push(...rendered.missing.map((one) => ({ ...one, place: said, path, isKey })));
    return rendered.value;
  };
  const value = exhaustible(context.place, () => renderStrings(template, context.budget, render));
  return { value, sensitive, madeOf, sensitiveKeys, missing, made };
}

/**
 * Renders a YAML text with the data to objects, one for each document that is not empty.
 * @throws TemplateError, TooLarge
 */
export function renderYaml(text: string, context: RenderContext): readonly RenderedObject[] {
  const template = parsed(text, context);
  const rendering = renderingOf(context);
  const sink = new YamlSink(text, rendering.bounds);
  run(template, { rendering, sink, context });
  const documents = guarded(() => readDocuments(sink), { text, position: { at: 0 }, rendering, context });
  const sensitiveKeys = sink.sensitiveKeys.map(({ at, ...key }) => ({ ...key, place: lineOf(context, text, at) }));
  return documents.map((document) => ({
    ...document,
    sensitiveKeys,
    missing: missingValues(document.missing, text, context.place),
    made: rendering.made,
  }));
}

/** The longest name or key that is searched. Kubernetes accepts no longer ones. */
const longestName = 65_536;

/**
 * Whether a rendered name or key contains a part of a sensitive value.
 * A text that is too long counts as one.
 * Charges for the search.
 * @throws TemplateError
 */
export function tellsInName(
  text: string,
  { data, budget, place }: Pick<RenderContext, "data" | "budget" | "place">,
): boolean {
  return text.length > longestName || exhaustible(place, () => tellsOfSensitive(text, data, budget));
}

/** The engine and place of the template, and the budget of the stage. */
export type Check = Pick<RenderContext, "engine" | "place" | "budget">;

/** The problems of a template's text; none if it is valid. */
export function checkText(text: string, { engine, place, budget }: Check): readonly TemplateProblem[] {
  return isPlain(text, engine) ? [] : exhaustible(place, () => parseTemplate(text, engine, { place, budget })).problems;
}

/** A key that a template reads from its data, and its place. */
export interface PlacedReference {
  readonly values: string;
  readonly key: string;
  readonly place: string;
}

/** The keys that a template reads from its data, as far as its text shows; none if it is invalid. */
export function referencesInText(text: string, { engine, place, budget }: Check): readonly PlacedReference[] {
  if (isPlain(text, engine)) return [];
  const { template, problems } = exhaustible(place, () => parseTemplate(text, engine, { place, budget }));
  return problems.length > 0 ? [] : referencesOf(template).map(({ values, key }) => ({ values, key, place }));
}

/** The keys that the templates of a tree read. Each string and each key is a template. */
export function referencesInObject(template: Json, { engine, place, budget }: Check): readonly PlacedReference[] {
  const references: PlacedReference[] = [];
  exhaustible(place, () =>
    renderStrings(template, budget, (text, way) => {
      references.push(...referencesInText(text, { engine, place: place + placeOf(way), budget }));
      return text;
    }),
  );
  return references;
}

/** The problems of all templates of a tree; none if they are valid. */
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

function renderingOf({ place, memory, engine, budget, missingValues }: RenderContext): Rendering {
  return new Rendering(place, memory, { lenient: engine === "handlebars", budget, missingValues });
}

/** The prints with their lines and columns. Takes time in proportion to the text and to their number. */
function missingValues<Print extends MissingPrint>(
  prints: readonly Print[],
  text: string,
  place: string,
): readonly (Omit<Print, "at"> & MissingValue)[] {
  if (prints.length === 0) return [];
  const positionOf = positionsIn(text);
  return prints.map(({ at, ...print }) => ({ ...print, place, ...positionOf(at) }));
}

/** Runs the work. If the budget is exhausted, the error is about the whole template. */
function exhaustible<Result>(place: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof Exhausted) throw exhausted(error, problemAt(place, "", 0, error.message));
    if (!(error instanceof Fault)) throw error;
    throw new TemplateError([problemAt(place, "", error.at ?? 0, error.tell(false))]);
  }
}

/**
 * The names whose values are always true for Go's `if`, even if they are empty.
 * integration-operator passed them to templates as pointers to maps, and Go takes a pointer that is not nil for true.
 * Other empty maps are false.
 */
const dataOfSides = ["plugData", "socketData"];

const marks = new WeakMap<TemplateData["sensitive"], Marks>();

function rootOf({ values, sensitive }: TemplateData, bounds: Bounds): Value {
  const known = marks.get(sensitive) ?? marksOf(sensitive);
  marks.set(sensitive, known);
  const root = fromData(values, bounds, known);
  for (const name of dataOfSides) {
    const data = root instanceof Dict ? root.get(name) : undefined;
    if (data instanceof Dict) data.trueIfEmpty = true;
  }
  return root;
}

interface Run {
  readonly rendering: Rendering;
  readonly sink: Sink;
  readonly context: RenderContext;
}

function run(template: Template, { rendering, sink, context }: Run): void {
  const position = { at: 0 };
  guarded(() => evaluate(template, rootOf(context.data, rendering.bounds), rendering, sink, position), {
    text: template.text,
    position,
    rendering,
    context,
  });
}

interface Guard {
  readonly text: string;
  readonly position: { readonly at: number };
  readonly rendering: Rendering;
  readonly context: RenderContext;
}

/**
 * Adds the place to a failure.
 * Neither the message nor the quoted line of the template contains a sensitive value.
 */
function guarded<Result>(work: () => Result, { text, position, rendering, context }: Guard): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof Exhausted)
      throw exhausted(
        error,
        withExcerptBlanked(problemAt(saidPlace(context), text, position.at, error.message), context),
      );
    if (!(error instanceof Fault)) throw error;
    const said = error.tell(rendering.tellsOfSensitive());
    const problem = problemAt(saidPlace(context), text, error.at ?? position.at, said);
    throw new TemplateError([blanked(problem, context)]);
  }
}

function exhausted({ resource }: Exhausted, problem: TemplateProblem): OperatorError {
  if (resource === "units") return new TemplateError([problem]);
  return new TooLarge(`${problem.place}, line ${problem.line}, column ${problem.column}: ${problem.message}`);
}

function saidPlace({ place, written, data, budget }: RenderContext): string {
  if (written === undefined) return place;
  return written.in + (withoutSensitive(written.way, data, budget) ?? "");
}

/** The problem without the sensitive texts of the data. */
function blanked(problem: TemplateProblem, context: RenderContext): TemplateProblem {
  const { data, budget } = context;
  const message = withoutSensitive(problem.message, data, budget) ?? "failed";
  return withExcerptBlanked({ ...problem, message }, context);
}

/** The line may be long, and only its beginning is said. */
function withExcerptBlanked(problem: TemplateProblem, { data, budget }: RenderContext): TemplateProblem {
  const [line = "", caret = ""] = problem.excerpt.split("\n");
  const shown = withoutSensitive(line, data, budget);
  return { ...problem, excerpt: shown === line ? `${line}\n${caret}` : (shown ?? "") };
}

function lineOf({ place }: RenderContext, text: string, at: number): string {
  const { line, column } = problemAt(place, text, at, "");
  return `${place}, line ${line}, column ${column}`;
}
