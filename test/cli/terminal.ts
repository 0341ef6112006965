import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { command } from "../../cli/command.ts";
import { reportFailure } from "../../cli/report-failure.ts";

/** What a command printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const root: string = join(import.meta.dirname, "../..");

/** Runs the real command as its own process, as a person would. */
export async function spawned(commandLine: readonly string[], folder: string = root): Promise<Ran> {
  const child = spawn(join(root, "cli/plugboard"), commandLine, {
    cwd: folder,
    env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent" },
  });
  const ended = once(child, "close");
  child.stdin.end();
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code: child.exitCode ?? -1, stdout, stderr };
}

/** Runs it within this process: the same command, without a second of start-up each. */
export async function typed(...commandLine: readonly string[]): Promise<Ran> {
  let [stdout, stderr] = ["", ""];
  const terminal = {
    stdout: (more: string) => {
      stdout += more;
    },
    stderr: (more: string) => {
      stderr += more;
    },
    signal: new AbortController().signal,
  };
  try {
    const code = await command(commandLine, terminal, { readable: false });
    return { code, stdout, stderr };
  } catch (error) {
    const code = reportFailure(error, { commandLine, environment: {}, stderr: terminal.stderr });
    return { code, stdout, stderr };
  }
}
