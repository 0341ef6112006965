import type { Library } from "../library/function.ts";
import type { Command, Expression, Pipeline } from "../tree.ts";
import { int } from "../values/value.ts";
import { readNumber, unquote } from "./literals.ts";
import type { Token } from "./tokens.ts";

/** The problem of an action, and its place. */
export class SyntaxFault extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** The visible variables, each at its slot. Grows with the declarations of pipelines. */
export type Scope = string[];

const keywords = ["if", "with", "range", "else", "end", "define", "block", "template", "break", "continue"] as const;
export type Keyword = (typeof keywords)[number];

const deepest = 100;
/** Each use of a variable searches all of them. */
const mostVariables = 200;

/** Reads the tokens of one action. */
export class PipelineReader {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  readonly #text: string;
  readonly #library: Library;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], end: number, text: string, library: Library) {
    this.#tokens = tokens;
    this.#end = end;
    this.#text = text;
    this.#library = library;
  }

  /** Reads the next keyword. */
  keyword(): Keyword | undefined {
    const token = this.#peekSolid();
    const keyword = token?.kind === "identifier" ? keywords.find((word) => word === token.text) : undefined;
    if (keyword !== undefined) this.#next += 1;
    return keyword;
  }

  isAtEnd(): boolean {
    return this.#peekSolid() === undefined;
  }

  /** Checks that the action ends here. @throws SyntaxFault */
  finish(context: string): void {
    const token = this.#peekSolid();
    if (token !== undefined) throw this.#unexpected(token, context);
  }

  /** A quoted template name. @throws SyntaxFault */
  name(context: string): string {
    const token = this.#peekSolid();
    if (token?.kind !== "string" && token?.kind !== "raw")
      throw this.#unexpected(token, `${context}; expected a quoted name`);
    this.#next += 1;
    return this.#string(token);
  }

  /** A pipeline up to the action's end. @throws SyntaxFault */
  pipeline(context: string, scope: Scope): Pipeline {
    const at = this.#peekSolid()?.at ?? this.#end;
    const names = this.#targets(context);
    const visible = names?.declares === true ? [...scope] : scope;
    const { commands } = this.#commands(context, visible);
    const slots = this.#slots(names, scope);
    return { at, slots, declares: names?.declares ?? false, commands, source: this.#source(at) };
  }

  #source(at: number): string {
    const last = this.#tokens[this.#next - 1];
    return this.#text.slice(at, last === undefined ? at : last.at + last.text.length).trim();
  }

  #slots(names: Targets | undefined, scope: Scope): readonly number[] {
    if (names === undefined) return [];
    return names.tokens.map((token) => {
      if (scope.length > mostVariables)
        throw new SyntaxFault(token.at, `more than ${mostVariables} variables are visible here`);
      if (names.declares) return scope.push(token.text) - 1;
      return this.#slot(token, scope);
    });
  }

  #slot(token: Token, scope: Scope): number {
    const slot = scope.lastIndexOf(token.text);
    if (slot < 0) throw new SyntaxFault(token.at, `undefined variable ${token.text}`);
    return slot;
  }

  /** The variables before := or =, if any. */
  #targets(context: string): Targets | undefined {
    const start = this.#next;
    const first = this.#take("variable");
    if (first === undefined) return this.#rewind(start);
    const tokens = [first];
    if (this.#take(",") !== undefined) {
      const second = context === "range" ? this.#take("variable") : undefined;
      if (second === undefined) throw this.#tooMany(context);
      tokens.push(second);
      if (this.#peekSolid()?.kind === ",") throw this.#tooMany(context);
    }
    if (this.#take(":=") !== undefined) return { declares: true, tokens };
    if (this.#take("=") !== undefined) return { declares: false, tokens };
    if (tokens.length > 1) throw this.#unexpected(this.#peekSolid(), `${context}; expected :=`);
    return this.#rewind(start);
  }

  #rewind(start: number): undefined {
    this.#next = start;
  }

  #tooMany(context: string): SyntaxFault {
    return new SyntaxFault(this.#peekSolid()?.at ?? this.#end, `too many declarations in ${context}`);
  }

  #commands(context: string, scope: Scope): { readonly commands: readonly Command[] } {
    const commands: Command[] = [];
    for (;;) {
      const token = this.#peekSolid();
      if (token === undefined || token.kind === ")") break;
      commands.push(this.#command(scope));
    }
    if (commands.length === 0)
      throw new SyntaxFault(this.#peekSolid()?.at ?? this.#end - 2, `missing value for ${context}`);
    commands.slice(1).forEach((command, index) => {
      if (!isExecutable(command.operand)) {
        throw new SyntaxFault(command.at, `non executable command in pipeline stage ${index + 2}; expected a function`);
      }
    });
    return { commands };
  }

  #command(scope: Scope): Command {
    const operands: Expression[] = [];
    for (;;) {
      const first = this.#peekSolid();
      if (first === undefined || first.kind === ")") break;
      if (first.kind === "|") {
        if (operands.length === 0) throw this.#unexpected(first, "command");
        this.#next += 1;
        break;
      }
      operands.push(this.#operand(scope));
      const next = this.#tokens[this.#next];
      if (next !== undefined && next.kind !== "space" && next.kind !== "|" && next.kind !== ")")
        throw this.#unexpected(next, "operand");
    }
    const [operand, ...given] = operands;
    if (operand === undefined) throw new SyntaxFault(this.#end, "empty command");
    return { at: operand.at, operand, arguments: given };
  }

  #operand(scope: Scope): Expression {
    const term = this.#term(scope);
    const names: string[] = [];
    const start = this.#tokens[this.#next];
    while (this.#tokens[this.#next]?.kind === "field") {
      names.push((this.#tokens[this.#next]?.text ?? "").slice(1));
      this.#next += 1;
    }
    if (names.length === 0 || start === undefined) return term;
    if (term.kind === "literal" || term.kind === "nil") {
      throw new SyntaxFault(start.at, `unexpected . after term ${this.#text.slice(term.at, start.at)}`);
    }
    return this.#fields(term, names);
  }

  #fields(of: Expression, names: readonly string[]): Expression {
    const source = this.#source(of.at);
    if (of.kind !== "fields") return { kind: "fields", at: of.at, of, names, lenient: false, source };
    return { ...of, names: [...of.names, ...names], source };
  }

  #term(scope: Scope): Expression {
    const token = this.#peekSolid();
    if (token === undefined) throw new SyntaxFault(this.#end, "missing operand");
    this.#next += 1;
    const { at, text } = token;
    switch (token.kind) {
      case "identifier":
        return this.#word(token);
      case ".":
        return { kind: "context", at, up: 0 };
      case "variable":
        return { kind: "variable", at, slot: this.#slot(token, scope), name: text };
      case "field":
        return {
          kind: "fields",
          at,
          of: { kind: "context", at, up: 0 },
          names: [text.slice(1)],
          lenient: false,
          source: text,
        };
      case "number":
      case "character":
        return this.#number(token);
      case "string":
      case "raw":
        return { kind: "literal", at, value: this.#string(token), constant: false, source: text };
      case "(":
        return this.#group(token, scope);
      default:
        throw this.#unexpected(token, "operand");
    }
  }

  #word(token: Token): Expression {
    const { at, text } = token;
    if (text === "nil") return { kind: "nil", at };
    if (text === "true" || text === "false")
      return { kind: "literal", at, value: text === "true", constant: false, source: text };
    const found = this.#library.get(text);
    if (found === undefined) throw new SyntaxFault(at, `function ${JSON.stringify(text)} not defined${hint(text)}`);
    return { kind: "function", at, function: found };
  }

  #group(token: Token, scope: Scope): Expression {
    this.#depth += 1;
    if (this.#depth > deepest) throw new SyntaxFault(token.at, `parentheses are nested deeper than ${deepest} levels`);
    const pipeline = this.pipeline("parenthesized pipeline", scope);
    this.#depth -= 1;
    if (this.#take(")") === undefined) throw this.#unexpected(this.#peekSolid(), "parenthesized pipeline; expected )");
    return { kind: "group", at: token.at, pipeline };
  }

  #number(token: Token): Expression {
    const read = token.kind === "number" ? readNumber(token.text) : readCharacter(token.text);
    if ("problem" in read) throw new SyntaxFault(token.at, read.problem);
    return { kind: "literal", at: token.at, value: read.value, constant: true, source: token.text };
  }

  #string(token: Token): string {
    const body = token.text.slice(1, -1);
    if (token.kind === "raw") return body.replaceAll("\r", "");
    const text = unquote(body, '"');
    if (text === undefined) throw new SyntaxFault(token.at, `invalid syntax in the string ${token.text}`);
    return text;
  }

  #take(kind: Token["kind"]): Token | undefined {
    const token = this.#peekSolid();
    if (token?.kind !== kind) return undefined;
    this.#next += 1;
    return token;
  }

  /** The next token that is not a space. */
  #peekSolid(): Token | undefined {
    while (this.#tokens[this.#next]?.kind === "space") this.#next += 1;
    return this.#tokens[this.#next];
  }

  #unexpected(token: Token | undefined, context: string): SyntaxFault {
    if (token === undefined) return new SyntaxFault(this.#end - 2, `unexpected end of the action in ${context}`);
    return new SyntaxFault(token.at, `unexpected ${JSON.stringify(token.text)} in ${context}`);
  }
}

interface Targets {
  readonly declares: boolean;
  readonly tokens: readonly Token[];
}

function isExecutable(operand: Expression): boolean {
  return operand.kind !== "literal" && operand.kind !== "nil" && operand.kind !== "context";
}

function readCharacter(literal: string): ReturnType<typeof readNumber> {
  const text = unquote(literal.slice(1, -1), "'");
  const code = text?.codePointAt(0);
  if (text === undefined || code === undefined || [...text].length !== 1)
    return { problem: `malformed character constant: ${literal}` };
  return { value: int(code >= 0xdc80 && code <= 0xdcff ? code & 0xff : code) };
}

function hint(name: string): string {
  if (/^end(if|with|range|for)?$/i.test(name)) return "; blocks are closed by {% end %}";
  return name === "env" || name === "expandenv" || name === "getHostByName"
    ? "; templates reach nothing outside their data"
    : "";
}
