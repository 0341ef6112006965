import type { Told } from "../../kit/loop/kind.ts";
import { told, toldOfFailure } from "../due/told.ts";
import type { DeferredResource } from "./deferred-resource.generated.ts";
import type { ofDeferredResources } from "./stages.ts";

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
