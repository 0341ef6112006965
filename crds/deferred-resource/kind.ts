import type { DueContext, KindDefinition, WhatIsDue } from "../../kit/loop/kind.ts";
import { hasChanged, referred } from "../coupling/references.ts";
import { kindNames } from "../due/kind-names.ts";
import { awaitedAs, claimClockOf, isAtHome, type KindSettings, seenIn, traced, whatIsDue } from "../due/observed.ts";
import { digest } from "../due/told.ts";
import { apiVersion } from "../names.ts";
import type { DeferredResource } from "./deferred-resource.generated.ts";
import { awaitedBy, nextDeferredResourceStage } from "./next-stage.ts";
import { parseDeferredResource } from "./parse.ts";
import { deferredResourceStage } from "./stages.ts";
import { toldOfDeferredResource } from "./told.ts";

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
