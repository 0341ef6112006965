import { admissionDigest } from "../crds/coupling-end.ts";
import type { Plug, PlugRef, PlugStatus } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { annotations } from "../crds/names.ts";
import { nextPlugStage } from "../crds/next-stage.ts";
import { isAdoptable } from "../crds/snapshot-head.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import { isSeeds, pointsAt } from "../crds/standing.ts";
import { versionOfSpecification } from "../crds/versions.ts";
import { timestamp } from "../kit/conditions.ts";
import { recordStatus } from "../kit/perform.ts";
import type { Memory } from "../templates/template.ts";
import { ownRefs } from "./admit.ts";
import { adoptOnSnapshot } from "./adopt-on-snapshot.ts";
import { claimedSocket, dropClaim, whyNotBelieved } from "./claimed-coupling.ts";
import type { StageContext } from "./context.ts";
import { fail } from "./failing.ts";
import { type Coupling, observeCoupling } from "./observe-coupling.ts";
import { bearsApplyMark, belongsToPlug } from "./ownership.ts";
import { planningOf } from "./perform-revision.ts";
import { type Entry, keyOfRef, type PlacedResource, placeResources, refTo } from "./plan-resources.ts";
import { coupledMessage, say, withRefs } from "./plug-status.ts";
import { identityOf } from "./provenance.ts";
import { readLeniently, readResultsLeniently } from "./read-leniently.ts";
import { distinct } from "./read-sources.ts";
import { renderCreatedLeniently, renderLeniently, renderResultLeniently } from "./render-leniently.ts";
import type { RenderedResource } from "./render-resources.ts";
import { sharedMark } from "./shared-objects.ts";
import { type Snapshot, snapshotSchemaVersion } from "./snapshot.ts";
import type { BySide, Side, Values } from "./values.ts";

const stage = "plug.adopt";

/** Takes a coupling over that another made: the seed's operator, or a Plugboard whose status was lost. Performs nothing, judges nothing. Safe to repeat. */
export async function adopt(context: StageContext, request: StageRequest): Promise<StageReply> {
  const coupling = await observeCoupling({ ...context, kube: context.live }, request);
  if (coupling === undefined) return { kind: "nothing", why: "there is no such plug" };
  try {
    const heads = isSeeds(coupling.plug)
      ? []
      : (await context.snapshots.heads(coupling.plug.metadata)).filter((head) =>
          isAdoptable(head, coupling.plug, context.clock.now()),
        );
    const due = nextPlugStage({ ...coupling, adoptable: heads.length > 0 });
    if (due.stage !== stage) return { kind: "nothing", why: `${due.stage ?? "nothing"} is due` };
    if (isSeeds(coupling.plug) && !coupling.adopts) return await leaveAlone(context, coupling);
    return isSeeds(coupling.plug)
      ? await adoptFromSeed(context, coupling)
      : await adoptOnSnapshot(context, coupling, heads);
  } catch (error) {
    return fail(context, coupling, stage, error);
  }
}

async function leaveAlone(context: StageContext, { plug, object, clock }: Coupling): Promise<StageReply> {
  const message =
    "coupled by the operator that was here before, and left alone: Plugboard was started with --adopt=false; start it without to have this coupling looked after";
  const status = say(plug, plug.status ?? {}, clock.now, { kind: "left-alone", message });
  const written = await recordStatus(object, status, context);
  if (written === undefined) return { kind: "nothing", why: "the plug was changed since it was read" };
  return { kind: "fact", fact: "plug.waiting", message };
}

async function adoptFromSeed(context: StageContext, coupling: Coupling): Promise<StageReply> {
  const why = whyNotBelieved(coupling);
  if (why !== undefined) return dropClaim(context, coupling, why);
  const found = await learn(context, coupling);
  const name = await context.snapshots.write(found.snapshot, context.random().slice(0, 8), sharedPerhaps(found));
  const written = await recordStatus(coupling.object, adoptedStatus(coupling, found, name), context);
  if (written === undefined) {
    await context.snapshots.remove(name);
    return { kind: "nothing", why: "the plug was changed since it was read" };
  }
  if (found.troubles.length > 0) {
    const message = `adopted, but what could not be rendered is not looked after: ${found.troubles.join("; ")}`;
    await context.notify([{ about: coupling.object, type: "Warning", reason: "Adopted", message }]);
  }
  return { kind: "fact", fact: "plug.adopted", message: `${found.applied.length} objects` };
}

/** The seed's operator told nowhere who else renders an object: each may be shared with whoever is adopted, too, and bears the mark. */
function sharedPerhaps({ applied }: Found): readonly string[] {
  return applied.filter(({ entry }) => entry !== "created").map((ref) => sharedMark(keyOfRef(ref)));
}

/** What there is of a coupling that another made, as far as it can be rendered today. */
export interface Found {
  readonly snapshot: Snapshot;
  readonly refs: readonly PlugRef[];
  readonly applied: readonly PlugRef[];
  readonly troubles: readonly string[];
  readonly socket: Socket | undefined;
  readonly result: BySide<Values> | undefined;
}

