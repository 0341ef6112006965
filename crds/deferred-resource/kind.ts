import type { DueContext, KindDefinition, Told, WhatIsDue } from "../../kit/loop/kind.ts";
import { hasChanged, referred } from "../coupling/references.ts";
import { kindNames } from "../due/kind-names.ts";
import { awaitedAs, claimClockOf, isAtHome, type KindSettings, seenIn, traced, whatIsDue } from "../due/observed.ts";
import { digest, told, toldOfFailure } from "../due/told.ts";
import { apiVersion } from "../names.ts";
import { deferredResourceStage, type ofDeferredResources } from "../stage-names.ts";
import type { DeferredResource } from "./deferred-resource.generated.ts";
import { awaitedBy, nextDeferredResourceStage } from "./next-stage.ts";
import { parseDeferredResource } from "./parse.ts";

/** DeferredResources as the event loop watches them. */
export function deferredResourceKind(settings: KindSettings): KindDefinition<DeferredResource> {
  return {
    ...kindNames.deferredResource,
    watched: { apiVersion, kind: "DeferredResource" },
    parse: parseDeferredResource,
    parsed: 500,
    references: (deferred) =>
      awaitedBy(deferred)
        .filter((ref) => isAtHome(ref, deferred))
        .map((ref) => ({ ...referred(ref), use: awaitedAs(ref) })),
    stages: {
      due: (deferred, context) => deferredResourceDue(deferred, context, settings),
      suspected: (deferred, hidden) =>
        awaitedBy(deferred).some((ref) => hidden(referred(ref))) ? [deferredResourceStage] : [],
      told: (_, deferred) => toldOfDeferredResource(deferred),
      about: ({ metadata }) => {
        const { uid, resourceVersion, generation } = metadata;
        return { uid, resourceVersion, generation, trace: traced(metadata) };
      },
    },
  };
}

function deferredResourceDue(deferred: DeferredResource, context: DueContext, serving: KindSettings): WhatIsDue {
  const evidence = seenIn(context.view, (ref) => isAtHome(ref, deferred));
  const due = nextDeferredResourceStage({ deferred, evidence, clock: claimClockOf(context), serving });
  return whatIsDue(due, (stage) => {
    const { uid, generation = 0, deletionTimestamp = "stays" } = deferred.metadata;
    const there = awaitedBy(deferred).map((ref) => String(hasChanged(ref, evidence)));
    return { stage, inputs: digest([uid, String(generation), deletionTimestamp, ...there]) };
  });
}

type Fact = (typeof ofDeferredResources)["facts"][number];

/** The fact that a run told last, as far as the status of a deferred resource shows it. */
export function toldOfDeferredResource(deferred: DeferredResource | undefined): Told | undefined {
  if (deferred === undefined) return told<Fact>("deferredresource.deleted");
  const { failure, resource, held, conditions, refs = [] } = deferred.status ?? {};
  const { generation, finalizers } = deferred.metadata;
  if (failure !== undefined) return toldOfFailure<Fact>("deferredresource.failed", failure, { conditions });
  const isThere = conditions?.some(({ type, status }) => type === "Resolved" && status === "True");
  if (isThere) return told<Fact>("deferredresource.resolved", { resource, generation });
  const awaited = refs.filter(({ role }) => role === "awaited");
  const waits = conditions?.filter(({ reason }) => reason === "Waiting");
  return told<Fact>("deferredresource.waiting", { awaited, held, generation, finalizers, waits });
}
