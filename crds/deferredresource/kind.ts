import type { Judged, Judging, KindDefinition } from "../../kit/kind.ts";
import { digest } from "../digest.ts";
import type { DeferredResource } from "../generated/deferredresource.ts";
import { awaitedAs, claimClockOf, judgedFrom, type KindSettings, seenIn } from "../judged.ts";
import { kindNames } from "../kind-names.ts";
import { apiVersion } from "../names.ts";
import { awaitedBy, nextDeferredResourceStage } from "../next-deferred-resource-stage.ts";
import { parseDeferredResource } from "../parse-deferred-resource.ts";
import { hasChanged, referred } from "../references.ts";
import { traced } from "../traced.ts";
import { deferredResourceStage } from "./stages.ts";

/** Deferred resources as the loop knows them. */
export function deferredResourceKind(settings: KindSettings): KindDefinition<DeferredResource> {
  return {
    ...kindNames.deferredResource,
    watched: { apiVersion, kind: "DeferredResource" },
    parse: parseDeferredResource,
    parsed: 500,
    references: (deferred) => awaitedBy(deferred).map((ref) => ({ ...referred(ref), use: awaitedAs(ref) })),
    stages: {
      due: (deferred, judging) => judgeDeferredResource(deferred, judging, settings),
      suspected: (deferred, hidden) =>
        awaitedBy(deferred).some((ref) => hidden(referred(ref))) ? [deferredResourceStage] : [],
      about: ({ metadata }) => {
        const { uid, resourceVersion, generation } = metadata;
        return { uid, resourceVersion, generation, trace: traced(metadata) };
      },
    },
  };
}

function judgeDeferredResource(deferred: DeferredResource, judging: Judging, serving: KindSettings): Judged {
  const evidence = seenIn(judging.view);
  const due = nextDeferredResourceStage({ deferred, evidence, clock: claimClockOf(judging), serving });
  return judgedFrom(due, (stage) => {
    const { uid, generation = 0, deletionTimestamp = "stays" } = deferred.metadata;
    const there = awaitedBy(deferred).map((ref) => String(hasChanged(ref, evidence)));
    return { stage, inputs: digest([uid, String(generation), deletionTimestamp, ...there]) };
  });
}
