import { sortUnits } from "../library/dicts.ts";
import { show } from "../printing/format.ts";
import { Fault } from "../problems.ts";
import type { Block, Choice, Pipeline, Statement, Template } from "../tree.ts";
import { isTrue, isTrueToHandlebars, typeOf } from "../values/kind.ts";
import { Laid } from "../values/laid.ts";
import { weigh } from "../values/size.ts";
import { Absent, Dict, Int, int, List, marked, type Plain, Sensitive, type Value } from "../values/value.ts";
import { Expressions, type Frame } from "./expressions.ts";
import type { Rendering } from "./rendering.ts";
import type { Sink } from "./sink.ts";

/** The position of an evaluation when it failed. */
export interface Position {
  readonly at: number;
}

/** Evaluates a template with data, and writes into a sink. @throws Fault; `position` gives the place */
export function evaluate(
  template: Template,
  data: Value,
  rendering: Rendering,
  sink: Sink,
  position: { at: number },
): void {
  new Evaluator(template, rendering, sink, position).run(data);
}

type Leap = "break" | "continue" | undefined;

/** The entries of a loop, in order. */
interface Entries {
  readonly count: number;
  readonly each: Iterable<readonly [key: Value, value: Value]>;
}

class Evaluator {
  readonly #template: Template;
  readonly #rendering: Rendering;
  readonly #sink: Sink;
  readonly #expressions: Expressions;

  constructor(template: Template, rendering: Rendering, sink: Sink, position: { at: number }) {
    this.#template = template;
    this.#rendering = rendering;
    this.#sink = sink;
    this.#expressions = new Expressions(rendering, position);
  }

  run(data: Value): void {
    this.#block(this.#template.body, { contexts: [data], slots: [data] });
  }

  #block(block: Block, frame: Frame): Leap {
    for (const statement of block) {
      const leap = this.#statement(statement, frame);
      if (leap !== undefined) return leap;
    }
    return undefined;
  }

  #statement(statement: Statement, frame: Frame): Leap {
    this.#rendering.bounds.spend(1);
    switch (statement.kind) {
      case "text":
        this.#sink.literal(statement.text, statement.at);
        return undefined;
      case "print":
        return this.#print(statement.pipeline, frame);
      case "if":
      case "with":
      case "range":
      case "section":
        return this.#choice(statement, frame);
      case "template":
        return this.#run(statement, frame);
      case "break":
      case "continue":
        return statement.kind;
    }
  }

  #print(pipeline: Pipeline, frame: Frame): undefined {
    const value = this.#expressions.pipeline(pipeline, frame);
    if (pipeline.slots.length > 0) return;
    this.#rendering.touched = false;
    const plain = this.#rendering.open(value);
    const isMissing = plain instanceof Absent || plain === null;
    if (!isMissing && typeof plain !== "string" && !(plain instanceof Laid))
      this.#rendering.bounds.spend(weigh(plain, this.#rendering.bounds) / 16);
    const printed = isMissing
      ? this.#printMissing(plain, pipeline)
      : plain instanceof Laid
        ? plain
        : show(plain, this.#rendering);
    this.#sink.value(printed, {
      sensitive: this.#rendering.tellsOfSensitive(),
      madeOf: this.#rendering.touched,
      at: pipeline.at,
      missing: isMissing ? pipeline.source : undefined,
    });
  }

  /**
   * Prints the text of each syntax for a missing value.
   * @throws Fault if the template's owner wants an error instead
   */
  #printMissing(missing: Absent | null, pipeline: Pipeline): string {
    const { missingValues, lenient } = this.#rendering;
    if (missingValues === "print") return lenient ? "" : "<no value>";
    if (missing === null) throw new Fault(`${pipeline.source} is nothing, which cannot be printed`);
    throw new Fault(`${missing.path} has no value`);
  }

  /** Runs one of the blocks. Its output is sensitive if a sensitive value decided which one runs. */
  #choice(choice: Extract<Statement, Choice>, frame: Frame): Leap {
    const value = this.#expressions.pipeline(choice.pipeline, frame);
    this.#rendering.touched = false;
    const plain = this.#rendering.open(value);
    if (!this.#rendering.touched) return this.#branch(choice, plain, value, frame);
    this.#rendering.secretDepth += 1;
    this.#sink.enterSensitive();
    const leap = this.#branch(choice, plain, marked(value), frame);
    if (choice.lasting) return leap;
    this.#rendering.secretDepth -= 1;
    this.#sink.leaveSensitive();
    return leap;
  }

  #branch(choice: Extract<Statement, Choice>, plain: Plain, value: Value, frame: Frame): Leap {
    const { bounds } = this.#rendering;
    bounds.enter();
    const leap = this.#entered(choice, plain, value, frame);
    bounds.leave();
    return leap;
  }

  #entered(choice: Extract<Statement, Choice>, plain: Plain, value: Value, frame: Frame): Leap {
    switch (choice.kind) {
      case "if":
        return this.#block(truth(plain, choice.truth) === choice.negated ? choice.otherwise : choice.body, frame);
      case "with":
        if (!truth(plain, choice.truth)) return this.#block(choice.otherwise, frame);
        return this.#block(choice.body, within(frame, value));
      case "range":
        return this.#range(choice, value, frame);
      case "section":
        return this.#section(choice, plain, value, frame);
    }
  }

  /**
   * Handlebars' block on a plain name: a list is iterated, true keeps the context, any other present value becomes the
   * context.
   */
  #section(choice: Choice, plain: Plain, value: Value, frame: Frame): Leap {
    if (plain instanceof List && plain.items.length > 0) {
      for (const [, item] of this.#entries(value).each) {
        this.#rendering.bounds.spend(1);
        this.#block(choice.body, within(frame, item));
      }
      return undefined;
    }
    if (plain === true) return this.#block(choice.body, frame);
    if (!isTrueToHandlebars(plain, true)) return this.#block(choice.otherwise, frame);
    return this.#block(choice.body, within(frame, value));
  }

  #range(choice: Extract<Statement, { kind: "range" }>, value: Value, frame: Frame): Leap {
    const { count, each } = this.#entries(value);
    if (choice.pipeline.slots.length > 1 && isWhole(value))
      throw new Fault("range over a whole number takes one variable, not two", { ours: true });
    if (count === 0) return this.#block(choice.otherwise, frame);
    let index = 0;
    for (const [key, item] of each) {
      this.#rendering.bounds.spend(1);
      this.#assign(choice, frame, key, item);
      if (choice.handlebars !== undefined) assignEach(choice.handlebars, frame, { index, last: count - 1, key, item });
      if (this.#block(choice.body, within(frame, item)) === "break") break;
      index += 1;
    }
    return undefined;
  }

  #assign({ pipeline }: Choice, frame: Frame, key: Value, item: Value): undefined {
    const [first, second] = pipeline.slots;
    if (first === undefined) return;
    if (second === undefined) return this.#expressions.assign(frame, first, item);
    this.#expressions.assign(frame, first, key);
    this.#expressions.assign(frame, second, item);
  }

  #entries(value: Value): Entries {
    const plain = value instanceof Sensitive ? value.value : value;
    const secret = value instanceof Sensitive || (plain instanceof Dict && plain.sensitive);
    const entries = this.#plainEntries(plain);
    return secret ? { ...entries, each: markedEntries(entries.each) } : entries;
  }

  #plainEntries(plain: Plain): Entries {
    const { bounds } = this.#rendering;
    if (plain instanceof List) return { count: plain.items.length, each: itemsOf(plain) };
    if (plain instanceof Dict) {
      bounds.spend(sortUnits([plain]));
      return { count: plain.size, each: entriesOf(plain) };
    }
    if (plain instanceof Absent || plain === null) return { count: 0, each: [] };
    if (!(plain instanceof Int))
      throw new Fault(`range can't iterate over ${typeOf(plain)}; expected a list, a map or a whole number`, {
        ours: true,
      });
    const count = Math.max(0, Number(plain.value));
    return { count, each: numbersTo(count) };
  }

  #run({ name, argument }: Extract<Statement, { kind: "template" }>, frame: Frame): undefined {
    const body = this.#template.defined.get(name);
    if (body === undefined) throw new Fault(`template ${JSON.stringify(name)} is not defined`, { ours: true });
    const data =
      argument === undefined ? new Absent("the template's argument") : this.#expressions.pipeline(argument, frame);
    const { bounds } = this.#rendering;
    bounds.deepen();
    this.#block(body, { contexts: [data], slots: [data] });
    bounds.rise();
  }
}

