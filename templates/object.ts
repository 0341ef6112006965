import type { Json } from "../kit/kube.ts";
import { problemAt, TemplateError } from "./problems.ts";

/** Where a string stands in an object. */
export type Path = readonly (string | number)[];

/** Makes one string of an object; `path` is where its text can be seen: for a key, the object that has it. */
export type RenderString = (text: string, place: string, path: Path) => string;

const deepest = 100;

/** The tree with each string and each key made anew. @throws TemplateError */
export function renderStrings(template: Json, place: string, render: RenderString): Json {
  return renderNode(template, [], { place, render });
}

interface Way {
  readonly place: string;
  readonly render: RenderString;
}

function renderNode(node: Json, path: Path, way: Way): Json {
  if (typeof node === "string") return way.render(node, placeOf(way.place, path), path);
  if (node === null || typeof node !== "object") return node;
  if (path.length > deepest) throw complaint(way.place, "", `the object is nested deeper than ${deepest} levels`);
  if (isList(node)) return node.map((item, index) => renderNode(item, [...path, index], way));
  return renderEntries(node, path, way);
}

function renderEntries(node: { readonly [key: string]: Json }, path: Path, way: Way): Json {
  const entries = new Map<string, Json>();
  for (const [written, value] of Object.entries(node)) {
    const key = way.render(written, placeOf(way.place, [...path, written]), path);
    if (entries.has(key))
      throw complaint(placeOf(way.place, path), written, `two keys become ${JSON.stringify(written)}'s text`);
    entries.set(key, renderNode(value, [...path, key], way));
  }
  return Object.fromEntries(entries);
}

function complaint(place: string, text: string, message: string): TemplateError {
  return new TemplateError([problemAt(place, text, 0, message)]);
}

function isList(node: Json): node is readonly Json[] {
  return Array.isArray(node);
}

function placeOf(place: string, path: Path): string {
  return path.reduce<string>((name, key) => (typeof key === "number" ? `${name}[${key}]` : `${name}.${key}`), place);
}
