import { whenOf } from "../../crds/coupling/defaults.ts";
import { oversizedOwner } from "../../crds/coupling/sizes.ts";
import { claimedByUs, hasCreated } from "../../crds/coupling/standing.ts";
import { traced } from "../../crds/due/observed.ts";
import * as messages from "../../crds/messages.ts";
import { annotations, apiVersion, finalizer } from "../../crds/names.ts";
import { isEnding } from "../../crds/namespace/served.ts";
import { isTrue, timestamp } from "../../kit/conditions.ts";
import { failureOf, type OperatorError, TooLarge } from "../../kit/errors.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { FinalizerMark } from "../../kit/performing/finalizers.ts";
import type { Outcome, Plan } from "../../kit/performing/perform.ts";
import type { Tolerance } from "../../kit/performing/steps.ts";
import { parseTraceparent, traceOf, writeTraceparent } from "../../kit/trace-context.ts";
import { type HookStep, hookStep, isCalled, ledgerOf } from "../apparatus/hooks.ts";
import { noticesOf, type Remark } from "../rendering/remarks.ts";
import type { LifecycleEvent, Rendering } from "../rendering/render-resources.ts";
import { templateView } from "../rendering/template-view.ts";
import type { Side } from "../rendering/values.ts";
import { sayAwaiting } from "../run-stage.ts";
import type { Upkeep } from "../snapshot/upkeep.ts";
import type { Conclusion, Decision, StageContext, StageDefinition } from "../stage.ts";
import type { Effect, Step } from "./own-effects.ts";
import { type Owner, type OwnerStage, type OwnerStatus, ownerFailed, sayOfOwner } from "./owner-status.ts";
import { isBoundedWait, patienceOf, warnOfCutShort, warnOfLingering } from "./patience.ts";
import { readAdopted, stepAgainst } from "./plan-removal.ts";
import {
  byKey,
  cutShort,
  keyOfRef,
  keysOf,
  type PlacedResource,
  type Planning,
  placeResources,
  refBeforeApply,
  refsAfter,
  statusRemarks,
  stepFor,
} from "./plan-resources.ts";
import { ownPlanning } from "./planning.ts";
import { failing, triedAgain } from "./record-failure.ts";

/** The parts that the `created` and `deleted` stages of plugs and sockets share. */
type OwnStage<View extends Owner, Found> = Pick<
  StageDefinition<OwnerStatus, View, Found>,
  "find" | "decide" | "settle" | "conclude" | "fail"
>;

/** Adds our finalizer to a plug or socket, then applies its `created` resources once in its life. */
export function creating<View extends Owner>(stage: OwnerStage): OwnStage<View, Creation> {
  return {
    find: findCreation,
    decide: (owner, creation) => decideCreation(owner, creation, stage),
    settle: (owner, creation, after) =>
      creation.kind === "work" ? settle(owner, { stage, event: "created", ...creation.work }, after) : after.before,
    conclude: ({ resource, object }, creation, { awaiting, results }) => ({
      notices: warnOfLingering([object], results),
      told: {
        kind: "fact",
        fact: `${sideOf(resource)}.created`,
        message:
          creation.kind === "work"
            ? awaiting === undefined
              ? "`created` resources applied"
              : "Waiting for an object or an apparatus"
            : "finalizer added",
      },
    }),
    fail: ownerFailed,
  };
}

/** Applies the `deleted` resources, removes what `created` made, then removes the finalizer. */
export function deleting<View extends Owner>(
  stage: OwnerStage,
  own: {
    /** Why the object may not be deleted yet, although the stage is due. */
    readonly held?: (context: StageContext, owner: View) => Promise<string | undefined>;
    /** Upkeep after all steps succeeded. */
    readonly ends?: (context: StageContext, owner: View) => Promise<readonly Upkeep[]>;
  } = {},
): OwnStage<View, Deletion> {
  return {
    find: async (context, owner) => {
      const held = await own.held?.(context, owner);
      if (held !== undefined) return { kind: "held", why: held };
      const ends = (await own.ends?.(context, owner)) ?? [];
      return { kind: "work", work: await findWork(context, owner, "deleted"), ends };
    },
    decide: (owner, deletion) => decideDeletion(owner, deletion, stage),
    settle: (owner, deletion, after) =>
      settle(owner, { stage, event: "deleted", placed: deletion.kind === "work" ? deletion.work.placed : [] }, after),
    conclude: ({ resource, object }, deletion, { awaiting, results }) => ({
      ...concludeDeletion(sideOf(resource), deletion, awaiting),
      notices: warnOfLingering([object], results),
    }),
    fail: ownerFailed,
  };
}

interface Work {
  readonly planning: Planning;
  readonly placed: readonly PlacedResource[];
  readonly steps: readonly Step[];
  readonly remarks: readonly Remark[];
}

type Creation =
  | { readonly kind: "finalizer"; readonly finalizer: Added }
  | { readonly kind: "work"; readonly finalizer: Added; readonly work: Work }
  | { readonly kind: "failed"; readonly finalizer: Added; readonly error: OperatorError };

