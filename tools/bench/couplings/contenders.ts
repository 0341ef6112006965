import { type ChildProcess, execFile, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Ground } from "./manifests.ts";
import type { Order } from "./nine-requests.ts";

/** A program that couples plugs. */
export interface Contender {
  readonly id: string;
  readonly title: string;
  /** The most plugs it is given; absent: as many as the others. */
  readonly most?: number;
  /** Starts it, and answers once it works, if it says so. @throws Error when it ends before */
  start(kubeconfigPath: string, ground: Ground): Promise<Running>;
}

export interface Running {
  readonly pid: number;
  /** Told of each plug after it was created, and after its deletion was requested. */
  readonly tell?: (order: Order) => void;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, "../../..");

/** Those that are measured: what needs a program of others only where an environment variable names it. */
export async function contenders(): Promise<readonly Contender[]> {
  const { BEFORE: before, INTEGRATION_OPERATOR: integrationOperator, CONTENDERS: chosen } = process.env;
  const all = [
    nineRequests,
    plugboard,
    ...(before === undefined ? [] : [plugboardOf("before", "plugboard run, version before", before)]),
    goController,
    ...(integrationOperator === undefined ? [] : [operatorBefore(integrationOperator)]),
  ];
  return chosen === undefined ? all : all.filter(({ id }) => chosen.split(",").includes(id));
}

/** `plugboard run` of this tree. */
export const plugboard: Contender = plugboardOf("plugboard", "plugboard run", root);

const nineRequests: Contender = {
  id: "nine",
  title: "only the nine requests",
  async start(kubeconfigPath, { own }) {
    const child = fork(join(import.meta.dirname, "nine-requests.ts"), [kubeconfigPath, own], { execArgv: [] });
    await Promise.race([once(child, "message"), endedEarly(child, "the client of the nine requests")]);
    return { ...running(child), tell: (order) => void child.send(order) };
  },
};

function plugboardOf(id: string, title: string, tree: string): Contender {
  return {
    id,
    title,
    async start(kubeconfigPath, { own }) {
      const profile = process.env["CPU_PROFILES"];
      const command = profile === undefined ? [join(tree, "cli/plugboard")] : profiled(tree, profile);
      const [program = "", ...words] = command;
      const where = ["--kubeconfig", kubeconfigPath, "--operator-namespace", own, "--listen", "127.0.0.1:0"];
      const child = spawn(program, [...words, "run", ...where], { stdio: ["ignore", "ignore", "pipe"] });
      await Promise.race([said(child, '"msg":"synced"'), endedEarly(child, title)]);
      return running(child);
    },
  };
}

/** As cli/plugboard starts it, with a CPU profile written to the folder when it ends. */
function profiled(tree: string, folder: string): readonly string[] {
  const flags = ["--max-semi-space-size=8", "--heap-growing-percent=25", "--cpu-prof", `--cpu-prof-dir=${folder}`];
  return [process.execPath, ...flags, join(tree, "cli/main.ts")];
}

const goController: Contender = {
  id: "controller-runtime",
  title: "controller-runtime, same writes",
  async start(kubeconfigPath, { own }) {
    const program = join(root, ".cache/bench-controller");
    await mkdir(dirname(program), { recursive: true });
    await promisify(execFile)("go", ["build", "-o", program, "."], { cwd: join(import.meta.dirname, "../controller") });
    const env = { ...process.env, KUBECONFIG: kubeconfigPath, SNAPSHOT_NAMESPACE: own };
    const child = spawn(program, [], { env, stdio: ["ignore", "ignore", "pipe"] });
    await Promise.race([said(child, '"msg":"Starting workers"'), endedEarly(child, "the Go program")]);
    return running(child);
  },
};

/** It does not say when it works: the first plugs are awaited. */
function operatorBefore(commandLine: string): Contender {
  return {
    id: "integration-operator",
    title: "integration-operator (throttled client)",
    most: 60,
    async start(kubeconfigPath) {
      const [program = "", ...words] = commandLine.split(" ");
      const child = spawn(program, words, { env: { ...process.env, KUBECONFIG: kubeconfigPath }, stdio: "ignore" });
      await once(child, "spawn");
      return running(child);
    },
  };
}

function running(child: ChildProcess): Running {
  return {
    pid: child.pid ?? 0,
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function endedEarly(child: ChildProcess, title: string): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`${title} ended before it worked (${code})`);
}

/** Fulfilled at a line of its standard error; all others are read and forgotten. */
function said(child: ChildProcess, text: string): Promise<void> {
  const { stderr } = child;
  if (stderr === null) throw new Error("its standard error is not read");
  return new Promise((resolve) => {
    createInterface({ input: stderr }).on("line", (line) => {
      if (line.includes(text)) resolve();
      else if (process.env["SHOW_LOGS"] !== undefined) process.stderr.write(`${line}\n`);
    });
  });
}
