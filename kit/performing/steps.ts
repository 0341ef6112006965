import { isDeepStrictEqual } from "node:util";
import {
  AlreadyExists,
  asRejection,
  Conflict,
  Forbidden,
  InvalidInput,
  KindNotServed,
  NotFound,
  OperatorError,
  Rejected,
  Unavailable,
} from "../errors.ts";
import { keyOf } from "../kube/keys.ts";
import type { Kube, KubeObject, ObjectKey, ObjectMeta, ServiceAccountName } from "../kube/port.ts";
import { withheld } from "../outlet/outlet.ts";
import { takeRecordOver } from "./field-record.ts";
import { heldBy } from "./held-by.ts";
import { bears, type Marks } from "./marks.ts";

// Each kind of step, and the requests that it makes (`performStep`): every apply and every deletion of an object is here.

/** The failures of a step that are tolerated: none; an unreachable side (a missing permission or namespace); or any. */
export type Tolerance = "none" | "unreachable" | "any";

/** The state in which an object may be applied: absent, an object with a uid (at a version), or any. */
export type Expected =
  | { readonly kind: "nothing" }
  | { readonly kind: "uid"; readonly uid: string }
  | { readonly kind: "version"; readonly uid: string; readonly resourceVersion: string }
  | { readonly kind: "anything" };

interface StepBase {
  /** As whom; absent: as the operator itself. */
  readonly as?: ServiceAccountName | undefined;
  readonly tolerance: Tolerance;
  /** The object has sensitive values: no text of the API server about it is repeated. */
  readonly discreet?: boolean | undefined;
  /** The ledger entry, written after the call and before the next step: see Plan.ledger. */
  readonly entry?: object | undefined;
}

/** An effect on one object that only its author can perform. */
export interface EffectStep<Effect> extends StepBase {
  readonly kind: "effect";
  readonly target: ObjectKey;
  readonly effect: Effect;
}

/**
 * One effect on the cluster, or outside of it, as data: a plan can be read without being performed.
 * Each is safe to repeat.
 */
export type Step<Effect = never> =
  | EffectStep<Effect>
  | (StepBase &
      (
        | /** Applies the object, taking over the fields it names; Conflict where there is not what is expected. */
        {
            readonly kind: "apply";
            readonly object: KubeObject;
            readonly expects: Expected;
            readonly fieldManager: string;
            /** The object as it was read. Then the result tells whether the apply changed a value. */
            readonly was?: KubeObject | undefined;
            /** The advice if the API server rejects a field. */
            readonly advice?: string | undefined;
            /**
             * No other client had the object before.
             * If the API server lost managedFields, all applied fields are recorded as ours.
             */
            readonly sole?: boolean | undefined;
            /** Nothing is known of an object of that name, and nobody has looked for one. */
            readonly unlooked?: boolean | undefined;
          }
        /** Deletes the object that was read, if any, waits until it is gone, then applies it. */
        | {
            readonly kind: "recreate";
            readonly object: KubeObject;
            readonly seen: ObjectMeta | undefined;
            readonly fieldManager: string;
            /** Nothing is known of an object of that name, and nobody has looked for one. */
            readonly unlooked?: boolean | undefined;
          }
        /** Creates the object. An existing object of that name is not changed. */
        | { readonly kind: "create"; readonly object: KubeObject; readonly fieldManager: string }
        /** Deletes the object if it still has one of the marks. */
        | {
            readonly kind: "remove";
            readonly target: ObjectKey;
            readonly ours: readonly Marks[];
            /** The object as a watch showed it. If that version has a mark, it is deleted without another look. */
            readonly seen?: ObjectMeta | undefined;
          }
        /** Gives up the fields that were applied to an object that existed before. */
        | {
            readonly kind: "withdraw";
            readonly target: ObjectKey;
            readonly uid: string | undefined;
            readonly ours: readonly Marks[];
            readonly fieldManager: string;
          }
        /** Deletes an object by name without checking its marks; with `seen`, only that version. */
        | {
            readonly kind: "delete";
            readonly target: ObjectKey;
            readonly seen?: ObjectMeta | undefined;
            /**
             * The time until which the stage waits for the object to be gone, in milliseconds since the epoch; absent:
             * it does not wait.
             */
            readonly waits?: { readonly until: number; readonly over: boolean } | undefined;
          }
        /** Does not change an object: its work is done, or the stage waits until it is gone. */
        | {
            readonly kind: "leave";
            readonly target: ObjectKey;
            readonly metadata: ObjectMeta;
            readonly waits: boolean;
            /**
             * What the stage waits for, and until when (milliseconds since the epoch); absent: that the object is gone.
             */
            readonly bounded?: { readonly why: string; readonly until: number } | undefined;
          }
      ));

