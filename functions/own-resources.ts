import { serviceAccountOf, whenOf } from "../crds/defaults.ts";
import { annotations, apiVersion, finalizer } from "../crds/names.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import { claimedByUs, hasCreated } from "../crds/standing.ts";
import { timestamp } from "../kit/conditions.ts";
import { PlugboardError } from "../kit/errors.ts";
import { addFinalizer, removeFinalizer } from "../kit/finalizers.ts";
import { type Performed, type Plan, performPlan, recordStatus } from "../kit/perform.ts";
import { shared } from "../kit/shared.ts";
import { keyText, type Step, type StepResult, type Tolerance } from "../kit/steps.ts";
import { type HookStep, hookedPlan, hookStep, isCalled } from "./apparatus/hooks.ts";
import { callersTrace } from "./callers-trace.ts";
import type { StageContext } from "./context.ts";
import { ends } from "./decouple.ts";
import { replyTo } from "./failing.ts";
import { type Owner, type OwnerStage, type OwnerStatus, observeOwner, ownerFailed, sayOfOwner } from "./owner.ts";
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
import { sameStatus } from "./plug-status.ts";
import type { LifecycleEvent, RenderedResource } from "./render-resources.ts";
import { templateView } from "./template-view.ts";
import { templateData } from "./values.ts";

/** Puts our finalizer on a plug or socket and performs its `created` resources, once in its life. Safe to repeat. */
export async function performCreated(
  context: StageContext,
  request: StageRequest,
  stage: OwnerStage,
): Promise<StageReply> {
  const owner = await observeOwner(context, request);
  if (owner === undefined) return { kind: "nothing", why: "there is no such object" };
  const { resource, object } = owner;
  if (resource.metadata.deletionTimestamp !== undefined) return { kind: "nothing", why: "it is being deleted" };
  const claimed = claimedByUs(resource)
    ? object
    : await addFinalizer(context.kube, object, { finalizer, annotations: callersTrace(context, object) });
  if (claimed === undefined) return { kind: "nothing", why: "it was changed since it was read" };
  if (hasCreated(resource) && owner.status.createdAt === undefined)
    return perform(context, { ...owner, object: claimed }, stage, "created");
  return claimed === object
    ? { kind: "nothing", why: "it has been created" }
    : { kind: "fact", fact: `${owner.side}.created`, message: "its deletion waits for Plugboard" };
}

/** Performs the `deleted` resources of a plug or socket, and takes back what `created` made. Undefined when all of that is done. Safe to repeat. */
export async function performDeleted(
  context: StageContext,
  owner: Owner,
  stage: OwnerStage,
): Promise<StageReply | undefined> {
  const reply = await perform(context, owner, stage, "deleted");
  return reply.kind === "fact" && reply.message === done ? undefined : reply;
}

/** Lets a plug or socket go. */
export async function release(context: StageContext, owner: Owner): Promise<StageReply> {
  await removeFinalizer(context.live, owner.object, finalizer);
  return { kind: "fact", fact: `${owner.side}.deleted`, message: "released", released: true };
}

const done = "done";

async function perform(
  context: StageContext,
  owner: Owner,
  stage: OwnerStage,
  event: "created" | "deleted",
): Promise<StageReply> {
  try {
    const work = await observeWork(context, owner, event);
    if (work.steps.length === 0 && event === "deleted")
      return { kind: "fact", fact: `${owner.side}.deleted`, message: done };
    return replyFor(owner, stage, await performWork(context, owner, stage, { ...work, event }));
  } catch (error) {
    if (!(error instanceof PlugboardError)) throw error;
    const status = ownerFailed(owner, owner.status, { stage, error, now: context.clock.now() });
    if (!sameStatus(owner.status, status) && (await recordStatus(owner.object, status, context)) !== undefined) {
      await context.notify([
        { about: owner.object, type: "Warning", reason: error.name, message: `${stage}: ${error.message}` },
      ]);
    }
    return replyTo(error, stage);
  }
}

interface Work {
  readonly hook: HookStep | undefined;
  readonly planning: Planning;
  readonly placed: readonly PlacedResource[];
  readonly steps: readonly Step[];
}

async function observeWork(context: StageContext, owner: Owner, event: "created" | "deleted"): Promise<Work> {
  const planning = planningOf(owner);
  const gone = event === "deleted" && ends(owner.namespace);
  const placed = await placeResources(context.kube, gone ? [] : await render(context, owner, event), planning);
  const stays = await keysOf(
    context.kube,
    placed.map(({ resource }) => resource),
  );
  const made = event === "created" ? [] : createdRefs(owner).filter((ref) => !stays.has(keyText(keyOfRef(ref))));
  const hook = ownHook(context, owner, event, planning.toleranceOf(owner.side));
  return {
    hook,
    planning,
    placed,
    steps: [
      ...(hook === undefined ? [] : [hook.step]),
      ...placed.map((one) => stepFor(one, planning)),
      ...made.map((ref) => stepAgainst(ref, planning)),
    ],
  };
}

