import type { Condition } from "../../kit/conditions.ts";
import type { DeferredResourceStatus } from "../deferred-resource/deferred-resource.generated.ts";
import type { PlugStatus } from "../plug/plug.generated.ts";
import type { SocketStatus } from "../socket/socket.generated.ts";

/*
 * Plugboard 0.1.0 read the reasons of its own conditions; now statuses have fields for this.
 * This file understands the statuses of that version, for one release, so that an upgrade resolves nothing again.
 */

type Held = NonNullable<PlugStatus["held"]>;

/** Adds the fields that an earlier Plugboard did not write to the status of a plug. */
export function withPlugFields(status: PlugStatus): PlugStatus {
  const ready = conditionOf(status, "Ready");
  if (status.observedGeneration !== undefined || ready === undefined) return status;
  const resolved = conditionOf(status, "ConfigResolved");
  const held = resolved?.reason === "Malformed" ? heldBy("Malformed", resolved) : heldByReady(ready);
  const computed = conditionOf(status, "Coupled")?.reason === "CouplingSucceeded";
  return {
    ...status,
    ...observedOf(ready),
    ...(held === undefined ? {} : { held }),
    ...(status.result === undefined || !computed ? {} : { result: { ...status.result, computed } }),
    ...(status.restless === undefined || ready.reason !== "Contested"
      ? {}
      : { restless: { ...status.restless, contested: true } }),
  };
}

/** Adds the fields that an earlier Plugboard did not write to the status of a socket. */
export function withSocketFields(status: SocketStatus): SocketStatus {
  const ready = conditionOf(status, "Ready");
  return status.observedGeneration !== undefined || ready === undefined ? status : { ...status, ...observedOf(ready) };
}

/** Adds the fields that an earlier Plugboard did not write to the status of a DeferredResource. */
export function withDeferredFields(status: DeferredResourceStatus): DeferredResourceStatus {
  const resolved = conditionOf(status, "Resolved");
  return status.observedGeneration !== undefined || resolved === undefined
    ? status
    : { ...status, ...observedOf(resolved) };
}

function heldByReady(ready: Condition): Held | undefined {
  const reason = (["Paused", "NotAdopted"] as const).find((one) => one === ready.reason);
  return reason === undefined ? undefined : heldBy(reason, ready);
}

function heldBy(reason: Held["reason"], { observedGeneration: generation }: Condition): Held {
  return { reason, ...(generation === undefined ? {} : { generation }) };
}

function observedOf({ observedGeneration }: Condition): { readonly observedGeneration?: number } {
  return observedGeneration === undefined ? {} : { observedGeneration };
}

function conditionOf(
  status: { readonly conditions?: readonly Condition[] | undefined },
  type: string,
): Condition | undefined {
  return (status.conditions ?? []).find((one) => one.type === type);
}
