import { type CouplingEnd, couplingMustEnd } from "../crds/coupling-end.ts";
import type { PlugStatus } from "../crds/generated/plug.ts";
import { annotations } from "../crds/names.ts";
import { refsOf } from "../crds/references.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import { currentSocket } from "../crds/standing.ts";
import type { PlugboardError } from "../kit/errors.ts";
import type { KubeObject, ObjectMeta } from "../kit/kube.ts";
import { performPlan } from "../kit/perform.ts";
import { keyText, type Step, type StepResult, type Tolerance } from "../kit/steps.ts";
import { couplingHook, type HookStep, hookedPlan, inOrderOfSides } from "./apparatus/hooks.ts";
import type { StageContext } from "./context.ts";
import { fail, failedStatus, stopped } from "./failing.ts";
import { type Coupling, observeCoupling, whyNotDue } from "./observe-coupling.ts";
import { belongsToPlug, isAtHome } from "./ownership.ts";
import { planningOf, sharerOf } from "./perform-revision.ts";
import {
  awaitedRef,
  keyOfRef,
  keysOf,
  type PlacedResource,
  type Planning,
  placeResources,
  stepAgainst,
  stepFor,
} from "./plan-resources.ts";
import { recovered, say, withRefs } from "./plug-status.ts";
import { leavingOf } from "./shared-objects.ts";
import type { Snapshot } from "./snapshot.ts";
import { blankSecrets, type Side, secretsOf } from "./values.ts";

const stage = "plug.decouple";

/** Undoes a coupling from its performed snapshot: the `decoupled` resources of both sides, then everything it made. Safe to repeat. */
export async function decouple(context: StageContext, request: StageRequest): Promise<StageReply> {
  const coupling = await observeCoupling({ ...context, kube: context.live }, request);
  if (coupling === undefined) return { kind: "nothing", why: "there is no such plug" };
  const notDue = whyNotDue(stage, coupling);
  const end = couplingMustEnd(coupling);
  if (notDue !== undefined || end === undefined) return { kind: "nothing", why: notDue ?? "the coupling stays" };
  try {
    return await perform(context, await observeWork(context, coupling, end));
  } catch (error) {
    return fail(context, coupling, stage, error);
  }
}

interface Undoing {
  readonly coupling: Coupling;
  readonly end: CouplingEnd;
  /** Absent when somebody removed it: then only the inventory in the status tells what was made. */
  readonly snapshot: Snapshot | undefined;
  /** The keys made for this coupling, which end with it. */
  readonly kept: ObjectMeta | undefined;
  readonly steps: readonly Step[];
  readonly hooks: { readonly [side in Side]: HookStep | undefined };
}

async function observeWork(context: StageContext, coupling: Coupling, end: CouplingEnd): Promise<Undoing> {
  const { snapshot: resolved, performed } = coupling.plug.status ?? {};
  const name = performed?.snapshot ?? resolved;
  const snapshot = name === undefined ? undefined : await context.snapshots.read(name);
  const toleranceOf = tolerances(coupling);
  const { plugUid, snapshots } = sharerOf(coupling);
  const planning: Planning = {
    ...planningOf(coupling, snapshot ?? nothingKnown(coupling)),
    ...(snapshot === undefined ? { isOurs: (metadata) => isOursByStatusAlone(coupling, metadata) } : {}),
    toleranceOf,
    ending: "decoupled",
    leave: await leavingOf(context, plugUid, snapshots),
  };
  const reachable = (snapshot?.outcome.resources ?? []).filter(
    ({ when, side }) => when.includes("decoupled") && toleranceOf(side) !== "unreachable",
  );
  const placed = await placeResources(context.kube, reachable, planning);
  const stays = await keysOf(
    context.kube,
    placed.filter(({ resource }) => resource.do !== "delete").map(({ resource }) => resource),
  );
  const made = refsOf(coupling.plug, "applied").filter(
    (ref) => ref.entry !== "created" && ref.retained !== true && !stays.has(keyText(keyOfRef(ref))),
  );
  const hooks = hooksOf(context, coupling, snapshot, toleranceOf);
  const resourcesOf = (side: Side) =>
    placed.filter(({ resource }) => resource.side === side).map((one: PlacedResource) => stepFor(one, planning));
  return {
    coupling,
    end,
    snapshot,
    kept: await context.snapshots.seenKept(coupling.plug.metadata),
    hooks,
    steps: [
      ...inOrderOfSides(hooks, { plug: resourcesOf("plug"), socket: resourcesOf("socket") }),
      ...made.map((ref) => stepAgainst(ref, planning)),
    ],
  };
}

