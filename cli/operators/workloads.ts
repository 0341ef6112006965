import type { Clock } from "../../kit/clock.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { MemoryCluster } from "../../kit/memory/cluster.ts";

/** How long a Pod takes to become ready. */
const startMilliseconds = 200;

/**
 * Does in memory what kubelets and controllers do: Pods and workloads become ready after a moment.
 * The returned function ends it.
 */
export function runWorkloads(cluster: MemoryCluster, clock: Clock): { readonly pending: () => boolean; stop(): void } {
  let stopped = false;
  let cancel = (): void => {};
  const look = (): void => {
    for (const object of cluster.objects().filter(isStarting)) void report(cluster, object);
    if (!stopped) cancel = clock.after(startMilliseconds, look);
  };
  cancel = clock.after(startMilliseconds, look);
  return {
    pending: () => cluster.objects().some(isStarting),
    stop() {
      stopped = true;
      cancel();
    },
  };
}

async function report(cluster: MemoryCluster, object: KubeObject): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace = "", uid = "" } = metadata;
  const status = runningStatus(object);
  await cluster.kube.replaceStatus({ apiVersion, kind, metadata: { name, namespace, uid }, status }).catch(() => {
    // It was deleted in the meantime.
  });
}

function isStarting(object: KubeObject): boolean {
  if (object.metadata.deletionTimestamp !== undefined) return false;
  const { status } = object;
  const observed = Reflect.get(Object(status), "observedGeneration");
  if (object.kind === "Pod") return status === undefined;
  return isWorkload(object) && observed !== object.metadata.generation;
}

function isWorkload({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === "apps/v1" && ["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"].includes(kind);
}

function runningStatus({ kind, metadata, spec }: KubeObject): object {
  const conditions = [{ type: "Ready", status: "True" }];
  if (kind === "Pod") return { phase: "Running", conditions };
  const replicas: unknown = Reflect.get(Object(spec), "replicas") ?? 1;
  const counts = { replicas, readyReplicas: replicas, updatedReplicas: replicas, availableReplicas: replicas };
  const nodes = { numberReady: 1, desiredNumberScheduled: 1 };
  return { observedGeneration: metadata.generation, ...(kind === "DaemonSet" ? nodes : counts) };
}
