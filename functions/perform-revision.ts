import { admissionDigest } from "../crds/coupling-end.ts";
import type { PlugRef, PlugStatus } from "../crds/generated/plug.ts";
import { apiVersion } from "../crds/names.ts";
import { refsOf } from "../crds/references.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import type { PlugboardError } from "../kit/errors.ts";
import { type Plan, performPlan, recordStatus } from "../kit/perform.ts";
import { keyOf, keyText, type Step, type StepResult } from "../kit/steps.ts";
import { couplingHook, hookedPlan, inOrderOfSides } from "./apparatus/hooks.ts";
import type { StageContext } from "./context.ts";
import { fail, failedStatus, stopped } from "./failing.ts";
import { type Coupling, observeCoupling, whyNotDue } from "./observe-coupling.ts";
import { belongsToPlug } from "./ownership.ts";
import {
  byKey,
  keyOfRef,
  keysOf,
  type Owners,
  type PlacedResource,
  type Planning,
  placeResources,
  refBeforeApply,
  refsAfter,
  stepAgainst,
  stepFor,
} from "./plan-resources.ts";
import { inOrder, recovered, say, withRefs } from "./plug-status.ts";
import { countRestless } from "./restlessness.ts";
import { leavingOf, recordSharing, type Sharer } from "./shared-objects.ts";
import type { Snapshot } from "./snapshot.ts";
import { blankSecrets, type Side, secretsOf } from "./values.ts";

/** One of the two stages that perform a resolved revision. */
export interface Performance {
  readonly stage: "plug.couple" | "plug.update";
  readonly event: "coupled" | "updated";
}

/** Performs the newest resolved revision of a plug: its resources, then its socket's; then prunes what no entry yields any more. Safe to repeat. */
export async function performRevision(
  context: StageContext,
  request: StageRequest,
  performance: Performance,
): Promise<StageReply> {
  const coupling = await observeCoupling(context, request);
  if (coupling === undefined) return { kind: "nothing", why: "there is no such plug" };
  const notDue = whyNotDue(performance.stage, coupling);
  if (notDue !== undefined) return { kind: "nothing", why: notDue };
  try {
    const snapshot = await readResolved(context, coupling);
    if (snapshot === undefined) return await forgetResolved(context, coupling);
    if (snapshot.socket.uid !== coupling.socket?.metadata.uid)
      return { kind: "nothing", why: "the revision is of another socket; config is resolved first" };
    const work = await observeWork(context, coupling, snapshot, performance);
    return await perform(context, work);
  } catch (error) {
    return fail(context, coupling, performance.stage, error);
  }
}

interface Work {
  readonly coupling: Coupling;
  readonly snapshot: Snapshot;
  readonly performance: Performance;
  readonly planning: Planning;
  readonly placed: readonly PlacedResource[];
  /** What was applied for this coupling and is yielded by no entry any more. */
  readonly superfluous: readonly PlugRef[];
}

async function observeWork(
  context: StageContext,
  coupling: Coupling,
  snapshot: Snapshot,
  performance: Performance,
): Promise<Work> {
  const { resources } = snapshot.outcome;
  const planning = planningOf(coupling, snapshot);
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
  const { plugUid, snapshots } = sharerOf(coupling);
  const leave = superfluous.length === 0 ? undefined : await leavingOf(context, plugUid, snapshots);
  return { coupling, snapshot, performance, planning: { ...planning, leave }, placed, superfluous };
}

/** How the resources of a coupling are told apart and by whom they are applied. */
export function planningOf({ plug }: Pick<Coupling, "plug">, snapshot: Snapshot): Planning {
  return {
    entry: "coupling",
    revision: snapshot.revision,
    owners: ownersOf(snapshot),
    isOurs: (metadata) => belongsToPlug(metadata, plug.metadata.uid),
    before: byKey(refsOf(plug, "applied")),
    toleranceOf: () => "none",
  };
}

