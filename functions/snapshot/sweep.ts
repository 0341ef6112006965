import { annotations, apiVersion, labels } from "../../crds/names.ts";
import { isEnding } from "../../crds/namespace/served.ts";
import { readPlug as readStoredPlug } from "../../crds/plug/parse.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import {
  isAnothersNamespace,
  isFormer,
  isNeeded,
  isOfAnotherCluster,
  type SnapshotHead,
  snapshotHead,
} from "../../crds/snapshot/head.ts";
import { areKeysOrphaned, type KeyOwner, keptKeysLabel, readKeyOwner } from "../../crds/snapshot/kept-keys.ts";
import type { StageRequest } from "../../crds/stage-names.ts";
import { KindNotServed } from "../../kit/errors.ts";
import { keyOf, keyText } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import { bearingToo } from "../../kit/performing/marks.ts";
import type { Tolerance } from "../../kit/performing/steps.ts";
import { couplingHook, type HookStep } from "../apparatus/hooks.ts";
import type { RenderedResource } from "../rendering/render-resources.ts";
import type { Side } from "../rendering/values.ts";
import { leavingOf, readShared } from "../resources/leave-shared.ts";
import type { Step } from "../resources/own-effects.ts";
import { marksOfPlug } from "../resources/ownership-marks.ts";
import { type Planning, placeResources, stepFor } from "../resources/plan-resources.ts";
import { planningOf } from "../resources/planning.ts";
import { defineStage } from "../run-stage.ts";
import {
  type Conclusion,
  type Decision,
  readNamespace,
  type Seen,
  type Stage,
  type StageContext,
  type Told,
  whereabouts,
} from "../stage.ts";
import { type Labelled, type MadeBesides, type Snapshot, secretsIn } from "./snapshot.ts";

const stage = "snapshot.sweep";

/**
 * Ends a snapshot that is not needed: undoes what remains of its coupling, then removes it.
 * Removes generated keys that no coupling needs.
 * Safe to repeat.
 */
export const sweep: Stage = defineStage<object, SnapshotView, Found>({
  stage,
  about: "snapshot",
  live: true,
  observe,
  whyNotDue: ({ object, head }, { clock }) =>
    isYoung(object, head, clock.now()) ? "a plug may name it soon" : undefined,
  find,
  decide: (_, found) => decide(found),
  conclude: ({ head }, found) => conclude(head, found),
  secrets: (found) => (found.kind === "not needed" ? secretsIn(found.snapshot) : []),
  // The Secret of a snapshot has no conditions.
  fail: () => undefined,
});

/** A snapshot by the metadata of its Secret. */
interface SnapshotView extends Seen<object> {
  readonly head: SnapshotHead;
}

type Found =
  | { readonly kind: "left"; readonly why: string }
  | { readonly kind: "orphaned keys"; readonly plug: KeyOwner; readonly seen: ObjectMeta }
  | {
      readonly kind: "not needed";
      readonly snapshot: Snapshot;
      /** The steps that undo what remains of its coupling. */
      readonly steps: readonly Step[];
      /** The keys made for its coupling, if no other coupling needs them. */
      readonly forgotten: ObjectMeta | undefined;
      /** Whether the plug does not exist any more, so that nobody needs the record of its adoption. */
      readonly isLast: boolean;
    };

async function observe({ live, operatorNamespace: namespace }: StageContext, { name }: StageRequest) {
  const object = await live.getMetadata({ apiVersion: "v1", kind: "Secret", namespace, name });
  return object === undefined ? undefined : { object, status: {}, head: snapshotHead(object.metadata) };
}

async function find(context: StageContext, { object, head }: SnapshotView): Promise<Found> {
  if (object.metadata.labels?.[keptKeysLabel] !== undefined) return findKeys(context, object.metadata);
  const snapshot = await context.snapshots.read(head.name);
  if (snapshot === undefined) return { kind: "left", why: "it does not exist any more" };
  const foreign = isOfAnotherCluster(head, await context.clusterUid());
  if (foreign && head.finishedAt === undefined)
    return { kind: "left", why: "it belongs to another cluster; its plug may be moved here later" };
  const kept = await context.snapshots.keys.seen(snapshot.plug);
  const plug = await readPlug(context, snapshot.plug);
  const around = await whereabouts(context, { metadata: { ...snapshot.plug, resourceVersion: "" } }, [head]);
  const former = plug !== undefined && isFormer(head, plug, around);
  if (plug !== undefined && isNeeded(head, plug, former)) return { kind: "left", why: "its plug needs it" };
  // An object with the labels of another cluster's coupling may belong to a living one now.
  const nothingLeft =
    foreign ||
    head.superseded ||
    (!former && isLookedAfter(head, snapshot, plug)) ||
    (await isSucceeded(context, head, plug));
  const needed = plug?.status?.snapshot !== undefined || isFresh(kept, context.clock.now());
  return {
    kind: "not needed",
    snapshot,
    steps: nothingLeft ? [] : await undoing(context, snapshot, head),
    forgotten: needed ? undefined : kept,
    isLast: plug?.metadata.uid !== snapshot.plug.uid,
  };
}

