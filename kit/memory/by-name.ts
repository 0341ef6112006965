import type { KubeObject } from "../kube.ts";

/** Objects in the order of their names, found by name in a few steps: what lists are made of, without sorting for each. */
export class ByName {
  readonly #names: string[] = [];
  readonly #objects: KubeObject[] = [];

  get size(): number {
    return this.#names.length;
  }

  get(name: string): KubeObject | undefined {
    const index = this.#placeOf(name);
    return this.#names[index] === name ? this.#objects[index] : undefined;
  }

  /** Stores it under its name, in place of what was there. */
  set(name: string, object: KubeObject): void {
    const index = this.#placeOf(name);
    const replaced = this.#names[index] === name ? 1 : 0;
    this.#names.splice(index, replaced, name);
    this.#objects.splice(index, replaced, object);
  }

  delete(name: string): void {
    const index = this.#placeOf(name);
    if (this.#names[index] !== name) return;
    this.#names.splice(index, 1);
    this.#objects.splice(index, 1);
  }

  /** All of them, as they are now. */
  list(): readonly KubeObject[] {
    return this.#objects.slice();
  }

  /** Where the name is, or would be. */
  #placeOf(name: string): number {
    let [low, high] = [0, this.#names.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#names[middle] ?? "") < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
