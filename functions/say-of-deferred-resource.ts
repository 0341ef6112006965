import type { DeferredResource, DeferredResourceStatus } from "../crds/generated/deferredresource.ts";
import { deferredResourceStage as stage } from "../crds/next-deferred-resource-stage.ts";
import { notServed } from "../crds/served-namespaces.ts";
import type { StageReply } from "../crds/stage-request.ts";
import { type ConditionClaim, withConditions } from "../kit/conditions.ts";
import type { PlugboardError } from "../kit/errors.ts";
import type { StageContext } from "./context.ts";
import { sayFailure } from "./plug-status.ts";

/** The status after a failure; a final one is on record until an edit. */
export function failedStatus(
  context: StageContext,
  deferred: DeferredResource,
  status: DeferredResourceStatus,
  error: PlugboardError,
): DeferredResourceStatus {
  const said = say(context, deferred, status, no(error.name, sayFailure(error.message, error)));
  if (error.retryable) return said;
  return { ...said, failure: { stage, revision: deferred.metadata.generation ?? 0, reason: error.name } };
}

/** Try again, or wait for an edit. */
export function replyTo(error: PlugboardError): StageReply {
  return error.retryable
    ? { kind: "retry", error }
    : { kind: "fact", fact: "deferredresource.failed", message: error.message };
}

/** Says why the resource is not there. */
export function no(reason: string, message: string): ConditionClaim {
  return { type: "Resolved", status: "False", reason, message };
}

/** The status with its one condition set. */
export function say(
  { clock }: StageContext,
  { metadata }: DeferredResource,
  status: DeferredResourceStatus,
  claim: ConditionClaim,
): DeferredResourceStatus {
  const { held: _before, ...rest } = status;
  const base = { generation: metadata.generation, now: clock.now(), summary: "Resolved" };
  const held =
    claim.reason === notServed ? { held: { reason: notServed, generation: metadata.generation } as const } : {};
  return { ...withConditions(rest, [claim], base), ...held };
}
