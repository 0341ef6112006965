import { NotFound } from "../../kit/errors.ts";
import type { KubeObject, ObjectKey, ObjectMeta, ServiceAccountName } from "../../kit/kube/port.ts";
import type { EffectStep } from "../../kit/performing/steps.ts";
import type { StageContext } from "../stage.ts";
import type { KeysToStore } from "./key-store.ts";
import { type Adopted, type Adopter, type MadeBesides, type Snapshot, snapshotSecret } from "./snapshot.ts";

/**
 * Updates of Plugboard's own records of a coupling (snapshots, keys, labels) outside its status.
 * Each is safe to repeat.
 */
export type Upkeep =
  | { readonly kind: "write snapshot"; readonly snapshot: Snapshot; readonly secret: KubeObject }
  | { readonly kind: "remove snapshot"; readonly name: string }
  /** The coupling was undone. */
  | { readonly kind: "finish snapshot"; readonly name: string; readonly now: number }
  /** The coupling continues with a later snapshot. */
  | { readonly kind: "supersede snapshot"; readonly name: string; readonly now: number }
  /** The coupling shares an object with others. */
  | { readonly kind: "mark snapshot"; readonly name: string; readonly marks: readonly string[] }
  /** All snapshots of a plug must record that it shares an object. */
  | { readonly kind: "mark snapshots"; readonly plugUid: string; readonly mark: string }
  /** The coupling is about to make an object that the snapshot does not render. */
  | { readonly kind: "name made"; readonly name: string; readonly made: readonly MadeBesides[] }
  /**
   * Finishes all snapshots of a deleted plug, so that a later plug of this name is not adopted on them.
   * Leaves those of another plug that had the name.
   */
  | { readonly kind: "finish snapshots"; readonly plug: Owner & { readonly uid: string }; readonly now: number }
  /** The objects that a plug or socket took over from integration-operator. */
  | { readonly kind: "keep adopted"; readonly owner: Adopter; readonly adopted: Adopted }
  | { readonly kind: "forget adopted"; readonly owner: Adopter }
  /** The keys that templates made. Only a stage that holds its plug stores them. */
  | { readonly kind: "store keys"; readonly keys: KeysToStore }
  /** The keys of an ended coupling, as they were read before. */
  | { readonly kind: "forget keys"; readonly plug: Owner; readonly seen: ObjectMeta | undefined }
  /** Gives an object of a former coupling the labels of this coupling, so that its end removes the object. */
  | {
      readonly kind: "relabel";
      readonly key: ObjectKey;
      readonly as: ServiceAccountName;
      readonly uid: string | undefined;
      readonly labels: { readonly [label: string]: string };
    };

/** Upkeep as the effect of a plan's step: only the holder of the plan's claim performs it. */
export interface KeepUp {
  readonly kind: "keep up";
  readonly task: Upkeep;
}

/** The step that stores keys, before the steps of what was rendered with them; none if all are stored. */
export function storingSteps(keys: KeysToStore | undefined): readonly EffectStep<KeepUp>[] {
  return keys === undefined ? [] : [upkeepStep({ kind: "store keys", keys }, keys.key)];
}

/** The step that performs upkeep of a Secret of Plugboard. */
export function upkeepStep(task: Upkeep, target: ObjectKey): EffectStep<KeepUp> {
  return { kind: "effect", target, tolerance: "none", discreet: true, effect: { kind: "keep up", task } };
}

type Owner = Pick<Snapshot["plug"], "namespace" | "name">;

/** The parts of the context that upkeep needs. */
export type UpkeepTools = Pick<StageContext, "live" | "snapshots">;

/** The task that writes a snapshot, and the snapshot's name. */
export interface Writing {
  readonly write: Extract<Upkeep, { kind: "write snapshot" }>;
  readonly name: string;
}

/**
 * The task that writes a snapshot, with its sharing marks and the objects it does not render, under a unique name; and
 * that name.
 * @throws TooLarge
 */
export async function writing(
  { operatorNamespace: namespace, random }: Pick<StageContext, "operatorNamespace" | "random">,
  snapshot: Snapshot,
  marks: readonly string[],
  besides: readonly MadeBesides[],
): Promise<Writing> {
  const secret = await snapshotSecret(snapshot, { namespace, nonce: random().slice(0, 8), marks, besides });
  return { write: { kind: "write snapshot", snapshot, secret }, name: secret.metadata.name };
}

/** Performs the tasks in order. @throws OperatorError */
export async function keepUp(tools: UpkeepTools, tasks: readonly Upkeep[] = []): Promise<void> {
  for (const task of tasks) await keepUpOne(tools, task);
}

function keepUpOne(tools: UpkeepTools, task: Upkeep): Promise<unknown> {
  const { snapshots } = tools;
  switch (task.kind) {
    case "write snapshot":
      return snapshots.write(task.secret, task.snapshot);
    case "remove snapshot":
      return snapshots.remove(task.name);
    case "finish snapshot":
      return snapshots.finish(task.name, task.now);
    case "supersede snapshot":
      return snapshots.supersede(task.name, task.now);
    case "mark snapshot":
      return snapshots.mark(task.name, task.marks);
    case "mark snapshots":
      return markAll(tools, task);
    case "name made":
      return snapshots.nameMade(task.name, task.made);
    case "finish snapshots":
      return finishAll(tools, task);
    case "keep adopted":
      return snapshots.keepAdopted(task.owner, task.adopted);
    case "forget adopted":
      return snapshots.forgetAdopted(task.owner);
    case "store keys":
      return snapshots.keys.store(task.keys);
    case "forget keys":
      return snapshots.keys.forget(task.plug, task.seen);
    case "relabel":
      return relabel(tools, task);
  }
}

async function markAll(
  { snapshots }: UpkeepTools,
  { plugUid, mark }: Extract<Upkeep, { kind: "mark snapshots" }>,
): Promise<void> {
  const unmarked = (await snapshots.ofPlugUid(plugUid)).filter(({ marks }) => !marks.includes(mark));
  await Promise.all(unmarked.map(({ name }) => snapshots.mark(name, [mark])));
}

async function finishAll(
  { snapshots }: UpkeepTools,
  { plug, now }: Extract<Upkeep, { kind: "finish snapshots" }>,
): Promise<void> {
  const heads = await snapshots.knownHeads(plug);
  const open = heads.filter(({ finishedAt, plugUid }) => finishedAt === undefined && plugUid === plug.uid);
  await Promise.all(open.map(({ name }) => snapshots.finish(name, now)));
}

async function relabel(
  { live }: UpkeepTools,
  { key, as, uid, labels }: Extract<Upkeep, { kind: "relabel" }>,
): Promise<void> {
  try {
    await live.as(as).patch(key, { metadata: { uid, labels } });
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}
