import { apiVersion } from "../../crds/names.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import { nextSocketStage, type ObservedSocket } from "../../crds/socket/next-stage.ts";
import { readSocket } from "../../crds/socket/parse.ts";
import type { Socket, SocketStatus } from "../../crds/socket/socket.generated.ts";
import type { SocketStageName, StageRequest } from "../../crds/stage-names.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { Owner, OwnerStatus } from "../resources/owner-status.ts";
import { claimClock, readNamespace, type StageContext, type StageDefinition } from "../stage.ts";

/** A socket and the plugs at it, as just read. */
export interface SocketWithPlugs {
  readonly socket: Socket;
  readonly plugs: readonly Plug[];
  readonly namespaceOf: (plug: Plug) => KubeObject | undefined;
}

/** A socket for a stage of its own. */
export interface SocketView extends ObservedSocket, Owner {
  readonly status: SocketStatus;
}

/** Reads a socket and the objects around it for the requested stage; undefined if no socket has that identity. */
export async function observeSocket(context: StageContext, request: StageRequest): Promise<SocketView | undefined> {
  const key = { apiVersion, kind: "Socket", namespace: request.namespace, name: request.name };
  const object = await context.kube.get(key);
  if (object === undefined || (request.uid !== undefined && object.metadata.uid !== request.uid)) return undefined;
  const socket = readSocket(object);
  const clock = claimClock(context);
  return {
    ...(await observeSocketWithPlugs(context, socket)),
    object,
    resource: socket,
    status: socket.status ?? {},
    namespace: await readNamespace(context.kube, socket.metadata.namespace),
    clock,
    now: clock.now,
    evidence: { kind: "told", stage: request.stage },
    serving: context,
  };
}

/** Adds the plugs whose coupling a snapshot records, if the status of a plug claims one. */
export async function withRecorded(
  context: StageContext,
  view: SocketView | undefined,
): Promise<SocketView | undefined> {
  const claimed = view?.plugs.some(({ status }) => status?.coupledSocket?.uid === view.socket.metadata.uid);
  return view === undefined || claimed !== true ? view : { ...view, recorded: await context.recordedAt(view.socket) };
}

/** Reads the plugs that name a socket or are coupled to it and, if it has a limit, their namespaces. */
export async function observeSocketWithPlugs(context: StageContext, socket: Socket): Promise<SocketWithPlugs> {
  const plugs = await context.plugsOf(socket);
  const names = socket.spec.limit === undefined ? [] : [...new Set(plugs.map(({ metadata }) => metadata.namespace))];
  const namespaces = await Promise.all(names.map((name) => readNamespace(context.kube, name)));
  const byName = new Map(namespaces.flatMap((one) => (one === undefined ? [] : [[one.metadata.name, one]])));
  return { socket, plugs, namespaceOf: (plug) => byName.get(plug.metadata.namespace) };
}

/** Why a requested stage does not run; undefined if it does. */
export function whySocketNotDue(stage: SocketStageName, view: ObservedSocket): string | undefined {
  const due = nextSocketStage(view);
  return due.stage === stage ? undefined : `${due.stage ?? "nothing"} is due`;
}

/** The parts that `socket.create` and `socket.delete` share. */
export function ofSocket<Stage extends "socket.create" | "socket.delete">(
  stage: Stage,
): Pick<StageDefinition<OwnerStatus, SocketView, never>, "about" | "observe" | "whyNotDue"> & {
  readonly stage: Stage;
} {
  return { stage, about: "socket", observe: observeSocket, whyNotDue: (socket) => whySocketNotDue(stage, socket) };
}
