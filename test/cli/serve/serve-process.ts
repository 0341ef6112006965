import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../terminal.ts";

/** A `plugboard serve` as a process of its own. */
export interface ServeProcess {
  readonly port: number;
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Resolves when it logs this message. */
  logged(message: string): Promise<void>;
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>;
}

const children: ChildProcess[] = [];

/** Ends all of them, however they are. */
export function killAll(): void {
  for (const child of children.splice(0)) child.kill("SIGKILL");
}

/** Starts it on a free port, and answers once it serves. @throws Error with what it logged, when it ends before */
export async function startServe(
  commandLine: readonly string[],
  environment: { readonly [name: string]: string } = {},
): Promise<ServeProcess> {
  const child = spawn(join(root, "cli/plugboard"), ["serve", ...commandLine, "--port", "0", "--host", "127.0.0.1"], {
    env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent", ...environment },
    stdio: ["ignore", "inherit", "pipe"],
  });
  children.push(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stderr });
  reader.on("line", (line) => lines.push(line));
  const logged = async (message: string): Promise<void> => {
    while (!lines.some((line) => line.includes(`"msg":"${message}"`))) {
      const next = await Promise.race([once(reader, "line"), once(reader, "close").then(() => "closed")]);
      if (next === "closed") throw new Error(`it ended without "${message}":\n${lines.join("\n")}`);
    }
  };
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  await logged("serving");
  const serving = lines.find((line) => line.includes('"msg":"serving"')) ?? "{}";
  return { port: Number(JSON.parse(serving).port), child, lines, logged, ended };
}
