import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject, ObjectKey } from "../../../kit/kube/port.ts";
import { template } from "../../worlds/manifests.ts";

/** A DeferredResource of namespace `app` (or another), with a ConfigMap to make. */
export function deferred(name: string, spec: object, namespace = "app"): KubeObject {
  const resource = template("made", { by: name });
  return { apiVersion, kind: "DeferredResource", metadata: { name, namespace }, spec: { resource, ...spec } };
}

export function deferredKey(name: string, namespace = "app"): ObjectKey {
  return { apiVersion, kind: "DeferredResource", namespace, name };
}

/** What its one condition says. */
export function resolvedOf(object: KubeObject | undefined): {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
} {
  const status = object?.["status"];
  const conditions = typeof status === "object" && status !== null && "conditions" in status ? status.conditions : [];
  return Array.isArray(conditions) ? (conditions.find(({ type }) => type === "Resolved") ?? {}) : {};
}
