import type { Kube, ObjectKey } from "../../../kit/kube/port.ts";

/** A pod spec with a port that can be called. */
export const apparatus = {
  containers: [{ name: "hooks", image: "hooks:1", ports: [{ name: "container", containerPort: 8080 }] }],
} as const;

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