/** As whom a coupling applies, and how what it applies is labelled. */
export function ownersOf({ plug, socket, outcome }: Snapshot): Owners {
  return {
    serviceAccounts: {
      plug: { namespace: plug.namespace, name: outcome.serviceAccounts.plug },
      socket: { namespace: socket.namespace, name: outcome.serviceAccounts.socket },
    },
    ownershipOf: (side) => ({ side, plugUid: plug.uid, socketUid: socket.uid }),
  };
}

async function perform(context: StageContext, work: Work): Promise<StageReply> {
  const { coupling, performance } = work;
  await context.notify(await recordSharing(context, sharerOf(coupling), work.placed));
  const performed = await performPlan(planFor(context, work), coupling.object, context);
  switch (performed.kind) {
    case "lost":
      return { kind: "nothing", why: performed.why };
    case "stopped":
      return stopped(context, coupling, {
        stage: performance.stage,
        error: performed.error,
        message: sayable(work, performed.error),
      });
    case "done":
      return conclude(context, work, performed.results);
  }
}

/** A plug as it shares objects with others. */
export function sharerOf({ plug, object }: Coupling): Sharer {
  return { object, plugUid: plug.metadata.uid, snapshots: snapshotsOf(plug.status) };
}

function snapshotsOf({ snapshot, performed }: PlugStatus = {}): readonly string[] {
  return [...new Set([snapshot, performed?.snapshot].filter((name) => name !== undefined))];
}

async function conclude(
  context: StageContext,
  { coupling, performance, snapshot }: Work,
  results: readonly StepResult[],
): Promise<StageReply> {
  const awaiting = results.find((result) => result.kind === "awaiting");
  if (awaiting !== undefined)
    return {
      kind: "fact",
      fact: "plug.waiting",
      message: awaiting.why ?? `waiting for ${awaiting.key.kind} ${awaiting.key.name} to be gone`,
    };
  const before = coupling.plug.status?.performed?.snapshot;
  if (before !== undefined && before !== coupling.plug.status?.snapshot) await context.snapshots.remove(before);
  if (performance.event === "updated") {
    await context.notify([
      {
        about: coupling.object,
        type: "Normal",
        reason: "Updated",
        message: `updated to revision ${snapshot.revision}`,
      },
    ]);
    return { kind: "fact", fact: "plug.updated", message: `performed revision ${snapshot.revision}` };
  }
  return { kind: "fact", fact: "plug.coupled", message: `performed revision ${snapshot.revision}` };
}

function planFor(context: StageContext, work: Work): Plan<PlugStatus> {
  const { performance, snapshot, planning, placed, superfluous, coupling } = work;
  const called = coupling.plug.status?.hooks;
  const hookOf = (side: Side) =>
    couplingHook(context, snapshot, { side, event: performance.event, called, tolerance: "none" });
  const resourcesOf = (side: Side) =>
    placed.filter(({ resource }) => resource.side === side).map((one) => stepFor(one, planning));
  const hooks = { plug: hookOf("plug"), socket: hookOf("socket") };
  const steps: readonly Step[] = [
    ...inOrderOfSides(hooks, { plug: resourcesOf("plug"), socket: resourcesOf("socket") }),
    ...superfluous.map((ref) => stepAgainst(ref, planning)),
  ];
  const before = claimed(work, context.clock.now());
  return hookedPlan(hooks, called, {
    stage: performance.stage,
    revision: snapshot.revision,
    before,
    steps,
    after: (results, stopped) => ended(work, before, { results, stopped, complete: results.length === steps.length }),
  });
}

