import { apiVersion } from "../../../crds/names.ts";
import type { Kube, KubeObject, ObjectKey } from "../../../kit/kube/port.ts";

/** A pod spec with a port that can be called. */
export const apparatus = {
  containers: [{ name: "hooks", image: "hooks:1", ports: [{ name: "container", containerPort: 8080 }] }],
} as const;

export function plugWith(name: string, spec: object, namespace = "app"): KubeObject {
  const socket = { name: "pg", namespace: "db" };
  return { apiVersion, kind: "Plug", metadata: { name, namespace }, spec: { socket, ...spec } };
}

export function socketWith(name: string, spec: object, namespace = "db"): KubeObject {
  return { apiVersion, kind: "Socket", metadata: { name, namespace }, spec };
}

export function podKey(name: string, namespace = "app"): ObjectKey {
  return { apiVersion: "v1", kind: "Pod", namespace, name };
}

/** What the kubelet says of a Pod once its containers answer. */
export async function markReady(kube: Kube, key: ObjectKey): Promise<void> {
  const pod = await kube.get(key);
  if (pod === undefined) throw new Error(`there is no ${key.kind} ${key.namespace}/${key.name}`);
  const conditions = [{ type: "Ready", status: "True" }];
  await kube.replaceStatus({ ...pod, status: { phase: "Running", conditions } });
}

/** What a condition of an object says. */
export function conditionOf(
  object: KubeObject | undefined,
  wanted: string,
): { readonly status?: string; readonly reason?: string; readonly message?: string } {
  const status = object?.["status"];
  const conditions = typeof status === "object" && status !== null && "conditions" in status ? status.conditions : [];
  return Array.isArray(conditions) ? (conditions.find(({ type }) => type === wanted) ?? {}) : {};
}
