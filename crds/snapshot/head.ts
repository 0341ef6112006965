import { createHash } from "node:crypto";
import type { KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import { annotations, labels, manager } from "../names.ts";
import type { Plug } from "../plug/plug.generated.ts";

/** What a snapshot says of itself in its metadata, for whoever may not read what is in it. */
export interface SnapshotHead {
  readonly name: string;
  /** Digest of the plug's namespace and name. */
  readonly of: string;
  readonly plugUid: string;
  /** The uid of the cluster it was written in (of its namespace kube-system), where who wrote it knew that. */
  readonly clusterUid: string | undefined;
  /** The uid of the plug's namespace; undefined where it could not be read, as all that follows up to `admitted`, and in snapshots of an older Plugboard. */
  readonly plugNamespaceUid?: string | undefined;
  /** Digest of the socket's namespace and name. */
  readonly socket?: string | undefined;
  readonly socketNamespace?: string | undefined;
  readonly socketNamespaceUid?: string | undefined;
  /** The digest of what admitted the plug to the socket; undefined for a coupling that was adopted and not admitted since. */
  readonly admitted?: string | undefined;
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When the coupling it belongs to was undone (milliseconds since the epoch); undefined while it may still be needed. */
  readonly finishedAt: number | undefined;
  /** Whether it is finished only because a later one took its coupling over. */
  readonly superseded: boolean;
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

/** The annotation on a snapshot that names what its coupling made beyond what the snapshot itself renders: objects of its results. */
export const madeBesides = "integration.rock8s.com/snapshot-made-besides";

/** Under which the snapshots of an older Plugboard are found, which do not name their socket. */
export const unnamedSocket = "";

/** Selects every snapshot in the operator's namespace. */
export const snapshotSelector: string = `${labels.managedBy}=${manager},${snapshotLabels.of}`;

/** The label value under which the snapshots of a plug, or of those coupled to a socket, of that name are found. */
export function snapshotsOf(owner: { readonly namespace?: string | undefined; readonly name: string }): string {
  return createHash("sha256")
    .update(`${owner.namespace ?? ""}/${owner.name}`)
    .digest("hex")
    .slice(0, 32);
}

/** The name of a snapshot. Only those of a plug of one name begin alike, so that no status can name another's. */
export function snapshotName(
  plug: { readonly namespace?: string | undefined; readonly name: string },
  revision: number,
  nonce: string,
): string {
  return `plugboard-${snapshotsOf(plug)}-${revision}-${nonce}`;
}

/** Whether a snapshot of that name can be of a plug of this name. */
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
  };
}

/** Whether the snapshot was written in another cluster: whoever brought it here vouches for it. Where this cluster's uid is not known, that is assumed. */
export function isOfAnotherCluster({ clusterUid }: SnapshotHead, thisCluster: string | undefined): boolean {
  return clusterUid !== undefined && clusterUid !== thisCluster;
}

/**
 * Whether the plug's status says nothing of what the snapshot is of: it is another plug's of that name, or its own whose status was lost, or
 * a status that names it was brought back with a plug of another uid.
 */
export function isUnaccounted(head: SnapshotHead, plug: Plug): boolean {
  if (head.finishedAt !== undefined || namedBy(head, plug)) return false;
  if (plug.metadata.deletionTimestamp !== undefined) return false;
  const { revision, stage, snapshot } = plug.status ?? {};
  return (revision === undefined && stage === undefined) || snapshot === head.name;
}

/** Where a plug is now, by which snapshots of its name are judged. */
export interface Whereabouts {
  /** The uid of this cluster; undefined where it may not be read. */
  readonly clusterUid: string | undefined;
  /** A namespace as it is now: undefined when it is gone, without a uid where it may not be read. */
  readonly namespaceOf: (name: string) => KubeObject | undefined;
}

/**
 * Whose the coupling is that a snapshot which is not accounted for records: the plug's own, whose status was lost (`own`); one that was
 * brought here from another cluster (`moved`); one of the same namespaces, whose plug or socket was made again (`again`); or one of another
 * tenant, who had a namespace of that name before (`former`).
 */
export type Kinship = "own" | "moved" | "again" | "former";

/** What an unaccounted snapshot is to a plug of its name. Pure. */
export function kinshipOf(head: SnapshotHead, plug: Plug, { clusterUid, namespaceOf }: Whereabouts): Kinship {
  if (head.clusterUid !== undefined && clusterUid !== undefined && head.clusterUid !== clusterUid) return "moved";
  const { socketNamespace, socketNamespaceUid, plugNamespaceUid } = head;
  if (isAnothersNamespace(plugNamespaceUid, namespaceOf(plug.metadata.namespace))) return "former";
  if (socketNamespace !== undefined && isAnothersNamespace(socketNamespaceUid, namespaceOf(socketNamespace)))
    return "former";
  return head.plugUid === plug.metadata.uid ? "own" : "again";
}

/** Whether a namespace is another than the one that was recorded, and nobody vouches that it was restored from that. */
export function isAnothersNamespace(recordedUid: string | undefined, namespace: KubeObject | undefined): boolean {
  const { uid, annotations: notes = {} } = namespace?.metadata ?? {};
  if (recordedUid === undefined || uid === undefined || uid === recordedUid) return false;
  return notes[annotations.restoredFrom] !== recordedUid;
}

/** Whether the plug has to wait until the coupling is ended that another tenant had under its name. */
export function isFormer(head: SnapshotHead, plug: Plug, around: Whereabouts): boolean {
  return isUnaccounted(head, plug) && kinshipOf(head, plug, around) === "former";
}

/** So old is a snapshot of the plug itself when its status would long have named it. */
const namedWithinMilliseconds = 60_000;

/** Whether the plug has to be adopted on a snapshot. One of its own that was just written is about to be named. */
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
  /** The plug of that namespace and name, if there is one. */
  readonly plug: Plug | undefined;
  /** Whether it records the coupling of another tenant, for whose end that plug waits. */
  readonly former?: boolean | undefined;
  /** Since when nobody is seen to name it (milliseconds since the epoch); undefined when somebody does. */
  readonly orphanedSince: number | undefined;
  readonly now: number;
  /** The time between two resyncs, in milliseconds. */
  readonly resync: number;
  /** The uid of this cluster; undefined where it is not known. */
  readonly clusterUid: string | undefined;
}

/**
 * Whether `snapshot.sweep` is due: a finished snapshot one resync old, or one that nobody named at two resyncs. One of another cluster waits
 * for its plug, which may be brought here later, until it is adopted or somebody forgets it.
 */
export function sweepDue(observed: ObservedSnapshot): boolean {
  const { head, plug, former = false, orphanedSince, now, resync, clusterUid } = observed;
  if (head.finishedAt !== undefined) return now - head.finishedAt >= resync;
  if (isOfAnotherCluster(head, clusterUid)) return false;
  if (plug !== undefined && isNeeded(head, plug, former)) return false;
  return orphanedSince !== undefined && now - orphanedSince >= 2 * resync;
}

/** Whether the plug of its name names a snapshot, or is to be adopted on it. */
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
