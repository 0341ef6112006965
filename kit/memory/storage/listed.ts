import type { KubeObject } from "../../kube/port.ts";

/** What is asked for of a list; all of it where nothing is said. */
export interface Part {
  readonly namespace?: string | undefined;
  /** As `placeOf` has it: only what comes after it. */
  readonly after?: string | undefined;
}

/** Objects in the order of lists, found by place in a few steps: what lists are made of, without sorting for each. */
export class Listed {
  readonly #places: string[] = [];
  readonly #objects: KubeObject[] = [];

  get(place: string): KubeObject | undefined {
    const index = this.#from(place);
    return this.#places[index] === place ? this.#objects[index] : undefined;
  }

  /** Stores it at its place, instead of what was there. */
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

  /** How many there are of a part. */
  count(part: Part = {}): number {
    const [start, end] = this.#range(part);
    return end - start;
  }

  /** The objects of a part, as they are now. */
  list(part: Part): readonly KubeObject[] {
    return this.#objects.slice(...this.#range(part));
  }

  #range({ namespace, after }: Part): readonly [start: number, end: number] {
    const first = namespace === undefined ? 0 : this.#from(`${namespace}\u0000`);
    const end = namespace === undefined ? this.#places.length : this.#from(`${namespace}\u0001`);
    const start = after === undefined ? first : Math.max(first, this.#from(`${after}\u0000`));
    return [Math.min(start, end), end];
  }

  /** Where the place is, or would be. */
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
