import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Without these nothing is garbage-collected, no namespace ends, no service account appears and no Job makes a Pod. */
export const usualControllers: readonly string[] = [
  "garbage-collector-controller",
  "namespace-controller",
  "serviceaccount-controller",
  "job-controller",
];

export interface ControllerManagerSettings {
  readonly binaries: string;
  readonly controllers: readonly string[];
  /** Who the controllers act as: they need every right there is. */
  readonly kubeconfigPath: string;
  readonly logPath: string;
}

export interface ControllerManager {
  /** Settles when it has ended by itself, with an error that carries the end of its log. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

const graceMilliseconds = 3_000;
const toldCharacters = 4_000;

/** Starts kube-controller-manager with the given controllers alone; it listens on no port and elects no leader. */
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
    // Its usual 20 requests a second are for clusters shared with others; here they would be what tests wait for.
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
  ];
}

function endOf(path: string): string {
  return readFileSync(path, "utf8").slice(-toldCharacters);
}
