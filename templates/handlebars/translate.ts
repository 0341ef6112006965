import { isLasting } from "../lasting.ts";
import type { Library, TemplateFunction } from "../library/function.ts";
import type { Block, Choice, Command, Expression, Pipeline, Statement, Truth } from "../tree.ts";
import { int } from "../values/value.ts";
import { lookup } from "./lookup.ts";
import { isBlock, isBoolean, isContent, isMustache, isNumber, isPath, isString, isSubExpression } from "./nodes.ts";

/** A problem and its place. */
export interface TreeFault {
  readonly at: number;
  readonly message: string;
}

/** The names in a block: its parameters, and the slots of the loops around it, the innermost last. */
interface Scope {
  readonly names: ReadonlyMap<string, number>;
  readonly loops: readonly ReadonlyMap<string, number>[];
}

interface Position {
  readonly line: number;
  readonly column: number;
}

type Call = Pick<hbs.AST.MustacheStatement, "path" | "params" | "hash" | "loc">;

const deepest = 100;
const outside: Scope = { names: new Map(), loops: [] };

/** Finds the offsets of lines and columns in Handlebars' counting, in one pass over the text. */
export class Lines {
  readonly #length: number;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#length = text.length;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  /** The offset of a place; the end of the text if the line does not exist. */
  offsetOf({ line, column }: Position): number {
    const start = this.#starts[line - 1];
    return start === undefined ? this.#length : Math.min(this.#length, start + column);
  }
}

/** Translates Handlebars' tree into our own. */
export class Translator {
  readonly faults: TreeFault[] = [];
  readonly #text: string;
  readonly #lines: Lines;
  readonly #library: Library;
  #slots = 1;
  #depth = 0;

  constructor(text: string, library: Library) {
    this.#text = text;
    this.#lines = new Lines(text);
    this.#library = library;
  }

  block(program: hbs.AST.Program | undefined, scope: Scope | readonly []): Block {
    const inside = "names" in scope ? scope : outside;
    return (program?.body ?? []).flatMap((statement) => this.#statement(statement, inside) ?? []);
  }

  #at(node: { readonly loc: hbs.AST.SourceLocation }): number {
    return this.#lines.offsetOf(node.loc.start);
  }

  #complain(node: { readonly loc: hbs.AST.SourceLocation }, message: string): undefined {
    this.faults.push({ at: this.#at(node), message });
  }

  #statement(statement: hbs.AST.Statement, scope: Scope): Statement | undefined {
    if (isContent(statement))
      return statement.value === "" ? undefined : { kind: "text", at: this.#at(statement), text: statement.value };
    if (isMustache(statement))
      return {
        kind: "print",
        at: this.#at(statement),
        pipeline: this.#pipeline(this.#call(statement, scope), statement),
      };
    if (isBlock(statement)) return this.#blockStatement(statement, scope);
    if (statement.type === "CommentStatement") return undefined;
    return this.#complain(
      statement,
      statement.type.startsWith("Partial") ? "partials are not supported" : "decorators are not supported",
    );
  }

  #blockStatement(statement: hbs.AST.BlockStatement, scope: Scope): Statement | undefined {
    this.#depth += 1;
    if (this.#depth > deepest) return this.#complain(statement, `blocks are nested deeper than ${deepest} levels`);
    const made = this.#choice(statement, scope);
    this.#depth -= 1;
    return made;
  }

  #choice(statement: hbs.AST.BlockStatement, scope: Scope): Statement | undefined {
    if (statement.type !== "BlockStatement") return this.#complain(statement, "decorators are not supported");
    const name = statement.path.type === "PathExpression" ? statement.path.original : "";
    switch (name) {
      case "if":
      case "unless":
        return {
          kind: "if",
          ...this.#parts(statement, scope, scope),
          truth: this.#truth(statement),
          negated: name === "unless",
        };
      case "with":
        return this.#with(statement, scope);
      case "each":
        return this.#each(statement, scope);
      default:
        return { kind: "section", ...this.#section(statement, scope) };
    }
  }

  /** The one argument, and the blocks. */
  #parts(statement: hbs.AST.BlockStatement, scope: Scope, inside: Scope, slots: readonly number[] = []): Choice {
    const [argument, ...more] = statement.params;
    if (argument === undefined || more.length > 0)
      this.#complain(statement, `${statement.path.original} takes one argument`);
    const operand: Expression =
      argument === undefined ? { kind: "nil", at: this.#at(statement) } : this.#expression(argument, scope);
    const command: Command = { at: operand.at, operand, arguments: [] };
    return this.#choiceOf(
      statement,
      { ...this.#pipeline(command, argument ?? statement), slots, declares: true },
      { scope, inside },
    );
  }

