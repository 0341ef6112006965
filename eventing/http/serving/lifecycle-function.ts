import type { Clock } from "../../../kit/clock.ts";
import { type InvalidInput, unexpectedValue } from "../../../kit/errors.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { type Traced, traceOf } from "../../../kit/trace-context.ts";
import { type EventFormat, stageEvent } from "../../cloud-events.ts";
import type { ReceivedEvent } from "../event-message.ts";
import type { EventFunction, Outcome } from "./function-endpoint.ts";
import { longestObjectBytes } from "./intake.ts";

/** An object of which an ApiServerSource saw a change. */
export interface SeenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface LifecycleOptions {
  readonly events: EventFormat;
  /** The uid of namespace kube-system. */
  readonly clusterUid: () => Promise<string>;
  /** The present object with its due stage, if any; undefined if it does not exist, and "not ours" for another kind. */
  readonly find: (
    seen: SeenObject,
  ) => Promise<
    { readonly object: KubeObject; readonly trace: Traced; readonly stage: string | undefined } | undefined | "not ours"
  >;
  readonly clock: Clock;
}

/** The event types of Knative's ApiServerSource, with whole objects or references. */
const apiServerSourceTypes: readonly string[] = ["resource", "ref"].flatMap((mode) =>
  ["add", "update", "delete"].map((change) => `dev.knative.apiserver.${mode}.${change}`),
);

/** Answers an event of an ApiServerSource with the event of the due stage. Uses only the identity in it. */
export function lifecycleFunction(options: LifecycleOptions): EventFunction {
  return {
    name: "lifecycle",
    types: apiServerSourceTypes,
    bodyBytesAtMost: longestObjectBytes,
    accept(event) {
      const seen = parseSeenObject(event);
      return () => answer(options, seen);
    },
  };
}

async function answer({ events, find, clusterUid, clock }: LifecycleOptions, seen: SeenObject): Promise<Outcome> {
  const found = await find(seen);
  if (found === "not ours") return { kind: "nothing", why: `${seen.kind} of ${seen.apiVersion} has no stages` };
  if (found === undefined) return { kind: "nothing", why: `there is no ${seen.kind} ${seen.namespace}/${seen.name}` };
  const { object, stage, trace } = found;
  if (stage === undefined) return { kind: "nothing", why: "nothing is due" };
  const { uid = "", resourceVersion = "", generation } = object.metadata;
  const { apiVersion, kind } = object;
  const { namespace, name } = seen;
  const about = { apiVersion, kind, namespace, name, uid, resourceVersion, generation };
  const event = stageEvent(events, {
    clusterUid: await clusterUid(),
    stage,
    object: about,
    // A stage that is due at one resourceVersion is one need, however often the object is seen.
    inputs: "lifecycle",
    attempt: 0,
    now: clock.now(),
    trace: traceOf(trace),
  });
  return { kind: "event", event, what: stage };
}

/**
 * Newer sources give the object in attributes, older ones only in the data, as a reference or whole.
 * @throws InvalidInput
 */
function parseSeenObject(event: ReceivedEvent): SeenObject {
  const data = fieldsOf(event["data"]);
  const metadata = fieldsOf(data["metadata"]);
  const kind = text("kind", event["kind"] ?? data["kind"]);
  const apiVersion = text("apiVersion", event["apiversion"] ?? data["apiVersion"]);
  const namespace = event["namespace"] ?? data["namespace"] ?? metadata["namespace"] ?? "";
  const name = named("name", event["name"] ?? data["name"] ?? metadata["name"]);
  return { kind, apiVersion, name, namespace: namespace === "" ? "" : named("namespace", namespace) };
}

function fieldsOf(value: unknown): { readonly [field: string]: unknown } {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function text(field: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && value.length < 300) return value;
  throw wrong(field, "text", value);
}

/** Names of objects of other kinds may contain more characters than ours. */
function named(field: string, value: unknown): string {
  if (typeof value === "string" && /^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?$/.test(value)) return value;
  throw wrong(field, "a Kubernetes name", value);
}

function wrong(field: string, expected: string, found: unknown): InvalidInput {
  return unexpectedValue(`the event does not name its object: ${field}`, expected, found);
}
