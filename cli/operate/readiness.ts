import type { KubeObject } from "../../kit/kube/port.ts";

/** The state of a plug by its conditions. */
export interface Readiness {
  readonly ready: boolean;
  readonly reason: string;
  /** One sentence: what it is coupled to, or what it waits for. */
  readonly message: string;
  readonly coupled: boolean;
}

/** Reads the conditions of a plug; without conditions it is not ready. */
export function readinessOf(plug: KubeObject): Readiness {
  const ready = conditionOf(plug, "Ready");
  return {
    ready: ready?.status === "True",
    reason: ready?.reason ?? "NotLookedAt",
    message: ready?.message ?? "no status yet",
    coupled: conditionOf(plug, "Coupled")?.status === "True",
  };
}

/** The Resolved condition of a DeferredResource; undefined without one. */
export function resolutionOf(
  deferred: KubeObject,
): { readonly resolved: boolean; readonly message: string } | undefined {
  const said = conditionOf(deferred, "Resolved");
  return said === undefined ? undefined : { resolved: said.status === "True", message: said.message };
}

/** The socket a plug points at, as `namespace/name`. */
export function socketNameOf(plug: KubeObject): string {
  const socket = field(plug["spec"], "socket");
  const [namespace, name] = [field(socket, "namespace"), field(socket, "name")];
  return `${typeof namespace === "string" ? namespace : (plug.metadata.namespace ?? "")}/${typeof name === "string" ? name : "?"}`;
}

interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function conditionOf(plug: KubeObject, type: string): Condition | undefined {
  const conditions = field(plug["status"], "conditions");
  const found: unknown = Array.isArray(conditions)
    ? conditions.find((each) => field(each, "type") === type)
    : undefined;
  if (found === undefined) return undefined;
  const text = (name: string): string => {
    const value = field(found, name);
    return typeof value === "string" ? value : "";
  };
  return { status: text("status"), reason: text("reason"), message: text("message") };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
