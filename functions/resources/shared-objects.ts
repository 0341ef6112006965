import { refsOf } from "../../crds/coupling/references.ts";
import { type OurNotice, sharedDiffers } from "../../crds/messages.ts";
import { apiVersion, labels } from "../../crds/names.ts";
import { readPlug } from "../../crds/plug/parse.ts";
import type { SnapshotHead } from "../../crds/snapshot/head.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { KubeObject, ObjectKey, ObjectMeta } from "../../kit/kube/port.ts";
import { covers } from "../../kit/performing/covers.ts";
import type { OwnerIdentity, Snapshot } from "../snapshot/snapshot.ts";
import type { Upkeep } from "../snapshot/upkeep.ts";
import type { StageContext } from "../stage.ts";
import { sharedMark } from "./leave-shared.ts";
import { keyOfRef, keysOf, type PlacedResource } from "./plan-resources.ts";

/** Whether the object has the uid of another coupling. */
export function isAnothers(metadata: ObjectMeta | undefined, plugUid: string): boolean {
  const owner = metadata?.labels?.[labels.plugUid];
  return owner !== undefined && owner !== plugUid;
}

/** A coupling that may hold shared objects. */
export interface Sharer {
  readonly object: KubeObject;
  readonly plugUid: string;
  readonly snapshots: readonly string[];
}

/** The shared objects of a stage: the marks to write before the first apply, and the messages for people. */
export interface Sharing {
  readonly first: readonly Upkeep[];
  /**
   * The marks again after the apply: a snapshot that another plug wrote in the meantime lacks the mark.
   * From then on that plug finds our uid on the object.
   */
  readonly afterwards: readonly Upkeep[];
  readonly notices: readonly OurNotice[];
}

export const notShared: Sharing = { first: [], afterwards: [], notices: [] };

/**
 * Finds the other holders of the objects that this plug is about to apply.
 * The snapshots of all holders get a mark, and different contents are reported.
 * A label proves nothing: the plug of a uid counts only if it renders this object.
 * So a snapshot has at most as many marks as its coupling has objects.
 */
export async function findSharing(
  context: StageContext,
  sharer: Sharer,
  placed: readonly PlacedResource[],
): Promise<Sharing> {
  const labelled = placed.filter(({ resource, seen }) => resource.do !== "delete" && isAnothers(seen, sharer.plugUid));
  if (labelled.length === 0) return notShared;
  const found = await Promise.all(labelled.map((one) => findOther(context, one)));
  const shared = found.filter((one) => one !== undefined);
  if (shared.length === 0) return notShared;
  const marks = shared.map(({ placed: { key } }) => sharedMark(key));
  const own = sharer.snapshots.map((name): Upkeep => ({ kind: "mark snapshot", name, marks }));
  const notices = await Promise.all(shared.map((one) => differences(context, sharer, one)));
  return {
    first: [...own, ...shared.flatMap(marking)],
    afterwards: shared.map(({ placed: { key }, other }) => ({
      kind: "mark snapshots",
      plugUid: other.uid,
      mark: sharedMark(key),
    })),
    notices: notices.flat(),
  };
}

/** An object that another plug renders, too. */
interface SharedObject {
  readonly placed: PlacedResource;
  readonly other: OwnerIdentity;
  readonly snapshots: readonly SnapshotHead[];
}

async function findOther(context: StageContext, placed: PlacedResource): Promise<SharedObject | undefined> {
  const snapshots = await context.snapshots.ofPlugUid(placed.seen?.labels?.[labels.plugUid] ?? "");
  const read = await Promise.all(snapshots.map(({ name }) => context.snapshots.read(name)));
  const contents = read.filter((snapshot) => snapshot !== undefined);
  const [other] = contents.map(({ plug }) => plug);
  if (other === undefined) return undefined;
  const renders = (await rendersAny(context, contents, placed.key)) || (await appliedBy(context, other, placed.key));
  return renders ? { placed, other, snapshots } : undefined;
}

async function rendersAny({ kube }: StageContext, snapshots: readonly Snapshot[], key: ObjectKey): Promise<boolean> {
  const made = snapshots.flatMap(({ outcome, asCoupled }) => [...outcome.resources, ...asCoupled]);
  const alike = made.filter(({ do: act, object }) => act !== "delete" && object.metadata.name === key.name);
  return (await keysOf(kube, alike)).has(keyText(key));
}

/** No snapshot contains the objects of results: the other plug's own status lists them. */
async function appliedBy({ kube }: StageContext, plug: OwnerIdentity, key: ObjectKey): Promise<boolean> {
  const { namespace, name, uid } = plug;
  const object = await kube.get({ apiVersion, kind: "Plug", namespace, name });
  if (object?.metadata.uid !== uid) return false;
  return refsOf(readPlug(object), "applied").some((ref) => keyText(keyOfRef(ref)) === keyText(key));
}

function marking({ placed, snapshots }: SharedObject): readonly Upkeep[] {
  const mark = sharedMark(placed.key);
  return snapshots
    .filter(({ marks }) => !marks.includes(mark))
    .map(({ name }) => ({ kind: "mark snapshot", name, marks: [mark] }));
}

async function differences(
  context: StageContext,
  { object }: Sharer,
  { placed, other }: SharedObject,
): Promise<readonly OurNotice[]> {
  const live = await context.kube.as(placed.as).get(placed.key);
  if (live === undefined || covers(live, placed.object)) return [];
  const { kind, namespace = "", name } = placed.key;
  const notice = (about: KubeObject, rival: KubeObject["metadata"]): OurNotice => ({
    about,
    type: "Warning",
    ...sharedDiffers(`${kind} ${namespace}/${name}`, `plug ${rival.namespace ?? ""}/${rival.name}`),
  });
  const them: KubeObject = { apiVersion: object.apiVersion, kind: "Plug", metadata: identity(other) };
  return [notice(object, them.metadata), notice(them, object.metadata)];
}

function identity({ namespace, name, uid }: OwnerIdentity): KubeObject["metadata"] {
  return { namespace, name, uid };
}
