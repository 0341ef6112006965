import { isDeepStrictEqual } from "node:util";
import type { PlugRef, PlugStatus } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { updateDue } from "../crds/next-stage.ts";
import { differs, refsOf } from "../crds/references.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import { PlugboardError } from "../kit/errors.ts";
import { performPlan, recordStatus } from "../kit/perform.ts";
import { keyText, type Step, type StepResult } from "../kit/steps.ts";
import { ownRefs } from "./admit.ts";
import { type ComputedResult, computeResult, type ResultInputs } from "./compute-result.ts";
import type { StageContext } from "./context.ts";
import { fail, failedStatus, stopped } from "./failing.ts";
import { type Coupling, observeCoupling, whyNotDue } from "./observe-coupling.ts";
import { planningOf, sharerOf } from "./perform-revision.ts";
import {
  byKey,
  keyOfRef,
  keysOf,
  type PlacedResource,
  type Planning,
  placeResources,
  refBeforeApply,
  refsAfter,
  stepAgainst,
  stepFor,
} from "./plan-resources.ts";
import { coupledMessage, hasResult, inOrder, recovered, sameStatus, say, withRefs } from "./plug-status.ts";
import { readResultInputs } from "./read-result-inputs.ts";
import { distinct } from "./read-sources.ts";
import { contestedInput, countRestless } from "./restlessness.ts";
import { leavingOf, recordSharing } from "./shared-objects.ts";
import type { Snapshot } from "./snapshot.ts";
import { type BySide, blankSecrets, secretsOf, shownValues } from "./values.ts";

const stage = "plug.template-result";

interface ResultWork {
  readonly coupling: Coupling;
  readonly snapshot: Snapshot;
  readonly seen: readonly PlugRef[];
  readonly computed: ComputedResult;
  readonly planning: Planning;
  readonly placed: readonly PlacedResource[];
  readonly superfluous: readonly PlugRef[];
}

/** Computes both sides' results for the performed revision, and performs what is rendered from them; or says what they wait for. Safe to repeat. */
export async function templateResult(context: StageContext, request: StageRequest): Promise<StageReply> {
  const coupling = await observeCoupling(context, request);
  if (coupling === undefined) return { kind: "nothing", why: "there is no such plug" };
  const notDue = whyNotDue(stage, coupling);
  if (notDue !== undefined) return { kind: "nothing", why: notDue };
  const { socket } = coupling;
  const performed = coupling.plug.status?.performed?.snapshot;
  if (socket === undefined || performed === undefined) return { kind: "nothing", why: "nothing is performed" };
  let seen = ownRefs(coupling, "result");
  try {
    const snapshot = await context.snapshots.read(performed);
    if (snapshot === undefined) return await forgetSnapshot(context, coupling);
    const inputs = await readResultInputs(context, { plug: coupling.plug, socket, snapshot });
    seen = distinct([...seen, ...inputs.refs]);
    if (inputs.missing.length > 0)
      return await pend(context, coupling, seen, {
        reason: "ResultPending",
        message: `waiting for ${inputs.missing.join("; ")}`,
      });
    const computed = await compute(context, { coupling, socket, snapshot, inputs: inputs.value });
    if (computed.kind === "pending") return await pend(context, coupling, seen, computed);
    return await perform(context, await observeWork(context, { coupling, snapshot, seen, computed }));
  } catch (error) {
    const final = error instanceof PlugboardError && !error.retryable;
    return fail(context, coupling, stage, error, (status) =>
      final ? { ...status, ...judgedFor(coupling), refs: withRefs(status.refs, "result", seen) } : status,
    );
  }
}

/** A performed snapshot that somebody removed is resolved again. */
async function forgetSnapshot(context: StageContext, coupling: Coupling): Promise<StageReply> {
  const { snapshot: _gone, ...status } = coupling.plug.status ?? {};
  const written = await recordStatus(coupling.object, { ...status, refs: withRefs(status.refs, "input", []) }, context);
  if (written === undefined) return { kind: "nothing", why: "the plug was changed since it was read" };
  return {
    kind: "fact",
    fact: "plug.waiting",
    message: "the snapshot of the performed revision is gone; config is resolved again",
  };
}

