import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { ControlPlaneAddress, ControlPlaneSettings } from "../../tools/control-plane/control-plane.ts";
import { usualControllers } from "../../tools/control-plane/controller-manager.ts";
import { provideControlPlane } from "../../tools/control-plane/provide.ts";
import type { Report } from "../../tools/control-plane/serve.ts";
import { type AuditedRequest, readAuditLog } from "./audit-log.ts";

export type ApiServerOptions = Partial<Omit<ControlPlaneSettings, "binaries">>;

/** What kubectl said. */
export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Somebody at an API server. */
export interface Identity {
  readonly kubeconfigPath: string;
  /** Runs kubectl as this identity; a refusal is an answer, not an exception. */
  kubectl(commandLine: readonly string[], stdin?: string): Promise<Answer>;
}

/** A real API server, seen by its administrator. */
export interface ApiServer extends Identity {
  readonly address: ControlPlaneAddress;
  /** Runs kubectl and gives what it printed. @throws Error with what it complained of */
  run(commandLine: readonly string[], stdin?: string): Promise<string>;
  /** Applies manifests: objects, or a text of YAML. @throws Error with what the API server refused */
  apply(manifests: readonly object[] | string): Promise<void>;
  /** Makes a namespace of a name nobody else has, and answers once its default service account is there. */
  freshNamespace(): Promise<string>;
  /** Acts with a token of the service account (TokenRequest), good for an hour. */
  asServiceAccount(serviceAccount: { readonly namespace: string; readonly name: string }): Promise<Identity>;
  /** Acts as a user of that name, who has no right but those that RBAC gives it. */
  asUser(name: string): Promise<Identity>;
  /** Every request answered before this call, oldest first. @throws Error when it keeps no audit log */
  auditedRequests(): Promise<readonly AuditedRequest[]>;
}

/** An API server that ends with `stop`, or with this process, however that ends. */
export interface OwnApiServer extends ApiServer, AsyncDisposable {
  /** Kills kube-apiserver and starts it again at its address; answers once it says that it is ready. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an API server with RBAC, the usual controllers and an audit log; about four seconds. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<OwnApiServer> {
  const usual = { crds: [], controllers: usualControllers, auditLog: true, apiServerFlags: {} };
  const settings: ControlPlaneSettings = { ...usual, ...options, binaries: await provideControlPlane() };
  const server = fork(join(import.meta.dirname, "../../tools/control-plane/serve.ts"), [JSON.stringify(settings)], {
    execArgv: [],
    // Not ours: what a test runner sets for its own processes.
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  const address = await readyAddress(server);
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.ref();
    server.disconnect();
    await ended;
  };
  const restart = async () => {
    server.send("restart");
    await next(server, "restarted");
  };
  return { ...apiServerAt(address), restart, stop, [Symbol.asyncDispose]: stop };
}

async function next<Kind extends Report["kind"]>(
  server: ChildProcess,
  kind: Kind,
): Promise<Extract<Report, { kind: Kind }>> {
  const heard = new AbortController();
  const told = once(server, "message", heard).then(([report]): Report => report);
  const ended = once(server, "exit", heard).then(
    ([code, signal]): Report => ({ kind: "failed", message: `the control plane ended (${code ?? signal})` }),
  );
  const report = await Promise.race([told, ended]);
  heard.abort();
  await Promise.allSettled([told, ended]);
  if (report.kind === kind) return report as Extract<Report, { kind: Kind }>;
  throw new Error(report.kind === "failed" ? report.message : `expected ${kind}, was told ${report.kind}`);
}

async function readyAddress(server: ChildProcess): Promise<ControlPlaneAddress> {
  const { address } = await next(server, "ready");
  // Neither the process nor the channel keeps a test runner waiting that forgot to stop it.
  server.unref();
  server.channel?.unref();
  return address;
}

const sharedAddress = "PLUGBOARD_TEST_API_SERVER";

/** Makes the server the one that `sharedApiServer` answers in every test file of this run. */
export function shareApiServer({ address }: ApiServer): void {
  process.env[sharedAddress] = JSON.stringify(address);
}

/** The API server of the whole end-to-end run, with Plugboard's CRDs: work in a fresh namespace, and count your own requests alone. */
export function sharedApiServer(): ApiServer {
  const address = process.env[sharedAddress];
  if (address === undefined) throw new Error("no shared API server: run with --config test/jest/e2e.config.js");
  return apiServerAt(JSON.parse(address));
}

function apiServerAt(address: ControlPlaneAddress): ApiServer {
  const admin = identity(address.kubeconfigPath, address);
  const run = async (commandLine: readonly string[], stdin?: string) => {
    const { code, stdout, stderr } = await admin.kubectl(commandLine, stdin);
    if (code !== 0) throw new Error(`kubectl ${commandLine.join(" ")}: ${stderr.trim()}`);
    return stdout;
  };
  return {
    ...admin,
    address,
    run,
    async apply(manifests) {
      const yaml =
        typeof manifests === "string" ? manifests : manifests.map((one) => JSON.stringify(one)).join("\n---\n");
      await run(["apply", "--server-side", "-f", "-"], yaml);
    },
    async freshNamespace() {
      const manifest = { apiVersion: "v1", kind: "Namespace", metadata: { generateName: "test-" } };
      const created = await run(["create", "-f", "-", "-o", "jsonpath={.metadata.name}"], JSON.stringify(manifest));
      await run(["wait", "--for=create", "serviceaccount/default", "-n", created, "--timeout=300s"]);
      return created;
    },
    async asServiceAccount({ namespace, name }) {
      const token = (await run(["create", "token", name, "-n", namespace, "--duration=1h"])).trim();
      return identity(await writeKubeconfig(address, { token }), address);
    },
    async asUser(name) {
      return identity(await writeKubeconfig(address, { ...certificate(address), as: name }), address);
    },
    async auditedRequests() {
      if (address.auditLogPath === undefined) throw new Error("this API server was started with auditLog: false");
      return readAuditLog(address.auditLogPath, (path) => run(["get", "--raw", path]));
    },
  };
}

function identity(kubeconfigPath: string, { binaries }: ControlPlaneAddress): Identity {
  return {
    kubeconfigPath,
    async kubectl(commandLine, stdin = "") {
      const child = spawn(join(binaries, "kubectl"), ["--kubeconfig", kubeconfigPath, ...commandLine]);
      const ended = once(child, "close");
      child.stdin.on("error", () => {}).end(stdin);
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      return { stdout, stderr, code: child.exitCode ?? 1 };
    },
  };
}

type Credentials = { readonly token: string } | { readonly [field: string]: string };

function certificate({ certPem, keyPem }: ControlPlaneAddress): Credentials {
  return { "client-certificate-data": base64(certPem), "client-key-data": base64(keyPem) };
}

async function writeKubeconfig({ server, caPem, folder }: ControlPlaneAddress, user: Credentials): Promise<string> {
  const path = join(await mkdtemp(join(folder, "identity-")), "kubeconfig");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": base64(caPem) } }],
    users: [{ name: "test", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  };
  await writeFile(path, JSON.stringify(kubeconfig), { mode: 0o600 });
  return path;
}

function base64(pem: string): string {
  return Buffer.from(pem).toString("base64");
}
