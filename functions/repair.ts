import type { PlugRef, PlugStatus } from "../crds/generated/plug.ts";
import { differs, refsOf } from "../crds/references.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import type { PlugboardError } from "../kit/errors.ts";
import type { ObjectMeta } from "../kit/kube.ts";
import { performPlan, recordStatus } from "../kit/perform.ts";
import { keyText, type StepResult } from "../kit/steps.ts";
import type { StageContext } from "./context.ts";
import { fail, failedStatus, replyTo } from "./failing.ts";
import { type Coupling, observeCoupling, whyNotDue } from "./observe-coupling.ts";
import { planningOf } from "./perform-revision.ts";
import { keyOfRef, type PlacedResource, type Planning, placeResources, refsAfter, stepFor } from "./plan-resources.ts";
import { coupledMessage, hasResult, inOrder, recovered, say } from "./plug-status.ts";
import type { RenderedResource } from "./render-resources.ts";
import { contestedFrom, countRestless } from "./restlessness.ts";
import type { Snapshot } from "./snapshot.ts";
import { blankSecrets, secretsOf } from "./values.ts";

const stage = "plug.repair";

/** Puts back what somebody changed or removed of what was applied, exactly as it was last applied. No hook, no revision, no result. Safe to repeat. */
export async function repair(context: StageContext, request: StageRequest): Promise<StageReply> {
  const coupling = await observeCoupling(context, request);
  if (coupling === undefined) return { kind: "nothing", why: "there is no such plug" };
  const notDue = whyNotDue(stage, coupling);
  const name = coupling.plug.status?.performed?.snapshot;
  if (notDue !== undefined || name === undefined) return { kind: "nothing", why: notDue ?? "nothing is performed" };
  try {
    const snapshot = await context.snapshots.read(name);
    if (snapshot === undefined) return { kind: "nothing", why: "the performed snapshot is gone" };
    const damage = await observeDamage(context, coupling, snapshot);
    return damage.moved.length === 0
      ? await leave(context, coupling)
      : await putBack(context, coupling, snapshot, damage);
  } catch (error) {
    return fail(context, coupling, stage, error);
  }
}

async function leave(context: StageContext, coupling: Coupling): Promise<StageReply> {
  const before = coupling.plug.status ?? {};
  const status = whole(coupling, before);
  if (status !== before) await recordStatus(coupling.object, status, context);
  return { kind: "nothing", why: "everything is as it was left" };
}

/** The status once everything is as it was left: what a repair failed at before, and said, is over. */
function whole({ plug, clock }: Coupling, status: PlugStatus): PlugStatus {
  const calm = recovered(plug, status, clock.now);
  if (calm === status || !hasResult(status)) return calm;
  return say(plug, calm, clock.now, { kind: "coupled", message: coupledMessage(plug) });
}

interface Damage {
  readonly planning: Planning;
  /** What is there now of everything that is not as it was left. */
  readonly moved: readonly PlacedResource[];
}

async function observeDamage(context: StageContext, coupling: Coupling, snapshot: Snapshot): Promise<Damage> {
  const planning = planningOf(coupling, snapshot);
  const followed = new Map(
    refsOf(coupling.plug, "applied")
      .filter(isFollowed)
      .map((ref) => [keyText(keyOfRef(ref)), ref]),
  );
  const bodies = lastApplied(snapshot);
  const placed = await placeResources(context.kube, bodies, planning);
  const moved = placed.filter(({ key, seen }) => {
    const ref = followed.get(keyText(key));
    return ref !== undefined && differs(ref, { known: true, metadata: seen }) && isOursOrGone(planning, ref, seen);
  });
  return { planning, moved };
}

function isFollowed(ref: PlugRef): boolean {
  return ref.entry === "coupling" && ref.version !== undefined;
}

/** An object that another coupling applied last is that one's to repair. */
function isOursOrGone({ isOurs }: Planning, ref: PlugRef, seen: ObjectMeta | undefined): boolean {
  return seen === undefined || ref.foreign === true || isOurs(seen) || seen.uid !== ref.uid;
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

async function putBack(
  context: StageContext,
  coupling: Coupling,
  snapshot: Snapshot,
  { planning, moved }: Damage,
): Promise<StageReply> {
  const { plug } = coupling;
  const steps = moved.map((one) => stepFor(one, planning));
  const before = countRestless(plug, plug.status ?? {}, stage, context.clock.now());
  const after = (results: readonly StepResult[], stopped: PlugboardError | undefined): PlugStatus =>
    ended(coupling, { before, results, stopped, snapshot, moved });
  const performed = await performPlan(
    { stage, revision: snapshot.revision, before, steps, after },
    coupling.object,
    context,
  );
  if (performed.kind === "lost") return { kind: "nothing", why: performed.why };
  if (performed.kind === "stopped") return replyTo(performed.error, stage);
  const names = moved.map(({ key }) => `${key.kind} ${key.name}`).join(", ");
  await context.notify([
    { about: coupling.object, type: "Normal", reason: "Repaired", message: `put back as it was applied: ${names}` },
  ]);
  return { kind: "fact", fact: "plug.repaired", message: names };
}

interface Ending {
  readonly before: PlugStatus;
  readonly results: readonly StepResult[];
  readonly stopped: PlugboardError | undefined;
  readonly snapshot: Snapshot;
  readonly moved: readonly PlacedResource[];
}

function ended(coupling: Coupling, { before, results, stopped, snapshot, moved }: Ending): PlugStatus {
  const { plug, clock } = coupling;
  const applied = (before.refs ?? []).filter(({ role }) => role === "applied");
  const others = (before.refs ?? []).filter(
    ({ role, stage: waits }) => role !== "applied" && !(role === "awaited" && waits === stage),
  );
  const status = { ...before, refs: inOrder([...others, ...refsAfter(applied, results, stage, () => true)]) };
  if (stopped !== undefined) {
    const { config, resources } = snapshot.outcome;
    const message = blankSecrets(stopped.message, [
      ...secretsOf(config.plug, config.socket),
      ...resources.flatMap(({ secrets }) => secrets),
    ]);
    return failedStatus(coupling, status, stage, stopped, message);
  }
  if ((status.restless?.count ?? 0) < contestedFrom) return whole(coupling, status);
  return say(plug, status, clock.now, { kind: "contested", message: contest(moved) });
}

function contest(moved: readonly PlacedResource[]): string {
  const disputes = moved.map(
    ({ key, seen }) => `${key.kind} ${key.namespace ?? ""}/${key.name} (last changed by ${lastManager(seen)})`,
  );
  return `somebody keeps changing what this coupling applies: ${disputes.join(", ")}; stop that, or stop applying those fields`;
}

function lastManager(seen: ObjectMeta | undefined): string {
  if (seen === undefined) return "whoever removes it";
  const entries = (seen.managedFields ?? []).filter(({ manager }) => manager !== "integration-operator");
  return entries.toSorted((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1))[0]?.manager ?? "an unknown manager";
}
