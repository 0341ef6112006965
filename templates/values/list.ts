import type { Value } from "./value.ts";

/** Go's slice types that templates can meet. */
export type ElementType = "interface {}" | "string" | "int" | "uint8";

/** A list; never changed once a template can see it. */
export class List {
  readonly items: readonly Value[];
  readonly element: ElementType;

  /** Go's nil slice: without elements, and null in JSON. */
  readonly isNil: boolean;

  constructor(items: readonly Value[], element: ElementType = "interface {}", isNil = false) {
    this.items = items;
    this.element = element;
    this.isNil = isNil;
  }
}

/** A Go `[]string` that nothing was put into. */
export const nilTexts: List = new List([], "string", true);

/** A Go `[]string`. */
export function textList(items: readonly string[]): List {
  return new List(items, "string");
}