/** Performs effects that the kit does not know. @throws OperatorError */
export type TakeEffect<Effect> = (step: EffectStep<Effect>) => Promise<StepResult>;

export type StepResult =
  | {
      readonly kind: "applied";
      readonly key: ObjectKey;
      readonly metadata: ObjectMeta;
      /** Whether an apply changed a value of the object; undefined if the step did not contain the object. */
      readonly changed?: boolean | undefined;
    }
  | { readonly kind: "removed"; readonly key: ObjectKey }
  /** The object is no longer ours (`theirs`), or the failure is tolerated; `why` gives the cause. */
  | {
      readonly kind: "skipped";
      readonly key: ObjectKey;
      readonly why: string;
      readonly theirs?: boolean | undefined;
      /** It was deleted, but its finalizers keep it longer than the stage waits. */
      readonly lingers?: boolean | undefined;
      /** The metadata of the object, if it was read. */
      readonly metadata?: ObjectMeta | undefined;
    }
  /** An effect was performed: for example, a hook was called and succeeded. */
  | { readonly kind: "called"; readonly key: ObjectKey }
  /** The stage ends here and continues when this object is gone, or when `why` is fulfilled. */
  | {
      readonly kind: "awaiting";
      readonly key: ObjectKey;
      readonly metadata: ObjectMeta;
      readonly why?: string | undefined;
      /** When the wait ends without a change of the object, in milliseconds since the epoch. */
      readonly until?: number | undefined;
    };

type Applied = Extract<StepResult, { kind: "applied" }>;

/** Performs one step. @throws OperatorError if it failed and that is not tolerated */
export async function performStep<Effect = never>(
  step: Step<Effect>,
  kube: Kube,
  takeEffect: TakeEffect<Effect>,
): Promise<StepResult> {
  try {
    return step.kind === "effect" ? await takeEffect(step) : await takeStep(step, asWhom(kube, step));
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    if (step.discreet === true) withheld(error);
    if (takesAway(step)) {
      const [apiVersion] = error instanceof KindNotServed ? error.servedIn : [];
      if (apiVersion !== undefined && apiVersion !== step.target.apiVersion)
        return performStep({ ...step, target: { ...step.target, apiVersion } }, kube, takeEffect);
      if (cannotExist(step, error) && step.tolerance !== "any") return { kind: "removed", key: step.target };
    }
    if (!tolerates(step, error)) throw naming(asRejection(error, targetOf(step)), step);
    return { kind: "skipped", key: targetOf(step), why: error.message };
  }
}

/** Whether a step only removes an object: then any version of its kind is sufficient. */
function takesAway<Effect>(
  step: Step<Effect>,
): step is Extract<Step<Effect>, { readonly kind: "remove" | "withdraw" | "delete" | "effect" }> {
  return step.kind === "remove" || step.kind === "withdraw" || step.kind === "delete" || step.kind === "effect";
}

/** Whether no object can exist under the key: its kind is not served, or its name or namespace is invalid. */
function cannotExist({ kind }: Pick<Step<unknown>, "kind">, error: OperatorError): boolean {
  if (error instanceof KindNotServed) return true;
  return kind !== "effect" && error instanceof InvalidInput && error.verdict === undefined;
}

/** The cluster as the step's service account. */
export function asWhom(kube: Kube, { as }: Pick<StepBase, "as">): Kube {
  return as === undefined ? kube : kube.as(as);
}

/** For plans without other effects. */
export const noEffects: TakeEffect<unknown> = () => Promise.reject(new Error("no other effects exist"));

const orElse = "lacks the right, or a quota or a policy forbids it";

