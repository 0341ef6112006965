import { crdDocuments } from "../../crds/documents.ts";
import type { Clock } from "../../kit/clock.ts";
import { createMemoryCluster, type MemoryCluster } from "../../kit/memory/cluster.ts";
import { CommandFailed } from "../report-failure.ts";
import { manifestFiles, readManifests } from "./manifest-files.ts";
import { ManifestSet } from "./manifest-set.ts";

/** Which files, and what stands in for the rest of a cluster. */
export interface FilesCluster {
  readonly paths: readonly string[];
  readonly operatorNamespace: string;
  readonly clock: Clock;
}

/** An in-memory cluster that holds what files say, and on which nobody works. @throws CommandFailed naming everything that was refused */
export async function clusterOfFiles({ paths, operatorNamespace, clock }: FilesCluster): Promise<MemoryCluster> {
  const { manifests, problems } = readManifests(manifestFiles(paths));
  if (problems.length > 0) throw new CommandFailed(problems.join("\n"));
  const cluster = createMemoryCluster({ clock, holdJobs: true });
  await cluster.load(crdDocuments());
  await cluster.load([{ apiVersion: "v1", kind: "Namespace", metadata: { name: operatorNamespace } }]);
  const outcome = await new ManifestSet(cluster.kube).apply(manifests);
  if (outcome.problems.length > 0) throw new CommandFailed(outcome.problems.join("\n"));
  return cluster;
}
