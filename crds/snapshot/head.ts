import { hash } from "node:crypto";
import type { KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import { annotations, labels, manager } from "../names.ts";
import type { Plug } from "../plug/plug.generated.ts";

/** The metadata of a snapshot, for readers that may not read its content. */
export interface SnapshotHead {
  readonly name: string;
  /** Digest of the plug's namespace and name. */
  readonly of: string;
  readonly plugUid: string;
  /** The uid of the cluster in which it was written (of its namespace kube-system), if the writer knew it. */
  readonly clusterUid: string | undefined;
  /**
   * The uid of the plug's namespace; undefined if it could not be read, like all fields up to `admitted`, and in
   * snapshots of an older Plugboard.
   */
  readonly plugNamespaceUid?: string | undefined;
  /** Digest of the socket's namespace and name. */
  readonly socket?: string | undefined;
  readonly socketNamespace?: string | undefined;
  readonly socketNamespaceUid?: string | undefined;
  /** The digest of the socket's admission; undefined for an adopted coupling that was not admitted since. */
  readonly admitted?: string | undefined;
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /**
   * When the coupling was undone, in milliseconds since the epoch; undefined while the snapshot may still be needed.
   */
  readonly finishedAt: number | undefined;
  /** Whether it is finished only because a later snapshot took over its coupling. */
  readonly superseded: boolean;
  /** The marks of the objects that its coupling shares with others. */
  readonly marks: readonly string[];
}

/** A snapshot as it is watched: its metadata. */
export interface SeenSnapshot {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly head: SnapshotHead;
}

export const snapshotLabels = {
  of: "integration.rock8s.com/snapshot-of",
  plugUid: "integration.rock8s.com/snapshot-plug-uid",
  clusterUid: "integration.rock8s.com/snapshot-cluster-uid",
  plugNamespaceUid: "integration.rock8s.com/snapshot-plug-namespace-uid",
  socket: "integration.rock8s.com/snapshot-socket",
  socketNamespace: "integration.rock8s.com/snapshot-socket-namespace",
  socketNamespaceUid: "integration.rock8s.com/snapshot-socket-namespace-uid",
  admitted: "integration.rock8s.com/snapshot-admitted",
  revision: "integration.rock8s.com/snapshot-revision",
  finishedAt: "integration.rock8s.com/snapshot-finished-at",
  superseded: "integration.rock8s.com/snapshot-superseded",
} as const;

/**
 * The annotation on a snapshot that names objects of the coupling that the snapshot itself does not render: those of
 * its results.
 */
export const madeBesides = "integration.rock8s.com/snapshot-made-besides";

/** The key of snapshots of an older Plugboard, which do not name their socket. */
export const unnamedSocket = "";

/** Selects every snapshot in the operator's namespace. */
export const snapshotSelector: string = `${labels.managedBy}=${manager},${snapshotLabels.of}`;

/** The label value that selects the snapshots of a plug, or of the plugs coupled to a socket. */
export function snapshotsOf(owner: { readonly namespace?: string | undefined; readonly name: string }): string {
  return hash("sha256", `${owner.namespace ?? ""}/${owner.name}`).slice(0, 32);
}

/**
 * The name of a snapshot.
 * Its start is unique to the plug's name, so that no status can name a snapshot of another plug.
 */
export function snapshotName(
  plug: { readonly namespace?: string | undefined; readonly name: string },
  revision: number,
  nonce: string,
): string {
  return `plugboard-${snapshotsOf(plug)}-${revision}-${nonce}`;
}

/** The digest of the plug's name in the name of a snapshot. */
export function digestIn(snapshot: string): string {
  return snapshot.slice("plugboard-".length, "plugboard-".length + 32);
}

/** Whether a snapshot with this name can belong to a plug with this name. */
export function isSnapshotName(name: string, plug: Parameters<typeof snapshotsOf>[0]): boolean {
  return name.startsWith(`plugboard-${snapshotsOf(plug)}-`);
}

/** Reads a snapshot's head from its metadata. */
export function snapshotHead(metadata: ObjectMeta): SnapshotHead {
  const marks = metadata.labels ?? {};
  const finishedAt = marks[snapshotLabels.finishedAt];
  return {
    name: metadata.name,
    of: marks[snapshotLabels.of] ?? "",
    plugUid: marks[snapshotLabels.plugUid] ?? "",
    clusterUid: marks[snapshotLabels.clusterUid],
    plugNamespaceUid: marks[snapshotLabels.plugNamespaceUid],
    socket: marks[snapshotLabels.socket],
    socketNamespace: marks[snapshotLabels.socketNamespace],
    socketNamespaceUid: marks[snapshotLabels.socketNamespaceUid],
    admitted: marks[snapshotLabels.admitted],
    revision: Number(marks[snapshotLabels.revision] ?? 0),
    createdAt: Date.parse(metadata.creationTimestamp ?? "") || 0,
    finishedAt: finishedAt === undefined ? undefined : Number(finishedAt),
    superseded: marks[snapshotLabels.superseded] !== undefined,
    marks: marksIn(marks),
  };
}

/** The prefix of the labels that mark the shared objects of a snapshot's coupling. */
export const sharedPrefix = "shared.integration.rock8s.com/";

const noMarks: readonly string[] = [];

function marksIn(labelled: { readonly [label: string]: string }): readonly string[] {
  const marks = Object.keys(labelled).filter((label) => label.startsWith(sharedPrefix));
  return marks.length === 0 ? noMarks : marks;
}

/**
 * Whether the snapshot was written in another cluster.
 * The administrator who moved it vouches for it.
 * Assumed if the uid of this cluster is not known.
 */
export function isOfAnotherCluster({ clusterUid }: SnapshotHead, thisCluster: string | undefined): boolean {
  return clusterUid !== undefined && clusterUid !== thisCluster;
}

/**
 * Whether the plug's status does not account for the snapshot.
 * It belongs to another plug of this name, or the status was lost, or the status was restored with a plug of another
 * uid.
 */
export function isUnaccounted(head: SnapshotHead, plug: Plug): boolean {
  if (head.finishedAt !== undefined || namedBy(head, plug)) return false;
  if (plug.metadata.deletionTimestamp !== undefined) return false;
  const { revision, stage, snapshot } = plug.status ?? {};
  return (revision === undefined && stage === undefined) || snapshot === head.name;
}

/** The place of a plug, with which the snapshots of its name are compared. */
export interface Whereabouts {
  /** The uid of this cluster; undefined if it may not be read. */
  readonly clusterUid: string | undefined;
  /** A namespace as it is now: undefined if it is gone, without a uid if it may not be read. */
  readonly namespaceOf: (name: string) => KubeObject | undefined;
}

/**
 * The owner of the coupling that an unaccounted snapshot records.
 * `own`: the plug itself, whose status was lost.
 * `moved`: brought here from another cluster.
 * `again`: the same namespaces, whose plug or socket was created again.
 * `former`: another tenant, who had a namespace of this name before.
 */
export type Kinship = "own" | "moved" | "again" | "former";

/** How an unaccounted snapshot relates to a plug of its name. Pure. */
export function kinshipOf(head: SnapshotHead, plug: Plug, { clusterUid, namespaceOf }: Whereabouts): Kinship {
  if (head.clusterUid !== undefined && clusterUid !== undefined && head.clusterUid !== clusterUid) return "moved";
  const { socketNamespace, socketNamespaceUid, plugNamespaceUid } = head;
  if (isAnothersNamespace(plugNamespaceUid, namespaceOf(plug.metadata.namespace))) return "former";
  if (socketNamespace !== undefined && isAnothersNamespace(socketNamespaceUid, namespaceOf(socketNamespace)))
    return "former";
  return head.plugUid === plug.metadata.uid ? "own" : "again";
}

/** Whether a namespace is not the recorded one, and no annotation says that it was restored from that. */
export function isAnothersNamespace(recordedUid: string | undefined, namespace: KubeObject | undefined): boolean {
  const { uid, annotations: notes = {} } = namespace?.metadata ?? {};
  if (recordedUid === undefined || uid === undefined || uid === recordedUid) return false;
  return notes[annotations.restoredFrom] !== recordedUid;
}

/** Whether the plug must wait until a coupling of another tenant under its name ends. */
export function isFormer(head: SnapshotHead, plug: Plug, around: Whereabouts): boolean {
  return isUnaccounted(head, plug) && kinshipOf(head, plug, around) === "former";
}

/** After this time the plug's status would name its own snapshot, in milliseconds. */
const namedWithinMilliseconds = 60_000;

/** Whether the plug must be adopted on a snapshot. Its own newest snapshot is about to be named by its status. */
export function isAdoptable(head: SnapshotHead, plug: Plug, now: number): boolean {
  if (!isUnaccounted(head, plug)) return false;
  return head.plugUid !== plug.metadata.uid || now - head.createdAt > namedWithinMilliseconds;
}

/** Whether the plug's status names the snapshot. */
export function namedBy(head: SnapshotHead, plug: Plug): boolean {
  return (
    plug.metadata.uid === head.plugUid &&
    (plug.status?.snapshot === head.name || plug.status?.performed?.snapshot === head.name)
  );
}

export interface ObservedSnapshot {
  readonly head: SnapshotHead;
  /** The plug of that namespace and name, if it exists. */
  readonly plug: Plug | undefined;
  /** Whether the snapshot records the coupling of another tenant, for whose end the plug waits. */
  readonly former?: boolean | undefined;
  /** Since when no plug names the snapshot, in milliseconds since the epoch; undefined if one does. */
  readonly orphanedSince: number | undefined;
  readonly now: number;
  /** The time between two resyncs, in milliseconds. */
  readonly resync: number;
  /** The uid of this cluster; undefined if it is not known. */
  readonly clusterUid: string | undefined;
}

/**
 * Whether `snapshot.sweep` is due: a finished snapshot that is one resync old, or one that no plug named at two
 * resyncs.
 * A snapshot of another cluster waits for its plug until it is adopted or an administrator forgets it.
 */
export function sweepDue(observed: ObservedSnapshot): boolean {
  const { head, plug, former = false, orphanedSince, now, resync, clusterUid } = observed;
  if (head.finishedAt !== undefined) return now - head.finishedAt >= resync;
  if (isOfAnotherCluster(head, clusterUid)) return false;
  if (plug !== undefined && isNeeded(head, plug, former)) return false;
  return orphanedSince !== undefined && now - orphanedSince >= 2 * resync;
}

/** Whether the plug of its name names a snapshot, or must be adopted on it. */
export function isNeeded(head: SnapshotHead, plug: Plug, former: boolean): boolean {
  return namedBy(head, plug) || (!former && isUnaccounted(head, plug));
}

interface Observed {
  readonly plug: Plug;
  readonly heads?: readonly SnapshotHead[] | undefined;
}

/** The snapshots of this very plug, also those of couplings that have ended. */
export function ownHeads({ plug, heads = [] }: Observed): readonly SnapshotHead[] {
  return heads.filter(({ plugUid }) => plugUid === plug.metadata.uid);
}

/** Whether Plugboard has coupled the plug, whatever its status says. */
export function wasOurs(observed: Observed): boolean {
  return ownHeads(observed).length > 0;
}
