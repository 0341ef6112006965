import type { Clock } from "../kit/clock.ts";

/** Fulfilled once a signal is aborted; at once where it is already. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Asks at the terminal; whatever is not yes is no. */
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

/** Where a command prints, and what ends it. */
export interface Terminal {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborts when somebody wants the command to end. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Asks whoever sits there a question that is answered with yes or no; absent where nobody does. */
  readonly agree?: (question: string) => Promise<boolean>;
}
