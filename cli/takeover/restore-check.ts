import { apiVersion } from "../../crds/names.ts";
import { readPlug } from "../../crds/plug/parse.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import {
  isUnaccounted,
  type Kinship,
  kinshipOf,
  namedBy,
  type SnapshotHead,
  snapshotHead,
  snapshotSelector,
} from "../../crds/snapshot/head.ts";
import type { Snapshot } from "../../functions/snapshot/snapshot.ts";
import { SnapshotStore } from "../../functions/snapshot/store.ts";
import { whereabouts } from "../../functions/stage.ts";
import { everyObject, readClusterUid } from "../../kit/kube/every-object.ts";
import type { Kube } from "../../kit/kube/port.ts";

export interface RestoreCheckOptions {
  readonly operatorNamespace: string;
  /** Prints one line. */
  readonly say: (line: string) => void;
}

/** What happens to a snapshot: its coupling continues, is adopted, or ends. */
type Prospect = "in use" | Kinship | "ended";

/**
 * `plugboard restore check`: lists which snapshots Plugboard would adopt, and which couplings it would end.
 * Writes nothing.
 * The exit code: 1 if a coupling would end.
 */
export async function restoreCheck(kube: Kube, { operatorNamespace, say }: RestoreCheckOptions): Promise<number> {
  const query = { apiVersion: "v1", kind: "Secret", namespace: operatorNamespace, labelSelector: snapshotSelector };
  const secrets = await everyObject(kube, { ...query, metadataOnly: true });
  const heads = secrets
    .map(({ metadata }) => snapshotHead(metadata))
    .filter(({ finishedAt }) => finishedAt === undefined);
  const snapshots = new SnapshotStore(kube, operatorNamespace);
  const clusterUid = await readClusterUid(kube);
  const counts = new Map<Prospect, number>();
  for (const head of heads) {
    const snapshot = await snapshots.read(head.name);
    if (snapshot === undefined) continue;
    const plug = await readPlugOf(kube, snapshot);
    const located = await whereabouts(
      { live: kube, clusterUid: async () => clusterUid },
      { metadata: unread(snapshot) },
      [head],
    );
    const prospect = prospectOf(head, plug ?? absentPlug(snapshot), located);
    counts.set(prospect, (counts.get(prospect) ?? 0) + 1);
    if (prospect !== "in use") say(lineOf(snapshot, head, { prospect, isThere: plug !== undefined }));
  }
  const count = (prospect: Prospect): number => counts.get(prospect) ?? 0;
  const adopted = count("own") + count("moved") + count("again");
  const ended = count("former") + count("ended");
  say(`Snapshots: ${count("in use")} in use, ${adopted} to adopt, ${ended} whose coupling ends.`);
  return ended === 0 ? 0 : 1;
}

function prospectOf(head: SnapshotHead, plug: Plug, located: Parameters<typeof kinshipOf>[2]): Prospect {
  if (namedBy(head, plug)) return "in use";
  const kinship = kinshipOf(head, plug, located);
  return isUnaccounted(head, plug) || kinship === "moved" ? kinship : "ended";
}

const prospects: { readonly [prospect in Exclude<Prospect, "in use">]: string } = {
  own: "The status of the plug was lost. Plugboard adopts the coupling as it was.",
  moved:
    "From another cluster. Plugboard adopts it by name. It stays admitted unless the rules of the socket changed and refuse the plug.",
  again:
    "Same cluster and namespaces, other plug or socket. Plugboard adopts and preserves it. New data flows when the rules, interface and limit of the socket admit the plug.",
  former:
    "A namespace has another uid, so it belongs to another tenant. Plugboard ends the coupling. If you restored the namespace, set its annotation integration.rock8s.com/restored-from to the uid below.",
  ended: "The plug has another coupling, or is being deleted. Plugboard ends this coupling.",
};

interface Outlook {
  readonly prospect: Exclude<Prospect, "in use">;
  /** Whether the plug exists. */
  readonly isThere: boolean;
}

function lineOf({ plug, socket, revision }: Snapshot, { name }: SnapshotHead, { prospect, isThere }: Outlook): string {
  const when =
    isThere || prospect === "former" || prospect === "ended" ? "" : " Plugboard waits until the plug is created.";
  const uids = [plug, socket].map(({ namespace, namespaceUid }) => `${namespace} ${namespaceUid ?? "(unknown)"}`);
  const former = prospect === "former" ? ` Recorded namespaces: ${uids.join(", ")}.` : "";
  return `Plug ${plug.namespace}/${plug.name}, socket ${socket.namespace}/${socket.name}, revision ${revision} (${name}): ${prospects[prospect]}${when}${former}`;
}

async function readPlugOf(kube: Kube, { plug: { namespace, name } }: Snapshot): Promise<Plug | undefined> {
  const object = await kube.get({ apiVersion, kind: "Plug", namespace, name });
  return object === undefined ? undefined : readPlug(object);
}

function unread({ plug: { namespace, name } }: Snapshot): Plug["metadata"] {
  return { namespace, name, uid: "", resourceVersion: "" };
}

/** The plug as it would be created: without a status, with another uid. */
function absentPlug(snapshot: Snapshot): Plug {
  return { apiVersion, kind: "Plug", metadata: unread(snapshot), spec: { socket: { name: snapshot.socket.name } } };
}
