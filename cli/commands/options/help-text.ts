import type { Command } from "commander";

/** Command lines, each with what it is for. */
export type Examples = readonly (readonly [line: string, what: string])[];

/** The command with examples under its help. */
export function withExamples(command: Command, examples: Examples): Command {
  const lines = examples.map(([line, what]) => `  # ${what}\n  $ ${line}`);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}
