import type { RequestOptions } from "node:https";
import { join } from "node:path";
import type { KubeConfig as ClientConfig } from "@kubernetes/client-node/dist/config.js";
import { InvalidInput } from "../../errors.ts";
import { exists, serviceAccountConfig } from "./service-account.ts";

/**
 * The address and credentials of a cluster: a KubeConfig of the Kubernetes client, or the service account of the Pod.
 */
export interface KubeConfig {
  getCurrentContext(): string;
  getCurrentCluster(): { readonly server: string; readonly proxyUrl?: string | undefined } | null;
  /** Adds certificates and headers. */
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/** The source of addresses and credentials. */
export interface KubeConfigSource {
  /** A kubeconfig file. Absent: $KUBECONFIG, then ~/.kube/config, then the service account of the Pod. */
  readonly path?: string | undefined;
  /** One of its contexts. Absent: its current one. */
  readonly context?: string | undefined;
}

/**
 * Loads a kubeconfig, or the service account of the Pod.
 * Only the former loads the configuration part of the Kubernetes client.
 * @throws InvalidInput if it cannot be read, or has no such context
 */
export async function loadKubeConfig(source: KubeConfigSource = {}): Promise<KubeConfig> {
  return (source.context === undefined && (await loadServiceAccount(source))) || loadFile(source);
}

/** The namespace of the current context; undefined if it names none. */
export function namespaceOf(config: KubeConfig): string | undefined {
  return isClientConfig(config) ? config.getContextObject(config.getCurrentContext())?.namespace : undefined;
}

async function newKubeConfig(): Promise<ClientConfig> {
  const module = await import("@kubernetes/client-node/dist/config.js");
  return new module.KubeConfig();
}

async function loadServiceAccount({ path }: KubeConfigSource): Promise<KubeConfig | undefined> {
  const { env: environment } = process;
  // Read from the environment only: a container may run as a user without an entry in its passwd file.
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  const named = path !== undefined || Boolean(environment["KUBECONFIG"]);
  if (named || (home !== undefined && (await exists(join(home, ".kube", "config"))))) return undefined;
  return serviceAccountConfig({ environment });
}

async function loadFile(source: KubeConfigSource): Promise<KubeConfig> {
  const config = await newKubeConfig();
  try {
    if (source.path === undefined) config.loadFromDefault();
    else config.loadFromFile(source.path);
  } catch (cause) {
    const where = source.path ?? (process.env["KUBECONFIG"] ? "the file in $KUBECONFIG" : "the default kubeconfig");
    const [why] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
    throw new InvalidInput(`cannot read ${where}: ${why}`, { cause });
  }
  if (isMadeUp(config))
    throw new InvalidInput(
      "no kubeconfig found: $KUBECONFIG and ~/.kube/config do not exist, and this is not a Pod. Name one with --kubeconfig",
    );
  if (source.context !== undefined) config.setCurrentContext(source.context);
  checkContext(config);
  return config;
}

/** If the client finds no configuration, it uses localhost:8080, which is often the operator itself. */
function isMadeUp(config: ClientConfig): boolean {
  return (
    config.getCurrentContext() === "loaded-context" && config.getCurrentCluster()?.server === "http://localhost:8080"
  );
}

function checkContext(config: ClientConfig): void {
  if (config.getCurrentCluster() !== null) return;
  const names = config.getContexts().map(({ name }) => name);
  const known = names.length === 0 ? "it has no contexts" : `its contexts are ${names.join(", ")}`;
  throw new InvalidInput(`the kubeconfig has no cluster for context "${config.getCurrentContext()}": ${known}`);
}

/**
 * The same configuration without the cached values of authenticators.
 * KubeConfig refuses http:// (a local proxy such as `kubectl proxy`) unless verification is off, which has no effect
 * there.
 */
export async function forgetful(config: KubeConfig): Promise<KubeConfig> {
  if (!isClientConfig(config)) return config;
  const copy = await newKubeConfig();
  const { users, contexts, currentContext } = config;
  const clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  copy.loadFromOptions({ clusters, users, contexts, currentContext });
  return copy;
}

function isClientConfig(config: KubeConfig): config is ClientConfig {
  return "loadFromOptions" in config;
}
