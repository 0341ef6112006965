import type { CloudEventV1 } from "cloudevents";
import { apiVersion } from "../../crds/names.ts";
import type { StageName } from "../../crds/stage-names.ts";
import type { FactName, StageReply, StageRequest } from "../../crds/stage-request.ts";
import { type RequestTrace, spanNamed, writeTraceparent } from "../../crds/trace-context.ts";
import type { Clock } from "../../kit/clock.ts";
import type { StageFunction } from "../broker.ts";
import { eventType, kindOfStage, parseStageRequest, subjectPath } from "../events.ts";
import type { ReceivedEvent } from "./cloud-event-http.ts";
import type { EventFunction, Outcome } from "./function-endpoint.ts";

/** A stage as what runs for its events. */
export function stageEventFunction(stage: StageName, run: StageFunction, clock: Clock): EventFunction {
  return {
    name: stage,
    types: [eventType(stage)],
    accept(event, trace) {
      const request = parseStageRequest(event);
      const about = aboutOf(event, trace);
      return async () => outcomeOf(await run(request, about), (fact) => factOf(event, { request, fact, trace, clock }));
    },
  };
}

/** What of an event a stage is told. */
function aboutOf({ uid, generation }: ReceivedEvent, trace: RequestTrace | undefined): Parameters<StageFunction>[1] {
  return {
    ...(typeof uid === "string" ? { uid } : {}),
    ...(isGeneration(generation) ? { generation } : {}),
    ...(trace === undefined ? {} : { traceparent: writeTraceparent(trace, trace.parent) }),
  };
}

function outcomeOf(reply: StageReply, eventOf: (fact: FactName) => CloudEventV1<unknown>): Outcome {
  switch (reply.kind) {
    case "fact":
      return { kind: "event", event: eventOf(reply.fact), what: reply.fact };
    case "nothing":
      return reply;
    case "retry":
      return reply;
  }
}

interface Happened {
  readonly request: StageRequest;
  readonly fact: FactName;
  readonly trace: RequestTrace | undefined;
  readonly clock: Clock;
}

/** The event of a fact, made of what was understood of the event that asked: nothing else of that one goes on. */
function factOf(asked: ReceivedEvent, { request, fact, trace, clock }: Happened): CloudEventV1<unknown> {
  const { stage, namespace, name, uid } = request;
  const kind = kindOfStage(stage);
  const version = kind === "Secret" || kind === "Pod" ? "v1" : apiVersion;
  const { generation } = asked;
  const id = `${asked.id}.${fact}`;
  const identity = uid === undefined ? {} : { uid };
  return {
    specversion: "1.0",
    id,
    type: eventType(fact),
    source: asked.source,
    subject: subjectPath({ kind, namespace, name }),
    time: new Date(clock.now()).toISOString(),
    datacontenttype: "application/json",
    partitionkey: uid ?? `${namespace}/${name}`,
    kind,
    apiversion: version,
    namespace,
    name,
    ...identity,
    ...(isGeneration(generation) ? { generation } : {}),
    ...(trace === undefined ? {} : { traceparent: writeTraceparent(trace, spanNamed(id)) }),
    data: { apiVersion: version, kind, namespace, name, ...identity, stage },
  };
}

function isGeneration(value: unknown): value is string {
  return typeof value === "string" && /^\d{1,19}$/.test(value);
}
