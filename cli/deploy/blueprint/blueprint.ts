/**
 * Manifests before the values are known: trees of literals with holes for values.
 * `evaluate` fills the holes; `helmText` turns them into Helm expressions.
 * Both read the same tree, so their results cannot differ.
 */
export type Node = null | boolean | number | string | readonly Node[] | Fields | Blank;

/** A mapping. An entry whose value is a `when` without a result is left out. */
export interface Fields {
  readonly [key: string]: Node;
}

/** A part that depends on the values. */
export class Blank {
  readonly of: BlankKind;

  constructor(of: BlankKind) {
    this.of = of;
  }
}

/** The path of a value. */
export type Path = readonly string[];

export type BlankKind =
  | { readonly kind: "value"; readonly path: Path }
  /** A number as text, for annotations and environment variables. */
  | { readonly kind: "text of"; readonly path: Path }
  /** A list of texts as one text. */
  | { readonly kind: "joined"; readonly path: Path; readonly by: string }
  /** Several texts in one. */
  | { readonly kind: "concatenated"; readonly parts: readonly (string | Blank)[] }
  /** The namespace of the installation; in Helm, that of the release. */
  | { readonly kind: "namespace" }
  /** The current item of an `each`. */
  | { readonly kind: "item" }
  /** The resource or API group of the current item, which is a name such as `deployments.apps`. */
  | { readonly kind: "item's"; readonly part: "resource" | "group" }
  | { readonly kind: "when"; readonly condition: Condition; readonly then: Node; readonly otherwise?: Node }
  /** A member of a list: stands for its own members, once for each item of a list of values. */
  | { readonly kind: "each"; readonly path: Path; readonly members: readonly Node[] }
  /** A member of a list: stands for all items of a list of values. */
  | { readonly kind: "all of"; readonly path: Path };

export type Condition =
  /** Holds if Helm takes the value for true: it is not empty, zero, false or absent. */
  | { readonly kind: "set"; readonly path: Path }
  | { readonly kind: "equal"; readonly path: Path; readonly to: string }
  | { readonly kind: "not"; readonly condition: Condition }
  | { readonly kind: "all"; readonly conditions: readonly Condition[] }
  /** Holds if Helm renders the manifests, not `plugboard manifests`. */
  | { readonly kind: "by Helm" };

/** A value. */
export function value(...path: Path): Blank {
  return new Blank({ kind: "value", path });
}

/** A value as text. */
export function textOf(...path: Path): Blank {
  return new Blank({ kind: "text of", path });
}

/** The texts of a list, with `by` between them. */
export function joined(by: string, ...path: Path): Blank {
  return new Blank({ kind: "joined", path, by });
}

/** One text that consists of several. */
export function concatenated(...parts: readonly (string | Blank)[]): Blank {
  return new Blank({ kind: "concatenated", parts });
}

/** The namespace of the installation. */
export const namespace: Blank = new Blank({ kind: "namespace" });

/** The current item of the enclosing `each`. */
export const item: Blank = new Blank({ kind: "item" });

/** The resource of the current item of the enclosing `each`; the item is a name such as `deployments.apps`. */
export const resourceOfItem: Blank = new Blank({ kind: "item's", part: "resource" });

/** The API group of the current item of the enclosing `each`; empty for the core group. */
export const groupOfItem: Blank = new Blank({ kind: "item's", part: "group" });

/** `then` if the condition holds, else `otherwise`. Without `otherwise`, the key or the list item is left out. */
export function when(condition: Condition, then: Node, otherwise?: Node): Blank {
  return new Blank({ kind: "when", condition, then, ...(otherwise === undefined ? {} : { otherwise }) });
}

/** In a list: the members, once for each item of a list of values. */
export function each(path: Path, ...members: readonly Node[]): Blank {
  return new Blank({ kind: "each", path, members });
}

/** In a list: the items of a list of values. */
export function allOf(...path: Path): Blank {
  return new Blank({ kind: "all of", path });
}

/** Holds if a value is not empty, zero, false or absent. */
export function set(...path: Path): Condition {
  return { kind: "set", path };
}

/** Holds if a value equals the text. */
export function equal(path: Path, to: string): Condition {
  return { kind: "equal", path, to };
}

/** Holds if the given condition does not. */
export function not(condition: Condition): Condition {
  return { kind: "not", condition };
}

/** Holds if all given conditions hold. */
export function both(...conditions: readonly Condition[]): Condition {
  return { kind: "all", conditions };
}

/** Holds only in the chart. */
export const byHelm: Condition = { kind: "by Helm" };

/** Splits a name such as `plugs/status.integration.rock8s.com`; the name of the core group is empty. */
export function splitResource(name: string): { readonly resource: string; readonly apiGroup: string } {
  const dot = name.indexOf(".");
  return dot < 0 ? { resource: name, apiGroup: "" } : { resource: name.slice(0, dot), apiGroup: name.slice(dot + 1) };
}
