import type { OurNotice, Said } from "../../crds/messages.ts";
import * as messages from "../../crds/messages.ts";
import type { PlugRef } from "../../crds/plug/plug.generated.ts";
import { nextRevisionAt } from "../../crds/plug/revision-pace.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { failureOf, type OperatorError } from "../../kit/errors.ts";
import type { Memory } from "../../templates/template.ts";
import { readApparatusConfig } from "../apparatus/read-apparatus-config.ts";
import { readInputs } from "../config/read-inputs.ts";
import { distinct } from "../config/read-sources.ts";
import type { SideInputs } from "../config/resolve-configs.ts";
import type { Resolved } from "../config/resolve-outcome.ts";
import type { JobResult } from "../render-jobs/render-jobs.ts";
import type { StageRendering } from "../render-jobs/renderer.ts";
import { noticesOf, type SensitiveName } from "../rendering/remarks.ts";
import type { RenderedResource } from "../rendering/render-resources.ts";
import type { BySide } from "../rendering/values.ts";
import { madeByResults } from "../resources/plan-resources.ts";
import type { KeptKeys, KeysToStore } from "../snapshot/key-store.ts";
import { type RenderedWithKeys, renderWithKeys } from "../snapshot/render-with-keys.ts";
import { type MadeBesides, type Snapshot, sameOutcome, snapshotSchemaVersion } from "../snapshot/snapshot.ts";
import { type Writing, writing } from "../snapshot/upkeep.ts";
import type { StageContext } from "../stage.ts";
import { type Admittance, ownRefs } from "./admit.ts";
import type { Coupling } from "./observe.ts";
import { provenance } from "./provenance.ts";
import { movedInputs } from "./restlessness.ts";

/** What resolving came to, with the versions of everything that was read. */
export type ResolvedRevision =
  | { readonly kind: "waiting"; readonly said: Said; readonly seen: readonly PlugRef[] }
  | { readonly kind: "failed"; readonly error: OperatorError; readonly seen: readonly PlugRef[] }
  | { readonly kind: "as it was"; readonly seen: readonly PlugRef[]; readonly notices: readonly OurNotice[] }
  /** The outcome changed, but there were too many revisions recently. */
  | { readonly kind: "too soon"; readonly at: number; readonly moved: readonly PlugRef[] }
  | NewRevision;

/** The outcome differs from the last one: a snapshot to be written. */
export interface NewRevision extends Writing {
  readonly kind: "differs";
  readonly seen: readonly PlugRef[];
  readonly snapshot: Snapshot;
  /** The keys with which it was rendered, if they must be stored first. */
  readonly toStore: KeysToStore | undefined;
  readonly notices: readonly OurNotice[];
  readonly sensitiveNames: readonly SensitiveName[];
}

/**
 * Resolves the config of an admitted plug and its socket, renders everything that the coupling applies, and compares it
 * with the last revision.
 * Writes nothing, but may start an apparatus.
 * @throws OperatorError if a retry may succeed
 */
export async function resolveRevision(
  context: StageContext,
  coupling: Coupling,
  { socket, proven }: Extract<Admittance, { kind: "admitted" }>,
): Promise<ResolvedRevision> {
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
      now: before.resolved === undefined ? before.memory.now : new Date(context.clock.now()),
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
  /** The keys that earlier revisions made; undefined if they made none. */
  readonly keys: KeptKeys | undefined;
}

