import type { PlugRef, PlugStatus } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { unservedNamespace } from "../crds/next-stage.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import { isMalformed } from "../crds/standing.ts";
import { PlugboardError } from "../kit/errors.ts";
import { recordStatus } from "../kit/perform.ts";
import type { Memory } from "../templates/template.ts";
import { admit, ownRefs } from "./admit.ts";
import { readApparatusConfig } from "./apparatus/read-apparatus-config.ts";
import { checkPlug } from "./check-written.ts";
import type { StageContext } from "./context.ts";
import { fail } from "./failing.ts";
import { recordMalformed } from "./malformed.ts";
import { type Coupling, observeCoupling, whyNotDue } from "./observe-coupling.ts";
import { coupledMessage, hasResult, type Saying, sameStatus, say, withRefs } from "./plug-status.ts";
import { provenance } from "./provenance.ts";
import { readInputs } from "./read-inputs.ts";
import { distinct } from "./read-sources.ts";
import type { RenderedResource } from "./render-resources.ts";
import { type Resolved, resolveOutcome, type SideInputs } from "./resolve-outcome.ts";
import { blameInputs, isContested } from "./restlessness.ts";
import { type Snapshot, sameOutcome, snapshotSchemaVersion } from "./snapshot.ts";
import type { BySide } from "./values.ts";

const stage = "plug.resolve-config";

/** Admits, then computes what the coupling comes to, and records it as a new revision where it differs. Always records the versions it saw. Safe to repeat. */
export async function resolveConfig(context: StageContext, request: StageRequest): Promise<StageReply> {
  const coupling = await observeCoupling(context, request);
  if (coupling === undefined) return { kind: "nothing", why: "there is no such plug" };
  const notDue = whyNotDue(stage, coupling);
  if (notDue !== undefined) return { kind: "nothing", why: notDue };
  if (unservedNamespace(coupling) === undefined && isMalformed(coupling.plug))
    return recordMalformed(context, coupling);
  const wrong = unservedNamespace(coupling) === undefined ? checkPlug(coupling.plug) : undefined;
  if (wrong !== undefined) return wait(context, coupling, wrong, ownRefs(coupling, "input"));
  const admittance = admit(coupling);
  if (admittance.kind === "waiting") return wait(context, coupling, admittance, ownRefs(coupling, "input"));
  return resolveAdmitted(context, coupling, admittance.socket);
}

async function resolveAdmitted(context: StageContext, coupling: Coupling, socket: Socket): Promise<StageReply> {
  let seen = ownRefs(coupling, "input");
  try {
    const before = await readPrevious(context, coupling, socket);
    const inputs = await readInputs(context, { plug: coupling.plug, socket, memory: before.memory });
    seen = distinct([...seen, ...inputs.refs]);
    if (inputs.missing.length > 0) {
      return await wait(
        context,
        coupling,
        {
          reason: "InvalidConfig",
          message: `waiting for ${inputs.missing.join("; ")}; it goes on by itself once that is there`,
        },
        seen,
      );
    }
    const { plug } = coupling;
    const asked = await readApparatusConfig(context, { plug, socket, inputs: inputs.value });
    if (asked.missing.length > 0) {
      const message = `${asked.missing.join("; ")}; it goes on by itself`;
      return await wait(context, coupling, { reason: "ApparatusNotReady", message }, [...seen, ...asked.refs]);
    }
    const outcome = resolveOutcome({ plug, socket, inputs: asked.value, memory: before.memory });
    if (outcome.kind === "invalid") return await wait(context, coupling, outcome, seen);
    return await record(context, { coupling, socket, seen, before, inputs: asked.value, outcome });
  } catch (error) {
    return fail(context, coupling, stage, error, (status) =>
      judged(coupling, status, error instanceof PlugboardError && !error.retryable ? seen : undefined),
    );
  }
}

interface Previous {
  readonly resolved: Snapshot | undefined;
  readonly performed: Snapshot | undefined;
  readonly memory: Memory;
}

