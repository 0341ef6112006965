import type { Clock } from "../../../kit/clock.ts";
import { type InvalidInput, unexpectedValue } from "../../../kit/errors.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { type Traced, traceOf } from "../../../kit/trace-context.ts";
import { type EventFormat, stageEvent } from "../../events.ts";
import type { ReceivedEvent } from "../cloud-event.ts";
import type { EventFunction, Outcome } from "./function-endpoint.ts";
import { longestObjectBytes } from "./intake.ts";

/** An object that an ApiServerSource saw something happen to. */
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
  /** The object as it is now, with the stage of it that is due, if any; undefined where there is none, and "not ours" of another kind. */
  readonly find: (
    seen: SeenObject,
  ) => Promise<
    { readonly object: KubeObject; readonly trace: Traced; readonly stage: string | undefined } | undefined | "not ours"
  >;
  readonly clock: Clock;
}

/** What Knative's ApiServerSource sends, whole objects or references to them. */
const apiServerSourceTypes: readonly string[] = ["resource", "ref"].flatMap((mode) =>
  ["add", "update", "delete"].map((change) => `dev.knative.apiserver.${mode}.${change}`),
);

/** Answers what an ApiServerSource sends with the event of the stage that is due: of what was sent only the identity counts. */
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
    // What is due of an object at one resourceVersion is one need, however often it is seen.
    inputs: "lifecycle",
    attempt: 0,
    now: clock.now(),
    trace: traceOf(trace),
  });
  return { kind: "event", event, what: stage };
}

/** Newer sources say it in attributes, older ones in the data alone: a reference, or the object. @throws InvalidInput */
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

/** Names of objects that are none of ours may have more characters than ours. */
function named(field: string, value: unknown): string {
  if (typeof value === "string" && /^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?$/.test(value)) return value;
  throw wrong(field, "a Kubernetes name", value);
}

function wrong(field: string, expected: string, found: unknown): InvalidInput {
  return unexpectedValue(`the event does not name its object: ${field}`, expected, found);
}
