import { awaitedBy, nextDeferredResourceStage, opensAtOf } from "../../../crds/deferred-resource/next-stage.ts";
import { parseDeferredResource } from "../../../crds/deferred-resource/parse.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { ago, causeOf, conditionOf, type Explanation, entryOf, type Fact, orNothing, partyOf } from "./explanation.ts";
import {
  failureOf,
  followed,
  keyOfRef,
  nextOf,
  resourcesOf,
  servingOf,
  sightIn,
  waitsOf,
  warningsOf,
} from "./facts.ts";
import { type Bearings, nameOf } from "./reader.ts";

/** Explains a DeferredResource: what it waits for, and what it made. */
export async function explainDeferredResource(object: KubeObject, bearings: Bearings): Promise<Explanation> {
  const { reader, now } = bearings;
  const deferred = parseDeferredResource(object);
  const { metadata, spec, status = {} } = deferred;
  const { namespace, name, generation } = metadata;
  const said = conditionOf(status, "Resolved");
  const [found, warnings] = await Promise.all([
    reader.metadata(followed(status.refs).map(keyOfRef)),
    warningsOf(reader, object, said),
  ]);
  const isSeen = status.observedGeneration === generation;
  const ready = isSeen && said?.status === "True";
  const own = `the owner of deferred resource ${namespace}/${name}`;
  const { turn = "Plugboard", remedy = `If this lasts, check that Plugboard runs and serves namespace ${namespace}.` } =
    (isSeen ? entryOf(said?.reason) : undefined) ?? {};
  const absent = awaitedBy(deferred).filter((ref) => !isThere(sightIn(found, ref)));
  const onlyTime = said?.reason === "Waiting" && awaitedBy(deferred).length === 0;
  const due = nextDeferredResourceStage({
    deferred,
    evidence: { kind: "seen", see: (ref) => sightIn(found, ref) },
    clock: { now, voidHolders: [] },
    serving: servingOf(status.held?.reason, bearings),
  });
  return {
    kind: "DeferredResource",
    namespace,
    name,
    ready,
    what: `Deferred resource ${namespace}/${name} applies ${nameOf({ kind: spec.resource.kind, name: spec.resource.metadata.name })} ${conditionsFor(deferred.spec)}.`,
    state:
      said === undefined
        ? `Plugboard has not looked at it yet (created ${ago(metadata.creationTimestamp, now) ?? "an unknown time"} ago).`
        : `${ready ? "It is ready" : "It is not applied"} (${said.reason}): ${causeOf(status, said)}`,
    turn: {
      whose: onlyTime ? "nobody's" : partyOf(turn, { plug: own, socket: own, object: own }),
      remedy: onlyTime
        ? `Plugboard applies it at ${new Date(opensAtOf(deferred)).toISOString()}.`
        : absent.length > 0 && said?.reason === "Waiting"
          ? `Create ${absent.map(nameOf).join(" and ")}. Plugboard continues automatically.`
          : orNothing(remedy),
    },
    reason: said?.reason,
    meaning: entryOf(said?.reason)?.means,
    message: said?.message,
    generation: { current: generation, observed: status.observedGeneration },
    inputs: [],
    resources: resourcesOf(status, found),
    waits: [...waitsOf(status, found), ...timeout(opensAtOf(deferred), now, ready)],
    hooks: [],
    failure: failureOf(status.failure),
    restless: status.restless,
    warnings,
    conditions: status.conditions ?? [],
    next: nextOf(due, status),
    unread: reader.unread(),
  };
}

function isThere(sight: ReturnType<typeof sightIn>): boolean {
  return !sight.known || sight.metadata !== undefined;
}

function conditionsFor({
  waitFor = [],
  timeout: seconds = 0,
}: ReturnType<typeof parseDeferredResource>["spec"]): string {
  const objects = waitFor.map(({ kind, name }) => `${kind} ${name}`);
  const parts = [
    ...(objects.length === 0 ? [] : [`once ${objects.join(" and ")} ${objects.length === 1 ? "exists" : "exist"}`]),
    ...(seconds === 0 ? [] : [`${seconds} s after its creation at the earliest`]),
  ];
  return parts.length === 0 ? "at once" : parts.join(", ");
}

function timeout(opensAt: number, now: number, ready: boolean): readonly Fact[] {
  if (ready || !(opensAt > now)) return [];
  return [
    {
      what: new Date(opensAt).toISOString(),
      side: undefined,
      state: "not reached",
      note: "its timeout after creation",
    },
  ];
}
