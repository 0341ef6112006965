import type { CloudEventV1 } from "cloudevents";
import type { Clock } from "../../kit/clock.ts";
import type { StageReply } from "../../kit/stage.ts";
import { type RequestTrace, writeTraceparent } from "../../kit/trace-context.ts";
import type { StageFunction } from "../broker/broker.ts";
import { type EventFormat, eventType, factEvent, isGeneration, parseStageRequest } from "../events.ts";
import type { ReceivedEvent } from "./cloud-event-http.ts";
import type { EventFunction, Outcome } from "./function-endpoint.ts";

/** A stage as what runs for its events. */
export function stageEventFunction<Stage extends string>(
  stage: Stage,
  run: StageFunction<Stage>,
  { events, clock }: { readonly events: EventFormat<Stage>; readonly clock: Clock },
): EventFunction {
  return {
    name: stage,
    types: [eventType(events, stage)],
    accept(event, trace) {
      const request = parseStageRequest(events, event);
      const about = aboutOf(event, trace);
      return async () =>
        outcomeOf(await run(request, about), (fact) =>
          factEvent(events, event, { request, fact, trace, now: clock.now() }),
        );
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

function outcomeOf(reply: StageReply, eventOf: (fact: string) => CloudEventV1<unknown>): Outcome {
  switch (reply.kind) {
    case "fact":
      return { kind: "event", event: eventOf(reply.fact), what: reply.fact };
    case "nothing":
      return reply;
    case "retry":
      return reply;
  }
}
