import type { Plug, PlugHook, PlugRef, PlugStatus } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { apiVersion } from "../crds/names.ts";
import { readPlug } from "../crds/parse-plug.ts";
import { readSocket } from "../crds/parse-socket.ts";
import type { PlugStageName, SocketStageName } from "../crds/stage-names.ts";
import type { StageRequest } from "../crds/stage-request.ts";
import { type Condition, type ConditionClaim, withConditions } from "../kit/conditions.ts";
import { Conflict, type PlugboardError } from "../kit/errors.ts";
import type { KubeObject, ObjectMeta } from "../kit/kube.ts";
import type { StageContext } from "./context.ts";
import { belongsToPlug, belongsToSocket, isAtHome, type Ownership } from "./ownership.ts";
import { sayFailure } from "./plug-status.ts";
import { readNamespace } from "./read-namespace.ts";
import type { Side } from "./values.ts";

/** A plug or a socket in what both have by themselves, without the other: what it made when created, and takes back when deleted. */
export interface Owner {
  readonly side: Side;
  readonly object: KubeObject;
  readonly resource: Plug | Socket;
  readonly status: OwnerStatus;
  readonly namespace: KubeObject | undefined;
  readonly ownership: Ownership;
  readonly isOurs: (metadata: ObjectMeta) => boolean;
}

/** What stages of one side alone read and write of a status: both kinds have it. */
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

/** Reads a plug or socket as the stage's name says; undefined when there is none of that identity. */
export async function observeOwner(context: StageContext, request: StageRequest): Promise<Owner | undefined> {
  const side: Side = request.stage.startsWith("plug.") ? "plug" : "socket";
  const object = await context.kube.get({
    apiVersion,
    kind: side === "plug" ? "Plug" : "Socket",
    namespace: request.namespace,
    name: request.name,
  });
  if (object === undefined || (request.uid !== undefined && object.metadata.uid !== request.uid)) return undefined;
  const resource = side === "plug" ? readPlug(object) : readSocket(object);
  const { uid, namespace } = resource.metadata;
  return {
    side,
    object,
    resource,
    status: resource.status ?? {},
    namespace: await readNamespace(context.kube, namespace),
    ownership: side === "plug" ? { side, plugUid: uid } : { side, socketUid: uid },
    isOurs: (metadata) =>
      isAtHome(metadata, namespace) &&
      (side === "plug" ? belongsToPlug(metadata, uid) : belongsToSocket(metadata, uid)),
  };
}

/** The status with conditions that say what became of a stage of one side. */
export function sayOfOwner<Status extends OwnerStatus>(
  owner: Owner,
  status: Status,
  now: number,
  claims: readonly ConditionClaim[],
): Status {
  return withConditions(status, claims, {
    generation: owner.resource.metadata.generation,
    now,
    summary: "Ready",
  });
}

/** The status after a stage of one side failed. A final failure is on record until the object is edited. */
export function ownerFailed(
  owner: Owner,
  status: OwnerStatus,
  { stage, error, now }: { readonly stage: OwnerStage; readonly error: PlugboardError; readonly now: number },
): OwnerStatus {
  if (error instanceof Conflict) return status;
  const message = sayFailure(error.message, error);
  const coupled = (status.conditions ?? []).some(({ type, status: value }) => type === "Coupled" && value === "True");
  const said = sayOfOwner(owner, status, now, [
    ...(coupled ? [] : [{ type: "Coupled", status: "False", reason: "Error", message } as const]),
    { type: "Failed", status: "True", reason: "Error", message },
    { type: "Ready", status: "False", reason: error.name, message: `${stage}: ${message}` },
  ]);
  if (error.retryable) return said;
  return { ...said, failure: { stage, revision: owner.resource.metadata.generation ?? 0, reason: error.name } };
}
