import type { Plug } from "../crds/generated/plug.ts";
import { annotations, apiVersion, labels } from "../crds/names.ts";
import { readPlug as readStoredPlug } from "../crds/parse-plug.ts";
import { isOfAnotherCluster, isUnaccounted, namedBy, type SnapshotHead, snapshotHead } from "../crds/snapshot-head.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import { Forbidden, KindNotServed, PlugboardError, Unavailable } from "../kit/errors.ts";
import type { Kind, Kube, KubeObject, ObjectList, ObjectMeta } from "../kit/kube.ts";
import { keyOf, keyText, performStep, type Step, type Tolerance } from "../kit/steps.ts";
import { couplingHook, type HookStep } from "./apparatus/hooks.ts";
import type { StageContext } from "./context.ts";
import { ends } from "./decouple.ts";
import { replyTo } from "./failing.ts";
import { planningOf } from "./perform-revision.ts";
import { type Planning, placeResources, stepFor } from "./plan-resources.ts";
import { readNamespace } from "./read-namespace.ts";
import { leavingOf } from "./shared-objects.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Side } from "./values.ts";

/** Ends a snapshot that nobody needs: undoes what its coupling left, where nobody else did, and removes it. Safe to repeat. */
export async function sweep(context: StageContext, request: StageRequest): Promise<StageReply> {
  try {
    const secret = await context.live.getMetadata({
      apiVersion: "v1",
      kind: "Secret",
      namespace: context.operatorNamespace,
      name: request.name,
    });
    const snapshot = secret === undefined ? undefined : await context.snapshots.read(request.name);
    if (secret === undefined || snapshot === undefined) return { kind: "nothing", why: "it is gone" };
    const head = snapshotHead(secret.metadata);
    if (isYoung(secret, head, context.clock.now())) return { kind: "nothing", why: "somebody may be about to name it" };
    const foreign = isOfAnotherCluster(head, await context.clusterUid());
    if (foreign && head.finishedAt === undefined)
      return { kind: "nothing", why: "it is of another cluster: its plug may be brought here later" };
    const kept = await context.snapshots.seenKept(snapshot.plug);
    const plug = await readPlug(context, snapshot);
    if (plug !== undefined && (namedBy(head, plug) || isUnaccounted(head, plug)))
      return { kind: "nothing", why: "its plug needs it" };
    // What bears the labels of another cluster's coupling may by now be a living one's.
    const nothingLeft = foreign || head.superseded || isLookedAfter(head, snapshot, plug);
    if (!nothingLeft) await undo(context, snapshot, head);
    if (plug?.status?.snapshot === undefined && !isFresh(kept, context.clock.now()))
      await context.snapshots.forgetKept(snapshot.plug, kept);
    await context.snapshots.remove(request.name);
    return {
      kind: "fact",
      fact: "snapshot.swept",
      message: `of plug ${snapshot.plug.namespace}/${snapshot.plug.name}`,
    };
  } catch (error) {
    if (error instanceof PlugboardError) return replyTo(error, "snapshot.sweep");
    throw error;
  }
}

/** Longer than any claim runs: who wrote the snapshot and has yet to name it has done so by then, or never will. */
const youngMilliseconds = 120_000;

function isYoung({ metadata }: KubeObject, { finishedAt }: SnapshotHead, now: number): boolean {
  return now - (finishedAt ?? Date.parse(metadata.creationTimestamp ?? "")) < youngMilliseconds;
}

/** Keys are kept a moment before the snapshot that needs them is named. */
function isFresh(kept: ObjectMeta | undefined, now: number): boolean {
  const times = [kept?.creationTimestamp, ...(kept?.managedFields ?? []).map(({ time }) => time)];
  return times.some((time) => time !== undefined && now - Date.parse(time) < youngMilliseconds);
}

async function readPlug({ live }: StageContext, { plug }: Snapshot): Promise<Plug | undefined> {
  const object = await live.get({ apiVersion, kind: "Plug", namespace: plug.namespace, name: plug.name });
  return object === undefined ? undefined : readStoredPlug(object);
}

/** Whether the plug that made it is there and accounts for what this revision made: it went on, or is coupled to that socket again. */
function isLookedAfter(head: SnapshotHead, snapshot: Snapshot, plug: Plug | undefined): boolean {
  if (plug?.metadata.uid !== head.plugUid) return false;
  return head.finishedAt === undefined || plug.status?.coupledSocket?.uid === snapshot.socket.uid;
}

