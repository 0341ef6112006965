import { isDeepStrictEqual } from "node:util";
import { refsOf } from "../../crds/coupling/references.ts";
import { type OurNotice, resultInputsMissing, type Said, waitsFor } from "../../crds/messages.ts";
import { updateDue } from "../../crds/plug/next-stage.ts";
import type { PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { failureOf, type OperatorError } from "../../kit/errors.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { Outcome } from "../../kit/performing/perform.ts";
import { distinct } from "../config/read-sources.ts";
import { isStillAdmitted, ownRefs } from "../coupling/admit.ts";
import type { Coupling } from "../coupling/observe.ts";
import { bothSides, sharerOf } from "../coupling/perform-revision.ts";
import { definePlugStage, failedStatus, notAdmitted, resolvingAgain } from "../coupling/plug-stage.ts";
import { contestedInput, countRestless } from "../coupling/restlessness.ts";
import {
  beginning,
  coupledMessage,
  hasResult,
  inOrder,
  recovered,
  sameStatus,
  say,
  withoutFailureOf,
  withRefs,
} from "../coupling/status.ts";
import type { JobResult } from "../render-jobs/render-jobs.ts";
import type { StageRendering } from "../render-jobs/renderer.ts";
import { noticesOf, warnOfNames } from "../rendering/remarks.ts";
import { type BySide, secretsOf, shownValues } from "../rendering/values.ts";
import { asSeen, type Drift, findDrift, isSuspect } from "../resources/drift.ts";
import { readShared } from "../resources/leave-shared.ts";
import type { Step } from "../resources/own-effects.ts";
import { isBoundedWait, patienceOf, warnOfCutShort, warnOfLingering } from "../resources/patience.ts";
import { readAdopted, stepAgainst } from "../resources/plan-removal.ts";
import {
  byKey,
  cutShort,
  keyOfRef,
  keysOf,
  madeOf,
  type PlacedResource,
  type Planning,
  placeResources,
  refBeforeApply,
  refsAfter,
  refTo,
  statusRemarks,
  stepFor,
} from "../resources/plan-resources.ts";
import { planningOf } from "../resources/planning.ts";
import { failing } from "../resources/record-failure.ts";
import { findSharing, notShared, type Sharing } from "../resources/shared-objects.ts";
import type { ComputedResult, ResultInputs } from "../results/compute-result.ts";
import { readResultInputs } from "../results/read-result-inputs.ts";
import { sayAwaiting } from "../run-stage.ts";
import type { KeysToStore } from "../snapshot/key-store.ts";
import { type RenderedWithKeys, renderWithKeys } from "../snapshot/render-with-keys.ts";
import { type Snapshot, secretsIn } from "../snapshot/snapshot.ts";
import { storingSteps, type Upkeep } from "../snapshot/upkeep.ts";
import type { Conclusion, Decision, Stage, StageContext } from "../stage.ts";

const stage = "plug.template-result";

/**
 * Computes both sides' results for the performed revision and performs their resources, or reports what they wait for.
 * Safe to repeat.
 */
export const templateResult: Stage = definePlugStage<Found>({
  stage,
  find,
  decide,
  settle: (coupling, found, { before, outcome }) =>
    found.kind === "work" ? ended(coupling, found, before, outcome) : before,
  conclude: (coupling, found, { awaiting, results }) =>
    awaiting === undefined
      ? {
          ...conclude(coupling, warnOfLingering(bothSides(coupling), results)),
          afterwards: found.kind === "work" ? found.sharing.afterwards : [],
        }
      : waits,
  secrets: (found) => (found.kind === "work" ? secretsOfWork(found) : []),
});

interface Work {
  readonly kind: "work";
  readonly snapshot: Snapshot;
  readonly seen: readonly PlugRef[];
  readonly computed: ComputedResult;
  /** The keys with which the result was computed, if they must be stored first. */
  readonly toStore: KeysToStore | undefined;
  readonly planning: Planning;
  readonly placed: readonly PlacedResource[];
  readonly superfluous: readonly PlugRef[];
  readonly drift: Drift;
  readonly sharing: Sharing;
}

type Found =
  | Work
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "lost" }
  | { readonly kind: "pending"; readonly seen: readonly PlugRef[]; readonly said: Said }
  | { readonly kind: "failed"; readonly seen: readonly PlugRef[]; readonly error: OperatorError };