  #choiceOf(
    statement: hbs.AST.BlockStatement,
    pipeline: Pipeline,
    { scope, inside }: { readonly scope: Scope; readonly inside: Scope },
  ): Choice {
    const body = this.block(statement.program, inside);
    const otherwise = this.block(statement.inverse, scope);
    return { at: this.#at(statement), pipeline, body, otherwise, lasting: isLasting(body) || isLasting(otherwise) };
  }

  #section(statement: hbs.AST.BlockStatement, scope: Scope): Choice {
    return this.#choiceOf(statement, this.#pipeline(this.#call(statement, scope), statement), { scope, inside: scope });
  }

  #truth({ hash }: hbs.AST.BlockStatement): Truth {
    const zero = hash?.pairs.find(({ key }) => key === "includeZero")?.value;
    return zero !== undefined && isBoolean(zero) && zero.value ? "handlebarsWithZero" : "handlebars";
  }

  #with(statement: hbs.AST.BlockStatement, scope: Scope): Statement {
    const [name] = statement.program?.blockParams ?? [];
    if (name === undefined)
      return { kind: "with", ...this.#parts(statement, scope, scope), truth: "handlebarsWithZero" };
    const slot = this.#slots++;
    const inside = { ...scope, names: new Map([...scope.names, [name, slot]]) };
    return { kind: "with", ...this.#parts(statement, scope, inside, [slot]), truth: "handlebarsWithZero" };
  }

  #each(statement: hbs.AST.BlockStatement, scope: Scope): Statement {
    const loop = new Map(["index", "key", "first", "last"].map((name) => [name, this.#slots++]));
    const parameters = (statement.program?.blockParams ?? []).map((name) => [name, this.#slots++] as const);
    const inside = { names: new Map([...scope.names, ...parameters]), loops: [...scope.loops, loop] };
    const slot = (name: string): number => loop.get(name) ?? 0;
    const handlebars = {
      index: slot("index"),
      key: slot("key"),
      first: slot("first"),
      last: slot("last"),
      parameters: parameters.map(([, number]) => number),
    };
    return { kind: "range", ...this.#parts(statement, scope, inside), handlebars };
  }

  #pipeline(command: Command, node: { readonly loc: hbs.AST.SourceLocation }): Pipeline {
    const source = this.#text
      .slice(this.#at(node), this.#lines.offsetOf(node.loc.end))
      .replace(/^\{\{\{?[~#]?|~?\}?\}\}$/g, "");
    return { at: command.at, slots: [], declares: false, commands: [command], source: source.trim() };
  }

  /** A function and its arguments, or a value alone. */
  #call(call: Call, scope: Scope): Command {
    const at = this.#at(call);
    const path = call.path;
    if (call.params.length === 0 && call.hash === undefined)
      return { at, operand: this.#expression(path, scope), arguments: [] };
    const found =
      isPath(path) && path.parts.length === 1 && !path.data ? this.#function(String(path.original)) : undefined;
    if (found === undefined)
      this.#complain(call, `function ${JSON.stringify(isPath(path) ? path.original : "")} not defined`);
    const given = call.params.map((parameter) => this.#expression(parameter, scope));
    if (found === undefined) return { at, operand: { kind: "nil", at }, arguments: [] };
    return {
      at,
      operand: { kind: "function", at, function: found },
      arguments: [...given, ...this.#hash(call, found, scope)],
    };
  }

  #function(name: string): TemplateFunction | undefined {
    return name === "lookup" ? lookup : this.#library.get(name);
  }

  /** `dict` takes its entries as hash arguments too. */
  #hash(call: Call, found: TemplateFunction, scope: Scope): readonly Expression[] {
    if (call.hash === undefined) return [];
    if (found.name !== "dict")
      return this.#complain(call, `${found.name} takes no named arguments; only dict does`) ?? [];
    return call.hash.pairs.flatMap(({ key, value, loc }): Expression[] => {
      const at = this.#at({ loc });
      return [{ kind: "literal", at, value: key, constant: false, source: key }, this.#expression(value, scope)];
    });
  }

  #expression(expression: hbs.AST.Expression, scope: Scope): Expression {
    const at = this.#at(expression);
    if (isPath(expression)) return expression.data ? this.#special(expression, scope) : this.#path(expression, scope);
    if (isSubExpression(expression)) {
      const command = this.#call(expression, scope);
      const operand: Expression =
        command.operand.kind === "either"
          ? { kind: "function", at, function: command.operand.function }
          : command.operand;
      return { kind: "group", at, pipeline: this.#pipeline({ ...command, operand }, expression) };
    }
    if (isString(expression))
      return {
        kind: "literal",
        at,
        value: expression.value,
        constant: false,
        source: JSON.stringify(expression.value),
      };
    if (isBoolean(expression))
      return { kind: "literal", at, value: expression.value, constant: false, source: String(expression.value) };
    if (isNumber(expression)) return this.#number(at, expression.value);
    return { kind: "nil", at };
  }

  #number(at: number, value: number): Expression {
    const exact = Number.isSafeInteger(value) ? int(value) : value;
    return { kind: "literal", at, value: exact, constant: true, source: String(value) };
  }

  #path(path: hbs.AST.PathExpression, scope: Scope): Expression {
    const at = this.#at(path);
    const [first, ...rest] = path.parts;
    const source = String(path.original);
    const context: Expression = { kind: "context", at, up: path.depth };
    if (first === undefined) return context;
    const scoped = path.depth > 0 || /^(?:this|\.)(?:[./]|$)/.test(source);
    const slot = scoped ? undefined : scope.names.get(first);
    if (slot !== undefined) return fieldsOf({ kind: "variable", at, slot, name: first }, rest, source);
    const field = fieldsOf(context, path.parts, source);
    const found = scoped || rest.length > 0 ? undefined : this.#function(first);
    return found === undefined ? field : { kind: "either", at, field, function: found };
  }

  #special(path: hbs.AST.PathExpression, scope: Scope): Expression {
    const at = this.#at(path);
    const [first = "", ...rest] = path.parts;
    const slot = first === "root" ? 0 : scope.loops.at(-1 - path.depth)?.get(first);
    if (slot === undefined)
      this.#complain(path, `@${first} is not known here; expected @root, or @index, @key, @first or @last in each`);
    return fieldsOf({ kind: "variable", at, slot: slot ?? 0, name: `@${first}` }, rest, String(path.original));
  }
}

function fieldsOf(of: Expression, names: readonly string[], source: string): Expression {
  return names.length === 0 ? of : { kind: "fields", at: of.at, of, names, lenient: true, source };
}
