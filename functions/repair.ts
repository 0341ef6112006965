import type { PlugRef, PlugStatus } from "../crds/generated/plug.ts";
import * as messages from "../crds/messages.ts";
import { fieldManager } from "../crds/names.ts";
import { differs, refsOf } from "../crds/references.ts";
import type { ObjectMeta } from "../kit/kube.ts";
import { bears } from "../kit/marks.ts";
import type { Outcome } from "../kit/perform.ts";
import { keyText } from "../kit/steps.ts";
import type { StageContext } from "./context.ts";
import type { Coupling } from "./observe-coupling.ts";
import { keyOfRef, type PlacedResource, type Planning, placeResources, refsAfter, stepFor } from "./plan-resources.ts";
import { planningOf } from "./planning.ts";
import { definePlugStage, failedStatus } from "./plug-stage.ts";
import { coupledMessage, hasResult, inOrder, recovered, say } from "./plug-status.ts";
import type { RenderedResource } from "./render-resources.ts";
import { contestedFrom, countRestless } from "./restlessness.ts";
import type { Conclusion, Decision, Stage } from "./run-stage.ts";
import { type Snapshot, secretsIn } from "./snapshot.ts";

const stage = "plug.repair";

/** Puts back what somebody changed or removed of what was applied, exactly as it was last applied. No hook, no revision, no result. Safe to repeat. */
export const repair: Stage = definePlugStage<Damage>({
  stage,
  find,
  decide,
  settle: (coupling, damage, { before, outcome }) => ended(coupling, damage, before, outcome),
  conclude,
  secrets: ({ snapshot }) => (snapshot === undefined ? [] : secretsIn(snapshot)),
});

interface Damage {
  /** Absent where it is gone, or nothing is performed. */
  readonly snapshot: Snapshot | undefined;
  readonly planning: Planning;
  /** What is there now of everything that is not as it was left. */
  readonly moved: readonly PlacedResource[];
}

async function find(context: StageContext, { plug, status }: Coupling): Promise<Damage> {
  const snapshot = await context.snapshots.readOf(plug.metadata, status.performed?.snapshot);
  const planning = planningOf(plug, snapshot);
  if (snapshot === undefined) return { snapshot, planning, moved: [] };
  const followed = new Map(
    refsOf(plug, "applied")
      .filter(isFollowed)
      .map((ref) => [keyText(keyOfRef(ref)), ref]),
  );
  const placed = await placeResources(context.kube, lastApplied(snapshot), planning);
  const moved = placed.filter(({ key, seen }) => {
    const ref = followed.get(keyText(key));
    return ref !== undefined && differs(ref, { known: true, metadata: seen }) && isOursOrGone(planning, ref, seen);
  });
  return { snapshot, planning, moved };
}

function isFollowed(ref: PlugRef): boolean {
  return ref.entry === "coupling" && ref.version !== undefined;
}

/** An object that another coupling applied last is that one's to repair. */
function isOursOrGone({ ours }: Planning, ref: PlugRef, seen: ObjectMeta | undefined): boolean {
  return seen === undefined || ref.foreign === true || bears(seen, ours) || seen.uid !== ref.uid;
}

/** What was applied last under each name: by the performed revision, or by the coupling, of what only that renders. */
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

function decide({ plug, status, clock }: Coupling, { snapshot, planning, moved }: Damage): Decision<PlugStatus> {
  if (snapshot === undefined) return { kind: "nothing", why: "the performed snapshot is gone" };
  if (moved.length === 0) return leave({ plug, status, clock });
  const before = countRestless(plug, status, stage, clock.now);
  const steps = moved.map((one) => stepFor(one, planning));
  return { kind: "perform", plan: { stage, revision: snapshot.revision, before, steps } };
}

function leave(coupling: Pick<Coupling, "plug" | "status" | "clock">): Decision<PlugStatus> {
  const status = whole(coupling, coupling.status);
  const message = "everything is as it was left";
  if (status === coupling.status) return { kind: "nothing", why: message };
  return { kind: "record", status, told: { kind: "fact", fact: "plug.repaired", message } };
}

/** The status once everything is as it was left: what a repair failed at before, and said, is over. */
function whole({ plug, clock }: Pick<Coupling, "plug" | "clock">, status: PlugStatus): PlugStatus {
  const calm = recovered(plug, status, clock.now);
  if (calm === status || !hasResult(status)) return calm;
  return say(plug, calm, clock.now, { kind: "coupled", message: coupledMessage(plug) });
}

function ended(coupling: Coupling, { moved }: Damage, before: PlugStatus, outcome: Outcome): PlugStatus {
  const { results, stopped } = outcome;
  const { plug, clock } = coupling;
  const applied = (before.refs ?? []).filter(({ role }) => role === "applied");
  const others = (before.refs ?? []).filter(
    ({ role, stage: waits }) => role !== "applied" && !(role === "awaited" && waits === stage),
  );
  const status = { ...before, refs: inOrder([...others, ...refsAfter(applied, results, stage, () => true)]) };
  if (stopped !== undefined) return failedStatus(coupling, status, { stage, error: stopped, message: stopped.message });
  if ((status.restless?.count ?? 0) < contestedFrom) return whole(coupling, status);
  return say(plug, status, clock.now, { kind: "contested", message: contest(moved) });
}

function contest(moved: readonly PlacedResource[]): string {
  const disputes = moved.map(
    ({ key, seen }) => `${key.kind} ${key.namespace ?? ""}/${key.name} (last changed by ${lastManager(seen)})`,
  );
  return messages.contested(disputes);
}

function lastManager(seen: ObjectMeta | undefined): string {
  if (seen === undefined) return "whoever removes it";
  const entries = (seen.managedFields ?? []).filter(({ manager }) => manager !== fieldManager);
  return entries.toSorted((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1))[0]?.manager ?? "an unknown manager";
}

function conclude({ object }: Coupling, { moved }: Damage): Conclusion {
  const names = moved.map(({ key }) => `${key.kind} ${key.name}`);
  return {
    told: { kind: "fact", fact: "plug.repaired", message: names.join(", ") },
    notices: [{ about: object, type: "Normal", reason: "Repaired", message: messages.repaired(names) }],
  };
}
