import type { KubeObject } from "../../kube/port.ts";

/** A part of a list; without fields, the whole list. */
export interface Part {
  readonly namespace?: string | undefined;
  /** A place as `placeOf` returns it: only objects after it. */
  readonly after?: string | undefined;
}

/** Objects in the order of lists. They are kept sorted, and found by binary search. */
export class Listed {
  readonly #places: string[] = [];
  readonly #objects: KubeObject[] = [];

  get(place: string): KubeObject | undefined {
    const index = this.#from(place);
    return this.#places[index] === place ? this.#objects[index] : undefined;
  }

  /** Stores an object at a place. Replaces the one that is there. */
  set(place: string, object: KubeObject): void {
    const index = this.#from(place);
    if (this.#places[index] === place) {
      this.#objects[index] = object;
      return;
    }
    this.#places.splice(index, 0, place);
    this.#objects.splice(index, 0, object);
  }

  delete(place: string): void {
    const index = this.#from(place);
    if (this.#places[index] !== place) return;
    this.#places.splice(index, 1);
    this.#objects.splice(index, 1);
  }

  /** The number of objects in a part. */
  count(part: Part = {}): number {
    const [start, end] = this.#range(part);
    return end - start;
  }

  /** The objects of a part. */
  list(part: Part): readonly KubeObject[] {
    return this.#objects.slice(...this.#range(part));
  }

  #range({ namespace, after }: Part): readonly [start: number, end: number] {
    const first = namespace === undefined ? 0 : this.#from(`${namespace}\u0000`);
    const end = namespace === undefined ? this.#places.length : this.#from(`${namespace}\u0001`);
    const start = after === undefined ? first : Math.max(first, this.#from(`${after}\u0000`));
    return [Math.min(start, end), end];
  }

  /** The index of a place, or the index at which it would be inserted. */
  #from(place: string): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle] ?? "") < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The place of an object in the lists of its kind: by namespace, then by name. */
export function placeOf({
  namespace,
  name,
}: {
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  return `${namespace ?? ""}\u0000${name}`;
}
