import type { Block, Command, Expression, Pipeline, Statement } from "./tree.ts";

/** Whether a block has effects after it: it assigns, changes a dict, jumps out or runs another template. */
export function isLasting(block: Block): boolean {
  return block.some(statementLasts);
}

function statementLasts(statement: Statement): boolean {
  switch (statement.kind) {
    case "text":
      return false;
    case "print":
      return pipelineLasts(statement.pipeline);
    case "if":
    case "with":
    case "range":
    case "section":
      return pipelineLasts(statement.pipeline) || statement.lasting;
    case "template":
    case "break":
    case "continue":
      return true;
  }
}

function pipelineLasts({ slots, declares, commands }: Pipeline): boolean {
  return (slots.length > 0 && !declares) || commands.some(commandLasts);
}

function commandLasts(command: Command): boolean {
  return expressionLasts(command.operand) || command.arguments.some(expressionLasts);
}

/** Whether evaluating the expression changes a dict. */
export function expressionLasts(expression: Expression): boolean {
  switch (expression.kind) {
    case "function":
    case "either":
      return expression.function.changes;
    case "group":
      return pipelineLasts(expression.pipeline);
    case "fields":
      return expressionLasts(expression.of);
    default:
      return false;
  }
}
