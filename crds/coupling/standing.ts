import type { ObjectMeta } from "../../kit/kube/port.ts";
import { annotations, finalizer } from "../names.ts";
import type { Plug } from "../plug/plug.generated.ts";
import type { Socket } from "../socket/socket.generated.ts";

/**
 * Whether a coupling has begun and not ended.
 * Set before the first effect of couple, cleared by the end of decouple.
 */
export function isCoupled(plug: Plug): boolean {
  return plug.status?.coupledSocket?.uid !== undefined;
}

/** Whether only integration-operator has written the status. */
export function isFormerOperators(plug: Plug): boolean {
  const { status } = plug;
  return status?.coupledSocket?.uid !== undefined && status.revision === undefined && status.stage === undefined;
}

/** Why Ready is False of a coupling of integration-operator that is not taken over, or not believed. */
export const leftAlone = "NotAdopted";

/** Whether the object does not match its schema. The API server stored it under an earlier schema. */
export function isMalformed({ metadata }: Plug | Socket): boolean {
  return metadata.problems !== undefined;
}

/** The reason of ConfigResolved for a plug that does not match its schema. */
export const malformed = "Malformed";

/** Whether the owner has `created` resources or hooks. */
export function hasCreated(owner: Plug | Socket): boolean {
  if (owner.spec.apparatus !== undefined) return true;
  return (owner.spec.resources ?? []).some((entry) => entry.when?.includes("created"));
}

/** Whether the object has our finalizer. */
export function claimedByUs(owner: { readonly metadata: ObjectMeta }): boolean {
  return owner.metadata.finalizers?.includes(finalizer) ?? false;
}

/** The reason of Ready for a plug or socket that a user paused. */
export const paused = "Paused";

/** Whether the annotation pauses the object: any value but "" and "false" does. */
export function isPaused(metadata: ObjectMeta | undefined): boolean {
  return !["", "false"].includes(metadata?.annotations?.[annotations.paused] ?? "");
}

/** The reason of Ready for a plug whose name had a coupling of another tenant, which ends first. */
export const formerCouplingEnding = "FormerCouplingEnding";

/**
 * Whether the coupling was adopted and the socket has not admitted it since.
 * It is preserved: no object of it is checked, no stage of it is performed.
 */
export function isPending({ status }: Plug): boolean {
  return status?.performed !== undefined && status.admitted === undefined;
}

/** The reason of the pause in the annotation, cut at 200 characters; undefined if the annotation gives none. */
export function reasonOfPause(metadata: ObjectMeta | undefined): string | undefined {
  const value = metadata?.annotations?.[annotations.paused] ?? "true";
  return value === "true" ? undefined : value.slice(0, 200);
}

/** Which side's annotation pauses the coupling. */
export function pausedBy(observed: { plug: Plug; socket: Socket | undefined }): "plug" | "socket" | undefined {
  if (isPaused(observed.plug.metadata)) return "plug";
  return isPaused(observed.socket?.metadata) ? "socket" : undefined;
}

/** Whether a socket accepts plugs: its `created` stage is done. */
export function isReady(socket: Socket): boolean {
  if (!hasCreated(socket)) return true;
  return socket.status?.createdAt !== undefined || madeByFormerOperator(socket);
}

/**
 * Whether only integration-operator has written the status.
 * A status of ours has refs or a Ready condition, even if the first stage failed.
 */
export function madeByFormerOperator({ status }: Socket): boolean {
  if (status?.createdAt !== undefined || status?.refs !== undefined) return false;
  const said = (status?.conditions ?? []).map(({ type }) => type);
  return status?.coupledPlugCount === undefined && said.includes("Coupled") && !said.includes("Ready");
}

/** The socket of the existing coupling, else the requested one. */
export function currentSocket(observed: {
  readonly plug: Plug;
  readonly socket: Socket | undefined;
  readonly coupledSocket: Socket | undefined;
}): Socket | undefined {
  const { plug, socket, coupledSocket } = observed;
  const coupled = plug.status?.coupledSocket;
  if (coupled === undefined) return socket;
  return pointsAt(plug, coupled) ? socket : coupledSocket;
}

/** Whether the plug's spec names the socket. */
export function pointsAt(
  plug: Plug,
  socket: { readonly name: string; readonly namespace?: string | undefined },
): boolean {
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  return name === socket.name && namespace === (socket.namespace ?? plug.metadata.namespace);
}
