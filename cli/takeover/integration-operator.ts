import { parseLease } from "../../kit/election/lease-record.ts";
import { Forbidden, KindNotServed } from "../../kit/errors.ts";
import type { Kube, KubeObject, ListQuery } from "../../kit/kube/port.ts";
import { CommandFailed } from "../report-failure.ts";

/** The name under which integration-operator elects its leader, in whatever namespace it runs. */
const leaseName = "cb0904ca.rock8s.com";
const deploymentSelector = "app.kubernetes.io/name=integration-operator";

export interface OperatorSearch {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Namespaces to read if the whole cluster may not be read. */
  readonly namespaces: readonly string[];
}

/**
 * Signs that integration-operator runs in the cluster, as sentences.
 * None if it does not run, or if nothing may be read.
 */
export async function signsOfIntegrationOperator(kube: Kube, search: OperatorSearch): Promise<readonly string[]> {
  const leases = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", fieldSelector: `metadata.name=${leaseName}` };
  const deployments = { apiVersion: "apps/v1", kind: "Deployment", labelSelector: deploymentSelector };
  return [
    ...(await listed(kube, leases, search)).filter((lease) => isHeld(lease, search.now)).map(leaseSign),
    ...(await listed(kube, deployments, search)).filter(hasReadyReplicas).map(deploymentSign),
  ];
}

/**
 * Refuses to start beside integration-operator: two operators would undo each other's work.
 * @throws CommandFailed saying what to do
 */
export async function refuseBesideIntegrationOperator(kube: Kube, search: OperatorSearch): Promise<void> {
  const signs = await signsOfIntegrationOperator(kube, search);
  if (signs.length === 0) return;
  throw new CommandFailed(
    `integration-operator still runs in this cluster: ${signs.join("; ")}. Stop it (kubectl scale deployment NAME -n NAMESPACE --replicas=0), wait until its Pods are gone and its Lease has expired, then start Plugboard. All steps: docs/integration-operator/taking-over.md`,
  );
}

/** Whether a Lease is held and was renewed in time; clocks may differ by a few seconds. */
export function isHeld(lease: KubeObject, now: number): boolean {
  const { holder, durationSeconds } = parseLease(lease);
  const { spec } = lease;
  const renewed = typeof spec === "object" && spec !== null && "renewTime" in spec ? String(spec.renewTime) : "";
  return holder !== undefined && Date.parse(renewed) + (durationSeconds + 5) * 1_000 > now;
}

function leaseSign(lease: KubeObject): string {
  return `Lease ${lease.metadata.namespace}/${leaseName} is held by ${parseLease(lease).holder}`;
}

function hasReadyReplicas({ status }: KubeObject): boolean {
  const ready = typeof status === "object" && status !== null && "readyReplicas" in status ? status.readyReplicas : 0;
  return Number(ready) > 0;
}

function deploymentSign({ metadata }: KubeObject): string {
  return `Deployment ${metadata.namespace}/${metadata.name} has ready replicas`;
}

async function listed(kube: Kube, query: ListQuery, { namespaces }: OperatorSearch): Promise<readonly KubeObject[]> {
  const everywhere = await allowed(() => kube.list(query));
  if (everywhere !== undefined) return everywhere.items;
  const lists = namespaces.map((namespace) => allowed(() => kube.list({ ...query, namespace })));
  return (await Promise.all(lists)).flatMap((list) => list?.items ?? []);
}

/** Undefined without the right to read, or if the cluster does not serve the kind. */
async function allowed<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Forbidden || error instanceof KindNotServed) return undefined;
    throw error;
  }
}