/** The hooks of both sides. A socket that is gone took its apparatus with it, and nobody is left to be told. */
function hooksOf(
  context: StageContext,
  coupling: Coupling,
  snapshot: Snapshot | undefined,
  toleranceOf: (side: Side) => Tolerance,
): Undoing["hooks"] {
  const called = coupling.plug.status?.hooks;
  const hookOf = (side: Side): HookStep | undefined =>
    snapshot === undefined
      ? undefined
      : couplingHook(context, snapshot, { side, event: "decoupled", called, tolerance: toleranceOf(side) });
  const socketIsThere = currentSocket(coupling)?.metadata.uid === snapshot?.socket.uid;
  return { plug: hookOf("plug"), socket: socketIsThere ? hookOf("socket") : undefined };
}

/** A status may be forged, a snapshot may not: without one, what bears the seed's mark but not our label goes only beside the plug itself. */
function isOursByStatusAlone({ plug }: Coupling, metadata: ObjectMeta): boolean {
  const { namespace, uid } = plug.metadata;
  return belongsToPlug(metadata, uid) && isAtHome(metadata, namespace);
}

/** In a namespace that ends, what cannot be reached is let pass; with force-remove everything is. */
function tolerances(coupling: Coupling): (side: Side) => Tolerance {
  const { plug, namespace, socketNamespace } = coupling;
  const forced = [plug.metadata, currentSocket(coupling)?.metadata].some(
    (metadata) => metadata?.annotations?.[annotations.forceRemove] === "true",
  );
  if (forced) return () => "any";
  return (side) => (ends(side === "plug" ? namespace : socketNamespace) ? "unreachable" : "none");
}

/** Whether a namespace is going or gone. */
export function ends(namespace: KubeObject | undefined): boolean {
  return namespace === undefined || namespace.metadata.deletionTimestamp !== undefined;
}

function nothingKnown({ plug }: Coupling): Snapshot {
  const { coupledSocket } = plug.status ?? {};
  const socket = {
    namespace: coupledSocket?.namespace ?? plug.metadata.namespace,
    name: coupledSocket?.name ?? "",
    uid: coupledSocket?.uid ?? "",
  };
  const { namespace, name, uid } = plug.metadata;
  const accounts = { plug: plug.spec.serviceAccountName ?? "default", socket: "default" };
  const outcome = {
    config: { plug: {}, socket: {} },
    resources: [],
    serviceAccounts: accounts,
    epochs: { plug: "", socket: "" },
  };
  return {
    schemaVersion: 1,
    revision: plug.status?.revision ?? 0,
    plug: { namespace, name, uid },
    socket,
    resolvedAt: "",
    seed: "",
    keeps: false,
    outcome,
    asCoupled: [],
  };
}

async function perform(context: StageContext, work: Undoing): Promise<StageReply> {
  const { coupling, snapshot, steps, hooks } = work;
  const { plug } = coupling;
  const { failure: _failure, ...status } = plug.status ?? {};
  const message = `decoupling from socket ${nameOfSocket(coupling)}: ${reasons[work.end]}`;
  const before = say(plug, { ...status, refs: withRefs(status.refs, "awaited", []) }, context.clock.now(), {
    kind: "decoupling",
    message,
  });
  const after = (results: readonly StepResult[], stopped: PlugboardError | undefined): PlugStatus =>
    ended(work, before, { results, stopped });
  const performed = await performPlan(
    hookedPlan(hooks, plug.status?.hooks, { stage, revision: snapshot?.revision ?? 0, before, steps, after }),
    coupling.object,
    context,
  );
  if (performed.kind === "lost") return { kind: "nothing", why: performed.why };
  if (performed.kind === "stopped") {
    return stopped(context, coupling, {
      stage: stage,
      error: performed.error,
      message: sayable(work, performed.error),
    });
  }
  if (performed.results.some(({ kind }) => kind === "awaiting")) return { kind: "fact", fact: "plug.waiting", message };
  await conclude(context, work, performed.results);
  return { kind: "fact", fact: "plug.decoupled", message };
}