/** Keys that are made on the way are kept before anything is applied: then what was kept is rendered. */
async function compute(
  context: StageContext,
  {
    coupling,
    socket,
    snapshot,
    inputs,
  }: {
    readonly coupling: Coupling;
    readonly socket: Socket;
    readonly snapshot: Snapshot;
    readonly inputs: BySide<ResultInputs>;
  },
): Promise<ReturnType<typeof computeResult>> {
  const { plug } = coupling;
  const before = snapshot.keeps ? await context.snapshots.kept(plug.metadata) : new Map<string, string>();
  const first = computeResult({ plug, socket, snapshot, inputs, kept: before });
  if (first.kind === "pending" || first.made.size === 0) return first;
  const kept = await context.snapshots.keep(plug.metadata, first.made);
  return computeResult({ plug, socket, snapshot, inputs, kept });
}

async function observeWork(
  context: StageContext,
  found: Pick<ResultWork, "coupling" | "snapshot" | "seen" | "computed">,
): Promise<ResultWork> {
  const { coupling, snapshot, computed } = found;
  const planning: Planning = { ...planningOf(coupling, snapshot), entry: "result" };
  const [placed, keys] = await Promise.all([
    placeResources(context.kube, computed.resources, planning),
    keysOf(
      context.kube,
      computed.resources.filter(({ do: act }) => act !== "delete"),
    ),
  ]);
  const superfluous = refsOf(coupling.plug, "applied").filter(
    (ref) => ref.entry === "result" && !keys.has(keyText(keyOfRef(ref))),
  );
  const { plug } = coupling;
  const leave =
    superfluous.length === 0 ? undefined : await leavingOf(context, plug.metadata.uid, sharerOf(coupling).snapshots);
  return { ...found, planning: { ...planning, leave }, placed, superfluous };
}