/** The text of others (a webhook, a schema) does not always name its object. An effect names its own. */
function naming(error: OperatorError, step: Step<unknown>): OperatorError {
  const { kind, namespace, name } = targetOf(step);
  const object = namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
  if (step.kind !== "effect" && !error.message.includes(object)) error.message = `${object}: ${error.message}`;
  error.request ??= object;
  const isWithheld = error.quote === undefined && error.fields !== undefined;
  if (error instanceof Forbidden && isWithheld && step.as !== undefined && !error.message.endsWith(orElse))
    error.message += `; service account ${step.as.namespace}/${step.as.name} ${orElse}`;
  if (step.kind === "apply" && error instanceof Rejected && error.verdict.fields.length > 0) error.advice = step.advice;
  return error;
}

function tolerates({ tolerance }: Pick<Step<unknown>, "tolerance">, error: OperatorError): boolean {
  if (tolerance === "any") return true;
  return tolerance === "unreachable" && (error instanceof Forbidden || error instanceof NotFound);
}

/** The object of a step. */
export function targetOf(step: Step<unknown>): ObjectKey {
  return "target" in step ? step.target : keyOf(step.object);
}

type KnownStep = Exclude<Step, EffectStep<never>>;

async function takeStep(step: KnownStep, kube: Kube): Promise<StepResult> {
  switch (step.kind) {
    case "apply":
      return apply(step, kube);
    case "recreate":
      return recreate(step, kube);
    case "remove":
      return remove(step, kube);
    case "withdraw":
      return withdraw(step, kube);
    case "delete":
      return deleteByName(step, kube);
    case "create":
      return createUnlessThere(step, kube);
    case "leave":
      return { kind: step.waits ? "awaiting" : "applied", key: step.target, metadata: step.metadata, ...step.bounded };
  }
}

async function apply(step: Extract<KnownStep, { kind: "apply" }>, kube: Kube): Promise<Applied> {
  const { object, expects, fieldManager, was } = step;
  const after = await kube.apply(expecting(object, expects), { fieldManager, force: true });
  const recorded = step.sole === true ? await takeRecordOver(kube, after, { key: keyOf(object), fieldManager }) : after;
  return was === undefined ? applied(recorded) : { ...applied(recorded), changed: !sameValues(was, after) };
}

/** Whether two versions of an object have the same values, whoever wrote them. */
function sameValues(one: KubeObject, other: KubeObject): boolean {
  return isDeepStrictEqual(withoutRecord(one), withoutRecord(other));
}

