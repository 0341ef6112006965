import { describe, expect, test } from "@jest/globals";
import { eventFormat, type StageReply } from "../../../../crds/stage-names.ts";
import {
  type CallReport,
  createEndpoint,
  type FunctionAnswer,
} from "../../../../eventing/http/serving/function-endpoint.ts";
import { stageEventFunction } from "../../../../eventing/http/serving/stage-function.ts";
import { Conflict, Forbidden, InvalidInput, Refused, Throttled, Timeout, Unavailable } from "../../../../kit/errors.ts";
import { sampleEvents } from "../../../samples/sample-files.ts";
import { handClock } from "../../../worlds/hand-clock.ts";
import { type Mode, messageOf } from "../served.ts";

const secret = "hunter22";

interface Called {
  readonly answer: FunctionAnswer;
  readonly report: CallReport | undefined;
}

/** Calls an endpoint whose stage comes to that, with headers beside those of the event. */
async function call(
  run: () => Promise<StageReply>,
  besides: Readonly<Record<string, string>> = {},
  mode: Mode = "structured",
): Promise<Called> {
  const reports: CallReport[] = [];
  const clock = handClock();
  const endpoint = createEndpoint({
    functions: [stageEventFunction("plug.couple", run, { events: eventFormat, clock })],
    clock,
    tell: (report) => void reports.push(report),
  });
  const { headers, body } = messageOf(sampleEvents().get("plug.couple"), mode);
  const single = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const answer = await endpoint({
    method: "POST",
    headers: { ...Object.fromEntries(single), ...besides },
    body: Buffer.from(String(body)),
  });
  return { answer, report: reports[0] };
}

/** What a function replies, in order, to the same event as often as there are runs. */
async function callAgain(...runs: readonly (() => Promise<StageReply>)[]): Promise<readonly FunctionAnswer[]> {
  const clock = handClock();
  let calls = 0;
  const run = async (): Promise<StageReply> => (await runs[calls++]?.()) ?? { kind: "nothing", why: "over" };
  const endpoint = createEndpoint({
    functions: [stageEventFunction("plug.couple", run, { events: eventFormat, clock })],
    clock,
    tell: () => {},
  });
  const { headers, body } = messageOf(sampleEvents().get("plug.couple"), "structured");
  const single = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const message = { method: "POST", headers: single, body: Buffer.from(String(body)) };
  return await Promise.all(runs.map(() => endpoint(message)));
}

describe("an event that is delivered again", () => {
  const coupled: StageReply = { kind: "fact", fact: "plug.coupled", message: "" };
  const notDue: StageReply = { kind: "nothing", why: "it is claimed" };

  test("while its stage runs hears the fact of that run", async () => {
    const { promise, resolve } = Promise.withResolvers<StageReply>();
    const again = async (): Promise<StageReply> => {
      setImmediate(() => resolve(coupled));
      return notDue;
    };
    const answers = await callAgain(() => promise, again);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(answers.map(({ headers }) => headers["ce-id"])).size).toBe(1);
  });

  test("hears no fact where its stage failed", async () => {
    const failed = async (): Promise<StageReply> => ({ kind: "retry", error: new Unavailable("not now") });
    const answers = await callAgain(failed, async () => notDue);
    expect(answers.map(({ status }) => status)).toEqual([503, 204]);
  });
});

const throwing = (error: Error) => async (): Promise<StageReply> => {
  throw error;
};
const retrying = (error: Unavailable | Throttled, retryAfterSeconds?: number) => async (): Promise<StageReply> => ({
  kind: "retry",
  error,
  retryAfterSeconds,
});

describe("what a stage came to", () => {
  const table: readonly (readonly [string, () => Promise<StageReply>, number, string | undefined])[] = [
    ["a fact", async () => ({ kind: "fact", fact: "plug.coupled", message: secret }), 200, undefined],
    ["a failure on record", async () => ({ kind: "fact", fact: "plug.failed", message: secret }), 200, undefined],
    ["nothing", async () => ({ kind: "nothing", why: "plug.create is due" }), 204, undefined],
    ["an outage", retrying(new Unavailable(secret)), 503, undefined],
    ["an outage of known length", retrying(new Unavailable(secret), 4.2), 503, "5"],
    ["a request to wait", retrying(new Throttled(secret, 30)), 429, "30"],
    ["a request to wait for a moment", retrying(new Throttled(secret, 0)), 429, "1"],
    ["a request to wait of unknown length", retrying(new Throttled(secret, undefined)), 429, undefined],
    ["a missing right that was thrown", throwing(new Forbidden(secret)), 503, undefined],
    ["a conflict that was thrown", throwing(new Conflict(secret)), 503, undefined],
    ["no answer in time", throwing(new Timeout(secret)), 503, undefined],
    ["a request to wait that was thrown", throwing(new Throttled(secret, 7)), 429, "7"],
    ["what only an edit can mend", throwing(new InvalidInput(secret)), 204, undefined],
    ["a refusal", throwing(new Refused(secret)), 204, undefined],
    ["a mistake of ours", throwing(new TypeError(secret)), 500, undefined],
  ];
  test.each(table)(
    "is answered as brokers understand it, without a word of anybody else: %s",
    async (_what, run, status, wait) => {
      const { answer, report } = await call(run);
      expect([answer.status, answer.headers["retry-after"]]).toEqual([status, wait]);
      expect(status === 204 ? answer.body : "").toBe("");
      expect(JSON.stringify([answer, report?.outcome, report?.subject])).not.toContain(secret);
      expect(report).toMatchObject({ status, type: "com.rock8s.integration.plug.couple" });
    },
  );

  test("is told to who asks by hand, where there was nothing to do", async () => {
    const { answer } = await call(async () => ({ kind: "nothing", why: "100% of Zoë's plugs\r\nx: y" }));
    expect(answer.headers["plugboard-why"]).toBe("100%25 of Zo%C3%AB's plugs%0D%0Ax: y");
  });
});

describe("what Knative puts beside an event", () => {
  const fact = async (): Promise<StageReply> => ({ kind: "fact", fact: "plug.coupled", message: "" });
  const besides = {
    "ce-knativearrivaltime": "2026-01-01T00:00:00.123456789Z",
    "ce-knativeerrordest": "http://plug-couple.plugboard.svc.cluster.local/",
    "ce-knativeerrorcode": "503",
    "ce-knativeerrordata": "VW5hdmFpbGFibGU=",
    prefer: "reply",
    "kn-namespace": "plugboard",
    "retry-after": "120",
    "x-b3-sampled": "1",
    "x-request-id": "7",
    "accept-encoding": "gzip",
  };

  test("changes nothing of the answer, and none of it comes back", async () => {
    const plain = await call(fact, {}, "binary");
    const { answer } = await call(fact, besides, "binary");
    expect(answer).toEqual(plain.answer);
    expect(answer.status).toBe(200);
  });
});