async function perform(context: StageContext, work: ResultWork): Promise<StageReply> {
  const { coupling, planning, placed, superfluous, snapshot } = work;
  const steps: readonly Step[] = [
    ...placed.map((one) => stepFor(one, planning)),
    ...superfluous.map((ref) => stepAgainst(ref, planning)),
  ];
  if (isAsItWas(work)) return { kind: "nothing", why: "the result is as it was" };
  if (steps.length === 0) return write(context, coupling, finished(work, coupling.plug.status ?? {}), true);
  await context.notify(await recordSharing(context, sharerOf(coupling), placed));
  const before = begun(work, context.clock.now());
  const after = (results: readonly StepResult[], stopped: PlugboardError | undefined): PlugStatus =>
    ended(work, before, { results, stopped, complete: results.length === steps.length });
  const performed = await performPlan(
    { stage, revision: snapshot.revision, before, steps, after },
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
  await announce(context, coupling);
  return { kind: "fact", fact: "plug.result-templated", message: coupledMessage(coupling.plug) };
}

/** Whether the result was computed of what was seen now, and all that was rendered from it is as it was left. */
function isAsItWas({ coupling, seen, placed, superfluous }: ResultWork): boolean {
  const { status } = coupling.plug;
  const known = byKey(refsOf(coupling.plug, "applied"));
  const refound = { ...status, refs: withRefs(status?.refs, "result", seen) };
  return (
    (updateDue(coupling.plug) || hasResult(status ?? {})) &&
    superfluous.length === 0 &&
    status?.result?.revision === status?.performed?.revision &&
    isDeepStrictEqual(refsOf({ ...coupling.plug, status: refound }, "result"), refsOf(coupling.plug, "result")) &&
    placed.every(({ resource, key, seen: metadata }) => {
      if (resource.do === "delete") return true;
      const ref = known.get(keyText(key));
      return ref !== undefined && metadata !== undefined && !differs(ref, { known: true, metadata });
    })
  );
}

function begun({ coupling, planning, placed }: ResultWork, now: number): PlugStatus {
  const { failure: _failure, ...status } = coupling.plug.status ?? {};
  const about = byKey(placed.map((one) => refBeforeApply(one, planning)).filter((ref) => ref !== undefined));
  const applied = [...new Map([...planning.before, ...about]).values()];
  const refs = withRefs(withoutOwnWaits(status.refs), "applied", applied);
  const again = status.result?.revision === status.performed?.revision;
  const counted = !again ? status : countRestless(coupling.plug, status, stage, now);
  return { ...counted, refs };
}

/** What an update waits for stays awaited. */
function withoutOwnWaits(refs: readonly PlugRef[] | undefined): readonly PlugRef[] {
  return (refs ?? []).filter(({ role, stage: waits }) => !(role === "awaited" && waits === stage));
}

function ended(
  work: ResultWork,
  before: PlugStatus,
  {
    results,
    stopped,
    complete,
  }: {
    readonly results: readonly StepResult[];
    readonly stopped: PlugboardError | undefined;
    readonly complete: boolean;
  },
): PlugStatus {
  const { coupling, placed, seen } = work;
  const repairable = new Set(placed.filter(({ resource }) => resource.do === "apply").map(({ key }) => keyText(key)));
  const applied = (before.refs ?? []).filter(({ role }) => role === "applied");
  const others = withoutOwnWaits(before.refs).filter(({ role }) => role !== "applied");
  const after = refsAfter(applied, results, stage, (key) => repairable.has(key));
  const status = { ...before, refs: inOrder([...others, ...after]) };
  if (stopped === undefined)
    return complete && !results.some(({ kind }) => kind === "awaiting") ? finished(work, status) : status;
  const judged = stopped.retryable
    ? status
    : { ...status, ...judgedFor(coupling), refs: withRefs(status.refs, "result", seen) };
  return failedStatus(coupling, judged, stage, stopped, sayable(work, stopped));
}

function finished({ coupling, computed, seen }: ResultWork, status: PlugStatus): PlugStatus {
  const { plug, clock } = coupling;
  const { failure: _failure, ...rest } = status;
  const coupledResult = {
    plug: shownValues(computed.result.plug),
    socket: shownValues(computed.result.socket),
    ...(plug.metadata.generation === undefined ? {} : { observedGeneration: plug.metadata.generation }),
  };
  const next: PlugStatus = {
    ...rest,
    ...computedFor(coupling),
    coupledResult,
    refs: withRefs(rest.refs, "result", seen),
  };
  // Of a newer revision that is yet to be performed the update has said what it waits for.
  if (updateDue(plug)) return next;
  const coupled = say(plug, next, clock.now, { kind: "coupled", message: coupledMessage(plug) });
  const contested = contestedInput(next, clock.now);
  return contested === undefined ? coupled : say(plug, coupled, clock.now, { kind: "contested", message: contested });
}

function computedFor({ plug }: Coupling): Pick<PlugStatus, "result"> {
  const revision = plug.status?.performed?.revision;
  return revision === undefined ? {} : { result: { revision, computed: true } };
}

/** It was judged, and came to none. */
function judgedFor({ plug }: Coupling): Pick<PlugStatus, "result"> {
  const revision = plug.status?.performed?.revision;
  return revision === undefined ? {} : { result: { revision } };
}

async function pend(
  context: StageContext,
  coupling: Coupling,
  seen: readonly PlugRef[],
  { reason, message }: { readonly reason: string; readonly message: string },
): Promise<StageReply> {
  const { plug, clock } = coupling;
  const before = plug.status ?? {};
  const judged = { ...before, ...judgedFor(coupling), refs: withRefs(before.refs, "result", seen) };
  const status = recovered(plug, judged, clock.now);
  return write(context, coupling, say(plug, status, clock.now, { kind: "result-pending", reason, message }), false);
}

async function write(
  context: StageContext,
  coupling: Coupling,
  status: PlugStatus,
  coupled: boolean,
): Promise<StageReply> {
  if (sameStatus(coupling.plug.status, status)) return { kind: "nothing", why: "the result is as it was" };
  const written = await recordStatus(coupling.object, status, context);
  if (written === undefined) return { kind: "nothing", why: "the plug was changed since it was read" };
  if (!coupled) return { kind: "fact", fact: "plug.waiting", message: "the result is pending" };
  await announce(context, coupling);
  return { kind: "fact", fact: "plug.result-templated", message: coupledMessage(coupling.plug) };
}

/** People wait for a coupling; that its result followed something later is no news. */
async function announce(context: StageContext, coupling: Coupling): Promise<void> {
  const known = (coupling.plug.status?.conditions ?? []).some(
    ({ type, status }) => type === "Coupled" && status === "True",
  );
  if (!known)
    await context.notify([
      { about: coupling.object, type: "Normal", reason: "Coupled", message: coupledMessage(coupling.plug) },
    ]);
}

function sayable({ snapshot, computed }: ResultWork, error: PlugboardError): string {
  const { config } = snapshot.outcome;
  const { plug, socket } = computed.result;
  return blankSecrets(error.message, [
    ...secretsOf(config.plug, config.socket, plug, socket),
    ...computed.resources.flatMap(({ secrets }) => secrets),
  ]);
}
