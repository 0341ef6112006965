import type {
  DeferredResource,
  DeferredResourceRef,
  DeferredResourceStatus,
} from "../crds/generated/deferredresource.ts";
import { annotations, fieldManager, finalizer, labels, manager } from "../crds/names.ts";
import {
  nextDeferredResourceStage,
  opensAtOf,
  deferredResourceStage as stage,
} from "../crds/next-deferred-resource-stage.ts";
import { isServed, notServed, sayNotServed } from "../crds/served-namespaces.ts";
import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import { claimedByUs } from "../crds/standing.ts";
import { absent } from "../crds/versions.ts";
import { timestamp } from "../kit/conditions.ts";
import { AlreadyExists, PlugboardError, Unavailable } from "../kit/errors.ts";
import { addFinalizer, removeFinalizer } from "../kit/finalizers.ts";
import type { Kube, KubeObject, ObjectKey, ObjectMeta } from "../kit/kube.ts";
import { performPlan, recordStatus } from "../kit/perform.ts";
import { keyOf, keyText, type Step, type StepResult } from "../kit/steps.ts";
import { claimClock, type StageContext } from "./context.ts";
import { ends } from "./decouple.ts";
import {
  type DeferredObserved,
  observeDeferredResource,
  readMissing,
  resourceToApply,
} from "./observe-deferred-resource.ts";
import { keyOfRef, refTo } from "./plan-resources.ts";
import { sameStatus } from "./plug-status.ts";
import { failedStatus, no, replyTo, say } from "./say-of-deferred-resource.ts";

/** Applies a resource once its time has come and what it waits for is there, and takes it back when the DeferredResource is deleted. Safe to repeat. */
export async function resolveDeferredResource(context: StageContext, request: StageRequest): Promise<StageReply> {
  const observed = await observeDeferredResource(context, request);
  if (observed === undefined) return { kind: "nothing", why: "there is no such deferred resource" };
  const { deferred } = observed;
  const evidence = { kind: "told", stage } as const;
  const due = nextDeferredResourceStage({ deferred, evidence, clock: claimClock(context), serving: context });
  if (due.stage !== stage) return { kind: "nothing", why: "nothing is due" };
  try {
    if (deferred.metadata.deletionTimestamp !== undefined) return await release(context, observed);
    if (!isServed(deferred.metadata.namespace, context)) return await leaveUnserved(context, observed);
    return await resolve(context, observed);
  } catch (error) {
    return fail(context, observed, error);
  }
}

async function resolve(context: StageContext, observed: DeferredObserved): Promise<StageReply> {
  const { deferred, object } = observed;
  const missing = await readMissing(context.live, observed);
  if (!claimedByUs(deferred)) {
    const added = await addFinalizer(context.live, object, { finalizer });
    return added
      ? { kind: "fact", fact: "deferredresource.waiting", message: "its deletion waits for Plugboard" }
      : { kind: "nothing", why: "it was changed since it was read" };
  }
  const early = context.clock.now() < opensAtOf(deferred);
  return missing.length > 0 || early ? wait(context, observed, missing) : apply(context, observed);
}

async function leaveUnserved(context: StageContext, observed: DeferredObserved): Promise<StageReply> {
  const { deferred } = observed;
  const message = sayNotServed(deferred.metadata.namespace, context);
  const status = say(context, deferred, deferred.status ?? {}, no(notServed, message));
  return write(context, observed, status, { kind: "fact", fact: "deferredresource.waiting", message });
}

async function wait(
  context: StageContext,
  observed: DeferredObserved,
  missing: readonly ObjectKey[],
): Promise<StageReply> {
  const { deferred } = observed;
  const opensAt = opensAtOf(deferred);
  const until = context.clock.now() < opensAt ? [`${timestamp(opensAt)}, its timeout after creation`] : [];
  const objects = missing.map(
    ({ kind, namespace, name }) => `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`,
  );
  const message = `waiting for ${[...objects, ...until].join(", and for ")}; it goes on by itself`;
  const { failure: _failure, ...before } = deferred.status ?? {};
  const applied = (before.refs ?? []).filter(({ role }) => role === "applied");
  const awaited = missing.map(
    (key): DeferredResourceRef => ({ ...refTo(key), role: "awaited", version: absent, stage }),
  );
  const status = say(context, deferred, { ...before, refs: [...applied, ...awaited] }, no("Waiting", message));
  return write(context, observed, status, { kind: "fact", fact: "deferredresource.waiting", message });
}

async function apply(context: StageContext, observed: DeferredObserved): Promise<StageReply> {
  const { deferred, account } = observed;
  const object = await resourceToApply(context.live, observed);
  const key = keyOf(object);
  const { failure: _failure, ...rest } = deferred.status ?? {};
  const superfluous = (rest.refs ?? []).filter(
    (ref) => ref.role === "applied" && keyText(keyOfRef(ref)) !== keyText(key),
  );
  const before: DeferredResourceStatus = { ...rest, refs: [refTo(key), ...superfluous] };
  const make: Step = {
    kind: "run",
    as: account,
    tolerance: "none",
    target: key,
    run: () => createUnlessThere(context.live.as(account), marked(object, deferred)),
  };
  const steps = [make, ...superfluous.map((ref) => removal(ref, observed, "none"))];
  const after = (results: readonly StepResult[], stopped: PlugboardError | undefined): DeferredResourceStatus =>
    ended(context, observed, before, { key, results, stopped, complete: results.length === steps.length });
  const performed = await performPlan(
    { stage, revision: deferred.metadata.generation ?? 0, before, steps, after },
    observed.object,
    { ...context, kube: context.live },
  );
  if (performed.kind === "lost") return { kind: "nothing", why: performed.why };
  if (performed.kind === "stopped") return announceFailure(context, observed, performed.error);
  const message = `${key.kind} ${key.name} is there`;
  await context.notify([{ about: observed.object, type: "Normal", reason: "Resolved", message }]);
  return { kind: "fact", fact: "deferredresource.resolved", message };
}

