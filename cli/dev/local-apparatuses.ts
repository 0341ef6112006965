import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { apparatusSelector } from "../../crds/apparatus/pod.ts";
import type { ApparatusAccess } from "../../functions/apparatus/call-apparatus.ts";
import { networkAccess } from "../../functions/apparatus/use-apparatus.ts";
import { OperatorError } from "../../kit/errors.ts";
import { systemDial } from "../../kit/http/pinned-http.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { UsageError } from "../report-failure.ts";

/** A command that replaces an apparatus. */
export interface LocalApparatus {
  /** The plug, socket or Service whose apparatus it replaces. */
  readonly name: string;
  readonly command: string;
}

/** Apparatuses that run as processes of this machine. */
export interface LocalApparatuses {
  readonly access: ApparatusAccess;
  /** Marks the Pods of these apparatuses as ready, and says on other Pods which option is missing. Ends with `stop`. */
  attend(kube: Kube): void;
  /** Names the apparatuses that match no object; undefined if all match. */
  unmatched(objects: readonly KubeObject[]): string | undefined;
  stop(): void;
}

/** Reads `NAME=COMMAND`. @throws UsageError */
export function parseLocalApparatus(text: string): LocalApparatus {
  const [, name, command] = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?)=(.+)$/s.exec(text)?.filter((_, n) => n !== 2) ?? [];
  if (name === undefined || command === undefined)
    throw new UsageError(`--apparatus ${text}: expected NAME=COMMAND, such as mail="node apparatus.ts"`);
  return { name, command };
}

/**
 * Starts each command with a free port in $PORT.
 * Calls of the apparatus with that name go to this port; other apparatuses cannot be reached.
 */
export async function startLocalApparatuses(
  apparatuses: readonly LocalApparatus[],
  print: (line: string) => void,
): Promise<LocalApparatuses> {
  const running = await Promise.all(apparatuses.map((one) => startOne(one, print)));
  const stopping = new AbortController();
  const find = (host: string) => running.find(({ name }) => standsInFor(name, host.split(".")[0] ?? ""));
  return {
    access: {
      ...networkAccess(),
      // A valid Service address; `dial` connects to the process instead.
      resolve: async (host) => {
        if (find(host) === undefined) throw new Error(`no --apparatus replaces ${host}`);
        return ["10.96.0.1"];
      },
      dial: async (to) => {
        const port = find(to.host)?.port;
        if (port === undefined)
          throw Object.assign(new Error("no --apparatus listens there"), { code: "ECONNREFUSED" });
        return systemDial({ host: "localhost", address: "127.0.0.1", port, tls: false });
      },
    },
    attend(kube) {
      const isRunning = (pod: KubeObject): boolean => find(pod.metadata.name) !== undefined;
      void attendPods(kube, isRunning, stopping.signal);
    },
    unmatched(objects) {
      const names = new Set(
        objects.filter(({ kind }) => kindsStoodInFor.has(kind)).map(({ metadata }) => metadata.name),
      );
      const missed = running.map(({ name }) => name).filter((name) => !names.has(name));
      if (missed.length === 0) return undefined;
      return `--apparatus ${missed.join(", ")}: the files have no Plug, Socket or Service with this name`;
    },
    stop() {
      stopping.abort();
      for (const { process: child } of running) endGroup(child);
    },
  };
}

/** The kinds of whose names an apparatus may have one. */
const kindsStoodInFor: ReadonlySet<string> = new Set(["Plug", "Socket", "Service"]);

function standsInFor(name: string, host: string): boolean {
  return [name, `${name}-apparatus`, `${name}-plug-apparatus`, `${name}-socket-apparatus`].includes(host);
}

interface Running {
  readonly name: string;
  readonly port: number;
  readonly process: ChildProcess;
}

async function startOne({ name, command }: LocalApparatus, print: (line: string) => void): Promise<Running> {
  const port = await freePort();
  const child = spawn(command, {
    shell: true,
    detached: true,
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const tell = (data: Buffer): void => {
    for (const line of data.toString().trimEnd().split("\n")) print(`[${name}] ${line}`);
  };
  child.stdout.on("data", tell);
  child.stderr.on("data", tell);
  child.once("error", (error) => print(`[${name}] cannot start: ${error.message}`));
  child.once("exit", (code) => {
    if (code !== null && code !== 0) print(`[${name}] ended with exit code ${code}`);
  });
  return { name, port, process: child };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject()));
    });
  });
}

/** The shell and what it started. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGTERM");
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Sets the status of Pods, as no kubelet does here. */
async function attendPods(kube: Kube, isRunning: (pod: KubeObject) => boolean, signal: AbortSignal): Promise<void> {
  const kind = { apiVersion: "v1", kind: "Pod", labelSelector: apparatusSelector };
  const { resourceVersion } = await kube.list(kind);
  for await (const event of kube.watch({ ...kind, resourceVersion, signal })) {
    if (event.type !== "ADDED") continue;
    const status = isRunning(event.object) ? runningStatus : pendingStatus(event.object);
    try {
      await kube.replaceStatus({ ...event.object, status });
    } catch (error) {
      // The Pod was removed or changed meanwhile; another event follows.
      if (!(error instanceof OperatorError)) throw error;
    }
  }
}

const runningStatus = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };

/** The status field where a kubelet reports why a container does not run. */
function pendingStatus({ metadata: { name } }: KubeObject): KubeObject["status"] {
  const reason = `plugboard dev starts no Pods: add --apparatus ${name.replace(/(-plug|-socket)?-apparatus$/, "")}=COMMAND`;
  return { phase: "Pending", containerStatuses: [{ name: "container", state: { waiting: { reason } } }] };
}
