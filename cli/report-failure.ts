import { PlugboardError } from "../kit/errors.ts";
import { framesOf, tell, tellThrown } from "../kit/outlet/outlet.ts";

export interface Failing {
  readonly commandLine: readonly string[];
  readonly environment: { readonly [name: string]: string | undefined };
  readonly stderr: (text: string) => void;
}

/** Prints what went wrong as a sentence, with a stack only where it was asked for. The exit code: 2 for a wrong call, 1 for all else. */
export function reportFailure(error: unknown, { commandLine, environment, stderr }: Failing): number {
  const debug = commandLine.includes("--debug") || environment["DEBUG"] !== undefined;
  const known = error instanceof UsageError || error instanceof PlugboardError || error instanceof CommandFailed;
  const message = tellThrown(error);
  const hint = known ? "" : " (this should not have happened: run it again with --debug and report what it prints)";
  const stack = debug && error instanceof Error ? `\n${error.stack}` : "";
  stderr(`plugboard: ${message}${hint}${stack}\n`);
  return error instanceof UsageError ? 2 : 1;
}

/** An error that should not have happened, in words for whoever sits at a terminal. */
export function sayBug(error: unknown): string {
  if (error instanceof PlugboardError) return tell(error);
  const what = error instanceof Error ? [error.name, ...framesOf(error)].join("\n    ") : typeof error;
  return `this is a bug in Plugboard, please report it: ${what}`;
}

/** A command could not do what it is for; its message says what to do. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

/** The command was called in a way it cannot be: told with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
