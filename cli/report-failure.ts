import { OperatorError } from "../kit/errors.ts";
import { framesOf, tell, tellThrown } from "../kit/outlet/outlet.ts";

export interface Failing {
  readonly commandLine: readonly string[];
  readonly environment: { readonly [name: string]: string | undefined };
  readonly stderr: (text: string) => void;
}

/**
 * Prints an error as one sentence, with its stack only on request.
 * The exit code: 2 for a wrong call, 1 otherwise.
 */
export function reportFailure(error: unknown, { commandLine, environment, stderr }: Failing): number {
  const debug = commandLine.includes("--debug") || environment["DEBUG"] !== undefined;
  const known = error instanceof UsageError || error instanceof OperatorError || error instanceof CommandFailed;
  const message = tellThrown(error);
  const hint = known ? "" : " (unexpected error: run the command again with --debug and report its output)";
  const stack = debug && error instanceof Error ? `\n${error.stack}` : "";
  stderr(`plugboard: ${message}${hint}${stack}\n`);
  return error instanceof UsageError ? 2 : 1;
}

/** Describes an unexpected error to a person at a terminal. */
export function sayBug(error: unknown): string {
  if (error instanceof OperatorError) return tell(error);
  const what = error instanceof Error ? [error.name, ...framesOf(error)].join("\n    ") : typeof error;
  return `this is a bug in Plugboard; please report it: ${what}`;
}

/** A command failed; its message says what to do. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

/** The command line is wrong; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
