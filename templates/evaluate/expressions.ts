import { expressionLasts } from "../lasting.ts";
import type { TemplateFunction } from "../library/function.ts";
import { Fault } from "../problems.ts";
import type { Command, Expression, Pipeline } from "../tree.ts";
import { isTrue, typeOf } from "../values/kind.ts";
import { Laid } from "../values/laid.ts";
import { surfaceOf } from "../values/size.ts";
import { Absent, Dict, List, marked, Opaque, type Plain, Sensitive, type Value } from "../values/value.ts";
import type { Rendering } from "./rendering.ts";

/** The names at one place: `.`, the contexts around it, and the variables. */
export interface Frame {
  readonly contexts: readonly Value[];
  readonly slots: Value[];
}

type Fields = Extract<Expression, { kind: "fields" }>;

/** Evaluates pipelines; `position` follows it. */
export class Expressions {
  readonly #rendering: Rendering;
  readonly #position: { at: number };

  constructor(rendering: Rendering, position: { at: number }) {
    this.#rendering = rendering;
    this.#position = position;
  }

  pipeline(pipeline: Pipeline, frame: Frame): Value {
    this.#position.at = pipeline.at;
    let value: Value | undefined;
    for (const command of pipeline.commands) value = this.#command(command, frame, value);
    const result = value ?? null;
    const [slot, second] = pipeline.slots;
    if (slot !== undefined && second === undefined) this.assign(frame, slot, result);
    return result;
  }

  /** Sets a variable. The assignment itself reveals the condition around it. */
  assign(frame: Frame, slot: number, value: Value): undefined {
    frame.slots[slot] = this.#rendering.secretDepth > 0 ? marked(value) : value;
  }

