import { createHash } from "node:crypto";
import { annotations, fieldManager, labels } from "../crds/names.ts";
import { Conflict } from "../kit/errors.ts";
import type { KubeObject, ObjectKey, ObjectMeta } from "../kit/kube.ts";
import type { Notice } from "../kit/notices.ts";
import { keyText, notOurs, performStep, type StepResult } from "../kit/steps.ts";
import type { StageContext } from "./context.ts";
import { bearsApplyMark, isLabelled } from "./ownership.ts";
import type { PlacedResource, Planning } from "./plan-resources.ts";

/**
 * An object that several couplings render belongs to the last that applied it. Who finds another's uid on what it applies marks both
 * snapshots with a digest of the object's name; who leaves takes its mark off, then asks for one snapshot that still bears it. So no work
 * grows with the number of holders.
 */
export function sharedMark(key: ObjectKey): string {
  const digest = createHash("sha256").update(keyText(key)).digest("hex").slice(0, 32);
  return `shared.integration.rock8s.com/${digest}`;
}

/** Whether another coupling's uid is on the object. */
export function isAnothers(metadata: ObjectMeta | undefined, plugUid: string): boolean {
  const owner = metadata?.labels?.[labels.plugUid];
  return owner !== undefined && owner !== plugUid;
}

/** Who may hold what others hold too. */
export interface Sharer {
  readonly object: KubeObject;
  readonly plugUid: string;
  readonly snapshots: readonly string[];
}

/** Marks the snapshots of all that hold what this plug is about to apply too, and tells of contents that differ. Before the first apply. */
export async function recordSharing(
  context: StageContext,
  sharer: Sharer,
  placed: readonly PlacedResource[],
): Promise<readonly Notice[]> {
  const shared = placed.filter(({ resource, seen }) => resource.do !== "delete" && isAnothers(seen, sharer.plugUid));
  if (shared.length === 0) return [];
  const marks = shared.map(({ key }) => sharedMark(key));
  await Promise.all(sharer.snapshots.map((name) => context.snapshots.mark(name, marks)));
  const notices = await Promise.all(shared.map((one) => recordOther(context, sharer, one)));
  return notices.flat();
}

async function recordOther(context: StageContext, sharer: Sharer, one: PlacedResource): Promise<readonly Notice[]> {
  const mark = sharedMark(one.key);
  const other = one.seen?.labels?.[labels.plugUid] ?? "";
  const theirs = await context.snapshots.ofPlugUid(other);
  await Promise.all(
    theirs.filter(({ marks }) => !marks.includes(mark)).map(({ name }) => context.snapshots.mark(name, [mark])),
  );
  const live = await context.kube.as(one.as).get(one.key);
  if (live === undefined || covers(live, one.object)) return [];
  const plugs = await Promise.all(theirs.slice(0, 1).map(({ name }) => context.snapshots.read(name)));
  const [their] = plugs.flatMap((snapshot) => (snapshot === undefined ? [] : [snapshot.plug]));
  const what = `${one.key.kind} ${one.key.namespace ?? ""}/${one.key.name}`;
  const notice = (about: KubeObject, rival: string): Notice => ({
    about,
    type: "Warning",
    reason: "SharedObjectDiffers",
    message: `${what} is rendered differently by ${rival}; it is as the last one applied it`,
  });
  const them: KubeObject | undefined =
    their === undefined ? undefined : { apiVersion: sharer.object.apiVersion, kind: "Plug", metadata: their };
  const us = `plug ${sharer.object.metadata.namespace ?? ""}/${sharer.object.metadata.name}`;
  return [
    notice(sharer.object, them === undefined ? "another plug" : `plug ${their?.namespace}/${their?.name}`),
    ...(them === undefined ? [] : [notice(them, us)]),
  ];
}

/** Whether everything that is wanted is there as wanted. */
export function covers(there: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(there) &&
      wanted.length === there.length &&
      wanted.every((item, index) => covers(there[index], item))
    );
  if (typeof wanted !== "object" || wanted === null) return there === wanted;
  if (typeof there !== "object" || there === null) return false;
  const found = new Map(Object.entries(there));
  return Object.entries(wanted).every(([key, value]) => covers(found.get(key), value));
}

export interface Leaving {
  readonly target: ObjectKey;
  readonly as: { readonly namespace: string; readonly name: string };
  readonly plugUid: string;
  /** The plug's snapshots that may bear the mark. */
  readonly snapshots: readonly string[];
}

/** Leaves a shared object: deletes it when nobody else holds it, else sees that another has it. Safe to repeat from any point. */
export async function leaveShared(context: StageContext, leaving: Leaving): Promise<StepResult> {
  const { target, as, plugUid } = leaving;
  const mark = sharedMark(target);
  const kube = context.live.as(as);
  await Promise.all(leaving.snapshots.map((name) => context.snapshots.unmark(name, mark)));
  for (;;) {
    const found = await kube.getMetadata(target);
    if (found === undefined) return { kind: "removed", key: target };
    const { uid, resourceVersion, labels: marks } = found.metadata;
    const owner = marks?.[labels.plugUid];
    const foreign = isForeign(found.metadata);
    if (owner === undefined && !foreign && !isSeeds(found.metadata)) return notOurs(target);
    if (owner !== undefined && owner !== plugUid && (await context.snapshots.holds(owner, mark)))
      return { kind: "removed", key: target };
    const heir = await context.snapshots.otherHolder(plugUid, mark);
    try {
      if (heir === undefined && foreign) return await giveBack(context, leaving, found.metadata);
      if (heir === undefined) {
        await kube.delete(target, { uid, resourceVersion, propagation: "Background" });
        return { kind: "removed", key: target };
      }
      await kube.patch(target, { metadata: { resourceVersion, labels: { [labels.plugUid]: heir } } });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
    // The heir may have left meanwhile without having seen that it is one: looked at again.
  }
}

function isForeign(metadata: ObjectMeta): boolean {
  return isLabelled(metadata) && metadata.annotations?.[annotations.foreign] === "true";
}

/** Whether the seed's operator applied it, and none of us since. */
function isSeeds(metadata: ObjectMeta): boolean {
  return bearsApplyMark(metadata) && !isLabelled(metadata);
}

/** Gives an object back to whoever had it before us. The label that passed between holders is no part of what was applied, so it goes first. */
async function giveBack(
  context: StageContext,
  { target, as }: Leaving,
  { uid, resourceVersion }: ObjectMeta,
): Promise<StepResult> {
  await context.live.as(as).patch(target, { metadata: { resourceVersion, labels: { [labels.plugUid]: null } } });
  const step = { kind: "withdraw", target, uid, isOurs: isForeign, fieldManager, as, tolerance: "none" } as const;
  return performStep(step, context.live);
}

/** How the objects of a coupling are left, given what its snapshots say it shares. */
export async function leavingOf(
  context: StageContext,
  plugUid: string,
  snapshots: readonly string[],
): Promise<NonNullable<Planning["leave"]>> {
  const marks = new Set((await Promise.all(snapshots.map((name) => context.snapshots.marksOf(name)))).flat());
  return (target, as) =>
    marks.has(sharedMark(target)) ? () => leaveShared(context, { target, as, plugUid, snapshots }) : undefined;
}
