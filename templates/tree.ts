import type { TemplateFunction } from "./library/function.ts";
import type { Plain } from "./values/value.ts";

/** The place of a node in a template's text: characters from its start. */
export interface Placed {
  readonly at: number;
}

/** The rule of truth: Go's, or Handlebars' (where an empty object is true). */
export type Truth = "go" | "handlebars" | "handlebarsWithZero";

export type Expression =
  | (Placed & { readonly kind: "literal"; readonly value: Plain; readonly constant: boolean; readonly source: string })
  | (Placed & { readonly kind: "nil" })
  | (Placed & { readonly kind: "context"; readonly up: number })
  | (Placed & { readonly kind: "variable"; readonly slot: number; readonly name: string })
  | (Placed & {
      readonly kind: "fields";
      readonly of: Expression;
      readonly names: readonly string[];
      /** Whether a field of a missing value is missing, too, as in Handlebars; otherwise it is an error. */
      readonly lenient: boolean;
      readonly source: string;
    })
  | (Placed & { readonly kind: "function"; readonly function: TemplateFunction })
  | (Placed & { readonly kind: "group"; readonly pipeline: Pipeline })
  /** A Handlebars name without arguments: a field if the context has one, else a function. */
  | (Placed & { readonly kind: "either"; readonly field: Expression; readonly function: TemplateFunction });

/** One stage of a pipeline: an expression and its arguments. */
export interface Command extends Placed {
  readonly operand: Expression;
  readonly arguments: readonly Expression[];
}

/** Commands, and the variables that receive the last value. Each command gets the value of the one before. */
export interface Pipeline extends Placed {
  readonly slots: readonly number[];
  readonly declares: boolean;
  readonly commands: readonly Command[];
  readonly source: string;
}

/** A statement in which a value decides which text is made. */
export interface Choice extends Placed {
  readonly pipeline: Pipeline;
  readonly body: Block;
  readonly otherwise: Block;
  /** Whether the decision has effects after the statement: it assigns, changes a dict, jumps out or runs a template. */
  readonly lasting: boolean;
}

export type Statement =
  | (Placed & { readonly kind: "text"; readonly text: string })
  | (Placed & { readonly kind: "print"; readonly pipeline: Pipeline })
  | (Choice & { readonly kind: "if"; readonly truth: Truth; readonly negated: boolean })
  | (Choice & { readonly kind: "with"; readonly truth: Truth })
  | (Choice & { readonly kind: "range"; readonly handlebars: EachSlots | undefined })
  | (Choice & { readonly kind: "section" })
  | (Placed & { readonly kind: "template"; readonly name: string; readonly argument: Pipeline | undefined })
  | (Placed & { readonly kind: "break" })
  | (Placed & { readonly kind: "continue" });

/** The variables of `@index`, `@key`, `@first`, `@last` and the block parameters of Handlebars' each. */
export interface EachSlots {
  readonly index: number;
  readonly key: number;
  readonly first: number;
  readonly last: number;
  readonly parameters: readonly number[];
}

export type Block = readonly Statement[];

/** A template that parsed: its text, its statements, and the templates it defines by name. */
export interface Template {
  readonly text: string;
  readonly body: Block;
  readonly defined: ReadonlyMap<string, Block>;
}
