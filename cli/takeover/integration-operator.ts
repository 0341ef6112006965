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
  /** Where to look if not everywhere may be looked at. */
  readonly namespaces: readonly string[];
}

/** What shows that integration-operator is at work in the cluster, as sentences; none where nothing does, or where nobody may look. */
export async function signsOfIntegrationOperator(kube: Kube, search: OperatorSearch): Promise<readonly string[]> {
  const leases = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", fieldSelector: `metadata.name=${leaseName}` };
  const deployments = { apiVersion: "apps/v1", kind: "Deployment", labelSelector: deploymentSelector };
  return [
    ...(await listed(kube, leases, search)).filter((lease) => isHeld(lease, search.now)).map(leaseSign),
    ...(await listed(kube, deployments, search)).filter(hasReadyReplicas).map(deploymentSign),
  ];
}

/** Lets nobody begin beside it: two operators on the same objects undo each other's work. @throws CommandFailed saying what to do */
export async function refuseBesideIntegrationOperator(kube: Kube, search: OperatorSearch): Promise<void> {
  const signs = await signsOfIntegrationOperator(kube, search);
  if (signs.length === 0) return;
  throw new CommandFailed(
    `the integration operator that Plugboard succeeds still runs here: ${signs.join("; ")}. Stop it first (kubectl scale deployment NAME -n NAMESPACE --replicas=0), wait for its Pods to be gone and its Lease to run out, then start Plugboard; docs/integration-operator/taking-over.md has all steps`,
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

/** Who may not look, or whose cluster knows no such kind, sees nothing. */
async function allowed<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Forbidden || error instanceof KindNotServed) return undefined;
    throw error;
  }
}
