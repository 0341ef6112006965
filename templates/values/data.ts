import { withoutStraySurrogates } from "../../kit/encoding/bytes.ts";
import type { Json } from "../../kit/kube/port.ts";
import type { Bounds } from "../evaluate/bounds.ts";
import { Dict, type EntrySource, List, largeNumber, marked, type Plain, type Value } from "./value.ts";

/** The sensitive paths below a value. */
export interface Marks {
  /** The whole value is sensitive. */
  readonly whole: boolean;
  readonly below: ReadonlyMap<string, Marks>;
}

interface GrowingMarks {
  whole: boolean;
  readonly below: Map<string, GrowingMarks>;
}

/** The sensitive paths as a tree. */
export function marksOf(paths: readonly (readonly string[])[]): Marks {
  const root: GrowingMarks = { whole: false, below: new Map() };
  for (const path of paths) {
    let node = root;
    for (const key of path) {
      const next = node.below.get(key) ?? { whole: false, below: new Map() };
      node.below.set(key, next);
      node = next;
    }
    node.whole = true;
  }
  return root;
}

/**
 * A JSON value as a value of templates.
 * Reads only own properties. Converts them when they are read, and charges for it then.
 * Values at the paths of `marks` are sensitive.
 */
export function fromData(json: Json, bounds: Bounds, marks?: Marks): Value {
  if (marks?.whole === true) return marked(plainData(json, bounds, undefined));
  return plainData(json, bounds, marks);
}

function plainData(json: Json, bounds: Bounds, marks: Marks | undefined): Plain {
  if (typeof json === "string") return withoutStraySurrogates(json);
  if (typeof json === "bigint") return largeNumber(json);
  if (json === null || typeof json !== "object") return json;
  if (!isList(json)) return new Dict(new ObjectEntries(json, bounds, marks));
  bounds.spend(json.length / 4);
  return new List(json.map((item, index) => fromData(item, bounds, marks?.below.get(String(index)))));
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

class ObjectEntries implements EntrySource {
  readonly #object: { readonly [key: string]: Json };
  readonly #bounds: Bounds;
  readonly #marks: Marks | undefined;
  #keys: readonly string[] | undefined;

  constructor(object: { readonly [key: string]: Json }, bounds: Bounds, marks: Marks | undefined) {
    this.#object = object;
    this.#bounds = bounds;
    this.#marks = marks;
  }

  keys(): readonly string[] {
    if (this.#keys !== undefined) return this.#keys;
    this.#keys = Object.keys(this.#object).filter((key) => this.#object[key] !== undefined);
    this.#bounds.spend(this.#keys.length / 2);
    return this.#keys;
  }

  get(key: string): Value | undefined {
    const property = Object.getOwnPropertyDescriptor(this.#object, key);
    const json: Json | undefined = property?.value;
    if (typeof json === "string") this.#bounds.spend(json.length / 256);
    return json === undefined ? undefined : fromData(json, this.#bounds, this.#marks?.below.get(key));
  }
}
