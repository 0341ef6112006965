import { type ClaimClock, runningClaim } from "../../kit/loop/claims.ts";
import { type Evidence, hasChanged } from "../coupling/references.ts";
import { claimedByUs } from "../coupling/standing.ts";
import { holdsUp, retryTimeOf } from "../due/failure.ts";
import { isServed, type Serving } from "../namespace/served.ts";
import type { Due } from "../plug/next-stage.ts";
import type { PlugRef } from "../plug/plug.generated.ts";
import { deferredResourceStage } from "../stage-names.ts";
import type { DeferredResource } from "./deferred-resource.generated.ts";

export interface ObservedDeferredResource {
  readonly deferred: DeferredResource;
  readonly evidence: Evidence;
  readonly clock: ClaimClock;
  readonly serving: Serving;
}

/** Whether the stage of a DeferredResource is due. Reads nothing, writes nothing. */
export function nextDeferredResourceStage({
  deferred,
  evidence,
  clock,
  serving,
}: ObservedDeferredResource): Due<typeof deferredResourceStage> {
  const claimedUntil = runningClaim(deferred.status, clock);
  if (claimedUntil !== undefined) return { stage: undefined, lookAgainAt: claimedUntil };
  if (deferred.metadata.deletionTimestamp !== undefined) return dueIf(claimedByUs(deferred));
  if (isResolved(deferred)) return { stage: undefined };
  if (isHalted(deferred, clock.now)) return halt(retryTimeOf(deferred.status?.failure));
  const unsaid = deferred.status?.held === undefined;
  if (!isServed(deferred.metadata.namespace, serving)) return dueIf(unsaid);
  if (!claimedByUs(deferred) || !isObserved(deferred) || !unsaid) return { stage: deferredResourceStage };
  const waits = awaitedBy(deferred);
  if (waits.length > 0) return dueIf(waits.some((ref) => hasChanged(ref, evidence)));
  const opensAt = opensAtOf(deferred);
  return clock.now >= opensAt ? { stage: deferredResourceStage } : { stage: undefined, opensAt };
}

/** When the resource may be applied, in milliseconds since the epoch. */
export function opensAtOf({ metadata, spec }: DeferredResource): number {
  return Date.parse(metadata.creationTimestamp ?? "") + (spec.timeout ?? 0) * 1_000;
}

/** The objects it waits for: none of them existed at the last look. */
export function awaitedBy({ status }: DeferredResource): readonly PlugRef[] {
  return (status?.refs ?? []).filter(({ role }) => role === "awaited");
}

function dueIf(due: boolean): Due<typeof deferredResourceStage> {
  return due ? { stage: deferredResourceStage } : { stage: undefined };
}

function isResolved(deferred: DeferredResource): boolean {
  const said = (deferred.status?.conditions ?? []).find(({ type }) => type === "Resolved");
  return said?.status === "True" && isObserved(deferred);
}

/** Whether the current generation was processed. */
function isObserved({ status, metadata }: DeferredResource): boolean {
  return status?.observedGeneration === metadata.generation;
}

function isHalted({ status, metadata }: DeferredResource, now: number): boolean {
  return holdsUp(status?.failure, { stage: deferredResourceStage, revision: metadata.generation }, now);
}

function halt(opensAt: number | undefined): Due<typeof deferredResourceStage> {
  return { stage: undefined, ...(opensAt === undefined ? {} : { opensAt }) };
}
