import { hash } from "node:crypto";
import { annotations, apiVersion, fieldManager, labels, manager } from "../../crds/names.ts";
import { readPlug } from "../../crds/plug/parse.ts";
import { isUnaccounted, namedBy, type SnapshotHead, sharedPrefix } from "../../crds/snapshot/head.ts";
import { Conflict } from "../../kit/errors.ts";
import { keyOf, keyText } from "../../kit/kube/keys.ts";
import type { KubeObject, ObjectKey, ObjectMeta } from "../../kit/kube/port.ts";
import { bears, type Marks } from "../../kit/performing/marks.ts";
import {
  asWhom,
  type EffectStep,
  lingering,
  noEffects,
  notOurs,
  performStep,
  type StepResult,
} from "../../kit/performing/steps.ts";
import type { Adopter } from "../snapshot/snapshot.ts";
import type { StageContext } from "../stage.ts";
import { bearsApplyMark, isLabelled } from "./ownership-marks.ts";

/**
 * The mark of a shared object: a digest of its name.
 * An object that several couplings render belongs to the one that applied it last.
 * A coupling that finds another uid on the object marks both snapshots.
 * A coupling that leaves removes its mark, then searches for one snapshot that still has the mark.
 * So no work grows with the number of holders.
 */
export function sharedMark(key: ObjectKey): string {
  const digest = hash("sha256", keyText(key)).slice(0, 32);
  return `${sharedPrefix}${digest}`;
}

/** The effect of leaving a shared object, as data. */
export interface LeaveShared {
  readonly kind: "leave shared";
  readonly plug: Adopter["metadata"];
}

/** How often an object that another client changes is read again. After that, the stage is retried later. */
const looksAtMost = 10;

/**
 * Leaves a shared object: deletes it if no other coupling holds it, else makes sure that another owns it.
 * Safe to repeat from any point.
 */
export async function leaveShared(context: StageContext, step: EffectStep<LeaveShared>): Promise<StepResult> {
  const { target, effect } = step;
  const plugUid = effect.plug.uid;
  const mark = sharedMark(target);
  const kube = asWhom(context.live, step);
  for await (const { name } of context.snapshots.markedOf(plugUid, mark)) await context.snapshots.unmark(name, mark);
  for (let looks = 0; looks < looksAtMost; looks += 1) {
    const found = await kube.getMetadata(target);
    if (found === undefined) return { kind: "removed", key: target };
    const { uid, resourceVersion, labels: marks } = found.metadata;
    const owner = marks?.[labels.plugUid];
    const isForeign = bears(found.metadata, foreign);
    if (owner === undefined && !isForeign && !(await isAdopted(context, effect, found))) return notOurs(target);
    const isHeld = owner !== undefined && owner !== plugUid;
    if (isHeld && (await firstHolder(context, context.snapshots.markedOf(owner, mark))) !== undefined)
      return { kind: "removed", key: target };
    const heir = await firstHolder(context, context.snapshots.markedOfOthers(plugUid, mark));
    try {
      if (heir === undefined && isForeign) return await giveBack(context, step, found.metadata);
      if (heir === undefined) {
        await kube.delete(target, { uid, resourceVersion, propagation: "Background" });
        return (await lingering(kube, target, found.metadata, step)) ?? { kind: "removed", key: target };
      }
      await kube.patch(target, { metadata: { resourceVersion, labels: { [labels.plugUid]: heir } } });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
    // The next holder may have left without knowing that it was one: search again.
  }
  throw new Conflict(
    `${target.kind} ${target.namespace ?? ""}/${target.name} changed at each attempt to remove this coupling from it`,
  );
}

/**
 * The uid of a plug that needs one of the snapshots.
 * A snapshot that no status names (its stage was killed, or it is of an older revision) holds nothing.
 */
async function firstHolder(context: StageContext, heads: AsyncIterable<SnapshotHead>): Promise<string | undefined> {
  for await (const head of heads) if (await isNeeded(context, head)) return head.plugUid;
  return undefined;
}

async function isNeeded({ live, snapshots }: StageContext, head: SnapshotHead): Promise<boolean> {
  const snapshot = await snapshots.read(head.name);
  if (snapshot === undefined) return false;
  const { namespace, name } = snapshot.plug;
  const object = await live.get({ apiVersion, kind: "Plug", namespace, name });
  if (object === undefined) return false;
  const plug = readPlug(object);
  return namedBy(head, plug) || isUnaccounted(head, plug);
}

const foreign: readonly Marks[] = [
  [
    { label: labels.managedBy, is: manager },
    { annotation: annotations.foreign, is: "true" },
  ],
];

/**
 * Whether integration-operator applied the object, Plugboard has not applied it since, and the plug took over this
 * object.
 */
async function isAdopted({ snapshots }: StageContext, { plug }: LeaveShared, found: KubeObject): Promise<boolean> {
  const { metadata } = found;
  if (!bearsApplyMark(metadata) || isLabelled(metadata)) return false;
  const adopted = await snapshots.adopted({ kind: "Plug", metadata: plug });
  return adopted.get(keyText(keyOf(found))) === metadata.uid;
}

/**
 * Gives an object back to its former owner.
 * The label of the holder is not part of the applied object, so it is removed first.
 */
async function giveBack(
  context: StageContext,
  { target, as }: Pick<EffectStep<LeaveShared>, "target" | "as">,
  { uid, resourceVersion }: ObjectMeta,
): Promise<StepResult> {
  await asWhom(context.live, { as }).patch(target, {
    metadata: { resourceVersion, labels: { [labels.plugUid]: null } },
  });
  const step = { kind: "withdraw", target, uid, ours: foreign, fieldManager, as, tolerance: "none" } as const;
  return performStep(step, context.live, noEffects);
}

/** The objects that the plug shares with others, by its snapshots. */
export interface SharedBy extends LeaveShared {
  readonly marks: ReadonlySet<string>;
}

/** Reads from a plug's snapshots which objects it shares. */
export async function readShared(
  context: StageContext,
  plug: Adopter["metadata"],
  snapshots: readonly string[],
): Promise<SharedBy> {
  const { namespace, name, uid } = plug;
  const marks = new Set(await context.snapshots.marksOf(plug, snapshots));
  return { kind: "leave shared", plug: { namespace, name, uid }, marks };
}

/** How to leave an object that other couplings may hold. */
export function leavingOf(shared: SharedBy | undefined, target: ObjectKey): LeaveShared | undefined {
  if (!shared?.marks.has(sharedMark(target))) return undefined;
  const { kind, plug } = shared;
  return { kind, plug };
}
