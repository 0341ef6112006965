import { crdDocuments } from "../../crds/documents.ts";
import { apiVersion } from "../../crds/names.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { MemoryCluster } from "../../kit/memory/cluster.ts";
import { readinessOf, resolutionOf, socketNameOf } from "../operate/readiness.ts";

/** Where Plugboard keeps what is its own in the cluster of `plugboard dev`. */
export const operatorNamespace = "plugboard";

/** Namespaces of the cluster and of Plugboard, which the outcome omits. */
const ownNamespaces: ReadonlySet<string> = new Set([
  "default",
  "kube-node-lease",
  "kube-public",
  "kube-system",
  operatorNamespace,
]);

/** The plugs of a cluster. */
export function plugsOf(cluster: MemoryCluster): readonly KubeObject[] {
  return cluster.objects().filter((object) => object.kind === "Plug" && object.apiVersion === apiVersion);
}

/** All objects except those of every cluster and of Plugboard itself. */
export function outcomeOf(cluster: MemoryCluster): readonly KubeObject[] {
  const crds = new Set(crdDocuments().map(({ metadata }) => metadata.name));
  return cluster.objects().filter(({ apiVersion: version, kind, metadata }) => {
    if (kind === "CustomResourceDefinition") return !crds.has(metadata.name);
    if (kind === "Namespace") return !ownNamespaces.has(metadata.name);
    return metadata.namespace !== operatorNamespace && !(kind === "Event" && version === "events.k8s.io/v1");
  });
}

/** The DeferredResources of a cluster that have no resource yet. */
export function unresolvedOf(cluster: MemoryCluster): readonly KubeObject[] {
  const deferred = cluster
    .objects()
    .filter(({ kind, apiVersion: version }) => kind === "DeferredResource" && version === apiVersion);
  return deferred.filter((one) => resolutionOf(one)?.resolved !== true);
}

/** One line for each DeferredResource: what it waits for. */
export function linesOf(unresolved: readonly KubeObject[]): readonly string[] {
  return unresolved.map((one) => {
    const { namespace, name } = one.metadata;
    return `deferred resource ${namespace}/${name}: ${resolutionOf(one)?.message ?? "no status yet"}`;
  });
}

/** How many plugs are coupled, and what the others wait for, in words. */
export function summaryOf(plugs: readonly KubeObject[]): string {
  const waiting = plugs.filter((plug) => !readinessOf(plug).ready);
  if (plugs.length === 0) return "These files have no Plug, so nothing was coupled.";
  const count = plugs.length === 1 ? "the one plug" : `all ${plugs.length} plugs`;
  if (waiting.length === 0) return `Done: ${count} coupled.`;
  const lines = waiting.map((plug) => {
    const { namespace, name } = plug.metadata;
    return `  ${namespace}/${name} → ${socketNameOf(plug)}: ${readinessOf(plug).message}`;
  });
  return [
    `${waiting.length} of ${plugs.length === 1 ? "1 plug" : `${plugs.length} plugs`} not coupled:`,
    ...lines,
  ].join("\n");
}
