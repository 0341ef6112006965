import type { CloudEventV1 } from "cloudevents";
import type { Clock } from "../../../kit/clock.ts";
import type { StageReply } from "../../../kit/loop/stage.ts";
import { type RequestTrace, writeTraceparent } from "../../../kit/trace-context.ts";
import type { StageFunction } from "../../broker/broker.ts";
import {
  type EventFormat,
  eventType,
  factEvent,
  isGeneration,
  kindOf,
  parseStageRequest,
  subjectPath,
} from "../../cloud-events.ts";
import type { ReceivedEvent } from "../event-message.ts";
import type { EventFunction, Outcome } from "./function-endpoint.ts";

/** Makes a stage the handler of its events. */
export function stageEventFunction<Stage extends string>(
  stage: Stage,
  run: StageFunction<Stage>,
  { events, clock }: { readonly events: EventFormat<Stage>; readonly clock: Clock },
): EventFunction {
  const recent = new RecentReplies();
  return {
    name: stage,
    types: [eventType(events, stage)],
    accept(event, trace) {
      const request = parseStageRequest(events, event);
      const about = aboutOf(event, trace);
      const eventOf = (fact: string): CloudEventV1<unknown> =>
        factEvent(events, event, { request, fact, trace, now: clock.now() });
      const key = JSON.stringify([event.source, event.id, subjectPath({ ...kindOf(events, stage), ...request })]);
      return async () => outcomeOf(await recent.replyTo(key, () => run(request, about)), eventOf);
    },
  };
}

const repliesKept = 1_000;

/**
 * The recent facts, by the event that requested them.
 * If a broker hung up on a run and delivers its event again, it gets the fact of that run.
 */
class RecentReplies {
  readonly #replies = new Map<string, Promise<StageReply>>();

  async replyTo(key: string, run: () => Promise<StageReply>): Promise<StageReply> {
    const before = this.#replies.get(key);
    const running = run();
    // Of concurrent runs, the first one finds its stage due.
    if (before === undefined) this.#keep(key, running);
    const reply = await running;
    if (reply.kind === "fact") this.#keep(key, running);
    if (reply.kind !== "nothing" || before === undefined) return reply;
    // The first caller got its error.
    const earlier = await before.catch(() => reply);
    return earlier.kind === "fact" ? earlier : reply;
  }

  #keep(key: string, reply: Promise<StageReply>): void {
    this.#replies.delete(key);
    this.#replies.set(key, reply);
    const [oldest] = this.#replies.keys();
    if (this.#replies.size > repliesKept && oldest !== undefined) this.#replies.delete(oldest);
  }
}

/** The parts of an event that a stage gets. */
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
