import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "@jest/globals";
import { fetchOnce } from "../worlds/fetch-once.ts";

/** A `plugboard run` as a process of its own. */
export interface PlugboardRun {
  readonly pid: number;
  /** What it answers at its own address. */
  get(path: string): Promise<{ readonly code: number; readonly text: string }>;
  /** Asks it to end; the exit code. */
  stop(): Promise<number | null>;
}

export interface RunFlags {
  readonly kubeconfigPath: string;
  readonly operatorNamespace: string;
  readonly namespaces: readonly string[];
  readonly more?: readonly string[];
  /** What is run in place of cli/plugboard. */
  readonly program?: readonly [command: string, ...words: string[]];
}

const launcher = join(import.meta.dirname, "../../cli/plugboard");

/** Starts it, and answers once it leads and knows what is there. @throws Error with what it logged, when it ends before */
export async function startPlugboardRun(flags: RunFlags): Promise<PlugboardRun> {
  const { kubeconfigPath, operatorNamespace, namespaces, more = [], program = [launcher] } = flags;
  const where = ["--kubeconfig", kubeconfigPath, "--operator-namespace", operatorNamespace, "--listen", "127.0.0.1:0"];
  const served = namespaces.flatMap((name) => ["--namespace", name]);
  const [command, ...words] = program;
  const child = spawn(command, [...words, "run", ...where, ...served, ...more], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  const ended = once(child, "exit");
  const lines: string[] = [];
  const { promise: synced, resolve, reject } = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    if (line.includes('"msg":"synced"')) resolve();
  });
  child.once("exit", () => reject(new Error(`plugboard run ended:\n${lines.slice(-10).join("\n")}`)));
  await synced;
  const get = async (path: string) => {
    const started = lines.find((line) => line.includes('"msg":"started, standing by"')) ?? "{}";
    const answer = await fetchOnce(`http://${JSON.parse(started).listen}${path}`);
    return { code: answer.status, text: await answer.text() };
  };
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) expectNothingUnexpected((await get("/metrics")).text);
    child.kill("SIGTERM");
    return (await ended)[0];
  };
  return { pid: child.pid ?? 0, get, stop };
}

/** What should not happen did not. */
function expectNothingUnexpected(metrics: string): void {
  const counted = metrics.split("\n").filter((line) => line.startsWith("plugboard_unexpected_errors_total{"));
  expect(counted.filter((line) => !line.endsWith(" 0"))).toEqual([]);
  expect(counted).not.toEqual([]);
}