  #command({ at, operand, arguments: given }: Command, frame: Frame, piped: Value | undefined): Value {
    if (operand.kind === "function") return this.#invoke(operand.function, at, given, frame, piped);
    if (given.length === 0 && piped === undefined) return this.#evaluate(operand, frame, true);
    if (operand.kind === "fields") return this.#fields(operand, frame, this.#all(given, frame, piped));
    this.#position.at = at;
    throw new Fault("can't give an argument to a value that is not a function", { ours: true });
  }

  #all(given: readonly Expression[], frame: Frame, piped: Value | undefined): readonly Value[] {
    const values = given.map((argument) => this.#evaluate(argument, frame, false));
    return piped === undefined ? values : [...values, withoutNull(piped)];
  }

  #evaluate(expression: Expression, frame: Frame, alone: boolean): Value {
    this.#rendering.bounds.spend(1);
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "nil":
        return this.#nil(expression.at, alone);
      case "context":
        return frame.contexts.at(-1 - expression.up) ?? new Absent("the context");
      case "variable":
        return frame.slots[expression.slot] ?? null;
      case "fields":
        return this.#fields(expression, frame, []);
      case "function":
        return this.#invoke(expression.function, expression.at, [], frame, undefined);
      case "group":
        return this.#group(expression.pipeline, frame);
      case "either":
        return this.#either(expression, frame);
    }
  }

  #nil(at: number, alone: boolean): Value {
    this.#position.at = at;
    if (alone) throw new Fault("nil is not a command", { ours: true });
    return new Absent("nil");
  }

  #group(pipeline: Pipeline, frame: Frame): Value {
    const { bounds } = this.#rendering;
    bounds.enter();
    const value = this.pipeline(pipeline, frame);
    bounds.leave();
    return value;
  }

  #either({ field, function: found, at }: Extract<Expression, { kind: "either" }>, frame: Frame): Value {
    const value = this.#evaluate(field, frame, false);
    const missing = value instanceof Absent || (value instanceof Sensitive && value.value instanceof Absent);
    return missing && found.required === 0 ? this.#invoke(found, at, [], frame, undefined) : value;
  }

  #fields(fields: Fields, frame: Frame, given: readonly Value[]): Value {
    let value = this.#evaluate(fields.of, frame, false);
    this.#position.at = fields.at;
    const last = fields.names.length - 1;
    for (const [index, name] of fields.names.entries()) {
      this.#rendering.bounds.spend(1);
      value = this.#member(value, name, index === last ? given : [], fields);
    }
    return given.some((argument) => argument instanceof Sensitive) ? marked(value) : value;
  }

  #member(value: Value, name: string, given: readonly Value[], fields: Fields): Value {
    if (value instanceof Sensitive) return marked(this.#plainMember(value.value, name, given, fields));
    const member = this.#plainMember(value, name, given, fields);
    return value instanceof Dict && value.sensitive ? marked(member) : member;
  }

  #plainMember(plain: Plain, name: string, given: readonly Value[], fields: Fields): Value {
    if (plain instanceof Opaque) return this.#answer(plain, name, given);
    if (given.length > 0) throw new Fault(`${name} is not a method but has arguments`, { ours: true });
    if (plain instanceof Dict) return entryOf(plain, name, fields);
    if (plain instanceof Absent) return new Absent(fields.source);
    if (fields.lenient) return lenientMember(plain, name) ?? new Absent(fields.source);
    return this.#noField(plain, name);
  }

  #answer(plain: Opaque, name: string, given: readonly Value[]): Value {
    for (const value of [plain, ...given]) this.#rendering.bounds.spend(surfaceOf(value) / 4);
    return plain.member(name, given) ?? this.#noField(plain, name);
  }

  #noField(plain: Plain, name: string): never {
    if (plain === null) throw new Fault(`the value that should have the field ${name} is null`, { ours: true });
    throw new Fault(`${typeOf(plain)} has no field ${name}`, { ours: true });
  }

  #invoke(
    found: TemplateFunction,
    at: number,
    given: readonly Expression[],
    frame: Frame,
    piped: Value | undefined,
  ): Value {
    const count = given.length + (piped === undefined ? 0 : 1);
    this.#position.at = at;
    checkCount(found, count);
    if (found.stopsAt !== undefined) return this.#decide(found.stopsAt, given, frame, piped);
    const values = this.#all(given, frame, piped);
    this.#position.at = at;
    const before = this.#rendering.touched;
    this.#rendering.touched = false;
    const result = this.#run(found, this.#read(found, values, given));
    if (found.changes) this.#markChanged(values[0]);
    const mark = this.#rendering.touched;
    this.#rendering.touched = before;
    return mark ? marked(result) : result;
  }

  /** Charges the cost of a call, then runs it. */
  #run(found: TemplateFunction, given: readonly unknown[]): Value {
    const { bounds } = this.#rendering;
    const { units, makes } = found.cost(given, this.#rendering);
    bounds.spend(1 + units);
    if (makes !== undefined) bounds.make(makes);
    const result = found.run(this.#rendering, given);
    if (makes === undefined) bounds.make(bytesOf(result));
    return result;
  }

  #read(found: TemplateFunction, values: readonly Value[], given: readonly Expression[]): readonly unknown[] {
    return values.map((value, index) => {
      const parameter = found.parameters[index] ?? found.rest;
      const argument = given[index];
      return parameter?.read(value, this.#rendering, argument?.kind === "literal" && argument.constant);
    });
  }

  /** A dict is sensitive if its keys reveal a sensitive value, or if it was changed because of one. */
  #markChanged(value: Value | undefined): void {
    if (!this.#rendering.touched && this.#rendering.secretDepth === 0) return;
    const plain = value instanceof Sensitive ? value.value : value;
    if (plain instanceof Dict) plain.sensitive = true;
  }

  /** The first argument that counts as `stopsAt`, else the last. Arguments after it are not evaluated. */
  #decide(stopsAt: boolean, given: readonly Expression[], frame: Frame, piped: Value | undefined): Value {
    const before = this.#rendering.touched;
    this.#rendering.touched = false;
    let value: Value = null;
    for (const argument of given) {
      if (this.#rendering.touched && expressionLasts(argument)) this.#rendering.secretDepth += 1;
      value = this.#kept(this.#evaluate(argument, frame, false));
      const stops = isTrue(this.#rendering.open(value)) === stopsAt;
      if (stops) return this.#stopped(value, before, given);
    }
    return this.#decided(piped ?? value, before);
  }

  /** If the remaining arguments would have changed a dict, it is visible that they were not evaluated. */
  #stopped(value: Value, before: boolean, given: readonly Expression[]): Value {
    if (this.#rendering.touched && given.some(expressionLasts)) this.#rendering.secretDepth += 1;
    return this.#decided(value, before);
  }

  #kept(value: Value): Value {
    return value instanceof Absent ? null : value;
  }

  #decided(value: Value, before: boolean): Value {
    const mark = this.#rendering.touched;
    this.#rendering.touched = before;
    return mark ? marked(value) : value;
  }
}

/** Go treats a piped nil as the zero value of the expected type, and a nil argument as an error. */
function withoutNull(piped: Value): Value {
  const plain = piped instanceof Sensitive ? piped.value : piped;
  if (plain !== null) return piped;
  const nil = new Absent("nil");
  return piped instanceof Sensitive ? marked(nil) : nil;
}

/** Bytes of a call's result: the texts in a list of texts are new, too. */
function bytesOf(value: Value): number {
  if (value instanceof List) return (value.element === "string" ? bytesPerText : 8) * value.items.length;
  return typeof value === "string" || value instanceof Laid ? surfaceOf(value) : 4 * surfaceOf(value);
}

const bytesPerText = 32;

function entryOf(dict: Dict, name: string, { source }: Fields): Value {
  const entry = dict.get(name);
  return entry === undefined ? new Absent(source) : entry;
}

function checkCount({ name, parameters, required, rest }: TemplateFunction, count: number): void {
  if (count >= required && (rest !== undefined || count <= parameters.length)) return;
  const want =
    rest !== undefined
      ? `at least ${required}`
      : required === parameters.length
        ? required
        : `${required} to ${parameters.length}`;
  throw new Fault(`wrong number of arguments for ${name}: expected ${want}, got ${count}`, { ours: true });
}

/** Handlebars' `list.0` and `list.length`. */
function lenientMember(plain: Plain, name: string): Value | undefined {
  if (!(plain instanceof List)) return undefined;
  if (name === "length") return plain.items.length;
  return /^\d+$/.test(name) ? plain.items[Number(name)] : undefined;
}
