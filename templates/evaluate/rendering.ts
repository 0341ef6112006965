import { createHmac } from "node:crypto";
import { Dict, type Plain, Sensitive, type Value } from "../values/value.ts";
import { Bounds } from "./bounds.ts";
import type { Budget } from "./budget.ts";

/** The tools of a running function. */
export interface Call {
  /** Whether numbers are compared as in Handlebars: 3.0 is a whole number, and equals 3. */
  readonly lenient: boolean;
  readonly memory: Memory;
  readonly bounds: Bounds;
  /** Opens a value. If it is sensitive, so is the result of the running call. */
  open(value: Value): Plain;
  /**
   * The identity of the next call at this place of an impure function.
   * It is the same each time the same template is rendered with the same memory.
   */
  identify(name: string, given: readonly string[]): string;
  /** Text that is made once and stored. It is made only in the worker. */
  keep(identity: string, make: () => string): string;
}

interface RenderingOptions {
  readonly lenient: boolean;
  readonly budget: Budget;
  /** Absent: print. */
  readonly missingValues?: MissingValues | undefined;
}

/** One rendering: its data, its limits, and its by-products. */
export class Rendering implements Call {
  readonly lenient: boolean;
  readonly memory: Memory;
  readonly bounds: Bounds;
  readonly made: Map<string, string> = new Map();
  readonly missingValues: MissingValues;
  /** Whether a sensitive value was opened since this was last set to false. */
  touched = false;
  /** The number of open choices that a sensitive value decided. */
  secretDepth = 0;
  readonly #place: string;
  #counts: Map<string, number> | undefined;

  constructor(place: string, memory: Memory, { lenient, budget, missingValues = "print" }: RenderingOptions) {
    this.#place = place;
    this.memory = memory;
    this.lenient = lenient;
    this.bounds = new Bounds(budget);
    this.missingValues = missingValues;
  }

  /** Whether the present work reveals a sensitive value. */
  tellsOfSensitive(): boolean {
    return this.touched || this.secretDepth > 0;
  }

  open(value: Value): Plain {
    if (value instanceof Sensitive) {
      this.touched = true;
      if (value.value instanceof Dict) this.open(value.value);
      return value.value;
    }
    if (value instanceof Dict && value.sensitive) this.touched = true;
    return value;
  }

  identify(name: string, given: readonly string[]): string {
    for (const part of given) this.bounds.spend(part.length / 16);
    const call = JSON.stringify([this.#place, name, ...given]);
    this.#counts ??= new Map();
    const count = this.#counts.get(call) ?? 0;
    this.#counts.set(call, count + 1);
    return `${count} ${call}`;
  }

  keep(identity: string, make: () => string): string {
    const key = digest(this.memory.seed, identity);
    const known = this.memory.kept.get(key) ?? this.made.get(key);
    if (known !== undefined) return known;
    this.bounds.leaveLoop();
    const text = make();
    this.bounds.make(text.length);
    this.made.set(key, text);
    return text;
  }
}

/** A keyed digest, so that the arguments of a call cannot be guessed from its name in a Secret. */
function digest(seed: string, identity: string): string {
  return createHmac("sha256", seed).update(identity).digest("hex");
}

/** The result of printing a value that does not exist: Go's `<no value>` (in Handlebars nothing), or an error. */
export type MissingValues = "print" | "error";

/**
 * The inputs of functions that are not pure.
 * Random functions derive their values from `seed`, the place and the number of the call.
 * Clock functions return `now`.
 * `kept` has the keys and certificates that were made earlier, by the identity of their calls.
 */
export interface Memory {
  readonly now: Date;
  readonly seed: string;
  readonly kept: ReadonlyMap<string, string>;
}
