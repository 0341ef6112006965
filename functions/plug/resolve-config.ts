import { isMalformed, isPending } from "../../crds/coupling/standing.ts";
import type { OurNotice, Said } from "../../crds/messages.ts";
import * as messages from "../../crds/messages.ts";
import { unservedNamespace } from "../../crds/plug/next-stage.ts";
import type { Plug, PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { nextRevisionAt, withRevisionPaid, withRevisionWaiting } from "../../crds/plug/revision-pace.ts";
import { isAdoptable } from "../../crds/snapshot/head.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { timestamp } from "../../kit/conditions.ts";
import { Forbidden, failureOf, type OperatorError } from "../../kit/errors.ts";
import type { Memory } from "../../templates/template.ts";
import { readApparatusConfig } from "../apparatus/read-apparatus-config.ts";
import { readInputs } from "../config/read-inputs.ts";
import { distinct } from "../config/read-sources.ts";
import type { Resolved, SideInputs } from "../config/resolve-outcome.ts";
import type { StageContext } from "../context.ts";
import { type Admittance, admit, ownRefs } from "../coupling/admit.ts";
import type { Coupling } from "../coupling/observe.ts";
import { definePlugStage } from "../coupling/plug-stage.ts";
import { blameInputs, isContested, movedInputs, nameOfRef } from "../coupling/restlessness.ts";
import {
  coupledMessage,
  hasResult,
  recovered,
  type Saying,
  say,
  withoutFailureOf,
  withRefs,
} from "../coupling/status.ts";
import type { JobResult } from "../render-jobs/render-jobs.ts";
import type { StageRendering } from "../render-jobs/renderer.ts";
import { noticesOf, type SensitiveName, warnOfNames } from "../rendering/remarks.ts";
import type { RenderedResource } from "../rendering/render-resources.ts";
import type { BySide } from "../rendering/values.ts";
import { madeByResults } from "../resources/plan-resources.ts";
import type { Decision, Stage } from "../run-stage.ts";
import { type Snapshot, sameOutcome, snapshotSchemaVersion } from "../snapshot/snapshot.ts";
import { type Upkeep, writing } from "../snapshot/upkeep.ts";
import { provenance } from "../takeover/provenance.ts";

const stage = "plug.resolve-config";

/**
 * Admits the plug, computes the config and the rendered objects, and records a new revision if they changed.
 * Always records the versions that it read.
 * Safe to repeat.
 */
export const resolveConfig: Stage = definePlugStage<Found>({ stage, find, decide });

/** The result of the search, with the versions of everything that was read. */
type Found =
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "adopted first" }
  | { readonly kind: "waiting"; readonly said: Said; readonly seen: readonly PlugRef[] }
  | { readonly kind: "failed"; readonly error: OperatorError; readonly seen: readonly PlugRef[] }
  | { readonly kind: "as it was"; readonly seen: readonly PlugRef[]; readonly notices: readonly OurNotice[] }
  /** The outcome changed, but there were too many revisions recently. */
  | { readonly kind: "too soon"; readonly at: number; readonly moved: readonly PlugRef[] }
  | {
      readonly kind: "differs";
      readonly seen: readonly PlugRef[];
      readonly snapshot: Snapshot;
      readonly name: string;
      readonly write: Upkeep;
      readonly notices: readonly OurNotice[];
      readonly sensitiveNames: readonly SensitiveName[];
    };

async function find(context: StageContext, coupling: Coupling): Promise<Found> {
  const { plug } = coupling;
  const seen = ownRefs(coupling, "input");
  const check = (): Promise<Said | undefined> => context.renderer.begin(plug.metadata.namespace).run("checkPlug", plug);
  const served = unservedNamespace(coupling) === undefined;
  if (served && isMalformed(plug))
    return { kind: "malformed", message: (await check())?.message ?? "the plug does not match its CRD" };
  const wrong = served ? await check() : undefined;
  if (wrong !== undefined) return { kind: "waiting", said: wrong, seen };
  if (await hasFormer(context, coupling)) return { kind: "adopted first" };
  const admittance = await findAdmittance(context, coupling);
  if (admittance.kind === "waiting") return { kind: "waiting", said: admittance.said, seen };
  return findAdmitted(context, coupling, admittance);
}

/** If only the snapshot in the status admits the plug, that snapshot must belong to a coupling that has not ended. */
async function findAdmittance({ snapshots }: StageContext, coupling: Coupling): Promise<Admittance> {
  const name = coupling.status.performed?.snapshot;
  const done = await snapshots.readOf(coupling.plug.metadata, name);
  const admittance = admit(coupling, done);
  if (name === undefined || admittance.kind === "waiting" || !admittance.proven) return admittance;
  const asNewcomer = admit(coupling, undefined);
  return asNewcomer.kind === "admitted" || (await snapshots.isInUse(name)) ? admittance : asNewcomer;
}

