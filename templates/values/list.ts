import type { Value } from "./value.ts";

/** Go's slice types that templates can meet. */
export type ElementType = "interface {}" | "string" | "int" | "uint8";

/** A list; never changed once a template can see it. */
export class List {
  readonly items: readonly Value[];
  readonly element: ElementType;

  constructor(items: readonly Value[], element: ElementType = "interface {}") {
    this.items = items;
    this.element = element;
  }
}

/** A Go `[]string`. */
export function textList(items: readonly string[]): List {
  return new List(items, "string");
}
