import { Blank, type BlankKind, type Condition, type Node, type Path, splitResource } from "./blueprint.ts";

/** A JSON value. */
export type Plain = null | boolean | number | string | readonly Plain[] | PlainFields;

export interface PlainFields {
  readonly [key: string]: Plain;
}

/** The values that fill the holes. */
export interface Filling {
  readonly namespace: string;
  readonly values: PlainFields;
}

interface Scope extends Filling {
  readonly item?: string;
}

/** Fills every hole of the tree. Returns undefined for a `when` without a result. */
export function evaluate(node: Node, scope: Filling): Plain | undefined {
  if (node instanceof Blank) return evaluateBlank(node.of, scope);
  if (isList(node)) return node.flatMap((member) => members(member, scope));
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).flatMap(([key, child]) => {
    const plain = evaluate(child, scope);
    return plain === undefined ? [] : [[key, plain] as const];
  });
  return Object.fromEntries(entries);
}

function members(member: Node, scope: Scope): readonly Plain[] {
  if (member instanceof Blank && member.of.kind === "each") return everyItem(member.of, scope);
  if (member instanceof Blank && member.of.kind === "all of") return listAt(scope.values, member.of.path);
  const plain = evaluate(member, scope);
  // A `when` in a list can stand for several members.
  if (member instanceof Blank && member.of.kind === "when" && isList(plain)) return plain;
  return plain === undefined ? [] : [plain];
}

function everyItem({ path, members: inner }: Extract<BlankKind, { kind: "each" }>, scope: Scope): readonly Plain[] {
  return listAt(scope.values, path).flatMap((item) =>
    inner.flatMap((member) => members(member, { ...scope, item: String(item) })),
  );
}

function evaluateBlank(blank: BlankKind, scope: Scope): Plain | undefined {
  switch (blank.kind) {
    case "value":
      return valueAt(scope.values, blank.path) ?? null;
    case "text of":
      return String(valueAt(scope.values, blank.path) ?? "");
    case "joined":
      return listAt(scope.values, blank.path).join(blank.by);
    case "concatenated":
      return blank.parts.map((part) => (typeof part === "string" ? part : textIn(part, scope))).join("");
    case "namespace":
      return scope.namespace;
    case "item":
      return scope.item ?? "";
    case "item's": {
      const { resource, apiGroup } = splitResource(scope.item ?? "");
      return blank.part === "resource" ? resource : apiGroup;
    }
    case "when":
      if (holds(blank.condition, scope.values)) return evaluate(blank.then, scope);
      return blank.otherwise === undefined ? undefined : evaluate(blank.otherwise, scope);
    case "each":
    case "all of":
      return members(new Blank(blank), scope);
  }
}

function textIn(part: Blank, scope: Scope): string {
  return String(evaluateBlank(part.of, scope) ?? "");
}

function holds(condition: Condition, values: PlainFields): boolean {
  switch (condition.kind) {
    case "set":
      return isSet(valueAt(values, condition.path));
    case "equal":
      return valueAt(values, condition.path) === condition.to;
    case "not":
      return !holds(condition.condition, values);
    case "all":
      return condition.conditions.every((one) => holds(one, values));
    case "by Helm":
      return false;
  }
}

/** Whether Helm takes the value for true. */
function isSet(plain: Plain | undefined): boolean {
  if (plain === undefined || plain === null || plain === "" || plain === false || plain === 0) return false;
  return typeof plain !== "object" || (isList(plain) ? plain.length > 0 : Object.keys(plain).length > 0);
}

/** The value at a path; undefined if there is none. */
export function valueAt(values: PlainFields, path: Path): Plain | undefined {
  let found: Plain | undefined = values;
  for (const step of path) {
    if (!isFields(found)) return undefined;
    found = found[step];
  }
  return found;
}

function listAt(values: PlainFields, path: Path): readonly Plain[] {
  const found = valueAt(values, path);
  return isList(found) ? found : [];
}

/** Whether the value is a list. */
export function isList<Item>(value: Item | readonly Item[] | undefined): value is readonly Item[] {
  return Array.isArray(value);
}

/** Whether the value is a mapping. */
export function isFields(plain: Plain | undefined): plain is PlainFields {
  return typeof plain === "object" && plain !== null && !isList(plain);
}