async function find(context: StageContext, coupling: Coupling): Promise<Found> {
  const { plug, socket, status } = coupling;
  const performed = status.performed?.snapshot;
  if (socket === undefined || performed === undefined) return { kind: "nothing", why: "no revision is performed" };
  let seen = ownRefs(coupling, "result");
  try {
    const snapshot = await context.snapshots.readOf(plug.metadata, performed);
    if (snapshot === undefined) return { kind: "lost" };
    if (snapshot.socket.uid !== socket.metadata.uid)
      return { kind: "nothing", why: "another socket has that name now" };
    if (!isStillAdmitted(coupling, snapshot)) return { kind: "nothing", why: notAdmitted };
    const rendering = context.renderer.begin(plug.metadata.namespace);
    const inputs = await readResultInputs(context, { plug, socket, snapshot, rendering });
    seen = distinct([...seen, ...inputs.refs]);
    if (inputs.missing.length > 0) return { kind: "pending", seen, said: resultInputsMissing(inputs.missing) };
    const computing = { coupling, socket, snapshot, inputs: inputs.value, rendering };
    const { result: computed, toStore } = await compute(context, computing);
    if (computed.kind === "pending") return { ...computed, seen };
    return await findWork(context, coupling, { snapshot, seen, computed, toStore });
  } catch (thrown) {
    const error = failureOf(thrown);
    // The versions are recorded with final failures only; otherwise the inputs are read again.
    if (error.retryable) throw thrown;
    return { kind: "failed", seen, error };
  }
}

async function compute(
  context: StageContext,
  {
    coupling: { plug },
    socket,
    snapshot,
    inputs,
    rendering,
  }: {
    readonly coupling: Coupling;
    readonly socket: Socket;
    readonly snapshot: Snapshot;
    readonly inputs: BySide<ResultInputs>;
    readonly rendering: StageRendering;
  },
): Promise<RenderedWithKeys<JobResult<"computeResult">>> {
  const { missingValues, snapshots } = context;
  const known = snapshot.keeps ? await snapshots.keys.read(plug.metadata) : undefined;
  return renderWithKeys(snapshots.keys, plug.metadata, known, (kept) =>
    rendering.run("computeResult", { plug, socket, snapshot, inputs, missingValues, kept }),
  );
}

async function findWork(
  context: StageContext,
  coupling: Coupling,
  found: Pick<Work, "snapshot" | "seen" | "computed" | "toStore">,
): Promise<Work> {
  const { snapshot, computed } = found;
  const patience = patienceOf(coupling.status.refs, { now: coupling.clock.now });
  const planning: Planning = { ...planningOf(coupling.plug, snapshot), entry: "result", patience, expectsNew: true };
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
  const sharer = sharerOf(coupling);
  const shared =
    superfluous.length === 0 ? undefined : await readShared(context, coupling.plug.metadata, sharer.snapshots);
  const adopted = await readAdopted(context, coupling.plug, superfluous);
  const drift = await findDrift(context.kube, suspectsAmong(placed, planning), planning);
  const work = {
    kind: "work",
    ...found,
    planning: { ...planning, shared, adopted },
    placed,
    superfluous,
    drift,
  } as const;
  if (isAsItWas(coupling, work)) return { ...work, sharing: notShared };
  const sharing = await findSharing(context, sharer, placed);
  const named = namingMade(coupling, snapshot, placed);
  const warnings = warnOfNames(coupling, computed.sensitiveNames);
  return {
    ...work,
    sharing: { ...sharing, first: [...named, ...sharing.first], notices: [...sharing.notices, ...warnings] },
  };
}

function suspectsAmong(placed: readonly PlacedResource[], { before }: Planning): readonly PlacedResource[] {
  return placed.filter((one) => {
    const ref = before.get(keyText(one.key));
    return one.resource.do === "apply" && one.seen !== undefined && ref !== undefined && isSuspect(ref, one);
  });
}

/**
 * No snapshot renders results.
 * An object that is made with results for the first time is named on the snapshot before, for the case that only the
 * snapshot is left.
 * A snapshot names those from its beginning whose names do not depend on a result.
 */