/** Absent if the object has it already. */
type Added = { readonly add: FinalizerMark } | undefined;

type Deletion =
  | { readonly kind: "held"; readonly why: string }
  | { readonly kind: "work"; readonly work: Work; readonly ends: readonly Upkeep[] };

/** Keeps an error as data: the finalizer is added even if planning the resources fails. */
async function findCreation(context: StageContext, owner: Owner): Promise<Creation> {
  const { resource, object, status } = owner;
  const mark = { finalizer, annotations: callersTrace(context, object) };
  const change = claimedByUs(resource) ? undefined : { add: mark };
  if (!hasCreated(resource) || status.createdAt !== undefined) return { kind: "finalizer", finalizer: change };
  try {
    const oversized = oversizedOwner(resource);
    if (oversized.length > 0)
      throw new TooLarge(messages.specTooLarge(`The ${resource.kind.toLowerCase()}`, oversized).message);
    return { kind: "work", finalizer: change, work: await findWork(context, owner, "created") };
  } catch (thrown) {
    return { kind: "failed", finalizer: change, error: failureOf(thrown) };
  }
}

function decideCreation(owner: Owner, creation: Creation, stage: OwnerStage): Decision<OwnerStatus> {
  switch (creation.kind) {
    case "finalizer":
      return creation.finalizer === undefined
        ? { kind: "nothing", why: "it was created before" }
        : { kind: "perform", finalizer: creation.finalizer };
    case "failed":
      return { ...creation, kind: "fail", status: owner.status };
    case "work":
      return {
        kind: "perform",
        finalizer: creation.finalizer,
        plan: planOf(owner, { stage, event: "created" }, creation.work),
        notices: noticesOfOwn(owner, creation.work),
      };
  }
}

function decideDeletion(owner: Owner, deletion: Deletion, stage: OwnerStage): Decision<OwnerStatus> {
  if (deletion.kind === "held") return { kind: "nothing", why: deletion.why };
  const { work } = deletion;
  return {
    kind: "perform",
    plan: work.steps.length === 0 ? undefined : planOf(owner, { stage, event: "deleted" }, work),
    notices: noticesOfOwn(owner, work),
    finalizer: { remove: finalizer },
  };
}

function noticesOfOwn({ resource, object }: Owner, { remarks, placed, planning }: Work): ReturnType<typeof noticesOf> {
  const cut = warnOfCutShort([object], cutShort(placed, planning));
  const said = [...remarks, ...statusRemarks(placed, planning)];
  return [...noticesOf(said, { plug: resource, socket: resource }), ...cut];
}

function concludeDeletion(side: Side, deletion: Deletion, awaiting: Outcome["awaiting"]): Conclusion {
  if (awaiting !== undefined)
    return { told: { kind: "fact", fact: `${side}.waiting`, message: sayAwaiting(awaiting) } };
  return {
    told: { kind: "fact", fact: `${side}.deleted`, message: "released", released: true },
    afterwards: deletion.kind === "work" ? deletion.ends : [],
  };
}

async function findWork(context: StageContext, owner: Owner, event: OwnEvent): Promise<Work> {
  const { resource, namespace, status, now } = owner;
  const tolerance = toleranceOf(owner);
  const patience = patienceOf(status.refs, { now, hurried: event === "deleted" || tolerance === "any" });
  const planning = { ...ownPlanning(resource, tolerance), patience, expectsNew: event === "created" };
  const gone = event === "deleted" && isEnding(namespace);
  const { resources, remarks } = gone ? nothingRendered : await render(context, resource, event);
  const placed = await placeResources(context.kube, resources, planning);
  const stays = await keysOf(
    context.kube,
    placed.map((one) => one.resource),
  );
  const made = event === "created" ? [] : createdRefs(owner).filter((ref) => !stays.has(keyText(keyOfRef(ref))));
  const hook = ownHook(owner, event);
  const adopted = await readAdopted(context, resource, made);
  return {
    planning,
    placed,
    steps: [
      ...(hook === undefined ? [] : [hook]),
      ...placed.map((one) => stepFor(one, planning)),
      ...made.toReversed().map((ref) => stepAgainst(ref, { ...planning, adopted })),
    ],
    remarks,
  };
}

type OwnEvent = Extract<LifecycleEvent, "created" | "deleted">;

function toleranceOf({ resource: { metadata }, namespace }: Owner): Tolerance {
  if (metadata.annotations?.[annotations.forceRemove] === "true") return "any";
  return metadata.deletionTimestamp !== undefined && isEnding(namespace) ? "unreachable" : "none";
}

/**
 * The hook of one side alone, if it has one that has not answered yet.
 * An apparatus that was not told of the creation is not told of the deletion.
 */
