import { namespacedName } from "../../kit/loop/stage.ts";
import { isFormerOperators } from "../coupling/standing.ts";
import { annotations } from "../names.ts";
import { snapshotsOf } from "../snapshot/head.ts";
import type { Plug } from "./plug.generated.ts";

/** The part of a plug that other objects need at any time. */
export interface PlugCard {
  /** The plug, reduced to the fields that a socket needs to count its plugs. */
  readonly plug: Plug;
  readonly sockets: readonly string[];
  /** The digest under which the plug's snapshots are found. */
  readonly digest: string;
}

export function plugCard(plug: Plug): PlugCard {
  return { plug: countedOf(plug), sockets: socketsOf(plug), digest: snapshotsOf(plug.metadata) };
}

/** The sockets that a plug names or is coupled to; the one that it names comes first. */
export function socketsOf(plug: Plug): readonly string[] {
  const { namespace } = plug.metadata;
  const wanted = socketName(plug.spec.socket, namespace);
  const coupled = plug.status?.coupledSocket;
  if (coupled === undefined) return [wanted];
  const current = socketName(coupled, namespace);
  return current === wanted ? [wanted] : [wanted, current];
}

/** The `namespace/name` of a socket that a plug in a namespace names. */
export function socketName(
  socket: { readonly name: string; readonly namespace?: string | undefined },
  plugNamespace: string,
): string {
  return namespacedName({ name: socket.name, namespace: socket.namespace ?? plugNamespace });
}

function countedOf(plug: Plug): Plug {
  const { apiVersion, kind, metadata, spec, status } = plug;
  const { name, namespace, uid, creationTimestamp, deletionTimestamp } = metadata;
  const paused = metadata.annotations?.[annotations.paused];
  // Records that the coupling is ours, not which revision: a census does not need each of them.
  const ours = isFormerOperators(plug) ? {} : { revision: 1 };
  const coupling = status?.coupledSocket === undefined ? {} : { coupledSocket: status.coupledSocket, ...ours };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: "",
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(paused === undefined ? {} : { annotations: { [annotations.paused]: paused } }),
    },
    spec: { socket: spec.socket, ...(spec.interface === undefined ? {} : { interface: spec.interface }) },
    ...(status === undefined ? {} : { status: { ...coupling, ...progressOf(status) } }),
  };
}

/** For a plug that is not coupled, the reason; for a coupled one, only that it is coupled. */
function progressOf({
  performed,
  conditions,
}: NonNullable<Plug["status"]>): Pick<NonNullable<Plug["status"]>, "performed" | "conditions"> {
  if (performed !== undefined) return { performed: { revision: 1, socketUid: performed.socketUid } };
  const ready = (conditions ?? []).find(({ type }) => type === "Ready");
  if (ready === undefined) return {};
  const { type, status, reason } = ready;
  return { conditions: [{ type, status, ...(reason === undefined ? {} : { reason }) }] };
}
