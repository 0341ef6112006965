import { type Command, Option } from "commander";
import type { Kube } from "../../../kit/kube/port.ts";

/** Adds the options that select a cluster. */
export function clusterOptions(of: Command): Command {
  return of
    .option(
      "--kubeconfig <file>",
      "file with the address of the cluster (default: $KUBECONFIG, ~/.kube/config, or the service account of the Pod)",
    )
    .option("--context <name>", "context of the kubeconfig (default: the current one)")
    .addOption(
      new Option("--operator-namespace <name>", "namespace of Plugboard's Lease and snapshots")
        .env("PLUGBOARD_OPERATOR_NAMESPACE")
        .default("plugboard"),
    );
}

/** The options of `clusterOptions` as parsed. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly operatorNamespace: string;
}

/** The cluster of these options; absent ones are undefined. */
export function clusterOf({ kubeconfig, context, operatorNamespace }: ClusterFlags): {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly operatorNamespace: string;
} {
  return { kubeconfig, context, operatorNamespace };
}

export async function onCluster(flags: ClusterFlags, work: (kube: Kube) => Promise<void>): Promise<void> {
  const { connect } = await import("../../cluster/connect.ts");
  const { kube } = await connect(clusterOf(flags));
  try {
    await work(kube);
  } finally {
    await kube.close();
  }
}
