import { refsOf } from "../../crds/coupling/references.ts";
import * as messages from "../../crds/messages.ts";
import { fieldManager } from "../../crds/names.ts";
import type { PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { ObjectMeta } from "../../kit/kube/port.ts";
import { bears } from "../../kit/performing/marks.ts";
import type { Outcome } from "../../kit/performing/perform.ts";
import { isStillAdmitted } from "../coupling/admit.ts";
import type { Coupling } from "../coupling/observe.ts";
import { definePlugStage, failedStatus } from "../coupling/plug-stage.ts";
import { contestedFrom, countRestless } from "../coupling/restlessness.ts";
import {
  coupledMessage,
  hasResult,
  inOrder,
  recovered,
  sameStatus,
  say,
  withoutFailureOf,
} from "../coupling/status.ts";
import type { RenderedResource } from "../rendering/render-resources.ts";
import { asSeen, type Drift, findDrift, isAsApplied, isSuspect, type Suspect } from "../resources/drift.ts";
import { keyOfRef, type Planning, placeResources, refsAfter, stepFor } from "../resources/plan-resources.ts";
import { planningOf } from "../resources/planning.ts";
import { failing, triedAgain } from "../resources/record-failure.ts";
import { type Snapshot, secretsIn } from "../snapshot/snapshot.ts";
import type { Conclusion, Decision, Stage, StageContext } from "../stage.ts";

const stage = "plug.repair";

/**
 * Restores applied objects that another client changed or deleted, exactly as last applied.
 * Calls no hook, makes no revision and no result.
 * Safe to repeat.
 */
export const repair: Stage = definePlugStage<Damage>({
  stage,
  find,
  decide,
  settle: (coupling, damage, { before, outcome }) => ended(coupling, damage, before, outcome),
  conclude,
  secrets: ({ snapshot }) => (snapshot === undefined ? [] : secretsIn(snapshot)),
});

interface Damage {
  /** Absent if it was deleted, no revision is performed, or the coupling is not admitted. */
  readonly snapshot: Snapshot | undefined;
  readonly planning: Planning;
  /** The present state of all objects whose version is not the recorded one. */
  readonly drift: Drift;
}

const noDrift: Drift = { unharmed: [], damaged: [] };

async function find(context: StageContext, coupling: Coupling): Promise<Damage> {
  const { plug, status } = coupling;
  const performed = await context.snapshots.readOf(plug.metadata, status.performed?.snapshot);
  const snapshot = performed !== undefined && isStillAdmitted(coupling, performed) ? performed : undefined;
  const planning = planningOf(plug, snapshot);
  if (snapshot === undefined) return { snapshot, planning, drift: noDrift };
  const followed = new Map(
    refsOf(plug, "applied")
      .filter(isFollowed)
      .map((ref) => [keyText(keyOfRef(ref)), ref]),
  );
  const placed = await placeResources(context.kube, lastApplied(snapshot), { ...planning, looksOnly: true });
  const suspects = placed.filter((one) => {
    const ref = followed.get(keyText(one.key));
    return ref !== undefined && isSuspect(ref, one) && isOursOrGone(planning, ref, one.seen);
  });
  return { snapshot, planning, drift: await findDrift(context.kube, suspects, planning) };
}

function isFollowed(ref: PlugRef): boolean {
  return ref.entry === "coupling" && ref.version !== undefined;
}

/** The coupling that applied an object last repairs it. */
function isOursOrGone({ ours }: Planning, ref: PlugRef, seen: ObjectMeta | undefined): boolean {
  return seen === undefined || ref.foreign === true || bears(seen, ours) || seen.uid !== ref.uid;
}

/**
 * The object that was applied last under each name: by the performed revision, or by `coupled` if only that renders it.
 */
function lastApplied({ outcome, asCoupled }: Snapshot): readonly RenderedResource[] {
  const byUpdates = outcome.resources.filter(
    (resource) => resource.do === "apply" && resource.when.includes("updated"),
  );
  const onceOnly =
    asCoupled.length > 0
      ? asCoupled
      : outcome.resources.filter(({ when }) => when.includes("coupled") && !when.includes("updated"));
  return [...byUpdates, ...onceOnly.filter((resource) => resource.do === "apply")];
}

function decide(
  { plug, status: before, clock }: Coupling,
  { snapshot, planning, drift }: Damage,
): Decision<PlugStatus> {
  if (snapshot === undefined)
    return { kind: "nothing", why: "the performed snapshot does not exist any more, or its coupling is not admitted" };
  const status = withoutFailureOf(stage, { ...before, refs: asSeen(before.refs, drift.unharmed) });
  if (drift.damaged.length === 0) return leave({ plug, status: before, clock }, status);
  const steps = drift.damaged.map((one) => ({ ...stepFor(one, planning), was: one.live }));
  const failure = triedAgain(before.failure, { stage, now: clock.now });
  const begun = failure === undefined ? status : { ...status, failure };
  return { kind: "perform", plan: { stage, revision: snapshot.revision, before: begun, steps } };
}

function leave(coupling: Pick<Coupling, "plug" | "status" | "clock">, seen: PlugStatus): Decision<PlugStatus> {
  const status = whole(coupling, seen);
  const message = "everything is as it was left";
  if (sameStatus(coupling.status, status)) return { kind: "nothing", why: message };
  return { kind: "record", status, told: { kind: "fact", fact: "plug.repaired", message } };
}

/** The status when all objects are as applied: an earlier failure of a repair is over. */
function whole({ plug, clock }: Pick<Coupling, "plug" | "clock">, status: PlugStatus): PlugStatus {
  const calm = recovered(plug, status, clock.now);
  if (calm === status || !hasResult(status)) return calm;
  return say(plug, calm, clock.now, { kind: "coupled", message: coupledMessage(plug) });
}

function ended(coupling: Coupling, { drift }: Damage, before: PlugStatus, outcome: Outcome): PlugStatus {
  const { results, stopped } = outcome;
  const { plug, clock } = coupling;
  const applied = (before.refs ?? []).filter(({ role }) => role === "applied");
  const others = (before.refs ?? []).filter(
    ({ role, stage: waits }) => role !== "applied" && !(role === "awaited" && waits === stage),
  );
  const counted = mended(drift, results).length === 0 ? before : countRestless(plug, before, stage, clock.now);
  const status = { ...counted, refs: inOrder([...others, ...refsAfter(applied, outcome, stage, () => true)]) };
  if (stopped !== undefined) return failedStatus(coupling, status, failing(stage, stopped, drift.damaged));
  const succeeding = withoutFailureOf(stage, status);
  if ((status.restless?.count ?? 0) < contestedFrom) return whole(coupling, succeeding);
  return say(plug, succeeding, clock.now, { kind: "contested", message: contest(drift.damaged) });
}

/** The damaged objects in which the steps changed a value. */
function mended({ damaged }: Drift, results: Outcome["results"]): readonly Suspect[] {
  const changed = new Set(
    results.filter((result) => result.kind === "applied" && result.changed !== false).map(({ key }) => keyText(key)),
  );
  return damaged.filter(({ key }) => changed.has(keyText(key)));
}

/** The damaged objects whose values did not change when they were applied again: the API server sets other values. */
function overruled({ drift: { damaged }, planning }: Damage, results: Outcome["results"]): readonly Suspect[] {
  const unchanged = new Set(
    results.filter((result) => result.kind === "applied" && result.changed === false).map(({ key }) => keyText(key)),
  );
  return damaged.filter((one) => unchanged.has(keyText(one.key)) && !isAsApplied(one, planning));
}

function contest(damaged: readonly Suspect[]): string {
  const disputes = damaged.map(
    ({ key, seen }) => `${key.kind} ${key.namespace ?? ""}/${key.name} (last changed by ${lastManager(seen)})`,
  );
  return messages.contested(disputes);
}

function lastManager(seen: ObjectMeta | undefined): string {
  if (seen === undefined) return "an unknown client that deletes it";
  const entries = (seen.managedFields ?? []).filter(({ manager }) => manager !== fieldManager);
  return entries.toSorted((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1))[0]?.manager ?? "an unknown client";
}

function conclude({ object }: Coupling, damage: Damage, { results }: Outcome): Conclusion {
  const names = mended(damage.drift, results).map(({ key }) => `${key.kind} ${key.name}`);
  return {
    told: { kind: "fact", fact: "plug.repaired", message: names.join(", ") },
    notices: [
      ...(names.length === 0
        ? []
        : [{ about: object, type: "Normal", reason: "Repaired", message: messages.repaired(names) } as const]),
      ...overruled(damage, results).map(
        ({ key }) => ({ about: object, type: "Warning", ...messages.overruled(key) }) as const,
      ),
    ],
  };
}
