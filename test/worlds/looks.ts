import type { KubeObject } from "../../kit/kube/port.ts";

/** What a condition of an object says. */
export function conditionOf(
  object: KubeObject | undefined,
  wanted: string,
): { readonly status?: string; readonly reason?: string; readonly message?: string } {
  const status = object?.["status"];
  const conditions = typeof status === "object" && status !== null && "conditions" in status ? status.conditions : [];
  return Array.isArray(conditions) ? (conditions.find(({ type }) => type === wanted) ?? {}) : {};
}
