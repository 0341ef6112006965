import type { KubeObject } from "../../kit/kube/port.ts";

/** Objects of one declared kind, as they are now, sorted by namespace and name. */
export interface ObjectsView<T> {
  /** The object of that name. In a cluster-scoped parent's view, the first namespace that has it, unless named. */
  get(name: string, namespace?: string): T | undefined;
  first(): T | undefined;
  all(): readonly T[];
  exists(name: string, namespace?: string): boolean;
}

/** A view of objects. The handler gets copies: what it changes in them changes nothing else. */
export function viewOf<T extends KubeObject>(objects: readonly T[]): ObjectsView<T> {
  const sorted = structuredClone(objects).toSorted((one, other) => compare(placeOf(one), placeOf(other)));
  const get = (name: string, namespace?: string): T | undefined =>
    sorted.find(
      ({ metadata }) => metadata.name === name && (namespace === undefined || metadata.namespace === namespace),
    );
  return {
    get,
    first: () => sorted[0],
    all: () => sorted,
    exists: (name, namespace) => get(name, namespace) !== undefined,
  };
}

function placeOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
