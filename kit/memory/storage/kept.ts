import type { KubeObject } from "../../kube/port.ts";
import { Listed, type Part, placeOf } from "./listed.ts";

export interface LabelledPart extends Part {
  /** Labels that all listed objects have, as `key` or `key=value`. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * The objects of one kind, with an index of their labels.
 * A list by labels looks only at the objects that have the rarest of the labels.
 */
export class Kept {
  readonly #all = new Listed();
  readonly #byLabel = new Map<string, Listed>();

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#all.get(placeOf({ namespace, name }));
  }

  /** Stores an object. Replaces the one at its place. */
  set(object: KubeObject): void {
    const place = placeOf(object.metadata);
    const before = this.#all.get(place);
    this.#all.set(place, object);
    const labels = labelsOf(object);
    for (const label of labelsOf(before)) if (!labels.includes(label)) this.#unlabel(label, place);
    for (const label of labels) this.#bearing(label).set(place, object);
  }

  delete(object: KubeObject): void {
    const place = placeOf(object.metadata);
    for (const label of labelsOf(this.#all.get(place))) this.#unlabel(label, place);
    this.#all.delete(place);
  }

  /** The objects in order. With labels: all that have the rarest one; the caller must check the others. */
  list({ labels = [], ...part }: LabelledPart): readonly KubeObject[] {
    const [first = this.#all, ...more] = [
      this.#all,
      ...labels.map((label) => this.#byLabel.get(label) ?? new Listed()),
    ];
    return more.reduce((fewest, each) => (each.count(part) < fewest.count(part) ? each : fewest), first).list(part);
  }

  /** The number of objects in a namespace. */
  count(namespace: string): number {
    return this.#all.count({ namespace });
  }

  #bearing(label: string): Listed {
    const known = this.#byLabel.get(label) ?? new Listed();
    this.#byLabel.set(label, known);
    return known;
  }

  #unlabel(label: string, place: string): void {
    const bearing = this.#byLabel.get(label);
    bearing?.delete(place);
    if (bearing?.count() === 0) this.#byLabel.delete(label);
  }
}

/** Each label twice: as a key, and with its value. */
function labelsOf(object: KubeObject | undefined): readonly string[] {
  return Object.entries(object?.metadata.labels ?? {}).flatMap(([key, value]) => [key, `${key}=${value}`]);
}