async function readPrevious(context: StageContext, { plug }: Coupling, socket: Socket): Promise<Previous> {
  const { snapshot, performed } = plug.status ?? {};
  const [resolved, done] = await Promise.all([
    snapshot === undefined ? undefined : context.snapshots.read(snapshot),
    performed?.snapshot === undefined ? undefined : context.snapshots.read(performed.snapshot),
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

interface Finding {
  readonly coupling: Coupling;
  readonly socket: Socket;
  readonly seen: readonly PlugRef[];
  readonly before: Previous;
  readonly inputs: BySide<SideInputs>;
  readonly outcome: Resolved;
}

async function record(context: StageContext, finding: Finding): Promise<StageReply> {
  const { coupling, before, outcome, seen } = finding;
  if (
    before.resolved !== undefined &&
    sameOutcome(before.resolved.outcome, outcome.outcome) &&
    (await isKept(context, coupling))
  ) {
    const status = say(coupling.plug, resolvedStatus(coupling, seen), coupling.clock.now, { kind: "resolved" });
    return write(context, coupling, settled(coupling, status), "the outcome is as it was");
  }
  const snapshot = await newSnapshot(context, finding);
  const name = await context.snapshots.write(
    snapshot,
    context.random().slice(0, 8),
    await sharedSoFar(context, coupling),
  );
  const resolved = resolvedStatus(coupling, seen);
  // What the former revision waited for is not what holds up this one.
  const refs = withRefs(resolved.refs, "awaited", []);
  const { restless: _before, ...calm } = resolved;
  const { restless } = blameInputs(coupling.plug.status ?? {}, seen);
  const status: PlugStatus = {
    ...calm,
    ...(restless === undefined ? {} : { restless }),
    refs,
    revision: snapshot.revision,
    snapshot: name,
  };
  const reply = await write(context, coupling, announce(coupling, status, snapshot), `revision ${snapshot.revision}`);
  if (reply.kind === "nothing") await context.snapshots.remove(name);
  else await removeSuperseded(context, coupling);
  return reply.kind === "fact" ? { ...reply, revision: snapshot.revision } : reply;
}

/** Whether what was resolved is still on record: somebody may have removed the snapshot, which is then written anew. */
async function isKept({ snapshots }: StageContext, { plug }: Coupling): Promise<boolean> {
  return plug.status?.snapshot !== undefined && (await snapshots.isThere(plug.status.snapshot));
}

/** What the coupling shares with others goes on to be known. */
async function sharedSoFar({ snapshots }: StageContext, { plug }: Coupling): Promise<readonly string[]> {
  const { snapshot, performed } = plug.status ?? {};
  const names = [...new Set([snapshot, performed?.snapshot].filter((name) => name !== undefined))];
  return [...new Set((await Promise.all(names.map((name) => snapshots.marksOf(name)))).flat())];
}

/** Renders once more at the present time, keeps what was made on the way, and puts it together. */
async function newSnapshot(context: StageContext, { coupling, socket, inputs, before }: Finding): Promise<Snapshot> {
  const { plug } = coupling;
  const now = new Date(context.clock.now());
  const input = { plug, socket, inputs, memory: { ...before.memory, now } };
  const first = resolvedOrThrow(resolveOutcome(input));
  const keeps = before.resolved?.keeps === true || first.made.size > 0;
  const kept = first.made.size === 0 ? before.memory.kept : await context.snapshots.keep(plug.metadata, first.made);
  const { outcome } =
    first.made.size === 0 ? first : resolvedOrThrow(resolveOutcome({ ...input, memory: { ...input.memory, kept } }));
  return {
    schemaVersion: snapshotSchemaVersion,
    revision: (plug.status?.revision ?? 0) + 1,
    ...(await provenance(context, { ...coupling, socket })),
    resolvedAt: now.toISOString(),
    seed: before.memory.seed,
    keeps,
    outcome,
    asCoupled: asCoupled(before.performed, plug.status?.performed?.socketUid === socket.metadata.uid),
  };
}

function resolvedOrThrow(resolution: ReturnType<typeof resolveOutcome>): Resolved {
  if (resolution.kind === "resolved") return resolution;
  throw new Error(`an outcome that was valid a moment ago is not: ${resolution.message}`);
}

/** What only `coupled` rendered stays as it was then, whatever later revisions render. */
function asCoupled(performed: Snapshot | undefined, sameCoupling: boolean): readonly RenderedResource[] {
  if (performed === undefined || !sameCoupling) return [];
  const earlier = performed.asCoupled;
  if (earlier.length > 0) return earlier;
  return performed.outcome.resources.filter(({ when }) => when.includes("coupled") && !when.includes("updated"));
}

function resolvedStatus({ plug }: Coupling, seen: readonly PlugRef[]): PlugStatus {
  const { failure, ...status } = plug.status ?? {};
  return {
    ...status,
    ...(failure === undefined || failure.stage === stage ? {} : { failure }),
    refs: withRefs(status.refs, "input", seen),
  };
}

function announce(coupling: Coupling, status: PlugStatus, snapshot: Snapshot): PlugStatus {
  const { plug, clock } = coupling;
  const said = say(plug, status, clock.now, { kind: "resolved" });
  const name = `${snapshot.socket.namespace}/${snapshot.socket.name}`;
  const next: Saying =
    plug.status?.performed === undefined
      ? { kind: "coupling", message: `coupling to socket ${name}` }
      : { kind: "updating", message: `updating to revision ${snapshot.revision}` };
  return say({ ...plug, status: said }, said, clock.now, next);
}

/** Of a coupling that had been held up and is as it was: ready again. */
function settled({ plug, clock }: Coupling, status: PlugStatus): PlugStatus {
  const { performed, revision } = status;
  if (performed?.revision !== revision || !hasResult(status)) return resumed(plug, status, clock.now);
  return isContested(status, clock.now)
    ? status
    : say({ ...plug, status }, status, clock.now, { kind: "coupled", message: coupledMessage(plug) });
}

/** What was held goes on. */
function resumed(plug: Coupling["plug"], status: PlugStatus, now: number): PlugStatus {
  if (plug.status?.held === undefined) return status;
  const kind = status.performed === undefined ? "coupling" : "updating";
  return say({ ...plug, status }, status, now, { kind, message: "going on where it was paused" });
}

async function wait(
  context: StageContext,
  coupling: Coupling,
  { reason, message }: { readonly reason: string; readonly message: string },
  seen: readonly PlugRef[],
): Promise<StageReply> {
  const before = coupling.plug.status ?? {};
  const status = say(coupling.plug, judged(coupling, before, seen), coupling.clock.now, {
    kind: "waiting",
    reason,
    message,
  });
  const reply = await write(context, coupling, status, `${reason}: ${message}`);
  if (reply.kind === "fact" && status.snapshot === undefined && before.snapshot !== undefined)
    await context.snapshots.remove(before.snapshot);
  return reply;
}

/** With what was seen on record; a plug that is not coupled forgets what was resolved for it before. */
function judged({ plug }: Coupling, status: PlugStatus, seen: readonly PlugRef[] | undefined): PlugStatus {
  const { snapshot, ...rest } = status;
  const forgets = seen !== undefined && plug.status?.coupledSocket === undefined;
  const kept = forgets || snapshot === undefined ? rest : { ...rest, snapshot };
  return seen === undefined ? kept : { ...kept, refs: withRefs(status.refs, "input", seen) };
}

async function write(
  context: StageContext,
  coupling: Coupling,
  status: PlugStatus,
  message: string,
): Promise<StageReply> {
  // Whoever may call a function may not read every plug: the message is in the status.
  if (sameStatus(coupling.plug.status, status)) return { kind: "nothing", why: "its status says all there is to say" };
  const written = await recordStatus(coupling.object, status, context);
  if (written === undefined) return { kind: "nothing", why: "the plug was changed since it was read" };
  return { kind: "fact", fact: "plug.config-resolved", message };
}

/** A revision that was resolved and never performed is not needed once there is a newer one. */
async function removeSuperseded({ snapshots }: StageContext, { plug }: Coupling): Promise<void> {
  const { snapshot, performed } = plug.status ?? {};
  if (snapshot !== undefined && snapshot !== performed?.snapshot) await snapshots.remove(snapshot);
}
