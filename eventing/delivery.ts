import type { StageReply } from "../crds/stage-request.ts";
import { PlugboardError, Throttled, Unavailable } from "../kit/errors.ts";
import type { Delivery } from "./report.ts";

/** What became of a delivery, never rejected: a sink that throws did not take the event. */
export async function outcomeOf(delivery: Promise<Delivery>): Promise<Delivery> {
  try {
    return await delivery;
  } catch (cause) {
    const error =
      cause instanceof PlugboardError ? cause : new Unavailable("the sink did not take the event", { cause });
    return { kind: "answered", reply: { kind: "retry", error } };
  }
}

/** How long a reply asks to wait before the next attempt, in milliseconds. */
export function retryAfterMilliseconds({ error, retryAfterSeconds }: Extract<StageReply, { kind: "retry" }>): number {
  const asked = error instanceof Throttled ? error.retryAfterSeconds : undefined;
  return (retryAfterSeconds ?? asked ?? 0) * 1_000;
}