/** Keys that a stage stored without recording its snapshot: it was killed, or another took its plug over. */
async function findKeys(context: StageContext, seen: ObjectMeta): Promise<Found> {
  const owner = readKeyOwner(seen);
  if (owner === undefined) return { kind: "left", why: "it does not name the plug whose keys it holds" };
  if (isFresh(seen, context.clock.now())) return { kind: "left", why: "a plug may need the keys soon" };
  const [plug, snapshots] = await Promise.all([readPlug(context, owner), context.snapshots.heads(owner)]);
  if (!areKeysOrphaned(plug, snapshots.length)) return { kind: "left", why: "a coupling may need the keys" };
  return { kind: "orphaned keys", plug: owner, seen };
}

function decide(found: Found): Decision<object> {
  switch (found.kind) {
    case "left":
      return { kind: "nothing", why: found.why };
    case "orphaned keys":
      return {
        kind: "keep up",
        tasks: [{ kind: "forget keys", plug: found.plug, seen: found.seen }],
        told: swept(found.plug),
      };
    case "not needed":
      return { kind: "take", steps: found.steps };
  }
}

function swept({ namespace, name }: KeyOwner): Told {
  return { kind: "fact", fact: "snapshot.swept", message: `of plug ${namespace}/${name}` };
}

function conclude({ name }: SnapshotHead, found: Found): Conclusion {
  if (found.kind !== "not needed")
    return { told: { kind: "fact", fact: "snapshot.swept", message: "nothing to undo" } };
  const { snapshot, forgotten, isLast } = found;
  const { plug } = snapshot;
  return {
    told: swept(plug),
    afterwards: [
      { kind: "forget keys", plug, seen: forgotten },
      ...(isLast ? [{ kind: "forget adopted", owner: { kind: "Plug", metadata: plug } } as const] : []),
      { kind: "remove snapshot", name },
    ],
  };
}

/** Longer than any claim: the writer of the snapshot has named it by then, or never will. */
const youngMilliseconds = 120_000;

function isYoung({ metadata }: KubeObject, { finishedAt }: SnapshotHead, now: number): boolean {
  return now - (finishedAt ?? Date.parse(metadata.creationTimestamp ?? "")) < youngMilliseconds;
}

/** Keys are stored a moment before the snapshot that needs them is named. */
function isFresh(kept: ObjectMeta | undefined, now: number): boolean {
  const times = [kept?.creationTimestamp, ...(kept?.managedFields ?? []).map(({ time }) => time)];
  return times.some((time) => time !== undefined && now - Date.parse(time) < youngMilliseconds);
}

async function readPlug({ live }: StageContext, { namespace, name }: KeyOwner): Promise<Plug | undefined> {
  const object = await live.get({ apiVersion, kind: "Plug", namespace, name });
  return object === undefined ? undefined : readStoredPlug(object);
}

/**
 * Whether the plug that made it exists and accounts for this revision's objects: it continued, or is coupled to that
 * socket again.
 */
function isLookedAfter(head: SnapshotHead, snapshot: Snapshot, plug: Plug | undefined): boolean {
  if (plug?.metadata.uid !== head.plugUid) return false;
  return head.finishedAt === undefined || plug.status?.coupledSocket?.uid === snapshot.socket.uid;
}

/** Whether the plug was adopted on it: the adoption ended before it recorded that here. */
async function isSucceeded(
  { snapshots }: StageContext,
  { name }: SnapshotHead,
  plug: Plug | undefined,
): Promise<boolean> {
  if (plug === undefined) return false;
  const { snapshot, performed } = plug.status ?? {};
  const named = await Promise.all([snapshot, performed?.snapshot].map((one) => snapshots.readOf(plug.metadata, one)));
  return named.some((one) => one?.succeeds?.name === name);
}

/**
 * For a plug that was deleted without decouple: the `decoupled` resources, then all objects with the coupling's labels.
 */
async function undoing(context: StageContext, snapshot: Snapshot, head: SnapshotHead): Promise<readonly Step[]> {
  const [plugNamespace, socketNamespace] = await Promise.all(
    [snapshot.plug.namespace, snapshot.socket.namespace].map((name) => readNamespace(context.live, name)),
  );
  const there = { plug: plugNamespace, socket: socketNamespace };
  // A namespace that belongs to another tenant now gets no hook, and has no object of this coupling.
  const isAnothers = (side: Side) => isAnothersNamespace(snapshot[side].namespaceUid, there[side]);
  const toleranceOf = (side: Side) => (isEnding(there[side]) || isAnothers(side) ? "unreachable" : "none");
  const shared = await readShared(context, snapshot.plug, [head.name]);
  const planning: Planning = { ...planningOf(formerPlug(snapshot), snapshot), toleranceOf, shared };
  const due = snapshot.outcome.resources.filter(
    ({ when, side }) => when.includes("decoupled") && toleranceOf(side) === "none",
  );
  const placed = head.finishedAt === undefined ? await placeResources(context.live, due, planning) : [];
  const stays = new Set(due.map(({ object }) => keyText(keyOf(object))));
  const left = (await findMade(context, snapshot, planning, { head, isThere: (side) => !isAnothers(side) })).filter(
    (object) => !stays.has(keyText(keyOf(object))),
  );
  const hook = head.finishedAt === undefined ? await socketHook(context, snapshot, toleranceOf("socket")) : undefined;
  return [
    ...(hook === undefined ? [] : [hook]),
    ...placed.map((one) => stepFor(one, planning)),
    ...lastAppliedFirst(left, snapshot).map((object) => removal(object, snapshot, planning)),
  ];
}

