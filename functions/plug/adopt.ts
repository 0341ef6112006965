import { admissionDigest } from "../../crds/coupling/coupling-end.ts";
import { isFormerOperators, pointsAt } from "../../crds/coupling/standing.ts";
import * as messages from "../../crds/messages.ts";
import { annotations, fieldManager } from "../../crds/names.ts";
import type { Plug, PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { isAdoptable, isFormer, ownHeads, wasOurs } from "../../crds/snapshot/head.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { StageRequest } from "../../crds/stage-names.ts";
import { timestamp } from "../../kit/conditions.ts";
import { OperatorError } from "../../kit/errors.ts";
import { versionOfApplied } from "../../kit/loop/versions.ts";
import { bears } from "../../kit/performing/marks.ts";
import type { Memory } from "../../templates/template.ts";
import { distinct } from "../config/read-sources.ts";
import { ownRefs } from "../coupling/admit.ts";
import { type Coupling, observeCoupling } from "../coupling/observe.ts";
import { definePlugStage } from "../coupling/plug-stage.ts";
import { identityOf } from "../coupling/provenance.ts";
import { coupledMessage, say, withRefs } from "../coupling/status.ts";
import type { RenderedResource } from "../rendering/render-resources.ts";
import type { BySide, Side, Values } from "../rendering/values.ts";
import { sharedMark } from "../resources/leave-shared.ts";
import { bearsApplyMark, marksOfPlug } from "../resources/ownership-marks.ts";
import { adoptedIn } from "../resources/plan-removal.ts";
import {
  type Entry,
  keyOfRef,
  madeByResults,
  type PlacedResource,
  placeResources,
  refTo,
} from "../resources/plan-resources.ts";
import { planningOf } from "../resources/planning.ts";
import { type Snapshot, snapshotSchemaVersion } from "../snapshot/snapshot.ts";
import { type Upkeep, writing } from "../snapshot/upkeep.ts";
import { type Decision, type Stage, type StageContext, whereabouts } from "../stage.ts";
import { adoptOnSnapshot, findOnSnapshot, type Heads, type SnapshotAdoption } from "../takeover/adopt-on-snapshot.ts";
import { claimedSocket, dropClaim, whyNotBelieved } from "../takeover/claimed-socket.ts";
import { readLeniently, readResultsLeniently } from "../takeover/read-leniently.ts";

const stage = "plug.adopt";

/**
 * Takes over a coupling of integration-operator, or one whose status was lost.
 * Performs nothing and checks no rules.
 * Safe to repeat.
 */
export const adopt: Stage = definePlugStage<Adoptable>({ stage, live: true, observe, find, decide });

/**
 * Reads the coupling, and whether it has adoptable snapshots, or snapshots although its status is
 * integration-operator's.
 */
async function observe(context: StageContext, request: StageRequest): Promise<Coupling | undefined> {
  const coupling = await observeCoupling(context, request);
  if (coupling === undefined) return coupling;
  try {
    if (isFormerOperators(coupling.plug)) return await withHeads(context, coupling);
    const { adoptable, former } = await headsOf(context, coupling);
    return { ...coupling, adoptable: adoptable.length > 0, former };
  } catch (error) {
    // They are read again as part of the record when that fails.
    if (error instanceof OperatorError) return { ...coupling, adoptable: true };
    throw error;
  }
}

async function withHeads({ snapshots }: StageContext, coupling: Coupling): Promise<Coupling> {
  return coupling.heads === undefined
    ? { ...coupling, heads: await snapshots.heads(coupling.plug.metadata) }
    : coupling;
}

async function headsOf(context: StageContext, { plug }: Coupling): Promise<Heads> {
  const { snapshots, clock } = context;
  const heads = await snapshots.heads(plug.metadata);
  const around = await whereabouts(context, plug, heads);
  return {
    adoptable: heads.filter((head) => isAdoptable(head, plug, clock.now())),
    superseded: heads.filter(({ superseded }) => superseded),
    former: heads.some((head) => isFormer(head, plug, around)),
    around,
  };
}

/** The coupling found to adopt, or why it is not adopted. */
type Adoptable =
  | { readonly kind: "left alone" }
  | { readonly kind: "of another tenant" }
  | { readonly kind: "not believed"; readonly why: string }
  | { readonly kind: "former coupling"; readonly found: Found; readonly write: Upkeep; readonly name: string }
  | { readonly kind: "on a snapshot"; readonly adoption: SnapshotAdoption };

async function find(context: StageContext, observed: Coupling): Promise<Adoptable> {
  const coupling = isFormerOperators(observed.plug) ? await withHeads(context, observed) : observed;
  if (!isFormerOperators(coupling.plug)) {
    const heads = await headsOf(context, coupling);
    if (heads.former) return { kind: "of another tenant" };
    return { kind: "on a snapshot", adoption: await findOnSnapshot(context, coupling, heads) };
  }
  if (!coupling.adopts && !wasOurs(coupling)) return { kind: "left alone" };
  const why = whyNotBelieved(coupling);
  if (why !== undefined) return { kind: "not believed", why };
  const found = await learn(context, coupling);
  return {
    kind: "former coupling",
    found,
    ...(await writing(context, found.snapshot, sharedPerhaps(found), madeByResults(found.applied))),
  };
}

function decide(coupling: Coupling, adoptable: Adoptable): Decision<PlugStatus> {
  switch (adoptable.kind) {
    case "left alone":
      return leaveAlone(coupling);
    case "of another tenant":
      return waitForFormer(coupling);
    case "not believed":
      return dropClaim(coupling, adoptable.why);
    case "former coupling":
      return adoptFromSeed(coupling, adoptable);
    case "on a snapshot":
      return adoptOnSnapshot(coupling, adoptable.adoption);
  }
}

function leaveAlone({ plug, status, clock }: Coupling): Decision<PlugStatus> {
  const { message } = messages.leftAloneUnlessAsked;
  return {
    kind: "record",
    status: say(plug, status, clock.now, { kind: "left-alone", message }),
    told: { kind: "fact", fact: "plug.waiting", message },
  };
}

/** Whatever a restored status claims: the coupling belongs to another tenant, and ends first. */
function waitForFormer({ plug, clock, status: { conditions } }: Coupling): Decision<PlugStatus> {
  const said = messages.formerCouplingEnding(plug.metadata);
  const status: PlugStatus = conditions === undefined ? {} : { conditions };
  return {
    kind: "record",
    status: say({ ...plug, status }, status, clock.now, { kind: "waiting", ...said }),
    told: { kind: "fact", fact: "plug.waiting", message: said.message },
  };
}

function adoptFromSeed(
  coupling: Coupling,
  { found, write, name }: Extract<Adoptable, { kind: "former coupling" }>,
): Decision<PlugStatus> {
  const { applied, troubles } = found;
  return {
    kind: "record",
    status: adoptedStatus(coupling, found, name),
    first: [write, ...(applied.length === 0 ? [] : [keepingAdopted(coupling, applied)])],
    otherwise: [{ kind: "remove snapshot", name }],
    notices:
      troubles.length === 0 ? [] : [{ about: coupling.object, type: "Warning", ...messages.adoptedInPart(troubles) }],
    told: { kind: "fact", fact: "plug.adopted", message: `${applied.length} objects` },
  };
}

function keepingAdopted({ plug }: Coupling, applied: readonly PlugRef[]): Upkeep {
  return { kind: "keep adopted", owner: plug, adopted: adoptedIn(applied) };
}

/**
 * integration-operator did not record shared objects.
 * Each object may be shared with another adopted plug, and gets the mark.
 */
function sharedPerhaps({ applied }: Found): readonly string[] {
  return applied.filter(({ entry }) => entry !== "created").map((ref) => sharedMark(keyOfRef(ref)));
}

/** The existing coupling, as far as it can be rendered today. */
export interface Found {
  readonly snapshot: Snapshot;
  readonly refs: readonly PlugRef[];
  readonly applied: readonly PlugRef[];
  readonly troubles: readonly string[];
  readonly socket: Socket | undefined;
  readonly result: BySide<Values> | undefined;
}

/**
 * Renders the existing coupling with the socket that its status names.
 * Finds which of its objects exist and have integration-operator's mark.
 */
export async function learn(context: StageContext, coupling: Coupling): Promise<Found> {
  const { plug } = coupling;
  const socket = claimedSocket(coupling);
  const memory: Memory = { now: new Date(context.clock.now()), seed: context.random(), kept: new Map() };
  const rendering = context.renderer.begin(plug.metadata.namespace);
  const inputs = await readLeniently(context, coupling, socket, { memory, rendering });
  const rendered = await rendering.run("renderLeniently", { plug, socket, memory, inputs: inputs.value });
  const admitted = socket === undefined ? undefined : admittedAt(coupling, socket);
  const snapshot = snapshotOf(coupling, rendered.value, memory, {
    clusterUid: await context.clusterUid(),
    admitted,
  });
  const results = await readResultsLeniently(context, coupling, socket, { snapshot, rendering });
  const forResults = await rendering.run("renderResultLeniently", {
    plug,
    socket,
    memory,
    snapshot,
    inputs: results.value,
  });
  const created = await rendering.run("renderCreatedLeniently", { owner: plug, memory });
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

/**
 * The rules of today admit a coupling of integration-operator.
 * A coupling of ours stays under the rules of its admission, whatever its status claims.
 */
function admittedAt(coupling: Coupling, socket: Socket): string | undefined {
  const ours = ownHeads(coupling).toSorted((a, b) => b.revision - a.revision);
  return ours.length === 0 ? admissionDigest(socket, coupling.namespace) : ours[0]?.admitted;
}

function snapshotOf(
  { plug, namespace: ownNamespace, socketNamespace }: Coupling,
  outcome: Snapshot["outcome"],
  memory: Memory,
  { clusterUid, admitted }: Pick<Snapshot, "clusterUid" | "admitted">,
): Snapshot {
  const { coupledSocket } = plug.status ?? {};
  const { namespace = plug.metadata.namespace, name = "", uid = "" } = coupledSocket ?? {};
  return {
    schemaVersion: snapshotSchemaVersion,
    revision: 1,
    plug: identityOf(plug.metadata, ownNamespace),
    socket: identityOf({ namespace, name, uid }, socketNamespace),
    ...(clusterUid === undefined ? {} : { clusterUid }),
    ...(admitted === undefined ? {} : { admitted }),
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
    ...planningOf(coupling.plug, snapshot),
    toleranceOf: () => "unreachable",
  });
  const ours = marksOfPlug(coupling.plug.metadata.uid);
  return placed
    .filter(({ seen }) => seen !== undefined && bearsApplyMark(seen) && bears(seen, ours))
    .map((one) => adoptedRef(one, entry));
}

function adoptedRef({ key, seen, resource }: PlacedResource, entry: Entry): PlugRef {
  const followed = resource.do === "apply" && entry !== "created" && key.kind !== "Job" && key.kind !== "Pod";
  return {
    ...refTo(key),
    ...(seen?.uid === undefined ? {} : { uid: seen.uid }),
    ...(followed && seen !== undefined ? { version: versionOfApplied(seen, fieldManager) } : {}),
    side: resource.side,
    entry,
    ...(resource.retained ? { retained: true } : {}),
    ...(seen?.annotations?.[annotations.foreign] === "true" ? { foreign: true } : {}),
  };
}

function adoptedStatus(coupling: Coupling, { snapshot, refs, applied, result }: Found, name: string): PlugStatus {
  const { plug, clock } = coupling;
  const { held: _leftAlone, ...status } = plug.status ?? {};
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
    ...(snapshot.admitted === undefined ? {} : { admitted: snapshot.admitted }),
    ...(result === undefined ? {} : { coupledResult: withoutSecrets(status.coupledResult, result) }),
    refs: withRefs(distinct([...own, ...refs]), "applied", applied),
  };
  return succeeded ? say(plug, adopted, clock.now, { kind: "coupled", message: coupledMessage(plug) }) : adopted;
}

/**
 * Whether the plug was edited after integration-operator last processed it.
 * Then the edit is performed after the adoption.
 */
function isBehind({ metadata, status }: Plug): boolean {
  const coupled = (status?.conditions ?? []).find(({ type }) => type === "Coupled");
  const observed = coupled?.observedGeneration ?? status?.coupledResult?.observedGeneration;
  return observed !== undefined && observed < (metadata.generation ?? 0);
}

/** The result that integration-operator showed, without sensitive values. */
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
