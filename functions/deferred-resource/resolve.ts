import { oversizedIn } from "../../crds/coupling/limits.ts";
import { claimedByUs } from "../../crds/coupling/standing.ts";
import type {
  DeferredResource,
  DeferredResourceRef,
  DeferredResourceStatus,
} from "../../crds/deferred-resource/deferred-resource.generated.ts";
import { nextDeferredResourceStage, opensAtOf } from "../../crds/deferred-resource/next-stage.ts";
import * as messages from "../../crds/messages.ts";
import { type Claim, type Said, sayNotServed } from "../../crds/messages.ts";
import { annotations, fieldManager, finalizer, labels, manager } from "../../crds/names.ts";
import { isEnding, isServed, notServed } from "../../crds/namespace/served.ts";
import { reasonOf } from "../../crds/reasons.ts";
import { deferredResourceStage as stage } from "../../crds/stage-names.ts";
import { timestamp, withConditions } from "../../kit/conditions.ts";
import { TooLarge } from "../../kit/errors.ts";
import { keyOf, keyText } from "../../kit/kube/keys.ts";
import type { KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import { absent } from "../../kit/loop/versions.ts";
import { bears, type Marks } from "../../kit/performing/marks.ts";
import type { Outcome, Plan } from "../../kit/performing/perform.ts";
import type { Tolerance } from "../../kit/performing/steps.ts";
import type { Effect, Step } from "../resources/own-effects.ts";
import { keyOfRef, refTo } from "../resources/plan-resources.ts";
import { failureRecord, triedAgain } from "../resources/record-failure.ts";
import { defineStage } from "../run-stage.ts";
import type { Conclusion, Decision, Failure, Stage, StageContext, Told } from "../stage.ts";
import { type DeferredView, observeDeferredResource, readMissing, resourceToApply } from "./observe.ts";

/**
 * Applies a resource when its time has come and the awaited objects exist.
 * Deletes it when the DeferredResource is deleted.
 * Safe to repeat.
 */
export const resolveDeferredResource: Stage = defineStage<DeferredResourceStatus, DeferredView, Found>({
  stage,
  about: "deferred resource",
  live: true,
  observe: observeDeferredResource,
  whyNotDue: (view) => (nextDeferredResourceStage(view).stage === stage ? undefined : "nothing is due"),
  find,
  decide,
  settle: (view, found, { before, outcome }) => settle(view, found, before, outcome),
  conclude: (view, found) => conclude(view, found),
  fail: failed,
});

type Found =
  | { readonly kind: "ends" }
  | { readonly kind: "not served"; readonly said: Said }
  | { readonly kind: "not claimed" }
  | { readonly kind: "waits"; readonly missing: readonly ObjectKey[] }
  | {
      readonly kind: "opens";
      readonly object: KubeObject;
      /** Paths that were left out because only the API server sets them. */
      readonly dropped: readonly string[];
    };

async function find(context: StageContext, view: DeferredView): Promise<Found> {
  const { deferred, clock, serving } = view;
  const { deletionTimestamp, namespace } = deferred.metadata;
  if (deletionTimestamp !== undefined) return { kind: "ends" };
  if (!isServed(namespace, serving)) return { kind: "not served", said: sayNotServed(namespace, serving) };
  const oversized = oversizedIn(deferred.spec);
  if (oversized.length > 0) throw new TooLarge(messages.specTooLarge("The DeferredResource", oversized).message);
  const missing = await readMissing(context.kube, view);
  if (!claimedByUs(deferred)) return { kind: "not claimed" };
  if (missing.length > 0 || clock.now < opensAtOf(deferred)) return { kind: "waits", missing };
  return { kind: "opens", ...(await resourceToApply(context.kube, view)) };
}

function decide(view: DeferredView, found: Found): Decision<DeferredResourceStatus> {
  switch (found.kind) {
    case "ends":
      return { kind: "perform", plan: undoing(view), finalizer: { remove: finalizer } };
    case "not served":
      return {
        kind: "record",
        status: say(view, view.status, no(found.said)),
        told: waiting(found.said.message),
      };
    case "not claimed":
      return { kind: "perform", finalizer: { add: { finalizer } } };
    case "waits":
      return wait(view, found.missing);
    case "opens":
      return { kind: "perform", plan: making(view, found.object) };
  }
}

function waiting(message: string): Told {
  return { kind: "fact", fact: "deferredresource.waiting", message };
}

function wait(view: DeferredView, missing: readonly ObjectKey[]): Decision<DeferredResourceStatus> {
  const { deferred, clock } = view;
  const opensAt = opensAtOf(deferred);
  const objects = missing.map(
    ({ kind, namespace, name }) => `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`,
  );
  const said = messages.deferredWaits(objects, clock.now < opensAt ? timestamp(opensAt) : undefined);
  const { failure: _failure, ...before } = view.status;
  const awaited = missing.map(
    (key): DeferredResourceRef => ({ ...refTo(key), role: "awaited", version: absent, stage }),
  );
  const status = say(view, { ...before, refs: [...applied(before), ...awaited] }, no(said));
  return { kind: "record", status, told: waiting(said.message) };
}

function applied({ refs = [] }: DeferredResourceStatus): readonly DeferredResourceRef[] {
  return refs.filter(({ role }) => role === "applied");
}

/**
 * Does not change an existing object of another client.
 * An object that Plugboard made but did not record yet is recognised by its label.
 */
function making(view: DeferredView, object: KubeObject): Plan<DeferredResourceStatus, Effect> {
  const { deferred, account } = view;
  const key = keyOf(object);
  const { failure: former, ...rest } = view.status;
  const failure = triedAgain(former, { stage, now: view.clock.now });
  const superfluous = applied(rest).filter((ref) => keyText(keyOfRef(ref)) !== keyText(key));
  return {
    ...revisionOf(view),
    before: { ...rest, ...(failure === undefined ? {} : { failure }), refs: [refTo(key), ...superfluous] },
    steps: [
      { kind: "create", as: account, tolerance: "none", object: marked(object, deferred), fieldManager },
      ...superfluous.map((ref) => removal(ref, view, "none")),
    ],
  };
}

/** Deletes the object that it made, if it is still its own. */
function undoing(view: DeferredView): Plan<DeferredResourceStatus, Effect> | undefined {
  const { deferred, namespace, status } = view;
  const forced = deferred.metadata.annotations?.[annotations.forceRemove] === "true";
  const tolerance = forced ? "any" : isEnding(namespace) ? "unreachable" : "none";
  const steps = applied(status).map((ref) => removal(ref, view, tolerance));
  return steps.length === 0 ? undefined : { ...revisionOf(view), before: status, steps };
}

function revisionOf({ deferred }: DeferredView): Pick<Plan<object>, "stage" | "revision"> {
  return { stage, revision: deferred.metadata.generation ?? 0 };
}

function settle(
  view: DeferredView,
  found: Found,
  before: DeferredResourceStatus,
  { results, stopped, complete }: Outcome,
): DeferredResourceStatus {
  const error = stopped === undefined ? undefined : { stage, error: stopped, message: stopped.message };
  if (found.kind !== "opens") return error === undefined ? before : failed(view, before, error);
  const gone = new Set(results.filter(({ kind }) => kind !== "applied").map((result) => keyText(result.key)));
  const left = (before.refs ?? []).filter((ref) => !gone.has(keyText(keyOfRef(ref))));
  if (error !== undefined) return failed(view, { ...before, refs: left }, error);
  return complete ? made(view, keyOf(found.object), { ...before, refs: left }, results) : before;
}

function made(
  view: DeferredView,
  key: ObjectKey,
  { resource: _former, failure: _over, refs = [], ...rest }: DeferredResourceStatus,
  [result]: Outcome["results"],
): DeferredResourceStatus {
  const metadata = result?.kind === "applied" ? result.metadata : undefined;
  const uid = metadata?.uid === undefined ? {} : { uid: metadata.uid };
  const ours = metadata !== undefined && bears(metadata, marksOf(view.deferred));
  const status = ours
    ? { ...rest, refs: refs.map((ref) => ({ ...ref, ...uid })), resource: { ...key, ...uid } }
    : { ...rest, refs: refs.filter((ref) => keyText(keyOfRef(ref)) !== keyText(key)) };
  return say(view, status, { type: "Resolved", status: "True", ...messages.deferredResolved(key, ours) });
}

function conclude({ object: about }: DeferredView, found: Found): Conclusion {
  switch (found.kind) {
    case "ends":
      return { told: { kind: "fact", fact: "deferredresource.deleted", message: "released", released: true } };
    case "opens": {
      const message = `${found.object.kind} ${found.object.metadata.name} exists`;
      return {
        told: { kind: "fact", fact: "deferredresource.resolved", message },
        notices: [
          { about, type: "Normal", reason: "Resolved", message },
          ...(found.dropped.length === 0
            ? []
            : [
                {
                  about,
                  type: "Warning",
                  ...messages.serverSetFields("spec.resource", found.object, found.dropped),
                } as const,
              ]),
        ],
      };
    }
    default:
      return { told: waiting("finalizer added") };
  }
}

function removal(ref: DeferredResourceRef, { deferred, account }: DeferredView, tolerance: Tolerance): Step {
  return { kind: "remove", as: account, tolerance, target: keyOfRef(ref), ours: marksOf(deferred) };
}

function marked(object: KubeObject, { metadata }: DeferredResource): KubeObject {
  const marks = { [labels.managedBy]: manager, [labels.deferredUid]: metadata.uid };
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...marks } } };
}

