import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A `plugboard` command as a process of its own. */
export interface Process {
  /** Everything it printed, line by line. */
  readonly lines: readonly string[];
  /** Asks it to end; the exit code. */
  stop(): Promise<number | null>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** A line by which a process says that it is ready. */
type Ready = (line: string) => boolean;

const command = join(import.meta.dirname, "../../../cli/plugboard");
const running = new Set<ChildProcess>();

/** Starts a command, and answers once it says that it is ready. @throws Error with what it printed, when it ends before */
export async function startProcess(commandLine: readonly string[], ready: Ready): Promise<Process> {
  const child = spawn(command, commandLine, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const ended = once(child, "exit").then(([code]) => {
    running.delete(child);
    return code;
  });
  const lines: string[] = [];
  const { promise: begun, resolve, reject } = Promise.withResolvers<void>();
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      if (ready(line)) resolve();
    });
  child.once("exit", () => reject(new Error(`plugboard ${commandLine[0]} ended:\n${lines.slice(-10).join("\n")}`)));
  await begun;
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return { lines, stop: () => end("SIGTERM"), kill: async () => void (await end("SIGKILL")) };
}

/** Ends every process that still runs. */
export async function endProcesses(): Promise<void> {
  const ends = [...running].map((child) => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    return ended;
  });
  await Promise.all(ends);
}

/** Whether a line of JSON is this message. */
export function says(message: string): Ready {
  return (line) => line.includes(`"msg":"${message}"`);
}

/** The port that `plugboard serve` says it listens at. */
export function servedPort({ lines }: Process): number {
  return Number(/"port":(\d+)/.exec(lines.find(says("serving")) ?? "")?.[1]);
}
