import type { Evidence } from "../../crds/coupling/references.ts";
import { pointsAt } from "../../crds/coupling/standing.ts";
import { apiVersion } from "../../crds/names.ts";
import { nextPlugStage, type ObservedPlug } from "../../crds/plug/next-stage.ts";
import { readPlug } from "../../crds/plug/parse.ts";
import type { PlugStatus } from "../../crds/plug/plug.generated.ts";
import { readSocket } from "../../crds/socket/parse.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { PlugStageName, StageRequest } from "../../crds/stage-names.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { claimClock, readNamespace, type StageContext } from "../stage.ts";

/** A plug and the objects around it, as just read. */
export interface Coupling extends ObservedPlug {
  /** The plug as it was read. Writes of its status are conditional on this version. */
  readonly object: KubeObject;
  readonly status: PlugStatus;
  /** The namespace of the socket. */
  readonly socketNamespace: KubeObject | undefined;
}

interface NamedSocket {
  readonly name: string;
  readonly namespace: string;
}

/** Reads a plug and the objects around it for the requested stage; undefined if no plug has that identity. */
export function observeCoupling(context: StageContext, request: StageRequest): Promise<Coupling | undefined> {
  return observePlug(context, request, { kind: "told", stage: request.stage });
}

/** Like observeCoupling, without knowledge of other objects. */
export async function observePlug(
  context: StageContext,
  request: Pick<StageRequest, "namespace" | "name" | "uid">,
  evidence: Evidence,
): Promise<Coupling | undefined> {
  const object = await context.kube.get({ apiVersion, kind: "Plug", namespace: request.namespace, name: request.name });
  if (object === undefined || (request.uid !== undefined && object.metadata.uid !== request.uid)) return undefined;
  const plug = readPlug(object);
  const { namespace } = plug.metadata;
  const wanted = { name: plug.spec.socket.name, namespace: plug.spec.socket.namespace ?? namespace };
  const coupled = plug.status?.coupledSocket;
  const repointed = coupled !== undefined && !pointsAt(plug, coupled);
  const namespaceOfSocket = (repointed ? coupled.namespace : undefined) ?? wanted.namespace;
  const reading = readNamespace(context.kube, namespace);
  const [socket, coupledSocket, ownNamespace, socketNamespace] = await Promise.all([
    findSocket(context, wanted),
    repointed ? findSocket(context, { name: coupled.name, namespace: coupled.namespace ?? namespace }) : undefined,
    reading,
    namespaceOfSocket === namespace ? reading : readNamespace(context.kube, namespaceOfSocket),
  ]);
  return {
    object,
    plug,
    status: plug.status ?? {},
    socket,
    coupledSocket,
    namespace: ownNamespace,
    socketNamespace,
    evidence,
    adoptable: false,
    adopts: context.adopts ?? true,
    serving: context,
    clock: claimClock(context),
  };
}

/** If the store knows no such socket, asks the API server: absence ends couplings. */
async function findSocket(context: StageContext, { name, namespace }: NamedSocket): Promise<Socket | undefined> {
  const key = { apiVersion, kind: "Socket", namespace, name };
  const object = (await context.kube.get(key)) ?? (await context.live.get(key));
  return object === undefined ? undefined : readSocket(object);
}

/** Why a requested stage does not run; undefined if it does. */
export function whyNotDue(stage: PlugStageName, coupling: Coupling): string | undefined {
  const due = nextPlugStage(coupling);
  if (due.stage === stage) return undefined;
  if (due.stage === undefined && due.lookAgainAt !== undefined) return "another instance runs a stage of this plug";
  return `${due.stage ?? "nothing"} is due`;
}
