import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { InvalidInput } from "../errors.ts";

export type { KubeConfig };

/** Where addresses and credentials come from. */
export interface KubeConfigSource {
  /** A kubeconfig file. Absent: $KUBECONFIG, then ~/.kube/config, then the service account of the Pod we run in. */
  readonly path?: string | undefined;
  /** One of its contexts. Absent: its current one. */
  readonly context?: string | undefined;
}

/** Reads a kubeconfig. Loads the configuration part of the Kubernetes client on first use, as it costs half a second unbundled.
 * @throws InvalidInput when it cannot be read or has no such context */
export async function loadKubeConfig(source: KubeConfigSource = {}): Promise<KubeConfig> {
  const config = await newKubeConfig();
  try {
    if (source.path === undefined) config.loadFromDefault();
    else config.loadFromFile(source.path);
  } catch (cause) {
    const where = source.path ?? "the default kubeconfig";
    const [why] = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1);
    throw new InvalidInput(`cannot read ${where}: ${why}`, { cause });
  }
  if (source.context !== undefined) config.setCurrentContext(source.context);
  checkContext(config);
  return config;
}

/** An empty configuration. */
export async function newKubeConfig(): Promise<KubeConfig> {
  const module = await import("@kubernetes/client-node/dist/config.js");
  return new module.KubeConfig();
}

function checkContext(config: KubeConfig): void {
  if (config.getCurrentCluster() !== null) return;
  const names = config.getContexts().map(({ name }) => name);
  const known = names.length === 0 ? "it has no contexts" : `its contexts are ${names.join(", ")}`;
  throw new InvalidInput(`the kubeconfig has no cluster for context "${config.getCurrentContext()}": ${known}`);
}