/**
 * Whether a coupling of the plug's name must be adopted or ended first, whatever requested this stage.
 * Without the right to list snapshots, the watched ones decide.
 */
async function hasFormer({ snapshots, clock }: StageContext, { plug, status }: Coupling): Promise<boolean> {
  if (status.revision !== undefined || status.coupledSocket !== undefined) return false;
  try {
    const heads = await snapshots.heads(plug.metadata);
    return heads.some((head) => isAdoptable(head, withoutClaim(plug), clock.now()));
  } catch (error) {
    if (error instanceof Forbidden) return false;
    throw error;
  }
}

function withoutClaim({ status: { stage: _claim, ...status } = {}, ...plug }: Plug): Plug {
  return { ...plug, status };
}

async function findAdmitted(
  context: StageContext,
  coupling: Coupling,
  { socket, proven }: Extract<Admittance, { kind: "admitted" }>,
): Promise<Found> {
  const { plug } = coupling;
  const rendering = context.renderer.begin(plug.metadata.namespace);
  let seen = ownRefs(coupling, "input");
  try {
    const broken = proven ? undefined : await rendering.run("checkTemplates", socket);
    if (broken !== undefined)
      return { kind: "waiting", said: messages.templatesBroken(socket.metadata, broken.message), seen };
    const before = await readPrevious(context, coupling, socket);
    const inputs = await readInputs(context, { plug, socket, memory: before.memory, rendering });
    seen = distinct([...seen, ...inputs.refs]);
    if (inputs.missing.length > 0) return { kind: "waiting", said: messages.inputsMissing(inputs.missing), seen };
    const answered = await readApparatusConfig(context, { plug, socket, inputs: inputs.value });
    if (answered.missing.length > 0)
      return { kind: "waiting", said: messages.apparatusSilent(answered.missing), seen: [...seen, ...answered.refs] };
    const outcome = await rendering.run("resolveOutcome", {
      plug,
      socket,
      inputs: answered.value,
      memory: before.memory,
      missingValues: context.missingValues,
    });
    if (outcome.kind === "invalid") return { kind: "waiting", said: outcome.said, seen };
    return await compare(context, {
      coupling,
      socket,
      seen,
      before,
      inputs: answered.value,
      rendering,
      outcome,
      now: new Date(context.clock.now()),
    });
  } catch (thrown) {
    const error = failureOf(thrown);
    // The versions are recorded with final failures only; otherwise the inputs are read again.
    if (error.retryable) throw thrown;
    return { kind: "failed", error, seen };
  }
}

interface Previous {
  readonly resolved: Snapshot | undefined;
  readonly performed: Snapshot | undefined;
  readonly memory: Memory;
}

async function readPrevious(context: StageContext, { plug, status }: Coupling, socket: Socket): Promise<Previous> {
  const { snapshot, performed } = status;
  const [resolved, done] = await Promise.all([
    context.snapshots.readOf(plug.metadata, snapshot),
    context.snapshots.readOf(plug.metadata, performed?.snapshot),
  ]);
  const same = resolved?.socket.uid === socket.metadata.uid ? resolved : undefined;
  const kept = same?.keeps === true ? await context.snapshots.kept(plug.metadata) : new Map<string, string>();
  const memory: Memory = {
    now: same === undefined ? new Date(context.clock.now()) : new Date(same.resolvedAt),
    seed: same?.seed ?? context.random(),
    kept,
  };
  return { resolved: same, performed: done, memory };
}

interface Resolution {
  readonly coupling: Coupling;
  readonly socket: Socket;
  readonly seen: readonly PlugRef[];
  readonly before: Previous;
  readonly inputs: BySide<SideInputs>;
  readonly rendering: StageRendering;
  readonly outcome: Resolved;
  /** The present time. */
  readonly now: Date;
}

async function compare(context: StageContext, resolution: Resolution): Promise<Found> {
  const { coupling, socket, before, outcome, seen, now } = resolution;
  const notices = noticesOf(outcome.remarks, { plug: coupling.plug, socket });
  const { resolved } = before;
  const same = resolved?.admitted !== undefined && sameOutcome(resolved.outcome, outcome.outcome);
  if (same && (await isKept(context, coupling))) return { kind: "as it was", seen, notices };
  const at = nextRevisionAt(coupling.status, now.getTime());
  if (at !== undefined) return { kind: "too soon", at, moved: movedInputs(coupling.status, seen) };
  const anew = await resolveAnew(context, resolution);
  // An outcome at the present time may be invalid although the earlier one was not.
  if (anew.kind === "invalid") return { kind: "waiting", said: anew.said, seen };
  const snapshot = await newSnapshot(context, resolution, anew);
  const marks = await sharedSoFar(context, coupling);
  return {
    kind: "differs",
    seen,
    notices,
    snapshot,
    sensitiveNames: anew.sensitiveNames,
    ...(await writing(context, snapshot, marks, madeByResults(coupling.status.refs ?? []))),
  };
}

