import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The controllers that collect garbage, end namespaces, create service accounts and create the Pods of Jobs. */
export const usualControllers: readonly string[] = [
  "garbage-collector-controller",
  "namespace-controller",
  "serviceaccount-controller",
  "job-controller",
];

export interface ControllerManagerSettings {
  readonly binaries: string;
  readonly controllers: readonly string[];
  /** The user of the controllers. It needs all rights. */
  readonly kubeconfigPath: string;
  readonly logPath: string;
}

export interface ControllerManager {
  /** Settles when it has ended unexpectedly, with an error that contains the end of its log. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

const graceMilliseconds = 3_000;
const toldCharacters = 4_000;

/** Starts kube-controller-manager with only the given controllers, without a port and without leader election. */
export function startControllerManager(settings: ControllerManagerSettings): ControllerManager {
  const log = openSync(settings.logPath, "a");
  const program = join(settings.binaries, "kube-controller-manager");
  const child = spawn(program, commandLine(settings), { stdio: ["ignore", log, log] });
  closeSync(log);
  let stopping = false;
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`exit ${code ?? signal}`));
  });
  const killAtExit = () => void child.kill("SIGKILL");
  process.once("exit", killAtExit);
  return {
    failed: new Promise((resolve) => {
      void ended.then((how) => {
        process.off("exit", killAtExit);
        if (!stopping) resolve(new Error(`kube-controller-manager ended (${how}):\n${endOf(settings.logPath)}`));
      });
    }),
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      const impatience = setTimeout(killAtExit, graceMilliseconds);
      await ended;
      clearTimeout(impatience);
    },
  };
}

function commandLine(settings: ControllerManagerSettings): readonly string[] {
  return [
    `--kubeconfig=${settings.kubeconfigPath}`,
    `--controllers=${settings.controllers.join(",")}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--profiling=false",
    // Its default of 20 requests per second would make tests wait.
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
  ];
}

function endOf(path: string): string {
  return readFileSync(path, "utf8").slice(-toldCharacters);
}