/** Somebody else's object of that name is left as it is; one that we made before we could say so is known by its label. */
async function createUnlessThere(kube: Kube, object: KubeObject): Promise<StepResult> {
  const key = keyOf(object);
  const found = await kube.getMetadata(key);
  if (found !== undefined) return { kind: "applied", key, metadata: found.metadata };
  try {
    return { kind: "applied", key, metadata: (await kube.create(object, { fieldManager })).metadata };
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
    throw new Unavailable(`${key.kind} ${key.name} was made by somebody else just now`, { cause: error });
  }
}

interface Ending {
  readonly key: ObjectKey;
  readonly results: readonly StepResult[];
  readonly stopped: PlugboardError | undefined;
  readonly complete: boolean;
}

function ended(
  context: StageContext,
  { deferred }: DeferredObserved,
  before: DeferredResourceStatus,
  { key, results, stopped, complete }: Ending,
): DeferredResourceStatus {
  const gone = new Set(results.filter(({ kind }) => kind !== "applied").map((result) => keyText(result.key)));
  const left = (before.refs ?? []).filter((ref) => !gone.has(keyText(keyOfRef(ref))));
  if (stopped !== undefined) return failedStatus(context, deferred, { ...before, refs: left }, stopped);
  if (!complete) return before;
  const [made] = results;
  const metadata = made?.kind === "applied" ? made.metadata : undefined;
  const { resource: _former, ...rest } = before;
  const ours = metadata !== undefined && isMadeBy(deferred)(metadata);
  const uid = metadata?.uid === undefined ? {} : { uid: metadata.uid };
  const status = ours
    ? { ...rest, refs: left.map((ref) => ({ ...ref, ...uid })), resource: { ...key, ...uid } }
    : { ...rest, refs: left.filter((ref) => keyText(keyOfRef(ref)) !== keyText(key)) };
  const message = ours
    ? `${key.kind} ${key.name} was applied`
    : `${key.kind} ${key.name} exists already and is left as it is`;
  return say(context, deferred, status, { type: "Resolved", status: "True", reason: "Success", message });
}

/** Takes back what was made here, as far as it still is ours, and lets the deferred resource go. */
async function release(context: StageContext, observed: DeferredObserved): Promise<StageReply> {
  const { deferred, object, namespace } = observed;
  const forced = deferred.metadata.annotations?.[annotations.forceRemove] === "true";
  const tolerance = forced ? "any" : ends(namespace) ? "unreachable" : "none";
  const refs = (deferred.status?.refs ?? []).filter(({ role }) => role === "applied");
  const before = deferred.status ?? {};
  const after = (_: readonly StepResult[], stopped: PlugboardError | undefined): DeferredResourceStatus =>
    stopped === undefined ? before : failedStatus(context, deferred, before, stopped);
  if (refs.length > 0) {
    const steps = refs.map((ref) => removal(ref, observed, tolerance));
    const performed = await performPlan(
      { stage, revision: deferred.metadata.generation ?? 0, before, steps, after },
      object,
      {
        ...context,
        kube: context.live,
      },
    );
    if (performed.kind === "lost") return { kind: "nothing", why: performed.why };
    if (performed.kind === "stopped") return announceFailure(context, observed, performed.error);
  }
  await removeFinalizer(context.live, object, finalizer);
  return { kind: "fact", fact: "deferredresource.deleted", message: "released", released: true };
}

function removal(
  ref: DeferredResourceRef,
  { deferred, account }: DeferredObserved,
  tolerance: Step["tolerance"],
): Step {
  return { kind: "remove", as: account, tolerance, target: keyOfRef(ref), isOurs: isMadeBy(deferred) };
}

function marked(object: KubeObject, { metadata }: DeferredResource): KubeObject {
  const marks = { [labels.managedBy]: manager, [labels.deferredUid]: metadata.uid };
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...marks } } };
}

function isMadeBy({ metadata: { uid } }: DeferredResource): (metadata: ObjectMeta) => boolean {
  return (metadata) => metadata.labels?.[labels.deferredUid] === uid;
}

async function fail(context: StageContext, observed: DeferredObserved, error: unknown): Promise<StageReply> {
  if (!(error instanceof PlugboardError)) throw error;
  const status = failedStatus(context, observed.deferred, observed.deferred.status ?? {}, error);
  const reply = await write(context, observed, status, replyTo(error));
  if (reply.kind === "nothing" && error.retryable) return replyTo(error);
  return reply;
}

async function announceFailure(
  context: StageContext,
  { object }: DeferredObserved,
  error: PlugboardError,
): Promise<StageReply> {
  await context.notify([{ about: object, type: "Warning", reason: error.name, message: `${stage}: ${error.message}` }]);
  return replyTo(error);
}

async function write(
  context: StageContext,
  { deferred, object }: DeferredObserved,
  status: DeferredResourceStatus,
  reply: StageReply,
): Promise<StageReply> {
  if (sameStatus(deferred.status, status)) return { kind: "nothing", why: "it is as it was" };
  const written = await recordStatus(object, status, { kube: context.live });
  if (written === undefined) return { kind: "nothing", why: "it was changed since it was read" };
  return reply;
}