/** Of a plug that went without its decouple the `decoupled` resources, then whatever still bears the coupling's labels. */
async function undo(context: StageContext, snapshot: Snapshot, head: SnapshotHead): Promise<void> {
  const namespaces = [snapshot.plug.namespace, snapshot.socket.namespace];
  const [plugNamespace, socketNamespace] = await Promise.all(
    namespaces.map((name) => readNamespace(context.live, name)),
  );
  const toleranceOf = (side: Side) =>
    ends(side === "plug" ? plugNamespace : socketNamespace) ? "unreachable" : "none";
  const leave = await leavingOf(context, snapshot.plug.uid, [head.name]);
  const planning: Planning = { ...planningOf({ plug: formerPlug(snapshot) }, snapshot), toleranceOf, leave };
  const due = snapshot.outcome.resources.filter(
    ({ when, side }) => when.includes("decoupled") && toleranceOf(side) === "none",
  );
  const placed = head.finishedAt === undefined ? await placeResources(context.live, due, planning) : [];
  const stays = new Set(due.map(({ object }) => keyText(keyOf(object))));
  const left = (await findLabelled(context, snapshot, planning)).filter((object) => !stays.has(keyText(keyOf(object))));
  const hook = head.finishedAt === undefined ? await socketHook(context, snapshot, toleranceOf("socket")) : undefined;
  const steps: readonly Step[] = [
    ...(hook === undefined ? [] : [hook.step]),
    ...placed.map((one) => stepFor(one, planning)),
    ...left.map((object) => removal(object, snapshot, planning)),
  ];
  for (const step of steps) {
    const result = await performStep(step, context.live);
    if (result.kind === "awaiting" && result.why !== undefined) throw new Unavailable(result.why);
  }
}

/** The plug's own apparatus went with it; the socket's is told, as long as it is that socket's. */
async function socketHook(
  context: StageContext,
  snapshot: Snapshot,
  tolerance: Tolerance,
): Promise<HookStep | undefined> {
  const { namespace, name, uid } = snapshot.socket;
  const socket = await context.live.getMetadata({ apiVersion, kind: "Socket", namespace, name });
  if (socket?.metadata.uid !== uid) return undefined;
  return couplingHook(context, snapshot, { side: "socket", event: "decoupled", called: undefined, tolerance });
}

function formerPlug({ plug, socket }: Snapshot): Plug {
  return {
    apiVersion,
    kind: "Plug",
    metadata: { ...plug, resourceVersion: "" },
    spec: { socket: { name: socket.name, namespace: socket.namespace } },
  };
}

/** Everything in both namespaces that bears the labels of this coupling and was to go with it, of the kinds it made and those results are mostly of. */
async function findLabelled(
  { live }: StageContext,
  snapshot: Snapshot,
  planning: Planning,
): Promise<readonly KubeObject[]> {
  const { resources } = snapshot.outcome;
  const kinds = new Map(
    [...resources.map(({ object }) => object), ...usualResults].map(({ apiVersion: version, kind }) => [
      `${version} ${kind}`,
      { apiVersion: version, kind },
    ]),
  );
  const marks = { [labels.plugUid]: snapshot.plug.uid, [labels.socketUid]: snapshot.socket.uid };
  const labelSelector = Object.entries(marks)
    .map(([label, uid]) => `${label}=${uid}`)
    .join(",");
  const namespaces = [...new Set([snapshot.plug.namespace, snapshot.socket.namespace])];
  const found = await Promise.all(
    [...kinds.values()].map(async (kind) => {
      const lists = namespaces.map((namespace) => live.list({ ...kind, namespace, labelSelector, metadataOnly: true }));
      return (await listed(Promise.all(lists))) ?? findNamed(live, kind, { snapshot, planning });
    }),
  );
  return found
    .flat()
    .filter(({ metadata }) => Object.entries(marks).every(([label, uid]) => metadata.labels?.[label] === uid))
    .filter(({ metadata }) => metadata.annotations?.[annotations.outlives] === undefined);
}

/** Of a kind that nobody serves any more nothing is left; undefined where a kind may not be listed. */
async function listed(listing: Promise<readonly ObjectList[]>): Promise<readonly KubeObject[] | undefined> {
  try {
    return (await listing).flatMap(({ items }) => items);
  } catch (error) {
    if (error instanceof KindNotServed) return [];
    if (error instanceof Forbidden) return undefined;
    throw error;
  }
}

/** What the snapshot says was made of a kind, as its owner's service account sees it: a kind that only that may look at is found by name. */
async function findNamed(
  live: Kube,
  { apiVersion: version, kind }: Kind,
  { snapshot, planning }: { readonly snapshot: Snapshot; readonly planning: Planning },
): Promise<readonly KubeObject[]> {
  const ofKind = snapshot.outcome.resources.filter(
    ({ object }) => object.apiVersion === version && object.kind === kind,
  );
  const placed = await placeResources(live, ofKind, planning);
  return placed.flatMap(({ seen }) => (seen === undefined ? [] : [{ apiVersion: version, kind, metadata: seen }]));
}

const usualResults = [
  { apiVersion: "v1", kind: "Secret" },
  { apiVersion: "v1", kind: "ConfigMap" },
];

function removal(object: KubeObject, snapshot: Snapshot, { owners, toleranceOf, isOurs, leave }: Planning): Step {
  const side: Side = object.metadata.labels?.[labels.side] === "socket" ? "socket" : "plug";
  const run = leave?.(keyOf(object), owners.serviceAccounts[side]);
  if (run !== undefined)
    return { kind: "run", target: keyOf(object), as: owners.serviceAccounts[side], tolerance: toleranceOf(side), run };
  return {
    kind: "remove",
    target: keyOf(object),
    as: owners.serviceAccounts[side],
    tolerance: toleranceOf(side),
    isOurs: (metadata) => isOurs(metadata) && metadata.labels?.[labels.socketUid] === snapshot.socket.uid,
  };
}
