import type { Block, Command, Expression, Pipeline, Statement, Template } from "./tree.ts";

/** A key that a template reads from one of the maps of its data, such as `.plugConfig.make`. */
export interface Reference {
  /** The name of the values, such as plugConfig. */
  readonly values: string;
  readonly key: string;
  /** The offset in the template, in characters. */
  readonly at: number;
}

/**
 * The keys that a template reads by name from its data, as far as its text shows them: by path, or by index, get and
 * lookup with a literal key.
 * Keys that its `define` blocks read from their argument are not included.
 */
export function referencesOf({ body }: Template): readonly Reference[] {
  return inBlock(body, 0);
}

/** `depth`: the number of enclosing blocks that have changed the context. */
function inBlock(block: Block, depth: number): readonly Reference[] {
  return block.flatMap((statement) => inStatement(statement, depth));
}

function inStatement(statement: Statement, depth: number): readonly Reference[] {
  switch (statement.kind) {
    case "text":
    case "break":
    case "continue":
      return [];
    case "print":
      return inPipeline(statement.pipeline, depth);
    case "template":
      return statement.argument === undefined ? [] : inPipeline(statement.argument, depth);
    case "if":
    case "with":
    case "range":
    case "section": {
      const inside = statement.kind === "if" ? depth : depth + 1;
      return [
        ...inPipeline(statement.pipeline, depth),
        ...inBlock(statement.body, inside),
        ...inBlock(statement.otherwise, depth),
      ];
    }
  }
}

function inPipeline({ commands }: Pipeline, depth: number): readonly Reference[] {
  return commands.flatMap((command) => inCommand(command, depth));
}

const readers: ReadonlySet<string> = new Set(["index", "get", "lookup"]);

function inCommand({ at, operand, arguments: given }: Command, depth: number): readonly Reference[] {
  const all = [operand, ...given].flatMap((expression) => inExpression(expression, depth));
  if (operand.kind !== "function" || !readers.has(operand.function.name)) return all;
  const [values, key] = given;
  const path = values === undefined ? undefined : pathOf(values, depth);
  const named = key?.kind === "literal" && typeof key.value === "string" ? key.value : undefined;
  const [name, ...rest] = path ?? [];
  return name === undefined || rest.length > 0 || named === undefined
    ? all
    : [...all, { values: name, key: named, at }];
}

function inExpression(expression: Expression, depth: number): readonly Reference[] {
  if (expression.kind === "group") return inPipeline(expression.pipeline, depth);
  if (expression.kind === "either") return inExpression(expression.field, depth);
  if (expression.kind !== "fields") return [];
  const [values, key] = pathOf(expression, depth) ?? [];
  if (values !== undefined && key !== undefined) return [{ values, key, at: expression.at }];
  return inExpression(expression.of, depth);
}

/** The names from the root of the data; undefined if the expression does not start there. */
function pathOf(expression: Expression, depth: number): readonly string[] | undefined {
  if (expression.kind === "either") return pathOf(expression.field, depth);
  if (expression.kind === "group") return pathOfGroup(expression.pipeline, depth);
  if (expression.kind !== "fields") return undefined;
  const { of, names } = expression;
  const root = (of.kind === "context" && of.up === depth) || (of.kind === "variable" && of.slot === 0);
  if (root) return names;
  const before = pathOf(of, depth);
  return before === undefined ? undefined : [...before, ...names];
}

/** A path between parentheses. */
function pathOfGroup({ commands }: Pipeline, depth: number): readonly string[] | undefined {
  const [command, ...more] = commands;
  const alone = command !== undefined && more.length === 0 && command.arguments.length === 0;
  return alone ? pathOf(command.operand, depth) : undefined;
}