function ownHook(owner: Owner, event: OwnEvent): HookStep | undefined {
  const { resource, status } = owner;
  const { apparatus } = resource.spec;
  const { namespace, name, uid } = resource.metadata;
  const side = sideOf(resource);
  const hook = { revision: ownRevision, side, event };
  if (apparatus === undefined || isCalled(status.hooks, hook)) return undefined;
  if (event === "deleted" && status.createdAt === undefined) return undefined;
  return hookStep(
    {
      owner: { apiVersion, side, namespace, name, uid, apparatus },
      hook,
      body: { version: "1", [side]: templateView(resource) },
      idempotencyKey: `${uid}.${event}`,
      secrets: [],
    },
    toleranceOf(owner),
  );
}

/** Stages that happen once have no revision. */
const ownRevision = 0;

function sideOf({ kind }: Owner["resource"]): Side {
  return kind === "Plug" ? "plug" : "socket";
}

function createdRefs({ status }: Owner): NonNullable<OwnerStatus["refs"]> {
  return (status.refs ?? []).filter(({ role, entry }) => role === "applied" && entry === "created");
}

const nothingRendered = { resources: [], remarks: [] };

async function render(
  context: StageContext,
  resource: Owner["resource"],
  event: OwnEvent,
): Promise<Pick<Rendering, "resources" | "remarks">> {
  const { resources: entries = [] } = resource.spec;
  // Most owners make nothing here, so the template language is loaded at its first use.
  if (!entries.some((entry) => whenOf(entry).includes(event))) return nothingRendered;
  const memory = { now: new Date(context.clock.now()), seed: context.random(), kept: new Map<string, string>() };
  const rendering = context.renderer.begin(resource.metadata.namespace);
  const { missingValues } = context;
  return rendering.run("renderOwn", { owner: resource, events: [event], memory, missingValues });
}

interface Performance {
  readonly stage: OwnerStage;
  readonly event: OwnEvent;
}

function planOf(
  { status: { failure: former, ...status }, now }: Owner,
  { stage, event }: Performance,
  { planning, placed, steps }: Work,
): Plan<OwnerStatus, Effect> {
  const failure = triedAgain(former, { stage, now });
  const others = (status.refs ?? []).filter(
    (ref) => isBoundedWait(ref, stage) || (ref.role !== "applied" && ref.role !== "awaited"),
  );
  const about =
    event === "created"
      ? byKey(placed.map((one) => refBeforeApply(one, planning)).filter((ref) => ref !== undefined))
      : new Map();
  const applied = [...new Map([...planning.before, ...about]).values()];
  return {
    stage,
    revision: ownRevision,
    before: { ...status, ...(failure === undefined ? {} : { failure }), refs: [...others, ...applied] },
    steps,
    ledger: ledgerOf(status.hooks, ownRevision),
  };
}

function settle(
  owner: Owner,
  { stage, event, placed }: Performance & Pick<Work, "placed">,
  { before, outcome }: { readonly before: OwnerStatus; readonly outcome: Outcome },
): OwnerStatus {
  const { stopped, awaiting, complete } = outcome;
  const applied = (before.refs ?? []).filter(({ role }) => role === "applied");
  const others = (before.refs ?? []).filter(({ role }) => role !== "applied" && role !== "awaited");
  const next: OwnerStatus = { ...before, refs: [...others, ...refsAfter(applied, outcome, stage, () => false)] };
  if (stopped !== undefined) return ownerFailed(owner, next, failing(stage, stopped, placed));
  const { failure: _over, ...succeeding } = next;
  if (awaiting !== undefined) return waitsFor(owner, succeeding, awaiting);
  return complete && event === "created" ? created(owner, succeeding) : succeeding;
}

function waitsFor(owner: Owner, status: OwnerStatus, awaiting: NonNullable<Outcome["awaiting"]>): OwnerStatus {
  const message = messages.waitsFor(sayAwaiting(awaiting), "it");
  const reason = awaiting.why === undefined ? "Waiting" : "ApparatusNotReady";
  const fails = isTrue(status, "Failed");
  return sayOfOwner(owner, status, [
    ...(fails ? [{ type: "Failed", status: "False", reason, message: messages.nothingFailed } as const] : []),
    { type: "Ready", status: "False", reason, message },
  ]);
}

function created(owner: Owner, status: OwnerStatus): OwnerStatus {
  const { reason, message } = messages.ownerCreated(sideOf(owner.resource));
  return sayOfOwner(owner, { ...status, createdAt: timestamp(owner.now) }, [
    { type: "Coupled", status: "False", reason, message },
    { type: "Failed", status: "False", reason, message: messages.nothingFailed },
  ]);
}

/**
 * The annotation that carries the trace of a plug's or socket's creator to the objects it applies.
 * It does not replace one in the manifest.
 */
export function callersTrace(
  { trace }: StageContext,
  { metadata }: KubeObject,
): { readonly [annotation: string]: string } {
  const known = trace === undefined || !trace.callers || trace.id === traceOf(traced(metadata)).id;
  if (known || parseTraceparent(traced(metadata).traceparent) !== undefined) return {};
  return { [annotations.traceparent]: writeTraceparent(trace, trace.parent) };
}
