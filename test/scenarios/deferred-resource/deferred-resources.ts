import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject, ObjectKey } from "../../../kit/kube/port.ts";

/** A DeferredResource of namespace `app` (or another), with a ConfigMap to make. */
export function deferred(name: string, spec: object, namespace = "app"): KubeObject {
  const resource = configMap("made", { by: name });
  return { apiVersion, kind: "DeferredResource", metadata: { name, namespace }, spec: { resource, ...spec } };
}

export function deferredKey(name: string, namespace = "app"): ObjectKey {
  return { apiVersion, kind: "DeferredResource", namespace, name };
}

export function configMap(name: string, data: { readonly [key: string]: string }, namespace?: string): KubeObject {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

export function configMapKey(name: string, namespace = "app"): ObjectKey {
  return { apiVersion: "v1", kind: "ConfigMap", namespace, name };
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