function namingMade(
  coupling: Coupling,
  { resultsNamed = [] }: Snapshot,
  placed: readonly PlacedResource[],
): readonly Upkeep[] {
  const { snapshot, performed } = coupling.status;
  const named = refsOf(coupling.plug, "applied").filter(({ entry }) => entry === "result");
  // A newer revision has a snapshot of its own, which may name others.
  const fromTheBeginning = snapshot === performed?.snapshot ? resultsNamed : [];
  const known = new Set([...named.map(identityOf), ...fromTheBeginning.map(identityOf)]);
  const made = placed.filter(({ resource }) => resource.do !== "delete");
  if (made.every(({ key, resource: { side } }) => known.has(identityOf({ ...key, side })))) return [];
  const anew = made.map(({ key, resource: { side } }) => ({ ...refTo(key), side }));
  const all = madeOf([...named, ...anew]);
  return sharerOf(coupling).snapshots.map((name) => ({ kind: "name made", name, made: all }));
}

/** The object, whose namespace follows from its side. */
function identityOf({ side = "plug", apiVersion = "v1", kind, name }: Omit<PlugRef, "role">): string {
  return `${side}/${keyText({ apiVersion, kind, name })}`;
}

function decide(coupling: Coupling, found: Found): Decision<PlugStatus> {
  switch (found.kind) {
    case "nothing":
      return found;
    case "lost":
      return resolvingAgain(coupling, "performed");
    case "pending":
      return pend(coupling, found);
    case "failed":
      return { kind: "fail", error: found.error, status: checked(coupling, coupling.status, found.seen) };
    case "work":
      return isAsItWas(coupling, found) ? leave(coupling, found) : perform(coupling, found);
  }
}

function leave({ status: before }: Coupling, { drift }: Work): Decision<PlugStatus> {
  const message = "the result is unchanged";
  const status = { ...before, refs: asSeen(before.refs, drift.unharmed) };
  if (sameStatus(before, status)) return { kind: "nothing", why: message };
  return { kind: "record", status, told: { kind: "fact", fact: "plug.result-templated", message } };
}

function pend(
  { plug, status: before, clock }: Coupling,
  { seen, said }: Extract<Found, { kind: "pending" }>,
): Decision<PlugStatus> {
  const status = recovered(plug, checked({ plug, status: before }, before, seen), clock.now);
  return {
    kind: "record",
    status: say(plug, status, clock.now, { kind: "result-pending", ...said }),
    ...waits,
  };
}

function perform(coupling: Coupling, work: Work): Decision<PlugStatus> {
  const { planning, placed, superfluous, snapshot, sharing, computed } = work;
  const remarks = noticesOf([...computed.remarks, ...statusRemarks(placed, planning)], coupling);
  const steps: readonly Step[] = [
    ...storingSteps(work.toStore),
    ...placed.map((one) => stepFor(one, planning)),
    ...superfluous.toReversed().map((ref) => stepAgainst(ref, planning)),
  ];
  if (steps.length === 0)
    return { kind: "record", status: finished(coupling, work, coupling.status), ...conclude(coupling, remarks) };
  const plan = { stage, revision: snapshot.revision, before: begun(coupling, work), steps };
  const warnings = warnOfCutShort(bothSides(coupling), cutShort(placed, planning));
  return { kind: "perform", plan, first: sharing.first, notices: [...sharing.notices, ...remarks, ...warnings] };
}

/** Whether the result was computed from the present versions, and its objects are as applied. */
function isAsItWas(
  { plug, status }: Coupling,
  { seen, placed, superfluous, drift, toStore }: Pick<Work, "seen" | "placed" | "superfluous" | "drift" | "toStore">,
): boolean {
  const known = byKey(refsOf(plug, "applied"));
  const refound = { ...status, refs: withRefs(status.refs, "result", seen) };
  return (
    (updateDue(plug) || hasResult(status)) &&
    superfluous.length === 0 &&
    toStore === undefined &&
    status.result?.revision === status.performed?.revision &&
    isDeepStrictEqual(refsOf({ ...plug, status: refound }, "result"), refsOf(plug, "result")) &&
    drift.damaged.length === 0 &&
    placed.every(
      ({ resource, key, seen: metadata }) =>
        resource.do === "delete" || (known.has(keyText(key)) && metadata !== undefined),
    )
  );
}

function begun({ plug, status: before, clock }: Coupling, { planning, placed }: Work): PlugStatus {
  const status = withOwnFailure(before, clock.now);
  const about = byKey(placed.map((one) => refBeforeApply(one, planning)).filter((ref) => ref !== undefined));
  const applied = [...new Map([...planning.before, ...about]).values()];
  const waits = refsOf(plug, "awaited").filter((ref) => isBoundedWait(ref, stage));
  const refs = withRefs([...withoutOwnWaits(status.refs), ...waits], "applied", applied);
  const again = status.result?.revision === status.performed?.revision;
  const counted = !again ? status : countRestless(plug, status, stage, clock.now);
  return { ...counted, refs };
}