/** Whether the resolved snapshot still exists. If a user deleted it, it is written again. */
async function isKept({ snapshots }: StageContext, { status }: Coupling): Promise<boolean> {
  return status.snapshot !== undefined && (await snapshots.isThere(status.snapshot));
}

/** The sharing marks of the coupling stay known. */
async function sharedSoFar({ snapshots }: StageContext, { status }: Coupling): Promise<readonly string[]> {
  const named = [status.snapshot, status.performed?.snapshot].filter((name) => name !== undefined);
  return [...new Set((await Promise.all([...new Set(named)].map((name) => snapshots.marksOf(name)))).flat())];
}

/** Renders again at the present time and keeps newly made keys; or returns why the outcome is invalid. */
async function resolveAnew(
  context: StageContext,
  { coupling, socket, inputs, rendering, before, now }: Resolution,
): Promise<JobResult<"resolveOutcome">> {
  const { plug } = coupling;
  const { missingValues } = context;
  const input = { plug, socket, inputs, missingValues, memory: { ...before.memory, now } };
  const first = await rendering.run("resolveOutcome", input);
  if (first.kind === "invalid" || first.made.size === 0) return first;
  const kept = await context.snapshots.keep(plug.metadata, first.made);
  const anew = await rendering.run("resolveOutcome", { ...input, memory: { ...input.memory, kept } });
  return anew.kind === "invalid" ? anew : { ...anew, made: first.made };
}

async function newSnapshot(
  context: StageContext,
  { coupling, socket, before, now }: Resolution,
  { outcome, made }: Resolved,
): Promise<Snapshot> {
  const { status } = coupling;
  return {
    schemaVersion: snapshotSchemaVersion,
    revision: (status.revision ?? 0) + 1,
    ...(await provenance(context, { ...coupling, socket })),
    resolvedAt: now.toISOString(),
    seed: before.memory.seed,
    keeps: before.resolved?.keeps === true || made.size > 0,
    outcome,
    ...(before.resolved?.succeeds === undefined ? {} : { succeeds: before.resolved.succeeds }),
    asCoupled: asCoupled(before.performed, status.performed?.socketUid === socket.metadata.uid),
  };
}

/** The objects that only `coupled` rendered stay as they were, whatever later revisions render. */
function asCoupled(performed: Snapshot | undefined, sameCoupling: boolean): readonly RenderedResource[] {
  if (performed === undefined || !sameCoupling) return [];
  const earlier = performed.asCoupled;
  if (earlier.length > 0) return earlier;
  return performed.outcome.resources.filter(({ when }) => when.includes("coupled") && !when.includes("updated"));
}

function decide(coupling: Coupling, found: Found): Decision<PlugStatus> {
  switch (found.kind) {
    case "malformed":
      return sayMalformed(coupling, found.message);
    case "adopted first":
      return { kind: "nothing", why: "snapshots of its name are adopted or ended first" };
    case "waiting":
      return wait(coupling, found);
    case "failed":
      return { kind: "fail", error: found.error, status: checked(coupling, found.seen) };
    case "as it was":
      return recordAsItWas(coupling, found);
    case "too soon":
      return holdRevision(coupling, found);
    case "differs":
      return recordRevision(coupling, found);
  }
}

/**
 * Reports which fields of a plug do not match the CRD.
 * If the API server rejects the status of such an object, an Event reports it.
 */
function sayMalformed({ plug, status, object, clock }: Coupling, message: string): Decision<PlugStatus> {
  return {
    kind: "record",
    status: say(plug, status, clock.now, { kind: "malformed", message }),
    mayBeRefused: true,
    notices: [{ about: object, type: "Warning", reason: "InvalidInput", message }],
    told: { kind: "fact", fact: "plug.failed", message },
  };
}

function wait(coupling: Coupling, found: Extract<Found, { kind: "waiting" }>): Decision<PlugStatus> {
  const { said, seen } = found;
  const { plug, status: before, clock } = coupling;
  const calm = recovered(plug, withoutFailureOf(stage, checked(coupling, seen)), clock.now);
  const status = say(plug, calm, clock.now, { kind: "waiting", ...said });
  const forgotten = status.snapshot === undefined ? before.snapshot : undefined;
  return {
    kind: "record",
    status,
    // Finished, not removed: whatever the status claims, the objects of that snapshot are checked once more.
    afterwards: forgotten === undefined ? [] : [{ kind: "finish snapshot", name: forgotten, now: clock.now }],
    told: { kind: "fact", fact: "plug.config-resolved", message: `${said.reason}: ${said.message}` },
  };
}

