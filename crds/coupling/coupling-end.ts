import { hash } from "node:crypto";
import type { KubeObject } from "../../kit/kube/port.ts";
import { isKnown } from "../namespace/served.ts";
import type { Plug } from "../plug/plug.generated.ts";
import { ownHeads, type SnapshotHead, snapshotsOf } from "../snapshot/head.ts";
import type { Socket } from "../socket/socket.generated.ts";
import { admits } from "./admission-rules.ts";
import { pointsAt } from "./standing.ts";

interface Observed {
  readonly plug: Plug;
  readonly socket: Socket | undefined;
  readonly namespace: KubeObject | undefined;
  /** The snapshots of the plug's name. Absent: not known; then the plug's status is believed. */
  readonly heads?: readonly SnapshotHead[] | undefined;
}

/** The only reasons for which a coupling ends. */
export type CouplingEnd = "PlugDeleted" | "Repointed" | "SocketDeleted" | "SocketGone" | "NamespaceDenied";

/** Whether and why a coupling must end; undefined if it stays, or if there is none. */
export function couplingMustEnd(observed: Observed): CouplingEnd | undefined {
  const { plug, socket } = observed;
  const coupled = plug.status?.coupledSocket;
  if (coupled?.uid === undefined) return undefined;
  if (plug.metadata.deletionTimestamp !== undefined) return "PlugDeleted";
  if (!pointsAt(plug, coupled)) return "Repointed";
  if (socket === undefined || socket.metadata.uid !== coupled.uid) return "SocketGone";
  if (socket.metadata.deletionTimestamp !== undefined) return "SocketDeleted";
  return denied(observed, socket) ? "NamespaceDenied" : undefined;
}

function denied(observed: Observed, socket: Socket): boolean {
  const { namespace } = observed;
  if (namespace === undefined || !isKnown(namespace) || socket.spec.validation === undefined) return false;
  const admitted = admittedBy(observed, socket);
  // A coupling that was adopted is preserved until it is admitted.
  if (admitted.length === 0 || admitted.includes(admissionDigest(socket, namespace))) return false;
  return admits(socket.spec.validation, namespace.metadata).kind === "refused";
}

/**
 * The digests of the admissions of the coupling: those of its unfinished snapshots, or that of the status if there are
 * none.
 */
function admittedBy(observed: Observed, socket: Socket): readonly string[] {
  const { admitted } = observed.plug.status ?? {};
  const recorded = ownHeads(observed)
    .filter((head) => head.finishedAt === undefined && head.socket === snapshotsOf(socket.metadata))
    .flatMap((head) => head.admitted ?? []);
  return recorded.length > 0 || admitted === undefined ? recorded : [admitted];
}

/** A digest of everything that admission depends on, so that unchanged rules never end a coupling. */
export function admissionDigest(socket: Socket, namespace: KubeObject | undefined): string {
  const labels = Object.entries(namespace?.metadata.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash("sha256", JSON.stringify([socket.spec.validation ?? null, labels])).slice(0, 16);
}
