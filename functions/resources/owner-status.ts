import type { Claim } from "../../crds/messages.ts";
import * as messages from "../../crds/messages.ts";
import type { Plug, PlugHook, PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { reasonOf } from "../../crds/reasons.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { PlugStageName, SocketStageName } from "../../crds/stage-names.ts";
import { type Condition, withConditions } from "../../kit/conditions.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { Failure, Seen } from "../stage.ts";
import { failureRecord, isPassing } from "./record-failure.ts";

/** A plug or a socket without the other side: the objects that it makes when created, and removes when deleted. */
export interface Owner extends Seen<OwnerStatus> {
  readonly resource: Plug | Socket;
  readonly namespace: KubeObject | undefined;
  readonly now: number;
}

/** The status fields that stages of one side read and write. Both kinds have them. */
export interface OwnerStatus {
  readonly conditions?: readonly Condition[] | undefined;
  readonly observedGeneration?: number | undefined;
  readonly createdAt?: string | undefined;
  readonly failure?: PlugStatus["failure"];
  readonly stage?: PlugStatus["stage"];
  readonly refs?: readonly PlugRef[] | undefined;
  readonly hooks?: readonly PlugHook[] | undefined;
}

export type OwnerStage = Extract<
  PlugStageName | SocketStageName,
  "plug.create" | "plug.delete" | "socket.create" | "socket.delete"
>;

/** The status with the conditions of a stage of one side. */
export function sayOfOwner<Status extends OwnerStatus>(
  { resource, now }: Pick<Owner, "resource" | "now">,
  status: Status,
  claims: readonly Claim[],
): Status {
  return withConditions(status, claims, { generation: resource.metadata.generation, now, summary: "Ready" });
}

/** The status after a stage of one side failed. A final failure is on record until the object is edited. */
export function ownerFailed<Status extends OwnerStatus>(
  owner: Pick<Owner, "resource" | "now">,
  status: Status,
  { stage, error, message: text, inWay }: Failure & { readonly inWay?: PlugRef | undefined },
): Status {
  const { generation: revision = 0, uid } = owner.resource.metadata;
  const former = owner.resource.status?.failure;
  const failure = failureRecord({ stage, revision, error, inWay, uid, former, now: owner.now });
  if (failure !== undefined && isPassing(failure)) return { ...status, failure };
  const message = messages.failure(text, error);
  const coupled = (status.conditions ?? []).some(({ type, status: value }) => type === "Coupled" && value === "True");
  const said = sayOfOwner(owner, status, [
    ...(coupled ? [] : [{ type: "Coupled", status: "False", reason: "Error", message } as const]),
    { type: "Failed", status: "True", reason: "Error", message },
    { type: "Ready", status: "False", reason: reasonOf(error), message: `${stage}: ${message}` },
  ]);
  if (failure === undefined) return said;
  return { ...said, failure, ...(inWay === undefined ? {} : { refs: [...(said.refs ?? []), inWay] }) };
}
