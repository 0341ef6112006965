import { createHmac } from "node:crypto";
import type { Memory, MissingValues } from "../template.ts";
import { Dict } from "../values/dict.ts";
import { type Plain, Sensitive, type Value } from "../values/value.ts";
import { Bounds } from "./bounds.ts";
import type { Budget } from "./budget.ts";

/** What a function may use while it runs. */
export interface Call {
  /** Handlebars' loose numbers: 3.0 is a whole number, and equals 3. */
  readonly lenient: boolean;
  readonly memory: Memory;
  readonly bounds: Bounds;
  /** Looks inside a value; what the running call makes is sensitive if this was. */
  open(value: Value): Plain;
  /** What comes next at this place of an impure function: the same each time the same template is rendered with the same memory. */
  identify(name: string, given: readonly string[]): string;
  /** Text made once and kept from then on; made in the worker alone. */
  keep(identity: string, make: () => string): string;
}

interface RenderingOptions {
  readonly lenient: boolean;
  readonly budget: Budget;
  /** Absent: they are printed. */
  readonly missingValues?: MissingValues | undefined;
}

/** One rendering: what it reads, what it may use up, and what it has found out. */
export class Rendering implements Call {
  readonly lenient: boolean;
  readonly memory: Memory;
  readonly bounds: Bounds;
  readonly made: Map<string, string> = new Map();
  readonly missingValues: MissingValues;
  /** Something sensitive was opened since this was last set to false. */
  touched = false;
  /** In how many choices that a sensitive value decided the evaluation is. */
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

  /** Whether what happens now tells of something sensitive. */
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

/** A keyed digest, so that what a call was given cannot be guessed from its name in a Secret. */
function digest(seed: string, identity: string): string {
  return createHmac("sha256", seed).update(identity).digest("hex");
}
