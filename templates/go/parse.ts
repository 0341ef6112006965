import { isLasting } from "../lasting.ts";
import type { Library } from "../library/function.ts";
import { mostProblems, problemAt, type TemplateProblem } from "../problems.ts";
import type { Block, Pipeline, Statement, Template } from "../tree.ts";
import { PipelineReader, type Scope, SyntaxFault } from "./pipeline.ts";
import { type Piece, tokenize } from "./tokens.ts";

/** The result of parsing: the template, if it has no problem. */
export interface Parsed {
  readonly template: Template;
  readonly problems: readonly TemplateProblem[];
}

/** Parses Go's text/template syntax between `{%` and `%}`. Reports all problems that it can find. */
export function parseGo(text: string, place: string, library: Library): Parsed {
  return new Parser(text, place, library).parse();
}

type Action = Extract<Piece, { kind: "action" }>;
type Opener = "if" | "with" | "range" | "define" | "block";

/** A statement without its end yet. */
interface Open {
  readonly opener: Opener;
  readonly at: number;
  readonly pipeline: Pipeline;
  readonly name: string;
  /** Whether an `else if` ends together with the statement around it. */
  readonly chained: boolean;
  readonly outer: Statement[];
  readonly outerScope: Scope;
  body: Statement[];
  otherwise: Statement[] | undefined;
}

const deepest = 100;
const empty: Pipeline = { at: 0, slots: [], declares: false, commands: [], source: "" };

class Parser {
  readonly #text: string;
  readonly #place: string;
  readonly #library: Library;
  readonly #problems: TemplateProblem[] = [];
  readonly #defined = new Map<string, Block>();
  readonly #opened: Open[] = [];
  #statements: Statement[] = [];
  #scope: Scope = ["$"];

  constructor(text: string, place: string, library: Library) {
    this.#text = text;
    this.#place = place;
    this.#library = library;
  }

  parse(): Parsed {
    const { pieces, problems } = tokenize(this.#text, this.#place);
    this.#problems.push(...problems);
    const body = this.#statements;
    for (const piece of pieces) {
      if (this.#problems.length >= mostProblems) break;
      if (piece.kind === "text") this.#statements.push(piece);
      else this.#guarded(piece);
    }
    for (const open of this.#opened) {
      if (!open.chained && this.#problems.length === 0)
        this.#complain(open.at, `unexpected end of the template; ${open.opener} is not closed, expected {% end %}`);
    }
    this.#problems.sort((left, right) => left.line - right.line || left.column - right.column);
    return { template: { text: this.#text, body, defined: this.#defined }, problems: this.#problems };
  }

  #complain(at: number, message: string): undefined {
    this.#problems.push(problemAt(this.#place, this.#text, at, message));
  }

  #guarded(action: Action): undefined {
    try {
      this.#action(action);
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      this.#complain(error.at, error.message);
    }
  }

  #action(action: Action): undefined {
    const reader = new PipelineReader(action.tokens, action.end, this.#text, this.#library);
    const keyword = reader.keyword();
    switch (keyword) {
      case "if":
      case "with":
      case "range":
        return this.#choice(keyword, action, reader, false);
      case "else":
        return this.#else(action, reader);
      case "end":
        reader.finish("end");
        return this.#end(action.at);
      case "define":
      case "block":
        return this.#named(keyword, action, reader);
      case "template":
        return this.#template(action, reader);
      case "break":
      case "continue":
        return this.#leap(keyword, action, reader);
      case undefined:
        return this.#print(reader);
    }
  }

  #print(reader: PipelineReader): undefined {
    const pipeline = reader.pipeline("command", this.#scope);
    this.#statements.push({ kind: "print", at: pipeline.at, pipeline });
    reader.finish("command");
  }

  /** Opens the block even if its pipeline is invalid, so that its end does not close another block. */
  #choice(opener: "if" | "with" | "range", action: Action, reader: PipelineReader, chained: boolean): undefined {
    const outerScope = this.#scope;
    this.#scope = [...outerScope];
    let pipeline = empty;
    try {
      pipeline = reader.pipeline(opener, this.#scope);
      reader.finish(opener);
    } finally {
      this.#open({ opener, at: action.at, pipeline, name: "", chained, outerScope });
    }
  }

  #open(opened: Pick<Open, "opener" | "at" | "pipeline" | "name" | "chained" | "outerScope">): undefined {
    const body: Statement[] = [];
    this.#opened.push({ ...opened, outer: this.#statements, body, otherwise: undefined });
    this.#statements = body;
    if (this.#opened.length > deepest)
      throw new SyntaxFault(opened.at, `blocks are nested deeper than ${deepest} levels`);
  }

  #else(action: Action, reader: PipelineReader): undefined {
    const open = this.#opened.at(-1);
    if (open === undefined || open.opener === "define" || open.opener === "block") {
      throw new SyntaxFault(action.at, "unexpected else: no if, with or range is open");
    }
    if (open.otherwise !== undefined) throw new SyntaxFault(action.at, "a second else; expected {% end %}");
    open.otherwise = [];
    this.#statements = open.otherwise;
    const next = reader.keyword();
    if (next === undefined) {
      reader.finish("else");
      return;
    }
    if (next !== open.opener || next === "range") throw new SyntaxFault(action.at, `unexpected ${next} after else`);
    this.#choice(next, action, reader, true);
  }

  #end(at: number): undefined {
    for (;;) {
      const open = this.#opened.pop();
      if (open === undefined) throw new SyntaxFault(at, "unexpected end: no block is open");
      this.#statements = open.outer;
      this.#scope = open.outerScope;
      this.#close(open);
      if (!open.chained) return;
    }
  }

  #close(open: Open): undefined {
    const { opener, at, body, name } = open;
    if (opener === "define" || opener === "block") this.#define(name, at, body);
    const statement = closed(open);
    if (statement !== undefined) this.#statements.push(statement);
  }