function withoutRecord({ metadata, ...rest }: KubeObject): unknown {
  const { managedFields: _managers, resourceVersion: _version, generation: _count, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/**
 * An apply at an impossible version creates the object, or fails with Conflict (kube-apiserver 1.36; the contract suite
 * checks it for both ports).
 */
function expecting(object: KubeObject, expected: Expected): KubeObject {
  switch (expected.kind) {
    case "nothing":
      return { ...object, metadata: { ...object.metadata, resourceVersion: "1" } };
    case "uid":
      return { ...object, metadata: { ...object.metadata, uid: expected.uid } };
    case "version": {
      const { uid, resourceVersion } = expected;
      return { ...object, metadata: { ...object.metadata, uid, resourceVersion } };
    }
    case "anything":
      return object;
  }
}

function identityOf(seen: ObjectMeta | undefined): { readonly uid?: string; readonly resourceVersion?: string } {
  const { uid, resourceVersion } = seen ?? {};
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

async function createUnlessThere(
  { object, fieldManager }: Extract<KnownStep, { kind: "create" }>,
  kube: Kube,
): Promise<StepResult> {
  const key = keyOf(object);
  const found = await kube.getMetadata(key);
  if (found !== undefined) return { kind: "applied", key, metadata: found.metadata };
  try {
    return applied(await kube.create(object, { fieldManager }));
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
    throw new Unavailable(`another client created ${key.kind} ${key.name} at the same time`, { cause: error });
  }
}

async function recreate(step: Extract<KnownStep, { kind: "recreate" }>, kube: Kube): Promise<StepResult> {
  const key = keyOf(step.object);
  if (step.seen !== undefined) {
    await kube.delete(key, { uid: step.seen.uid, propagation: "Background" });
    const left = await kube.getMetadata(key);
    if (left !== undefined) return { kind: "awaiting", key, metadata: left.metadata };
  }
  const anew = expecting(step.object, { kind: "nothing" });
  return applied(await kube.apply(anew, { fieldManager: step.fieldManager, force: true }));
}

async function remove(step: Extract<KnownStep, { kind: "remove" }>, kube: Kube): Promise<StepResult> {
  return (await removeAsSeen(step, kube)) ?? (await removeAsFound(step, kube));
}

/** Deletes exactly the version that was seen; undefined if that is not ours, or not the object's version any more. */
async function removeAsSeen(
  { target, seen, ours, tolerance }: Extract<KnownStep, { kind: "remove" }>,
  kube: Kube,
): Promise<StepResult | undefined> {
  if (seen?.uid === undefined || seen.resourceVersion === undefined || !bears(seen, ours)) return undefined;
  try {
    await kube.delete(target, { ...identityOf(seen), propagation: "Background" });
    return (await lingering(kube, target, seen, { tolerance })) ?? { kind: "removed", key: target };
  } catch (error) {
    if (error instanceof Conflict) return undefined;
    throw error;
  }
}

async function removeAsFound(step: Extract<KnownStep, { kind: "remove" }>, kube: Kube): Promise<StepResult> {
  const { target } = step;
  const found = await kube.getMetadata(target);
  if (found === undefined) return { kind: "removed", key: target };
  if (!bears(found.metadata, step.ours)) return { ...notOurs(target), metadata: found.metadata };
  await kube.delete(target, { uid: found.metadata.uid, propagation: "Background" });
  return (await lingering(kube, target, found.metadata, step)) ?? { kind: "removed", key: target };
}

async function deleteByName(step: Extract<KnownStep, { kind: "delete" }>, kube: Kube): Promise<StepResult> {
  const { target, seen, waits, tolerance } = step;
  const removed = { kind: "removed", key: target } as const;
  const wasThere = await kube.delete(target, { ...identityOf(seen), propagation: "Background" });
  if (!wasThere || waits === undefined) return removed;
  const left = await metadataIfAllowed(kube, target);
  if (left?.deletionTimestamp === undefined) return removed;
  if (tolerance === "none" && !waits.over) return { kind: "awaiting", key: target, metadata: left, until: waits.until };
  return { kind: "skipped", key: target, why: whyItLingers(left), lingers: true };
}

/** An account that may delete an object need not be allowed to read it. Then the stage does not wait for it. */
async function metadataIfAllowed(kube: Kube, key: ObjectKey): Promise<ObjectMeta | undefined> {
  try {
    return (await kube.getMetadata(key))?.metadata;
  } catch (error) {
    if (error instanceof Forbidden) return undefined;
    throw error;
  }
}

/** Why a deleted object still exists. */
export function whyItLingers(metadata: ObjectMeta): string {
  const held = heldBy(metadata);
  return held === undefined ? "it is still being deleted" : `it is being deleted and waits for its ${held}`;
}

/** The wait for a deleted object with finalizers; undefined if it is gone, or if the stage does not wait. */
export async function lingering(
  kube: Kube,
  key: ObjectKey,
  { uid, finalizers = [] }: ObjectMeta,
  { tolerance }: Pick<StepBase, "tolerance">,
): Promise<StepResult | undefined> {
  if (finalizers.length === 0) return undefined;
  const left = await kube.getMetadata(key);
  if (left === undefined || left.metadata.uid !== uid) return undefined;
  if (tolerance === "none") return { kind: "awaiting", key, metadata: left.metadata };
  return { kind: "skipped", key, why: whyItLingers(left.metadata) };
}

async function withdraw(step: Extract<KnownStep, { kind: "withdraw" }>, kube: Kube): Promise<StepResult> {
  const { target, uid } = step;
  const metadata = {
    name: target.name,
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
  const found = await kube.getMetadata(target);
  if (found === undefined || found.metadata.uid !== uid) return { kind: "removed", key: target };
  if (!bears(found.metadata, step.ours)) return notOurs(target);
  try {
    await kube.apply(
      { apiVersion: target.apiVersion, kind: target.kind, metadata },
      { fieldManager: step.fieldManager, force: true },
    );
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
  return { kind: "removed", key: target };
}

/** The result for an object that is no longer ours. */
export function notOurs(key: ObjectKey): Extract<StepResult, { kind: "skipped" }> {
  return { kind: "skipped", key, why: "it belongs to another owner now", theirs: true };
}

function applied(object: KubeObject): Applied {
  return { kind: "applied", key: keyOf(object), metadata: object.metadata };
}