/** Does not record the versions: when the time has come, the newest state is resolved. */
function holdRevision(
  { plug, status: before, clock }: Coupling,
  { at, moved }: Extract<Found, { kind: "too soon" }>,
): Decision<PlugStatus> {
  const calm = recovered(plug, withoutFailureOf(stage, before), clock.now);
  const status = withRevisionWaiting(calm, clock.now, at);
  const said = messages.tooManyRevisions(timestamp(at), moved.map(nameOfRef));
  return {
    kind: "record",
    status: say(plug, status, clock.now, { kind: "waiting", ...said }),
    told: { kind: "fact", fact: "plug.config-resolved", message: `${said.reason}: ${said.message}` },
  };
}

/** Records the versions. A plug that is not coupled forgets its earlier outcome. */
function checked({ status }: Coupling, seen: readonly PlugRef[]): PlugStatus {
  const refs = withRefs(status.refs, "input", seen);
  if (status.coupledSocket !== undefined) return { ...status, refs };
  const { snapshot: _resolved, ...rest } = status;
  return { ...rest, refs };
}

function recordAsItWas(
  coupling: Coupling,
  { seen, notices }: Extract<Found, { kind: "as it was" }>,
): Decision<PlugStatus> {
  const { plug, clock } = coupling;
  const status = say(plug, resolvedStatus(coupling, seen), clock.now, { kind: "resolved" });
  const message = "the outcome is unchanged";
  return {
    kind: "record",
    status: settled(coupling, status),
    notices,
    told: { kind: "fact", fact: "plug.config-resolved", message },
  };
}

function recordRevision(coupling: Coupling, found: Extract<Found, { kind: "differs" }>): Decision<PlugStatus> {
  const { seen, snapshot, name, write, notices } = found;
  const resolved = withRevisionPaid(resolvedStatus(coupling, seen), coupling.clock.now);
  // An object that the former revision awaited does not block this one.
  const refs = withRefs(resolved.refs, "awaited", []);
  const { restless: _before, ...calm } = resolved;
  const { restless } = blameInputs(coupling.status, seen);
  const { revision } = snapshot;
  const status: PlugStatus = {
    ...calm,
    ...(restless === undefined ? {} : { restless }),
    refs,
    revision,
    snapshot: name,
    ...admittedNow(coupling, snapshot),
  };
  return {
    kind: "record",
    status: announce(coupling, status, snapshot),
    first: [write],
    afterwards: superseded(coupling),
    otherwise: [{ kind: "remove snapshot", name }],
    ifRefused: checked(coupling, seen),
    notices: [...notices, ...warnOfNames(coupling, found.sensitiveNames)],
    told: { kind: "fact", fact: "plug.config-resolved", message: `revision ${revision}`, revision },
  };
}

/** An adopted coupling is admitted from now on. */
function admittedNow({ plug }: Coupling, { admitted }: Snapshot): Pick<PlugStatus, "admitted"> {
  return isPending(plug) ? { admitted } : {};
}

/** A resolved revision that was never performed is not needed when a newer one exists. */
function superseded({ status: { snapshot, performed } }: Coupling): readonly Upkeep[] {
  return snapshot !== undefined && snapshot !== performed?.snapshot
    ? [{ kind: "remove snapshot", name: snapshot }]
    : [];
}

function resolvedStatus({ status: before }: Coupling, seen: readonly PlugRef[]): PlugStatus {
  const { failure, ...status } = before;
  return {
    ...status,
    ...(failure === undefined || failure.stage === stage ? {} : { failure }),
    refs: withRefs(status.refs, "input", seen),
  };
}

function announce({ plug, clock }: Coupling, status: PlugStatus, snapshot: Snapshot): PlugStatus {
  const said = say(plug, status, clock.now, { kind: "resolved" });
  const next: Saying =
    plug.status?.performed === undefined
      ? { kind: "coupling", message: messages.couplingTo(snapshot.socket) }
      : { kind: "updating", message: messages.updatingTo(snapshot.revision) };
  return say({ ...plug, status: said }, said, clock.now, next);
}

/** A coupling that had been held and is unchanged: ready again. */
function settled(coupling: Coupling, status: PlugStatus): PlugStatus {
  const { plug, clock } = coupling;
  const { performed, revision } = status;
  if (performed?.revision !== revision || !hasResult(status)) return resumed(coupling, status);
  return isContested(status, clock.now)
    ? status
    : say({ ...plug, status }, status, clock.now, { kind: "coupled", message: coupledMessage(plug) });
}

/** A held plug continues. */
function resumed({ plug, status: before, clock }: Coupling, status: PlugStatus): PlugStatus {
  if (before.held === undefined) return status;
  const kind = status.performed === undefined ? "coupling" : "updating";
  return say({ ...plug, status }, status, clock.now, { kind, message: messages.goingOn });
}
