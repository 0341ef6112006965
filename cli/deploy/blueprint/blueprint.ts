/**
 * Manifests before the values are known: trees of literals with holes for values.
 * `evaluate` fills the holes; `helmText` turns them into Helm expressions.
 * Both read the same tree, so their results cannot differ.
 */
export type Node = null | boolean | number | string | readonly Node[] | Fields | Blank;

/** A mapping; entries whose value is a `when` that does not hold are absent. */
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
  /** A number as text: what annotations and environments take. */
  | { readonly kind: "text of"; readonly path: Path }
  /** A list of texts as one text. */
  | { readonly kind: "joined"; readonly path: Path; readonly by: string }
  /** Texts one after the other. */
  | { readonly kind: "concatenated"; readonly parts: readonly (string | Blank)[] }
  /** The namespace it is deployed into: Helm knows it as the release's. */
  | { readonly kind: "namespace" }
  /** The current item of an `each`. */
  | { readonly kind: "item" }
  /** The resource or API group of the current item, a name like `deployments.apps`. */
  | { readonly kind: "item's"; readonly part: "resource" | "group" }
  | { readonly kind: "when"; readonly condition: Condition; readonly then: Node; readonly otherwise?: Node }
  /** As a member of a list: its own members for each item of a list of values. */
  | { readonly kind: "each"; readonly path: Path; readonly members: readonly Node[] }
  /** As a member of a list: all items of a list of values. */
  | { readonly kind: "all of"; readonly path: Path };

export type Condition =
  /** As Helm counts: not empty, zero, false or absent. */
  | { readonly kind: "set"; readonly path: Path }
  | { readonly kind: "equal"; readonly path: Path; readonly to: string }
  | { readonly kind: "not"; readonly condition: Condition }
  | { readonly kind: "all"; readonly conditions: readonly Condition[] }
  /** Rendered by Helm, not printed by `plugboard manifests`. */
  | { readonly kind: "by Helm" };

/** A value as it is. */
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

/** One text made of several. */
export function concatenated(...parts: readonly (string | Blank)[]): Blank {
  return new Blank({ kind: "concatenated", parts });
}

/** The namespace it is deployed into. */
export const namespace: Blank = new Blank({ kind: "namespace" });

/** The current item of the enclosing `each`. */
export const item: Blank = new Blank({ kind: "item" });

/** The resource of the current item (such as `deployments.apps`) of the enclosing `each`. */
export const resourceOfItem: Blank = new Blank({ kind: "item's", part: "resource" });

/** The API group of that name; the core group has none. */
export const groupOfItem: Blank = new Blank({ kind: "item's", part: "group" });

/** One or the other; without the other nothing, and a key that would have it is absent. */
export function when(condition: Condition, then: Node, otherwise?: Node): Blank {
  return new Blank({ kind: "when", condition, then, ...(otherwise === undefined ? {} : { otherwise }) });
}

/** In a list: its members once for each item of a list of values. */
export function each(path: Path, ...members: readonly Node[]): Blank {
  return new Blank({ kind: "each", path, members });
}

/** In a list: the items of a list of values. */
export function allOf(...path: Path): Blank {
  return new Blank({ kind: "all of", path });
}

/** Holds where a value is not empty, zero, false or absent. */
export function set(...path: Path): Condition {
  return { kind: "set", path };
}

/** Holds where a value is that text. */
export function equal(path: Path, to: string): Condition {
  return { kind: "equal", path, to };
}

/** Holds where the other does not. */
export function not(condition: Condition): Condition {
  return { kind: "not", condition };
}

/** Holds where all of them do. */
export function both(...conditions: readonly Condition[]): Condition {
  return { kind: "all", conditions };
}

/** Holds in the chart alone. */
export const byHelm: Condition = { kind: "by Helm" };

/** `plugs/status.integration.rock8s.com` in its two parts; the core group has no name. */
export function splitResource(name: string): { readonly resource: string; readonly apiGroup: string } {
  const dot = name.indexOf(".");
  return dot < 0 ? { resource: name, apiGroup: "" } : { resource: name.slice(0, dot), apiGroup: name.slice(dot + 1) };
}
