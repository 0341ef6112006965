import type { RequestFact } from "../../kit/live/api-caller.ts";
import { loadKubeConfig, namespaceOf } from "../../kit/live/config/kube-config.ts";
import { createLiveKube, type LiveKube } from "../../kit/live/live-kube.ts";

/** Which cluster a command works on. */
export interface ClusterOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

export interface ConnectedCluster {
  readonly kube: LiveKube;
  /** Its address, for messages. */
  readonly server: string;
  /** The namespace of the context, if it names one. */
  readonly namespace: string | undefined;
}

/** The cluster of the flags, environment and kubeconfig. Sends no request yet. @throws InvalidInput */
export async function connect(
  { kubeconfig, context }: ClusterOptions,
  onRequest: (fact: RequestFact) => void = () => {},
): Promise<ConnectedCluster> {
  const kubeConfig = await loadKubeConfig({ path: kubeconfig, context });
  return {
    kube: createLiveKube({ kubeConfig, userAgent: "plugboard", onRequest }),
    server: kubeConfig.getCurrentCluster()?.server ?? "",
    namespace: namespaceOf(kubeConfig),
  };
}
