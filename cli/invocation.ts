import type { Clock } from "../kit/clock.ts";

/** What a command runs with. */
export interface Invocation {
  readonly terminal: Terminal;
  readonly environment: Environment;
  /** Receives the exit code of the command. */
  readonly ended: (code: number) => void;
}

const ours = /^(PLUGBOARD_.*|K_.*|FUNCTION_TARGET|PORT|LOG_LEVEL)$/;

/** Removes our empty variables from an environment: a manifest with an empty value means the default. */
export function forgetEmptyVariables(environment: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(environment))
    if (value === "" && ours.test(name)) delete environment[name];
}

/** Settings that the process derives from its terminal. */
export interface Environment {
  /** Log lines are for people: stderr is a terminal. */
  readonly readable: boolean;
}

/** Fulfilled when a signal is aborted; immediately if it already is. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Asks a yes-or-no question at the terminal; any answer but yes is no. */
export async function agree(question: string, signal: AbortSignal): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    terminal.close();
  }
}

/** Output, clock and stop signal of a command. */
export interface Terminal {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborts when the command should end. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Asks a yes-or-no question; absent without an interactive terminal. */
  readonly agree?: (question: string) => Promise<boolean>;
}