/** Keeps failures of other stages, and one of this stage while it is retried. */
function withOwnFailure(status: PlugStatus, now: number): PlugStatus {
  return status.failure?.stage === stage ? beginning(stage, status, now) : status;
}

/** References that an update awaits stay. */
function withoutOwnWaits(refs: readonly PlugRef[] | undefined): readonly PlugRef[] {
  return (refs ?? []).filter(({ role, stage: waits }) => !(role === "awaited" && waits === stage));
}

function ended(coupling: Coupling, work: Work, before: PlugStatus, outcome: Outcome): PlugStatus {
  const { placed, seen } = work;
  const { stopped, awaiting, complete } = outcome;
  const repairable = new Set(placed.filter(({ resource }) => resource.do === "apply").map(({ key }) => keyText(key)));
  const applied = (before.refs ?? []).filter(({ role }) => role === "applied");
  const others = withoutOwnWaits(before.refs).filter(({ role }) => role !== "applied");
  const after = refsAfter(applied, outcome, stage, (key) => repairable.has(key));
  const status = { ...before, refs: inOrder([...others, ...after]) };
  if (awaiting !== undefined) return waitingFor(coupling, status, awaiting);
  if (stopped === undefined) return complete ? finished(coupling, work, status) : status;
  const known = stopped.retryable ? status : checked(coupling, status, seen);
  return failedStatus(coupling, known, failing(stage, stopped, placed));
}

function waitingFor(
  { plug, clock }: Coupling,
  before: PlugStatus,
  awaiting: NonNullable<Outcome["awaiting"]>,
): PlugStatus {
  const status = recovered(plug, withoutFailureOf(stage, before), clock.now);
  // For a newer revision, the update has already reported what it waits for.
  if (updateDue(plug)) return status;
  const message = waitsFor(sayAwaiting(awaiting), "the result");
  return say(plug, status, clock.now, { kind: "result-pending", reason: "ResultPending", message });
}

function finished({ plug, clock }: Coupling, { computed, seen }: Work, status: PlugStatus): PlugStatus {
  const rest = withoutFailureOf(stage, status);
  const { generation } = plug.metadata;
  const coupledResult = {
    plug: shownValues(computed.result.plug),
    socket: shownValues(computed.result.socket),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  const revision = plug.status?.performed?.revision;
  const next: PlugStatus = {
    ...rest,
    ...(revision === undefined ? {} : { result: { revision, computed: true } }),
    coupledResult,
    refs: withRefs(rest.refs, "result", seen),
  };
  // For a newer revision, the update has already reported what it waits for.
  if (updateDue(plug)) return next;
  const coupled = say(plug, next, clock.now, { kind: "coupled", message: coupledMessage(plug) });
  const contested = contestedInput(next, clock.now);
  return contested === undefined ? coupled : say(plug, coupled, clock.now, { kind: "contested", message: contested });
}

/** The result was computed from the present versions, and is not available. */
function checked(
  { plug }: Pick<Coupling, "plug" | "status">,
  status: PlugStatus,
  seen: readonly PlugRef[],
): PlugStatus {
  const revision = plug.status?.performed?.revision;
  const result = revision === undefined ? {} : { result: { revision } };
  return { ...status, ...result, refs: withRefs(status.refs, "result", seen) };
}

const waits: Conclusion = { told: { kind: "fact", fact: "plug.waiting", message: "the result is pending" } };

/** A new coupling is reported with an Event; a later change of its result is not. */
function conclude({ plug, status, object }: Coupling, remarks: readonly OurNotice[] = []): Conclusion {
  const known = (status.conditions ?? []).some(({ type, status: value }) => type === "Coupled" && value === "True");
  const message = coupledMessage(plug);
  return {
    told: { kind: "fact", fact: "plug.result-templated", message },
    notices: [...(known ? [] : [{ about: object, type: "Normal", reason: "Coupled", message } as const]), ...remarks],
  };
}

function secretsOfWork({ snapshot, computed: { result, resources } }: Work): readonly string[] {
  return [
    ...secretsIn(snapshot),
    ...secretsOf(result.plug, result.socket),
    ...resources.flatMap(({ secrets }) => secrets),
  ];
}
