import { admissionDigest } from "../../crds/coupling/coupling-end.ts";
import { refsOf } from "../../crds/coupling/references.ts";
import * as messages from "../../crds/messages.ts";
import { apiVersion, fieldManager } from "../../crds/names.ts";
import type { PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { keyOf, keyText } from "../../kit/kube/keys.ts";
import { type Sight, sightOf, unknown } from "../../kit/loop/references.ts";
import type { Outcome, Plan } from "../../kit/performing/perform.ts";
import { couplingHook, ledgerOf } from "../apparatus/hooks.ts";
import { noticesOf } from "../rendering/remarks.ts";
import { readShared } from "../resources/leave-shared.ts";
import type { Effect } from "../resources/own-effects.ts";
import { type About, isBoundedWait, patienceOf, warnOfCutShort, warnOfLingering } from "../resources/patience.ts";
import { readAdopted, stepAgainst } from "../resources/plan-removal.ts";
import {
  byKey,
  cutShort,
  inOrderOfSides,
  keyOfRef,
  keysOf,
  type PlacedResource,
  type Planning,
  placeResources,
  refBeforeApply,
  refsAfter,
  statusRemarks,
} from "../resources/plan-resources.ts";
import { planningOf } from "../resources/planning.ts";
import { failing } from "../resources/record-failure.ts";
import { findSharing, type Sharer, type Sharing } from "../resources/shared-objects.ts";
import { sayAwaiting } from "../run-stage.ts";
import { type Snapshot, secretsIn } from "../snapshot/snapshot.ts";
import type { Conclusion, Decision, Stage, StageContext } from "../stage.ts";
import { isStillAdmitted } from "./admit.ts";
import { type Coupling, whyNotDue } from "./observe.ts";
import { definePlugStage, failedStatus, notAdmitted, resolvingAgain } from "./plug-stage.ts";
import { countRestless } from "./restlessness.ts";
import { beginning, inOrder, recovered, say, withoutFailureOf, withRefs } from "./status.ts";

/** One of the two stages that perform a resolved revision. */
export interface Performance {
  readonly stage: "plug.couple" | "plug.update";
  readonly event: "coupled" | "updated";
}

/**
 * Performs the newest resolved revision of a plug: its own resources, then its socket's; then prunes objects that no
 * entry renders any more.
 */
export function performing(performance: Performance): Stage {
  return definePlugStage<Found>({
    stage: performance.stage,
    find: (context, coupling) => findWork(context, coupling, performance),
    decide,
    settle: (coupling, found, { before, outcome }) =>
      found.kind === "work" ? ended(coupling, found, before, outcome) : before,
    conclude: (coupling, found, outcome) => conclude(coupling, found, outcome, performance),
    secrets: (found) => (found.kind === "work" ? secretsIn(found.snapshot) : []),
  });
}

interface Work {
  readonly kind: "work";
  readonly performance: Performance;
  readonly snapshot: Snapshot;
  readonly planning: Planning;
  readonly placed: readonly PlacedResource[];
  /** Objects that were applied for this coupling and that no entry renders any more. */
  readonly superfluous: readonly PlugRef[];
  readonly sharing: Sharing;
}

type Found =
  | Work
  | { readonly kind: "lost" }
  | { readonly kind: "not admitted" }
  | { readonly kind: "of another socket" };

async function findWork(context: StageContext, coupling: Coupling, performance: Performance): Promise<Found> {
  const snapshot = await context.snapshots.readOf(coupling.plug.metadata, coupling.status.snapshot);
  if (snapshot === undefined) return { kind: "lost" };
  if (snapshot.socket.uid !== coupling.socket?.metadata.uid) return { kind: "of another socket" };
  if (!isStillAdmitted(coupling, snapshot)) return { kind: "not admitted" };
  const { resources } = snapshot.outcome;
  const patience = patienceOf(coupling.status.refs, { now: coupling.clock.now });
  const planning = { ...planningOf(coupling.plug, snapshot), patience, expectsNew: true };
  const due = resources.filter(({ when }) => when.includes(performance.event));
  const yielded = resources.filter(
    ({ when, do: act }) => act !== "delete" && when.some((event) => event === "coupled" || event === "updated"),
  );
  const [placed, keys] = await Promise.all([
    placeResources(context.kube, due, planning),
    keysOf(context.kube, yielded),
  ]);
  const superfluous = refsOf(coupling.plug, "applied").filter(
    (ref) => ref.entry === "coupling" && !keys.has(keyText(keyOfRef(ref))),
  );
  const sharer = sharerOf(coupling);
  const shared =
    superfluous.length === 0 ? undefined : await readShared(context, coupling.plug.metadata, sharer.snapshots);
  const adopted = await readAdopted(context, coupling.plug, superfluous);
  const sharing = await findSharing(context, sharer, placed);
  const whole = { ...planning, shared, adopted };
  return { kind: "work", performance, snapshot, planning: whole, placed, superfluous, sharing };
}

/** A plug as a holder of shared objects. */
export function sharerOf({ plug, object, status }: Coupling): Sharer {
  const snapshots = [status.snapshot, status.performed?.snapshot].filter((name) => name !== undefined);
  return { object, plugUid: plug.metadata.uid, snapshots: [...new Set(snapshots)] };
}

function decide(coupling: Coupling, found: Found): Decision<PlugStatus> {
  switch (found.kind) {
    case "lost":
      return resolvingAgain(coupling, "resolved");
    case "not admitted":
      return { kind: "nothing", why: notAdmitted };
    case "of another socket":
      return { kind: "nothing", why: "the revision belongs to another socket; config is resolved first" };
    case "work": {
      const why = whyItStillWaits(coupling, found);
      if (why !== undefined) return { kind: "nothing", why };
      return {
        kind: "perform",
        plan: planFor(coupling, found),
        first: found.sharing.first,
        notices: [
          ...found.sharing.notices,
          ...warnOfCutShort(bothSides(coupling), cutShort(found.placed, found.planning)),
          ...noticesOf(statusRemarks(found.placed, found.planning), coupling),
        ],
      };
    }
  }
}

/**
 * Why the stage still waits: it ended to wait for objects, and they are as they were; undefined if it goes on.
 * Without this, each repeated event would claim the plug, and keep other stages from it.
 */
function whyItStillWaits(coupling: Coupling, { performance: { stage }, placed }: Work): string | undefined {
  const seen = new Map(placed.map((one) => [keyText(one.key), one.seen]));
  const keys = refsOf(coupling.plug, "awaited")
    .filter((ref) => ref.stage === stage)
    .map((ref) => keyText(keyOfRef(ref)));
  if (keys.length === 0 || !keys.every((key) => seen.has(key))) return undefined;
  const see = (ref: PlugRef): Sight => {
    const key = keyText(keyOfRef(ref));
    return keys.includes(key) ? sightOf(seen.get(key), fieldManager) : unknown;
  };
  return whyNotDue(stage, { ...coupling, evidence: { kind: "seen", see } });
}

/** The warning goes to both sides: people must decide which side uses other names. */
export function bothSides({ object, socket }: Pick<Coupling, "object" | "socket">): readonly About[] {
  return socket === undefined ? [object] : [object, socket];
}

function planFor(coupling: Coupling, work: Work): Plan<PlugStatus, Effect> {
  const { performance, snapshot, planning, placed, superfluous } = work;
  const { stage, event } = performance;
  const called = coupling.status.hooks;
  return {
    stage,
    revision: snapshot.revision,
    before: claimed(coupling, work),
    steps: [
      ...inOrderOfSides(placed, planning, (side) => couplingHook(snapshot, { side, event, called, tolerance: "none" })),
      ...superfluous.toReversed().map((ref) => stepAgainst(ref, planning)),
    ],
    ledger: ledgerOf(called, snapshot.revision),
  };
}

/**
 * The status at the start of a stage.
 * It lists the objects that the stage is about to apply; from now on the plug counts as coupled.
 */
function claimed(coupling: Coupling, { snapshot, performance, planning, placed }: Work): PlugStatus {
  const { plug, clock } = coupling;
  const status = beginning(performance.stage, coupling.status, clock.now);
  const about = byKey(placed.map((one) => refBeforeApply(one, planning)).filter((ref) => ref !== undefined));
  const applied = new Map([...planning.before, ...about]);
  const waits = refsOf(plug, "awaited").filter((ref) => isBoundedWait(ref, performance.stage));
  const refs = withRefs(withRefs(status.refs, "awaited", waits), "applied", [...applied.values()]);
  const next = { ...countRestless(plug, status, performance.stage, clock.now), refs };
  if (performance.event === "updated")
    return say(plug, next, clock.now, { kind: "updating", message: messages.updatingTo(snapshot.revision) });
  const { namespaceUid: _uid, ...socket } = snapshot.socket;
  return say(
    plug,
    { ...next, coupledSocket: { apiVersion, kind: "Socket", ...socket }, ...admittedBy(coupling) },
    clock.now,
    { kind: "coupling", message: messages.couplingTo(snapshot.socket) },
  );
}

function admittedBy({ socket, namespace }: Coupling): Pick<PlugStatus, "admitted"> {
  return socket === undefined ? {} : { admitted: admissionDigest(socket, namespace) };
}

function ended(coupling: Coupling, work: Work, before: PlugStatus, outcome: Outcome): PlugStatus {
  const { snapshot, performance, placed } = work;
  const { plug, clock } = coupling;
  const { stopped, awaiting, complete } = outcome;
  const repairable = new Set(
    placed.filter(({ resource }) => resource.do === "apply").map(({ object }) => keyText(keyOf(object))),
  );
  const applied = (before.refs ?? []).filter(({ role }) => role === "applied");
  const others = (before.refs ?? []).filter(({ role }) => role !== "applied" && role !== "awaited");
  const status: PlugStatus = {
    ...before,
    refs: inOrder([...others, ...refsAfter(applied, outcome, performance.stage, (key) => repairable.has(key))]),
  };
  if (stopped !== undefined) return failedStatus(coupling, status, failing(performance.stage, stopped, placed));
  const succeeding = withoutFailureOf(performance.stage, status);
  if (awaiting !== undefined) return waitingFor(coupling, succeeding, awaiting, performance);
  if (!complete) return status;
  const { generation } = plug.metadata;
  const performed = {
    revision: snapshot.revision,
    socketUid: snapshot.socket.uid,
    snapshot: coupling.status.snapshot,
    ...(generation === undefined ? {} : { generation }),
  };
  return say(plug, { ...succeeding, performed }, clock.now, { kind: "performed" });
}

function waitingFor(
  { plug, clock }: Coupling,
  status: PlugStatus,
  awaiting: NonNullable<Outcome["awaiting"]>,
  { event }: Performance,
): PlugStatus {
  const message = messages.waitsFor(sayAwaiting(awaiting), event === "coupled" ? "coupling" : "updating");
  return say(
    plug,
    recovered(plug, status, clock.now),
    clock.now,
    event === "coupled" ? { kind: "coupling", message } : { kind: "updating", message },
  );
}

function conclude(
  coupling: Coupling,
  found: Found,
  { awaiting, results }: Outcome,
  { event }: Performance,
): Conclusion {
  if (awaiting !== undefined) {
    return { told: { kind: "fact", fact: "plug.waiting", message: sayAwaiting(awaiting) } };
  }
  const { snapshot: resolved, performed } = coupling.status;
  const revision = found.kind === "work" ? found.snapshot.revision : 0;
  const superseded = performed?.snapshot !== undefined && performed.snapshot !== resolved ? [performed.snapshot] : [];
  const afterwards = [
    ...(found.kind === "work" ? found.sharing.afterwards : []),
    ...superseded.map((name) => ({ kind: "remove snapshot", name }) as const),
  ];
  const message = `performed revision ${revision}`;
  const notices = warnOfLingering(bothSides(coupling), results);
  if (event === "coupled") return { told: { kind: "fact", fact: "plug.coupled", message }, afterwards, notices };
  const updated = {
    about: coupling.object,
    type: "Normal",
    reason: "Updated",
    message: messages.updatedTo(revision),
  } as const;
  return { told: { kind: "fact", fact: "plug.updated", message }, afterwards, notices: [updated, ...notices] };
}
