import type { KubeObject } from "../../kit/kube/port.ts";

type Fields = { readonly [field: string]: unknown };

/**
 * Whether an object does what it is for.
 * Built-in kinds are judged as `kubectl rollout status` does; others by a condition `Ready` or `Available`, if they
 * have one. What says nothing about itself is ready when it exists.
 */
export function isReady(object: KubeObject | undefined): boolean {
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return false;
  const status = fieldsOf(object["status"]);
  const spec = fieldsOf(object["spec"]);
  switch (object.kind) {
    case "Pod":
      return status["phase"] === "Succeeded" || isTrue(status, "Ready");
    case "Job":
      return isTrue(status, "Complete");
    case "PersistentVolumeClaim":
      return status["phase"] === "Bound";
    case "Namespace":
      return status["phase"] === "Active";
    case "DaemonSet":
      return isObserved(object, status) && status["numberReady"] === status["desiredNumberScheduled"];
    case "Deployment":
    case "ReplicaSet":
    case "StatefulSet":
      return isObserved(object, status) && hasReplicas(spec, status);
    default:
      return conditionsOf(status).length === 0 || ["Ready", "Available"].every((type) => isNotFalse(status, type));
  }
}

function hasReplicas(spec: Fields, status: Fields): boolean {
  const wanted = typeof spec["replicas"] === "number" ? spec["replicas"] : 1;
  const ready = typeof status["readyReplicas"] === "number" ? status["readyReplicas"] : 0;
  const updated = typeof status["updatedReplicas"] === "number" ? status["updatedReplicas"] : ready;
  return ready >= wanted && updated >= wanted;
}

function isObserved({ metadata }: KubeObject, { observedGeneration }: Fields): boolean {
  return typeof observedGeneration === "number" && observedGeneration >= (metadata.generation ?? 0);
}

function isTrue(status: Fields, type: string): boolean {
  return conditionsOf(status).some((condition) => condition["type"] === type && condition["status"] === "True");
}

function isNotFalse(status: Fields, type: string): boolean {
  return !conditionsOf(status).some((condition) => condition["type"] === type && condition["status"] !== "True");
}

function conditionsOf(status: Fields): readonly Fields[] {
  const { conditions } = status;
  return Array.isArray(conditions) ? conditions.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
