import { type Command, Option } from "commander";
import type { Kube } from "../../../kit/kube/port.ts";

/** Adds the options that say which cluster a command works on. */
export function clusterOptions(of: Command): Command {
  return of
    .option("--kubeconfig <file>", "where the cluster is (default: $KUBECONFIG, ~/.kube/config, or the Pod it runs in)")
    .option("--context <name>", "a context of the kubeconfig (default: its current one)")
    .addOption(
      new Option("--operator-namespace <name>", "where Plugboard keeps its Lease and snapshots")
        .env("PLUGBOARD_OPERATOR_NAMESPACE")
        .default("plugboard"),
    );
}

/** As the command line has them. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly operatorNamespace: string;
}

/** What they said. */
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