function* markedEntries(entries: Entries["each"]): Entries["each"] {
  for (const [key, item] of entries) yield [marked(key), marked(item)];
}

function* itemsOf(list: List): Entries["each"] {
  for (const [index, item] of list.items.entries()) yield [int(index), item];
}

/** The entries at the start of the loop. */
function* entriesOf(dict: Dict): Entries["each"] {
  for (const [key, item] of dict.keys().map((key) => [key, dict.get(key) ?? null] as const)) yield [key, item];
}

function* numbersTo(count: number): Entries["each"] {
  for (let index = 0; index < count; index++) {
    const number = int(index);
    yield [number, number];
  }
}

function isWhole(value: Value): boolean {
  return (value instanceof Sensitive ? value.value : value) instanceof Int;
}

function truth(plain: Plain, rule: Extract<Statement, { kind: "with" }>["truth"]): boolean {
  return rule === "go" ? isTrue(plain) : isTrueToHandlebars(plain, rule === "handlebarsWithZero");
}

function within(frame: Frame, context: Value): Frame {
  return { contexts: [...frame.contexts, context], slots: frame.slots };
}

interface Turn {
  readonly index: number;
  readonly last: number;
  readonly key: Value;
  readonly item: Value;
}

function assignEach(
  slots: NonNullable<Extract<Statement, { kind: "range" }>["handlebars"]>,
  frame: Frame,
  turn: Turn,
): void {
  frame.slots[slots.index] = int(turn.index);
  frame.slots[slots.key] = turn.key;
  frame.slots[slots.first] = turn.index === 0;
  frame.slots[slots.last] = turn.index === turn.last;
  const [item, key] = slots.parameters;
  if (item !== undefined) frame.slots[item] = turn.item;
  if (key !== undefined) frame.slots[key] = turn.key;
}
