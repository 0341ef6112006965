import type { Clock } from "../../clock.ts";
import type { KubeObject } from "../../kube/port.ts";
import { asMap, type JsonMap, mapAt } from "../json.ts";
import { crdFinalizer, crdResource } from "../kinds/kind-registry.ts";
import type { Server } from "../server.ts";

/** Deletes the objects of namespaces that are being deleted, then the empty namespaces. */
export function endNamespaces({ store, kinds, writer }: Server): void {
  const sweep = inBackground<string>((name) => {
    const namespace = store.get("namespaces", undefined, name);
    const kind = kinds.ofResource("namespaces");
    if (namespace?.metadata.deletionTimestamp === undefined || kind === undefined) return;
    if (mapAt(namespace, "status")["phase"] !== "Terminating")
      return writer.report(kind, namespace, { phase: "Terminating" });
    const filled = store.resources().filter((resource) => store.count(resource, name) > 0);
    for (const resource of filled) deleteAll({ store, kinds, writer }, resource, name);
    const left = filled.some((resource) => store.count(resource, name) > 0);
    if (!left && (namespace.metadata.finalizers ?? []).length === 0) writer.remove(kind, namespace);
  });
  store.onChange(({ resource, type, object }) => {
    if (resource === "namespaces" && object.metadata.deletionTimestamp !== undefined) sweep(object.metadata.name);
    else if (type === "DELETED" && object.metadata.namespace !== undefined) sweep(object.metadata.namespace);
  });
}

/** Serves the kinds of CRDs. Deletes the objects of a kind before its CRD is removed. */
export function serveCustomResources({ store, kinds, writer }: Server): void {
  const sweep = inBackground<string>((name) => {
    const crd = store.get(crdResource, undefined, name);
    const kind = kinds.ofResource(crdResource);
    if (crd?.metadata.deletionTimestamp === undefined || kind === undefined) return;
    deleteAll({ store, kinds, writer }, name);
    if (store.list(name).length > 0) return;
    const finalizers = crd.metadata.finalizers?.filter((each) => each !== crdFinalizer) ?? [];
    if (finalizers.length < (crd.metadata.finalizers?.length ?? 0)) writer.amend(kind, crd, { finalizers });
  });
  store.onChange(({ resource, type, object, previous }) => {
    if (resource !== crdResource) return type === "DELETED" ? sweep(resource) : undefined;
    if (type === "DELETED") return kinds.withdraw(object);
    if (previous === undefined || asMap(previous)["spec"] !== asMap(object)["spec"]) kinds.define(object);
    return sweep(object.metadata.name);
  });
}

function deleteAll(
  { store, kinds, writer }: Pick<Server, "store" | "kinds" | "writer">,
  resource: string,
  namespace?: string,
): void {
  const kind = kinds.ofResource(resource);
  if (kind === undefined) return;
  for (const object of store.list(resource, { namespace })) writer.delete(kind, object, "Background");
}

/** Sets every Job to succeeded, this many milliseconds after it may run. Creates no Pods. */
export function completeJobs({ store, kinds, writer }: Server, clock: Clock, milliseconds: number): void {
  const started = new Set<string>();
  store.onChange(({ resource, type, object }) => {
    const uid = object.metadata.uid ?? "";
    if (resource !== "jobs.batch") return;
    if (type === "DELETED") started.delete(uid);
    if (type === "DELETED" || started.has(uid) || mapAt(object, "spec")["suspend"] === true) return;
    started.add(uid);
    clock.after(milliseconds, () => complete(uid));
  });
  const complete = (uid: string): void => {
    const job = store.find(uid)?.object;
    const kind = kinds.ofResource("jobs.batch");
    if (job === undefined || kind === undefined || isFinished(job)) return;
    writer.report(kind, job, succeeded(writer.now(), mapAt(job, "spec")["completions"] ?? 1, job));
  };
}

function isFinished(job: KubeObject): boolean {
  return mapAt(job, "status")["completionTime"] !== undefined;
}

function succeeded(now: string, completions: JsonMap[string], job: KubeObject): JsonMap {
  const condition = (type: string): JsonMap => ({
    type,
    status: "True",
    reason: "CompletionsReached",
    message: "Reached expected number of succeeded pods",
    lastProbeTime: now,
    lastTransitionTime: now,
  });
  return {
    startTime: job.metadata.creationTimestamp ?? now,
    completionTime: now,
    succeeded: completions,
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
    conditions: [condition("SuccessCriteriaMet"), condition("Complete")],
  };
}

/** Does work a moment after a change, as controllers do. An item that is requested several times is done once. */
export function inBackground<T>(work: (item: T) => void): (item: T) => void {
  const waiting = new Set<T>();
  const drain = (): void => {
    for (const item of waiting) {
      waiting.delete(item);
      work(item);
    }
  };
  return (item) => {
    if (waiting.size === 0) queueMicrotask(drain);
    waiting.add(item);
  };
}