async function readPrevious(context: StageContext, { plug, status }: Coupling, socket: Socket): Promise<Previous> {
  const { snapshot, performed } = status;
  const [resolved, done] = await Promise.all([
    context.snapshots.readOf(plug.metadata, snapshot),
    context.snapshots.readOf(plug.metadata, performed?.snapshot),
  ]);
  const same = resolved?.socket.uid === socket.metadata.uid ? resolved : undefined;
  const keys = same?.keeps === true ? await context.snapshots.keys.read(plug.metadata) : undefined;
  const memory: Memory = {
    now: same === undefined ? new Date(context.clock.now()) : new Date(same.resolvedAt),
    seed: same?.seed ?? context.random(),
    kept: keys?.values ?? new Map(),
  };
  return { resolved: same, performed: done, memory, keys };
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

async function compare(context: StageContext, resolution: Resolution): Promise<ResolvedRevision> {
  const { coupling, socket, before, outcome, seen, now } = resolution;
  const notices = noticesOf(outcome.remarks, { plug: coupling.plug, socket });
  const { resolved } = before;
  const same = resolved?.admitted !== undefined && sameOutcome(resolved.outcome, outcome.outcome);
  if (same && (await isKept(context, coupling))) return { kind: "as it was", seen, notices };
  const at = nextRevisionAt(coupling.status, now.getTime());
  if (at !== undefined) return { kind: "too soon", at, moved: movedInputs(coupling.status, seen) };
  const {
    result: anew,
    makesKeys,
    toStore,
  } = isAtPresent(resolution) ? { result: outcome, makesKeys: false } : await resolveAnew(context, resolution);
  // An outcome at the present time may be invalid although the earlier one was not.
  if (anew.kind === "invalid") return { kind: "waiting", said: anew.said, seen };
  const resultsNamed = await namesOfResults(context, resolution, anew);
  const snapshot = { ...(await newSnapshot(context, resolution, { outcome: anew.outcome, makesKeys })), resultsNamed };
  const marks = await sharedSoFar(context, coupling);
  const besides = [...madeByResults(coupling.status.refs ?? []), ...resultsNamed];
  return {
    kind: "differs",
    seen,
    notices,
    snapshot,
    toStore,
    sensitiveNames: anew.sensitiveNames,
    ...(await writing(context, snapshot, marks, besides)),
  };
}

/** Whether the resolved snapshot still exists. If a user deleted it, it is written again. */
async function isKept({ snapshots }: StageContext, { status }: Coupling): Promise<boolean> {
  return status.snapshot !== undefined && (await snapshots.isThere(status.snapshot));
}

/** The sharing marks of the coupling stay known. */
async function sharedSoFar({ snapshots }: StageContext, { plug, status }: Coupling): Promise<readonly string[]> {
  const named = [status.snapshot, status.performed?.snapshot].filter((name) => name !== undefined);
  return snapshots.marksOf(plug.metadata, named);
}

/** Whether the outcome was rendered for the present time, and no key that a template made is in it. */
function isAtPresent({ before, outcome, now }: Resolution): boolean {
  return outcome.made.size === 0 && before.resolved === undefined && before.memory.now.getTime() === now.getTime();
}

/** Renders again at the present time. */
async function resolveAnew(
  context: StageContext,
  { coupling: { plug }, socket, inputs, rendering, before, now }: Resolution,
): Promise<RenderedWithKeys<JobResult<"resolveOutcome">>> {
  const { missingValues, snapshots } = context;
  return renderWithKeys(snapshots.keys, plug.metadata, before.keys, (kept) =>
    rendering.run("resolveOutcome", { plug, socket, inputs, missingValues, memory: { ...before.memory, now, kept } }),
  );
}

/** The objects of the results, as far as their names are known before. */
async function namesOfResults(
  { missingValues }: StageContext,
  { coupling: { plug }, socket, rendering, before, now }: Resolution,
  { outcome: { config } }: Resolved,
): Promise<readonly MadeBesides[]> {
  if ([plug, socket].every(({ spec }) => (spec.resultResources ?? []).length === 0)) return [];
  return rendering.run("nameResults", { plug, socket, config, missingValues, memory: { ...before.memory, now } });
}

async function newSnapshot(
  context: StageContext,
  { coupling, socket, before, now }: Resolution,
  { outcome, makesKeys }: Pick<Resolved, "outcome"> & { readonly makesKeys: boolean },
): Promise<Snapshot> {
  const { status } = coupling;
  return {
    schemaVersion: snapshotSchemaVersion,
    revision: (status.revision ?? 0) + 1,
    ...(await provenance(context, { ...coupling, socket })),
    resolvedAt: now.toISOString(),
    seed: before.memory.seed,
    keeps: before.resolved?.keeps === true || makesKeys,
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