/** The objects of results first, then the resources in reverse order. */
function lastAppliedFirst(objects: readonly KubeObject[], { outcome }: Snapshot): readonly KubeObject[] {
  const places = new Map(outcome.resources.map(({ object }, index) => [keyText(keyOf(object)), index]));
  const placeOf = (object: KubeObject): number => places.get(keyText(keyOf(object))) ?? outcome.resources.length;
  return objects.toSorted((one, other) => placeOf(other) - placeOf(one));
}

/** The plug's own apparatus was deleted with it. The socket's is called, if it is still that socket's. */
async function socketHook(
  context: StageContext,
  snapshot: Snapshot,
  tolerance: Tolerance,
): Promise<HookStep | undefined> {
  const { namespace, name, uid } = snapshot.socket;
  const socket = await context.live.getMetadata({ apiVersion, kind: "Socket", namespace, name });
  if (socket?.metadata.uid !== uid) return undefined;
  return couplingHook(snapshot, { side: "socket", event: "decoupled", called: undefined, tolerance });
}

function formerPlug({ plug, socket }: Snapshot): Plug {
  return {
    apiVersion,
    kind: "Plug",
    metadata: { ...plug, resourceVersion: "" },
    spec: { socket: { name: socket.name, namespace: socket.namespace } },
  };
}

/**
 * The objects of the coupling that its snapshot names, that still have its labels and that do not stay; read as their
 * owners.
 */
async function findMade(
  { live, snapshots }: StageContext,
  snapshot: Snapshot,
  planning: Planning,
  { head, isThere }: { readonly head: SnapshotHead; readonly isThere: (side: Side) => boolean },
): Promise<readonly KubeObject[]> {
  const rendered = [...snapshot.outcome.resources, ...snapshot.asCoupled];
  const besides = (await snapshots.madeBesides(head.name)).map((made) => resourceNamed(made, snapshot));
  const made = [...rendered, ...besides].filter(({ side }) => isThere(side));
  const all = new Map(made.map((one) => [keyText(keyOf(one.object)), one]));
  const found = await Promise.all([...all.values()].map((one) => findOne(live, one, planning)));
  return found
    .flat()
    .filter(({ metadata }) => couplingOf(metadata, snapshot) !== undefined)
    .filter(({ metadata }) => metadata.annotations?.[annotations.outlives] === undefined);
}

/** The coupling, and the former couplings from which it was adopted. */
function labelledIn({ plug, socket, succeeds }: Snapshot): readonly Labelled[] {
  return [{ plugUid: plug.uid, socketUid: socket.uid }, ...(succeeds?.labelled ?? [])];
}

function couplingOf({ labels: marks = {} }: ObjectMeta, snapshot: Snapshot): Labelled | undefined {
  return labelledIn(snapshot).find(
    ({ plugUid, socketUid }) => marks[labels.plugUid] === plugUid && marks[labels.socketUid] === socketUid,
  );
}

/** Objects of a kind that is not served any more do not exist. */
async function findOne(live: Kube, resource: RenderedResource, planning: Planning): Promise<readonly KubeObject[]> {
  const { kind } = resource.object;
  try {
    const placed = await placeResources(live, [{ ...resource, do: "apply" }], { ...planning, looksOnly: true });
    return placed.flatMap(({ seen, key: { apiVersion: version } }) =>
      seen === undefined ? [] : [{ apiVersion: version, kind, metadata: seen }],
    );
  } catch (error) {
    if (error instanceof KindNotServed) return [];
    throw error;
  }
}

/** All that is known about an object of a result. */
function resourceNamed({ side, apiVersion: version, kind, name }: MadeBesides, snapshot: Snapshot): RenderedResource {
  const metadata = { namespace: snapshot[side].namespace, name };
  return { side, when: [], do: "apply", retained: false, object: { apiVersion: version, kind, metadata }, secrets: [] };
}

function removal(object: KubeObject, snapshot: Snapshot, { owners, toleranceOf, shared }: Planning): Step {
  const target = keyOf(object);
  const side: Side = object.metadata.labels?.[labels.side] === "socket" ? "socket" : "plug";
  const base = { as: owners.serviceAccounts[side], tolerance: toleranceOf(side), target };
  const effect = leavingOf(shared, target);
  if (effect !== undefined) return { ...base, kind: "effect", effect };
  const { plugUid, socketUid } = couplingOf(object.metadata, snapshot) ?? {
    plugUid: snapshot.plug.uid,
    socketUid: snapshot.socket.uid,
  };
  const ofSocket = { label: labels.socketUid, is: socketUid };
  return { ...base, kind: "remove", ours: bearingToo(marksOfPlug(plugUid), [ofSocket]) };
}
