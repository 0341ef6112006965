import type { Json } from "../kit/kube/port.ts";
import type { Budget } from "./evaluate/budget.ts";
import { problemAt, TemplateError } from "./problems.ts";

/** The place of a string in an object. */
export type Path = readonly (string | number)[];

/** A leaf that contains a sensitive value, and does not merely depend on one. */
export interface MadeOf {
  readonly path: Path;
  /** Whether it is within the output of toYaml or toJson. Then another part of the output can be the sensitive one. */
  readonly within: boolean;
}

/** The path to a string, as a linked list from its last key. */
export interface Way {
  readonly from: Way | undefined;
  readonly key: string | number;
  /** The key as written in the template, if it is rendered. */
  readonly written?: string | undefined;
  readonly depth: number;
}

/** Renders one string of an object. `isKey`: the string is the last key of the path. */
export type RenderString = (text: string, way: Way | undefined, isKey: boolean) => string;

const deepest = 100;

/** The function that renders strings, and the budget that is charged for reading the tree. */
interface Rendering {
  readonly budget: Budget;
  readonly render: RenderString;
}

/** Renders each string and each key of the tree. Unchanged parts are not copied. @throws TemplateError */
export function renderStrings(template: Json, budget: Budget, render: RenderString): Json {
  return renderNode(template, undefined, { budget, render });
}

/** The keys of a path, from the root. */
export function pathOf(way: Way | undefined): Path {
  return way === undefined ? [] : [...pathOf(way.from), way.key];
}

/** A path as text that follows the name of its root: `.spec.ports[0]`. */
export function placeOf(way: Way | undefined): string {
  if (way === undefined) return "";
  return placeOf(way.from) + (typeof way.key === "number" ? `[${way.key}]` : `.${way.key}`);
}

/** The same path with keys as written in the template: rendered keys are not shown. */
export function writtenPlaceOf(way: Way | undefined): string {
  if (way === undefined) return "";
  const { from, key, written } = way;
  return writtenPlaceOf(from) + (typeof key === "number" ? `[${key}]` : `.${written ?? key}`);
}

function renderNode(node: Json, way: Way | undefined, rendering: Rendering): Json {
  if (typeof node === "string") return rendering.render(node, way, false);
  if (node === null || typeof node !== "object") return node;
  if (way !== undefined && way.depth > deepest)
    throw complaint(way, "", `the object is nested deeper than ${deepest} levels`);
  return isList(node) ? renderList(node, way, rendering) : renderEntries(node, way, rendering);
}

function renderList(list: readonly Json[], way: Way | undefined, rendering: Rendering): Json {
  const depth = (way?.depth ?? 0) + 1;
  rendering.budget.spend(list.length / 4);
  const items = list.map((item, key) => renderNode(item, { from: way, key, depth }, rendering));
  return items.every((item, index) => item === list[index]) ? list : items;
}

function renderEntries(node: { readonly [key: string]: Json }, way: Way | undefined, rendering: Rendering): Json {
  const depth = (way?.depth ?? 0) + 1;
  const given = Object.entries(node);
  rendering.budget.spend(given.length / 2);
  let changed = false;
  let renamed = false;
  const entries = given.map(([written, value]): [string, Json] => {
    const step = { from: way, key: written, depth };
    const key = rendering.render(written, step, true);
    const made = renderNode(value, key === written ? step : { ...step, key, written }, rendering);
    renamed ||= key !== written;
    changed ||= renamed || made !== value;
    return [key, made];
  });
  if (renamed && new Set(entries.map(([key]) => key)).size < entries.length)
    throw complaint(way, "", "two keys become the same");
  return changed ? Object.fromEntries(entries) : node;
}

function complaint(way: Way | undefined, text: string, message: string): TemplateError {
  return new TemplateError([problemAt(`object${writtenPlaceOf(way)}`, text, 0, message)]);
}

function isList(node: Json): node is readonly Json[] {
  return Array.isArray(node);
}
