import type { KubeObject } from "../../kit/kube/port.ts";

/** A condition of an object; empty if the object does not have it. */
export function conditionOf(
  object: KubeObject | undefined,
  wanted: string,
): {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
} {
  const status = object?.["status"];
  const conditions = typeof status === "object" && status !== null && "conditions" in status ? status.conditions : [];
  return Array.isArray(conditions) ? (conditions.find(({ type }) => type === wanted) ?? {}) : {};
}