  #define(name: string, at: number, body: Block): undefined {
    const known = this.#defined.get(name);
    if (known === undefined || isBlank(known)) this.#defined.set(name, body);
    else if (!isBlank(body)) throw new SyntaxFault(at, `template ${JSON.stringify(name)} is defined twice`);
  }

  #named(opener: "define" | "block", action: Action, reader: PipelineReader): undefined {
    const outerScope = this.#scope;
    if (opener === "define" && this.#opened.length > 0)
      throw new SyntaxFault(action.at, "unexpected define inside a block");
    const name = reader.name(opener);
    const pipeline = opener === "block" ? reader.pipeline("block clause", this.#scope) : empty;
    reader.finish(opener);
    this.#scope = ["$"];
    this.#open({ opener, at: action.at, pipeline, name, chained: false, outerScope });
  }

  #template(action: Action, reader: PipelineReader): undefined {
    const name = reader.name("template clause");
    const argument = reader.isAtEnd() ? undefined : reader.pipeline("template clause", this.#scope);
    reader.finish("template clause");
    this.#statements.push({ kind: "template", at: action.at, name, argument });
  }

  #leap(keyword: "break" | "continue", action: Action, reader: PipelineReader): undefined {
    reader.finish(keyword);
    if (!this.#isInRange()) throw new SyntaxFault(action.at, `${keyword} outside range`);
    this.#statements.push({ kind: keyword, at: action.at });
  }

  #isInRange(): boolean {
    for (const { opener, otherwise } of this.#opened.toReversed()) {
      if (opener === "define" || opener === "block") return false;
      if (opener === "range" && otherwise === undefined) return true;
    }
    return false;
  }
}

/** The node of a block after its end. A define has no node. */
function closed({ opener, at, pipeline, body, otherwise = [], name }: Open): Statement | undefined {
  const choice = { at, pipeline, body, otherwise, lasting: isLasting(body) || isLasting(otherwise) };
  switch (opener) {
    case "if":
      return { kind: "if", ...choice, truth: "go", negated: false };
    case "with":
      return { kind: "with", ...choice, truth: "go" };
    case "range":
      return { kind: "range", ...choice, handlebars: undefined };
    case "block":
      return { kind: "template", at, name, argument: pipeline };
    case "define":
      return undefined;
  }
}

function isBlank(block: Block): boolean {
  return block.every((statement) => statement.kind === "text" && /^[ \t\r\n]*$/.test(statement.text));
}