/** The hook of one side alone, where it has one that has not answered yet. Who was never told of its creation is not told of its deletion. */
function ownHook(
  context: StageContext,
  { side, resource, status }: Owner,
  event: "created" | "deleted",
  tolerance: Tolerance,
): HookStep | undefined {
  const { apparatus } = resource.spec;
  const { namespace, name, uid } = resource.metadata;
  const hook = { revision: ownRevision, side, event };
  if (apparatus === undefined || isCalled(status.hooks, hook)) return undefined;
  if (event === "deleted" && status.createdAt === undefined) return undefined;
  return hookStep(context, {
    owner: { apiVersion, side, namespace, name, uid, apparatus },
    hook,
    body: { version: "1", [side]: templateView(resource) },
    idempotencyKey: `${uid}.${event}`,
    secrets: [],
    tolerance,
  });
}

/** Of what happens once in a life no revision counts. */
const ownRevision = 0;

function createdRefs({ status }: Owner): NonNullable<OwnerStatus["refs"]> {
  return (status.refs ?? []).filter(({ role, entry }) => role === "applied" && entry === "created");
}

/** What rendering takes, loaded once. */
export const loadRendering: () => Promise<typeof import("./render-resources.ts")> = shared(
  () => import("./render-resources.ts"),
);

async function render(
  context: StageContext,
  { side, resource }: Owner,
  event: LifecycleEvent,
): Promise<readonly RenderedResource[]> {
  const { resources: entries = [] } = resource.spec;
  // Most make nothing then, and the template language need not be loaded.
  if (!entries.some((entry) => whenOf(entry).includes(event))) return [];
  const { renderResources } = await loadRendering();
  const data = templateData({ [side]: templateView(resource) }, {});
  const memory = { now: new Date(context.clock.now()), seed: context.random(), kept: new Map<string, string>() };
  const { namespace } = resource.metadata;
  const { resources } = renderResources(
    entries,
    { side, field: "resources", namespace, engine: resource.spec.engine, data, memory },
    (when) => when.includes(event),
  );
  return resources;
}

/** How what a plug or socket makes by itself is told apart, and by whom it is applied. */
export function planningOf(owner: Owner): Planning {
  const { resource, ownership, isOurs, namespace } = owner;
  const account = { namespace: resource.metadata.namespace, name: serviceAccountOf(resource) };
  const forced = resource.metadata.annotations?.[annotations.forceRemove] === "true";
  const tolerance = forced
    ? "any"
    : resource.metadata.deletionTimestamp !== undefined && ends(namespace)
      ? "unreachable"
      : "none";
  return {
    entry: "created",
    revision: resource.metadata.generation ?? 0,
    owners: { serviceAccounts: { plug: account, socket: account }, ownershipOf: () => ownership },
    isOurs,
    before: byKey((owner.status.refs ?? []).filter(({ role }) => role === "applied")),
    toleranceOf: () => tolerance,
  };
}

async function performWork(
  context: StageContext,
  owner: Owner,
  stage: OwnerStage,
  { hook, planning, placed, steps, event }: Work & { readonly event: "created" | "deleted" },
): Promise<Performed> {
  const { failure: _failure, ...status } = owner.status;
  const others = (status.refs ?? []).filter(({ role }) => role !== "applied" && role !== "awaited");
  const about =
    event === "created"
      ? byKey(placed.map((one) => refBeforeApply(one, planning)).filter((ref) => ref !== undefined))
      : new Map();
  const applied = [...new Map([...planning.before, ...about]).values()];
  const before: OwnerStatus = { ...status, refs: [...others, ...applied] };
  const after = (results: readonly StepResult[], stopped: PlugboardError | undefined): OwnerStatus => {
    const next: OwnerStatus = { ...before, refs: [...others, ...refsAfter(applied, results, stage, () => false)] };
    if (stopped !== undefined) return ownerFailed(owner, next, { stage, error: stopped, now: context.clock.now() });
    const awaiting = results.find((result) => result.kind === "awaiting");
    if (awaiting?.why !== undefined) return waitsFor(owner, next, context.clock.now(), awaiting.why);
    const complete = results.length === steps.length && awaiting === undefined;
    return complete && event === "created" ? created(owner, next, context.clock.now()) : next;
  };
  const plan: Plan<OwnerStatus> = { stage, revision: ownRevision, before, steps, after };
  return performPlan(hookedPlan({ [owner.side]: hook }, owner.status.hooks, plan), owner.object, context);
}

function waitsFor(owner: Owner, status: OwnerStatus, now: number, why: string): OwnerStatus {
  const message = `${why}, then it goes on by itself`;
  return sayOfOwner(owner, status, now, [{ type: "Ready", status: "False", reason: "ApparatusNotReady", message }]);
}

function created(owner: Owner, status: OwnerStatus, now: number): OwnerStatus {
  const reason = owner.side === "plug" ? "PlugCreated" : "SocketCreated";
  return sayOfOwner(owner, { ...status, createdAt: timestamp(now) }, now, [
    { type: "Coupled", status: "False", reason, message: `the ${owner.side} was created` },
    { type: "Failed", status: "False", reason, message: "nothing failed" },
  ]);
}

function replyFor(owner: Owner, stage: OwnerStage, performed: Performed): StageReply {
  if (performed.kind === "lost") return { kind: "nothing", why: performed.why };
  if (performed.kind === "stopped") return replyTo(performed.error, stage);
  const waits = performed.results.some(({ kind }) => kind === "awaiting");
  const fact = stage.endsWith("create") ? (`${owner.side}.created` as const) : (`${owner.side}.deleted` as const);
  return { kind: "fact", fact, message: waits ? "waiting for an object to be gone" : done };
}
