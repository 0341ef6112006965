import type { CloudEventV1 } from "cloudevents";
import type { StageName } from "../../crds/stage-names.ts";
import type { FactName, StageReply } from "../../crds/stage-request.ts";
import { type RequestTrace, writeTraceparent } from "../../crds/trace-context.ts";
import type { Clock } from "../../kit/clock.ts";
import type { StageFunction } from "../broker.ts";
import { eventType, factEvent, isGeneration, parseStageRequest } from "../events.ts";
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
      return async () =>
        outcomeOf(await run(request, about), (fact) => factEvent(event, { request, fact, trace, now: clock.now() }));
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