async function conclude(
  context: StageContext,
  { coupling, end, kept }: Undoing,
  results: readonly StepResult[],
): Promise<void> {
  const { plug } = coupling;
  const { snapshot: resolved, performed } = plug.status ?? {};
  const last = performed?.snapshot ?? resolved;
  if (last !== undefined) await context.snapshots.finish(last, context.clock.now());
  if (resolved !== undefined && resolved !== last) await context.snapshots.remove(resolved);
  await context.snapshots.forgetKept(plug.metadata, kept);
  const left = results.flatMap((result) =>
    result.kind === "skipped"
      ? [`${result.key.kind} ${result.key.namespace ?? ""}/${result.key.name}: ${result.why}`]
      : [],
  );
  const socket = currentSocket(coupling);
  const about = [coupling.object, ...(socket === undefined || left.length === 0 ? [] : [asObject(socket)])];
  const message = `decoupled from socket ${nameOfSocket(coupling)}: ${reasons[end]}${left.length === 0 ? "" : `; left undone: ${left.join("; ")}`}`;
  await context.notify(
    about.map((object) => ({
      about: object,
      type: left.length === 0 ? "Normal" : "Warning",
      reason: "Decoupled",
      message,
    })),
  );
}

function ended(
  work: Undoing,
  before: PlugStatus,
  { results, stopped }: { readonly results: readonly StepResult[]; readonly stopped: PlugboardError | undefined },
): PlugStatus {
  const { coupling, steps } = work;
  const undone = new Set(
    results.filter(({ kind }) => kind === "removed" || kind === "skipped").map(({ key }) => keyText(key)),
  );
  const refs = (before.refs ?? []).filter((ref) => ref.role !== "applied" || !undone.has(keyText(keyOfRef(ref))));
  if (stopped !== undefined) return failedStatus(coupling, { ...before, refs }, stage, stopped, sayable(work, stopped));
  const awaiting = results.find((result) => result.kind === "awaiting");
  if (awaiting !== undefined)
    return waitingFor(work, { ...before, refs: [...refs, awaitedRef(awaiting, stage)] }, awaiting);
  return results.length < steps.length ? { ...before, refs } : uncoupled(work, before);
}

function waitingFor(
  { coupling }: Undoing,
  status: PlugStatus,
  { why }: Extract<StepResult, { kind: "awaiting" }>,
): PlugStatus {
  if (why === undefined) return status;
  const message = `${why}, then decoupling goes on by itself`;
  return say(coupling.plug, status, coupling.clock.now, { kind: "decoupling", message });
}

function uncoupled({ coupling, end }: Undoing, before: PlugStatus): PlugStatus {
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
  const { now } = coupling.clock;
  return say(coupling.plug, recovered(coupling.plug, { ...rest, refs }, now), now, {
    kind: "decoupled",
    message: `decoupled from socket ${nameOfSocket(coupling)}: ${reasons[end]}`,
  });
}

const reasons: { readonly [end in CouplingEnd]: string } = {
  PlugDeleted: "the plug is being deleted",
  Repointed: "the plug points at another socket",
  SocketDeleted: "the socket is being deleted",
  SocketGone: "the socket is gone",
  NamespaceDenied: "the socket's rules refuse the plug's namespace",
};

function nameOfSocket({ plug }: Coupling): string {
  const { coupledSocket } = plug.status ?? {};
  return `${coupledSocket?.namespace ?? plug.metadata.namespace}/${coupledSocket?.name ?? ""}`;
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

function sayable({ snapshot }: Undoing, error: PlugboardError): string {
  const { config, resources = [] } = snapshot?.outcome ?? {};
  return blankSecrets(error.message, [
    ...secretsOf(config?.plug, config?.socket),
    ...resources.flatMap(({ secrets }) => secrets),
  ]);
}
