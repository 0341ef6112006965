import type { Environment } from "./environment.ts";
import type { Terminal } from "./terminal.ts";

/** What a command runs with. */
export interface Invocation {
  readonly terminal: Terminal;
  readonly environment: Environment;
  /** Receives the exit code of the command. */
  readonly ended: (code: number) => void;
}