/** The labels of the object that was made for it. */
function marksOf({ metadata: { uid } }: DeferredResource): readonly Marks[] {
  return [[{ label: labels.deferredUid, is: uid }]];
}

/** The status after a failure. A final failure is recorded until an edit. */
function failed(view: DeferredView, status: DeferredResourceStatus, failure: Omit<Failure, "stage">) {
  const { error, message } = failure;
  const said = say(view, status, no({ reason: reasonOf(error), message: messages.failure(message, error) }));
  const { generation: revision = 0, uid } = view.deferred.metadata;
  const former = view.deferred.status?.failure;
  const record = failureRecord({ stage, revision, error, uid, former, now: view.clock.now });
  return record === undefined ? said : { ...said, failure: record };
}

/** The condition that the resource does not exist, with the reason. */
function no(said: Said): Claim {
  return { type: "Resolved", status: "False", ...said };
}

/** The status with its one condition set. */
function say(
  { deferred: { metadata }, clock }: DeferredView,
  { held: _before, ...rest }: DeferredResourceStatus,
  claim: Claim,
): DeferredResourceStatus {
  const { generation } = metadata;
  const held = claim.reason === notServed ? { held: { reason: notServed, generation } as const } : {};
  return { ...withConditions(rest, [claim], { generation, now: clock.now, summary: "Resolved" }), ...held };
}