/** Renders the coupling that there is, with the socket that its status names, and looks which of its objects are there and bear the seed's mark. */
export async function learn(context: StageContext, coupling: Coupling): Promise<Found> {
  const { plug } = coupling;
  const socket = claimedSocket(coupling);
  const memory: Memory = { now: new Date(context.clock.now()), seed: context.random(), kept: new Map() };
  const inputs = await readLeniently(context, coupling, socket, memory);
  const rendered = renderLeniently({ plug, socket, memory }, inputs.value);
  const snapshot = snapshotOf(coupling, rendered.value, memory, await context.clusterUid());
  const results = await readResultsLeniently(context, coupling, socket, snapshot);
  const forResults = renderResultLeniently({ plug, socket, memory, snapshot }, results.value);
  const created = renderCreatedLeniently(plug, memory);
  const applied = [
    ...(await ownAmong(context, coupling, snapshot, { entry: "coupling", resources: rendered.value.resources })),
    ...(await ownAmong(context, coupling, snapshot, { entry: "result", resources: forResults.value.resources })),
    ...(await ownAmong(context, coupling, snapshot, { entry: "created", resources: created.value })),
  ];
  const troubles = [
    ...(plug.metadata.problems ?? []),
    ...(socket?.metadata.problems ?? []),
    ...inputs.missing,
    ...rendered.troubles,
    ...results.missing,
    ...forResults.troubles,
    ...created.troubles,
  ];
  return {
    snapshot,
    refs: [...inputs.refs, ...results.refs],
    applied,
    troubles,
    socket,
    result: forResults.value.result,
  };
}

function snapshotOf(
  { plug, namespace: ownNamespace, socketNamespace }: Coupling,
  outcome: Snapshot["outcome"],
  memory: Memory,
  clusterUid: string | undefined,
): Snapshot {
  const { coupledSocket } = plug.status ?? {};
  const { namespace = plug.metadata.namespace, name = "", uid = "" } = coupledSocket ?? {};
  return {
    schemaVersion: snapshotSchemaVersion,
    revision: 1,
    plug: identityOf(plug.metadata, ownNamespace),
    socket: identityOf({ namespace, name, uid }, socketNamespace),
    ...(clusterUid === undefined ? {} : { clusterUid }),
    resolvedAt: memory.now.toISOString(),
    seed: memory.seed,
    keeps: false,
    outcome,
    asCoupled: [],
  };
}

async function ownAmong(
  context: StageContext,
  coupling: Coupling,
  snapshot: Snapshot,
  { entry, resources }: { readonly entry: Entry; readonly resources: readonly RenderedResource[] },
): Promise<readonly PlugRef[]> {
  const made = resources.filter(
    ({ do: act, when }) => act !== "delete" && !(when.length === 1 && when[0] === "decoupled"),
  );
  const placed = await placeResources(context.live, made, {
    ...planningOf(coupling, snapshot),
    toleranceOf: () => "unreachable",
  });
  return placed
    .filter(({ seen }) => seen !== undefined && bearsApplyMark(seen) && belongsToPlug(seen, coupling.plug.metadata.uid))
    .map((one) => adoptedRef(one, entry));
}

function adoptedRef({ key, seen, resource }: PlacedResource, entry: Entry): PlugRef {
  const followed = resource.do === "apply" && entry !== "created" && key.kind !== "Job" && key.kind !== "Pod";
  return {
    ...refTo(key),
    ...(seen?.uid === undefined ? {} : { uid: seen.uid }),
    ...(followed && seen !== undefined ? { version: versionOfSpecification(seen) } : {}),
    side: resource.side,
    entry,
    ...(resource.retained ? { retained: true } : {}),
    ...(seen?.annotations?.[annotations.foreign] === "true" ? { foreign: true } : {}),
  };
}

function adoptedStatus(
  coupling: Coupling,
  { snapshot, refs, applied, socket, result }: Found,
  name: string,
): PlugStatus {
  const { plug, namespace, clock } = coupling;
  const status = plug.status ?? {};
  const own = pointsAt(plug, snapshot.socket) ? [...ownRefs(coupling, "input"), ...ownRefs(coupling, "result")] : [];
  const succeeded = (status.conditions ?? []).some(({ type, status: value }) => type === "Coupled" && value === "True");
  const adopted: PlugStatus = {
    ...status,
    revision: 1,
    snapshot: name,
    performed: isBehind(plug)
      ? { revision: 0, socketUid: snapshot.socket.uid }
      : { revision: 1, socketUid: snapshot.socket.uid, snapshot: name },
    result: { revision: 1, computed: succeeded },
    createdAt: status.createdAt ?? timestamp(clock.now),
    ...(socket === undefined || namespace === undefined ? {} : { admitted: admissionDigest(socket, namespace) }),
    ...(result === undefined ? {} : { coupledResult: withoutSecrets(status.coupledResult, result) }),
    refs: withRefs(distinct([...own, ...refs]), "applied", applied),
  };
  return succeeded ? say(plug, adopted, clock.now, { kind: "coupled", message: coupledMessage(plug) }) : adopted;
}

/** Whether the plug was edited after the seed's operator last looked after it: that edit is performed once it is ours. */
function isBehind({ metadata, status }: Plug): boolean {
  const coupled = (status?.conditions ?? []).find(({ type }) => type === "Coupled");
  const observed = coupled?.observedGeneration ?? status?.coupledResult?.observedGeneration;
  return observed !== undefined && observed < (metadata.generation ?? 0);
}

/** What the seed showed, but for values that are sensitive. */
function withoutSecrets(shown: PlugStatus["coupledResult"], result: BySide<Values>): PlugStatus["coupledResult"] {
  const hide = (side: Side): { readonly [key: string]: string } =>
    Object.fromEntries(
      Object.entries(shown?.[side] ?? {}).map(([key, value]) => [
        key,
        result[side][key]?.sensitive === false ? value : "(sensitive)",
      ]),
    );
  return { ...shown, plug: hide("plug"), socket: hide("socket") };
}