/** The status with which a stage begins: what it is about to apply is in the inventory, and a coupling is there from now on. */
function claimed(work: Work, now: number): PlugStatus {
  const { coupling, snapshot, performance, planning, placed } = work;
  const { plug } = coupling;
  const { failure: _failure, ...status } = plug.status ?? {};
  const about = byKey(placed.map((one) => refBeforeApply(one, planning)).filter((ref) => ref !== undefined));
  const applied = new Map([...planning.before, ...about]);
  const refs = withRefs(withRefs(status.refs, "awaited", []), "applied", [...applied.values()]);
  const name = `${snapshot.socket.namespace}/${snapshot.socket.name}`;
  const next = { ...countRestless(plug, status, performance.stage, now), refs };
  if (performance.event === "updated")
    return say(plug, next, now, { kind: "updating", message: `updating to revision ${snapshot.revision}` });
  return say(
    plug,
    { ...next, coupledSocket: { apiVersion, kind: "Socket", ...snapshot.socket }, ...admittedBy(coupling) },
    now,
    { kind: "coupling", message: `coupling to socket ${name}` },
  );
}

function admittedBy({ socket, namespace }: Coupling): Pick<PlugStatus, "admitted"> {
  return socket === undefined || namespace === undefined ? {} : { admitted: admissionDigest(socket, namespace) };
}

interface Ending {
  readonly results: readonly StepResult[];
  readonly stopped: PlugboardError | undefined;
  readonly complete: boolean;
}

function ended(work: Work, before: PlugStatus, { results, stopped, complete }: Ending): PlugStatus {
  const { coupling, snapshot, performance } = work;
  const { plug, clock } = coupling;
  const repairable = new Set(
    work.placed.filter(({ resource }) => resource.do === "apply").map(({ object }) => keyText(keyOf(object))),
  );
  const applied = (before.refs ?? []).filter(({ role }) => role === "applied");
  const others = (before.refs ?? []).filter(({ role }) => role !== "applied" && role !== "awaited");
  const status: PlugStatus = {
    ...before,
    refs: inOrder([...others, ...refsAfter(applied, results, performance.stage, (key) => repairable.has(key))]),
  };
  if (stopped !== undefined)
    return failedStatus(
      { ...coupling, plug: { ...plug, status } },
      status,
      performance.stage,
      stopped,
      sayable(work, stopped),
    );
  const awaiting = results.find((result) => result.kind === "awaiting");
  if (awaiting !== undefined) return waitingFor(coupling, status, awaiting, performance);
  if (!complete) return status;
  const { generation } = plug.metadata;
  const performed = {
    revision: snapshot.revision,
    socketUid: snapshot.socket.uid,
    snapshot: plug.status?.snapshot,
    ...(generation === undefined ? {} : { generation }),
  };
  return say(plug, { ...status, performed }, clock.now, { kind: "performed" });
}

function waitingFor(
  { plug, clock }: Coupling,
  status: PlugStatus,
  { key, why }: Extract<StepResult, { kind: "awaiting" }>,
  { event }: Performance,
): PlugStatus {
  const what = why ?? `waiting for ${key.kind} ${key.namespace ?? ""}/${key.name} to be gone`;
  const message = `${what}, then ${event === "coupled" ? "coupling" : "updating"} goes on by itself`;
  return say(
    plug,
    recovered(plug, status, clock.now),
    clock.now,
    event === "coupled" ? { kind: "coupling", message } : { kind: "updating", message },
  );
}

function sayable({ snapshot }: Work, error: PlugboardError): string {
  const { config, resources } = snapshot.outcome;
  return blankSecrets(error.message, [
    ...secretsOf(config.plug, config.socket),
    ...resources.flatMap(({ secrets }) => secrets),
  ]);
}

async function readResolved(context: StageContext, { plug }: Coupling): Promise<Snapshot | undefined> {
  const name = plug.status?.snapshot;
  return name === undefined ? undefined : context.snapshots.read(name);
}

/** A snapshot that somebody removed is made anew: config is resolved again. */
async function forgetResolved(context: StageContext, coupling: Coupling): Promise<StageReply> {
  const { snapshot: _gone, ...status } = coupling.plug.status ?? {};
  const written = await recordStatus(coupling.object, { ...status, refs: withRefs(status.refs, "input", []) }, context);
  if (written === undefined) return { kind: "nothing", why: "the plug was changed since it was read" };
  return {
    kind: "fact",
    fact: "plug.waiting",
    message: "the snapshot of the resolved revision is gone; config is resolved again",
  };
}
