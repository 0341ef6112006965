import type { ObjectMeta } from "../../kit/kube/port.ts";
import { annotations, finalizer } from "../names.ts";
import type { Plug } from "../plug/plug.generated.ts";
import type { Socket } from "../socket/socket.generated.ts";

/** Whether a coupling has begun and not ended: set before the first effect of couple, cleared by the end of decouple. */
export function isCoupled(plug: Plug): boolean {
  return plug.status?.coupledSocket?.uid !== undefined;
}

/** Whether its status was written by integration-operator and never by ours. */
export function isFormerOperators(plug: Plug): boolean {
  const { status } = plug;
  return status?.coupledSocket?.uid !== undefined && status.revision === undefined && status.stage === undefined;
}

/** Why Ready is False of a coupling of integration-operator that is not taken over, or not believed. */
export const leftAlone = "NotAdopted";

/** Whether something of it is not as its schema has it: an API server stored it before the schema was as it is today. */
export function isMalformed({ metadata }: Plug | Socket): boolean {
  return metadata.problems !== undefined;
}

/** Why ConfigResolved is False of a plug that is malformed. */
export const malformed = "Malformed";

/** Whether something is to be performed once its `created` comes. */
export function hasCreated(owner: Plug | Socket): boolean {
  if (owner.spec.apparatus !== undefined) return true;
  return (owner.spec.resources ?? []).some((entry) => entry.when?.includes("created"));
}

/** Whether it bears our finalizer. */
export function claimedByUs(owner: { readonly metadata: ObjectMeta }): boolean {
  return owner.metadata.finalizers?.includes(finalizer) ?? false;
}

/** Why Ready is False of what somebody asked us to let be. */
export const paused = "Paused";

/** Whether its annotation asks us to let it be: with any value but "" and "false". */
export function isPaused(metadata: ObjectMeta | undefined): boolean {
  return !["", "false"].includes(metadata?.annotations?.[annotations.paused] ?? "");
}

/** Why Ready is False of a plug whose name another tenant's coupling had, which is ended first. */
export const formerCouplingEnding = "FormerCouplingEnding";

/** Whether its coupling was adopted, and the socket's rules, interface and limit have not admitted it since: it is preserved, and nothing of it is looked at or performed. */
export function isPending({ status }: Plug): boolean {
  return status?.performed !== undefined && status.admitted === undefined;
}

/** Why it is paused, as its annotation says, cut at 200 characters; undefined where that says no more than that it is. */
export function reasonOfPause(metadata: ObjectMeta | undefined): string | undefined {
  const value = metadata?.annotations?.[annotations.paused] ?? "true";
  return value === "true" ? undefined : value.slice(0, 200);
}

/** Which side's annotation pauses the coupling. */
export function pausedBy(observed: { plug: Plug; socket: Socket | undefined }): "plug" | "socket" | undefined {
  if (isPaused(observed.plug.metadata)) return "plug";
  return isPaused(observed.socket?.metadata) ? "socket" : undefined;
}

/** Whether a socket takes plugs: its `created` is done. */
export function isReady(socket: Socket): boolean {
  if (!hasCreated(socket)) return true;
  return socket.status?.createdAt !== undefined || madeByFormerOperator(socket);
}

/** Whether its status was written by integration-operator alone: ours has an inventory, or says Ready, whatever became of its first stage. */
export function madeByFormerOperator({ status }: Socket): boolean {
  if (status?.createdAt !== undefined || status?.refs !== undefined) return false;
  const said = (status?.conditions ?? []).map(({ type }) => type);
  return status?.coupledPlugCount === undefined && said.includes("Coupled") && !said.includes("Ready");
}

/** The socket of the coupling there is, else the one that is asked for. */
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

/** Whether the plug's spec names that socket. */
export function pointsAt(
  plug: Plug,
  socket: { readonly name: string; readonly namespace?: string | undefined },
): boolean {
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  return name === socket.name && namespace === (socket.namespace ?? plug.metadata.namespace);
}
