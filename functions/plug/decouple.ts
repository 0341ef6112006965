import { type CouplingEnd, couplingMustEnd } from "../../crds/coupling/coupling-end.ts";
import { refsOf } from "../../crds/coupling/references.ts";
import { currentSocket } from "../../crds/coupling/standing.ts";
import type { Named } from "../../crds/messages.ts";
import * as messages from "../../crds/messages.ts";
import { annotations, labels } from "../../crds/names.ts";
import { isEnding } from "../../crds/namespace/served.ts";
import type { Plug, PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { isAnothersNamespace } from "../../crds/snapshot/head.ts";
import type { StageRequest } from "../../crds/stage-names.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import type { Outcome } from "../../kit/performing/perform.ts";
import type { Tolerance } from "../../kit/performing/steps.ts";
import { couplingHook, ledgerOf } from "../apparatus/hooks.ts";
import { type Coupling, observeCoupling } from "../coupling/observe.ts";
import { bothSides, sharerOf } from "../coupling/perform-revision.ts";
import { definePlugStage, failedStatus } from "../coupling/plug-stage.ts";
import { recovered, say, withRefs } from "../coupling/status.ts";
import type { Side } from "../rendering/values.ts";
import { readShared } from "../resources/leave-shared.ts";
import type { Step } from "../resources/own-effects.ts";
import { isBoundedWait, patienceOf, warnOfCutShort } from "../resources/patience.ts";
import { readAdopted, stepAgainst } from "../resources/plan-removal.ts";
import {
  awaitedRef,
  cutShort,
  inOrderOfSides,
  keyOfRef,
  keysOf,
  type PlacedResource,
  type Planning,
  placeOrLeave,
} from "../resources/plan-resources.ts";
import { planningOf } from "../resources/planning.ts";
import { triedAgain } from "../resources/record-failure.ts";
import { isAnothers } from "../resources/shared-objects.ts";
import { sayAwaiting } from "../run-stage.ts";
import { type Snapshot, secretsIn } from "../snapshot/snapshot.ts";
import type { Upkeep } from "../snapshot/upkeep.ts";
import type { Conclusion, Decision, Stage, StageContext } from "../stage.ts";

const stage = "plug.decouple";

/**
 * Undoes a coupling from its performed snapshot: performs the `decoupled` hooks and resources of both sides, then
 * removes the objects that it made.
 * Safe to repeat.
 */
export const decouple: Stage = definePlugStage<Undoing>({
  stage,
  observe,
  find,
  decide,
  settle: (coupling, undoing, { before, outcome }) => ended(coupling, undoing, before, outcome),
  conclude,
  secrets: ({ snapshot }) => (snapshot === undefined ? [] : secretsIn(snapshot)),
});

/**
 * Reads everything from the API server, except if the plug is being deleted and its end tells nobody anything: a
 * deletion is final, and the claim proves that this is the plug of today.
 * Whether the coupling must end may only be known from its snapshots: a status can claim an admission by the rules of
 * today.
 */
async function observe(context: StageContext, request: StageRequest): Promise<Coupling | undefined> {
  const seen = await observeCoupling(context, request);
  if (seen !== undefined && (await endsQuietly(context, seen))) return seen;
  const coupling = context.kube === context.live ? seen : await observeCoupling(live(context), request);
  if (coupling === undefined || couplingMustEnd(coupling) !== undefined) return coupling;
  return { ...coupling, heads: await context.snapshots.heads(coupling.plug.metadata) };
}

function live(context: StageContext): StageContext {
  return { ...context, kube: context.live };
}

/** Whether the plug is being deleted, and nothing is to be called or applied at the end. */
async function endsQuietly(context: StageContext, { plug, status }: Coupling): Promise<boolean> {
  if (plug.metadata.deletionTimestamp === undefined) return false;
  const snapshot = await readSnapshot(context, plug, status);
  if (snapshot === undefined) return false;
  const { hooks, resources } = snapshot.outcome;
  return hooks === undefined && !resources.some(({ when }) => when.includes("decoupled"));
}

/** The performed snapshot, or the resolved one if none was performed. */
async function readSnapshot(
  { snapshots }: StageContext,
  plug: Plug,
  { performed, snapshot }: PlugStatus,
): Promise<Snapshot | undefined> {
  return (
    (await snapshots.readOf(plug.metadata, performed?.snapshot)) ?? (await snapshots.readOf(plug.metadata, snapshot))
  );
}

interface Undoing {
  readonly end: CouplingEnd;
  /** Absent if a user deleted it. Then only the status lists the objects that were made. */
  readonly snapshot: Snapshot | undefined;
  /** The keys made for this coupling; they end with it. */
  readonly kept: ObjectMeta | undefined;
  readonly steps: readonly Step[];
  /** The Jobs and Pods of others that are recreated before they ended. */
  readonly cut: readonly PlacedResource[];
  /** The `decoupled` resources that could not be read and are skipped. */
  readonly left: readonly string[];
}

async function find(context: StageContext, coupling: Coupling): Promise<Undoing> {
  const { plug, status } = coupling;
  const snapshot = await readSnapshot(context, plug, status);
  const toleranceOf = tolerances(coupling, snapshot);
  const { snapshots } = sharerOf(coupling);
  const shared = await readShared(context, plug.metadata, snapshots);
  // The stage is due, so there is a reason.
  const end = couplingMustEnd(coupling) ?? "PlugDeleted";
  const patience = patienceOf(status.refs, { now: coupling.clock.now, hurried: isForced(coupling) || isDeletion(end) });
  const planning = {
    ...planningOf(plug, snapshot),
    toleranceOf,
    ending: "decoupled",
    shared,
    patience,
    seen: context.seen,
  } as const;
  const reachable = (snapshot?.outcome.resources ?? []).filter(
    ({ when, side }) => when.includes("decoupled") && toleranceOf(side) !== "unreachable",
  );
  const { placed, left } = await placeOrLeave(context.kube, reachable, planning);
  const stays = await keysOf(
    context.kube,
    placed.filter(({ resource }) => resource.do !== "delete").map(({ resource }) => resource),
  );
  const made = refsOf(plug, "applied").filter(
    (ref) => ref.entry !== "created" && ref.retained !== true && !stays.has(keyText(keyOfRef(ref))),
  );
  const adopted = await readAdopted(
    context,
    plug,
    made.filter((ref) => !isSeenOurs(ref, coupling, planning)),
  );
  return {
    end,
    cut: cutShort(placed, planning),
    snapshot,
    kept: await context.snapshots.keys.seen(plug.metadata),
    steps: [
      ...inOrderOfSides(placed, planning, (side) => hookOf(coupling, snapshot, side, toleranceOf(side))),
      ...lastAppliedFirst(made).map((ref) => stepAgainst(ref, { ...planning, adopted })),
    ],
    left: left.map(
      ({ object, why }) => `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}: ${why}`,
    ),
  };
}

/** Whether the object is watched, and bears the label of this plug. */
function isSeenOurs(ref: PlugRef, { plug }: Coupling, { seen }: Pick<Planning, "seen">): boolean {
  return seen?.(ref)?.labels?.[labels.plugUid] === plug.metadata.uid;
}

/** The objects of results first, then the resources in reverse order. */
function lastAppliedFirst(refs: readonly PlugRef[]): readonly PlugRef[] {
  const reversed = refs.toReversed();
  return [...reversed.filter(({ entry }) => entry === "result"), ...reversed.filter(({ entry }) => entry !== "result")];
}

/** The hook of a side. No hook for a deleted socket: its apparatus is gone too. */
function hookOf(
  coupling: Coupling,
  snapshot: Snapshot | undefined,
  side: Side,
  tolerance: Tolerance,
): Step | undefined {
  const socketIsThere = currentSocket(coupling)?.metadata.uid === snapshot?.socket.uid;
  if (snapshot === undefined || (side === "socket" && !socketIsThere)) return undefined;
  return couplingHook(snapshot, { side, event: "decoupled", called: coupling.status.hooks, tolerance });
}

/**
 * In a namespace that is terminating, or belongs to another tenant now, unreachable objects are skipped.
 * With force-remove, any failure is.
 */
function tolerances(coupling: Coupling, snapshot: Snapshot | undefined): (side: Side) => Tolerance {
  const { namespace, socketNamespace } = coupling;
  if (isForced(coupling)) return () => "any";
  return (side) => {
    const itsNamespace = side === "plug" ? namespace : socketNamespace;
    const passed = isEnding(itsNamespace) || isAnothersNamespace(snapshot?.[side].namespaceUid, itsNamespace);
    return passed ? "unreachable" : "none";
  };
}

function isForced(coupling: Coupling): boolean {
  return [coupling.plug.metadata, currentSocket(coupling)?.metadata].some(
    (metadata) => metadata?.annotations?.[annotations.forceRemove] === "true",
  );
}

/** Whether an object is being deleted. Then the stage does not wait for Jobs of others. */
function isDeletion(end: CouplingEnd): boolean {
  return end === "PlugDeleted" || end === "SocketDeleted" || end === "SocketGone";
}

function decide(coupling: Coupling, { end, snapshot, steps, cut }: Undoing): Decision<PlugStatus> {
  const { plug, clock } = coupling;
  const { failure: former, ...rest } = coupling.status;
  const failure = triedAgain(former, { stage, now: clock.now });
  const status = failure === undefined ? rest : { ...rest, failure };
  const message = messages.decouplingFrom(nameOfSocket(coupling), end);
  const waits = refsOf(plug, "awaited").filter((ref) => isBoundedWait(ref, stage));
  const refs = withRefs(status.refs, "awaited", waits);
  const before = say(plug, { ...status, refs }, clock.now, { kind: "decoupling", message });
  const revision = snapshot?.revision ?? 0;
  const lost = status.performed !== undefined && snapshot === undefined;
  return {
    kind: "perform",
    plan: { stage, revision, before, steps, ledger: ledgerOf(status.hooks, revision) },
    notices: [
      ...(lost ? [{ about: coupling.object, type: "Warning", ...messages.snapshotLost } as const] : []),
      ...warnOfCutShort(bothSides({ object: coupling.object, socket: currentSocket(coupling) }), cut),
    ],
  };
}

function ended(coupling: Coupling, undoing: Undoing, before: PlugStatus, outcome: Outcome): PlugStatus {
  const { results, stopped, awaiting, complete } = outcome;
  const undone = new Set(
    results.filter(({ kind }) => kind === "removed" || kind === "skipped").map(({ key }) => keyText(key)),
  );
  const refs = withRefs(before.refs, "awaited", []).filter(
    (ref) => ref.role !== "applied" || !undone.has(keyText(keyOfRef(ref))),
  );
  if (stopped !== undefined)
    return failedStatus(coupling, { ...before, refs }, { stage, error: stopped, message: stopped.message });
  const { failure: _over, ...succeeding } = before;
  if (awaiting !== undefined)
    return waitingFor(coupling, { ...succeeding, refs: [...refs, awaitedRef(awaiting, stage)] }, sayAwaiting(awaiting));
  return complete ? uncoupled(coupling, undoing, succeeding) : { ...before, refs };
}

function waitingFor({ plug, clock }: Coupling, status: PlugStatus, why: string): PlugStatus {
  return say(plug, recovered(plug, status, clock.now), clock.now, {
    kind: "decoupling",
    message: messages.waitsFor(why, "decoupling"),
  });
}

function uncoupled(coupling: Coupling, { end }: Undoing, before: PlugStatus): PlugStatus {
  const {
    coupledSocket: _socket,
    performed: _performed,
    snapshot: _snapshot,
    result: _result,
    coupledResult: _shown,
    admitted: _admitted,
    restless: _restless,
    ...rest
  } = before;
  const refs = (rest.refs ?? []).filter(({ role, entry }) => role === "applied" && entry === "created");
  const { plug, clock } = coupling;
  return say(plug, recovered(plug, { ...rest, refs }, clock.now), clock.now, {
    kind: "decoupled",
    message: messages.decoupledFrom(nameOfSocket(coupling), end),
  });
}

function conclude(
  coupling: Coupling,
  { end, kept, left: unplaced }: Undoing,
  { results, awaiting }: Outcome,
): Conclusion {
  const { plug, object } = coupling;
  const name = nameOfSocket(coupling);
  const decoupling = messages.decouplingFrom(name, end);
  if (awaiting !== undefined) return { told: { kind: "fact", fact: "plug.waiting", message: decoupling } };
  // An object that another coupling applied last is removed by that one: nothing remains undone here.
  const skipped = results.flatMap((result) =>
    result.kind === "skipped" && !isAnothers(result.metadata, plug.metadata.uid)
      ? [`${result.key.kind} ${result.key.namespace ?? ""}/${result.key.name}: ${result.why}`]
      : [],
  );
  const left = [...unplaced, ...skipped];
  const socket = currentSocket(coupling);
  const about = [object, ...(socket === undefined || left.length === 0 ? [] : [asObject(socket)])];
  const message = messages.decoupledFrom(name, end, left);
  return {
    told: { kind: "fact", fact: "plug.decoupled", message: decoupling },
    afterwards: [...endOfSnapshots(coupling), { kind: "forget keys", plug: plug.metadata, seen: kept }],
    notices: about.map((one) => ({
      about: one,
      type: left.length === 0 ? "Normal" : "Warning",
      reason: "Decoupled",
      message,
    })),
  };
}

function endOfSnapshots({ status, clock }: Coupling): readonly Upkeep[] {
  const { snapshot: resolved, performed } = status;
  const last = performed?.snapshot ?? resolved;
  return [
    ...(last === undefined ? [] : [{ kind: "finish snapshot", name: last, now: clock.now } as const]),
    ...(resolved === undefined || resolved === last ? [] : [{ kind: "remove snapshot", name: resolved } as const]),
  ];
}

function nameOfSocket({ plug, status }: Coupling): Named {
  const { namespace = plug.metadata.namespace, name = "" } = status.coupledSocket ?? {};
  return { namespace, name };
}

function asObject({
  apiVersion,
  kind,
  metadata,
}: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeObject["metadata"];
}): KubeObject {
  return { apiVersion, kind, metadata };
}
