import { describe, expect, test } from "@jest/globals";
import type { EventMessage } from "../../../../eventing/http/event-message.ts";
import type { HttpAnswer } from "../../../../eventing/http/sink/http-sender.ts";
import { HttpSink } from "../../../../eventing/http/sink/http-sink.ts";
import { handClock } from "../../../worlds/hand-clock.ts";
import { event } from "../sample-event.ts";

type Answer = Pick<HttpAnswer, "code" | "retryAfterSeconds">;

/** A sink whose answers the test gives, each when it wants to. */
function sinkInHand() {
  const clock = handClock();
  const begun = clock.now();
  const posts: { readonly id: unknown; readonly at: number; readonly answer: (code: number) => void }[] = [];
  const post = ({ headers }: EventMessage): Promise<Answer> =>
    new Promise((resolve) =>
      posts.push({
        id: headers["ce-id"],
        at: (clock.now() - begun) / 1_000,
        answer: (code) => resolve({ code, retryAfterSeconds: undefined }),
      }),
    );
  const sink = new HttpSink({ post, clock, random: () => 0.999 });
  const sent: string[] = [];
  const signals = new Map<string, AbortController>();
  const send = (id: string): void => {
    const control = new AbortController();
    signals.set(id, control);
    const handing = { signal: control.signal, posting: () => {}, waiting: () => {} };
    sink.send({ ...event, id }, handing).then(
      () => sent.push(id),
      () => sent.push(`${id} given back`),
    );
  };
  return { clock, posts, sent, send, signals };
}

describe("an outage of a sink", () => {
  test("ends though requests that were open when it began fail one after the other, in any order", async () => {
    const { clock, posts, sent, send } = sinkInHand();
    for (const id of ["a", "b"]) send(id);
    await clock.advance(0);
    posts[1]?.answer(503);
    await clock.advance(6_000);
    expect(posts.map(({ id }) => id)).toEqual(["a", "b", "b"]);
    posts[0]?.answer(503);
    await clock.advance(1);
    posts[2]?.answer(503);
    send("c");
    for (let seconds = 0; seconds < 60; seconds += 1) {
      await clock.advance(1_000);
      for (const { answer } of posts.slice(3)) answer(202);
    }
    await clock.advance(0);
    expect(sent.toSorted()).toEqual(["a", "b", "c"]);
  });

  test("is none where one event alone is refused, whatever with: the others get through, and it is given back", async () => {
    const { clock, posts, sent, send } = sinkInHand();
    const answerAll = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        await clock.advance(1_000);
        for (const { id, answer } of posts) answer(id === "bad" ? 403 : 202);
      }
    };
    send("bad");
    await answerAll(1);
    for (const id of ["a", "b", "c"]) send(id);
    await answerAll(300);
    expect(sent.toSorted()).toEqual(["a", "b", "bad given back", "c"]);
  });

  test("is over when the sink keeps a request open, as a broker does whose subscribers are slow", async () => {
    const { clock, posts, send } = sinkInHand();
    send("first");
    await clock.advance(0);
    posts[0]?.answer(503);
    await clock.advance(0);
    for (const id of ["a", "b", "c"]) send(id);
    await clock.advance(20_000);
    // None of them is ever answered.
    expect(posts.map(({ id }) => id)).toEqual(["first", "first", "a", "b", "c"]);
    expect(posts.at(-1)?.at).toBeLessThan(15);
  });

  test("is over when the stage of the event with which the sink is tried is seen done", async () => {
    const { clock, posts, send, signals } = sinkInHand();
    send("first");
    await clock.advance(0);
    posts[0]?.answer(503);
    await clock.advance(0);
    send("next");
    await clock.advance(1_000);
    expect(posts.map(({ id }) => id)).toEqual(["first", "first"]);
    signals.get("first")?.abort();
    await clock.advance(0);
    expect(posts.map(({ id }) => id)).toEqual(["first", "first", "next"]);
  });
});
