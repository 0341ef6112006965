import { describe, expect, test } from "@jest/globals";
import { type CallTarget, callApparatus, parseConfigAnswer } from "../../../functions/apparatus/call-apparatus.ts";
import type { OperatorError } from "../../../kit/errors.ts";
import { parseAllowedHosts } from "../../../kit/http/allowed-hosts.ts";
import { type Answer, fakeApparatus } from "../../scenarios/apparatus/fake-apparatus.ts";
import { handClock } from "../../worlds/hand-clock.ts";

const target: CallTarget = { kind: "service", host: "hooks.app.svc", port: 80, tls: false, path: "/v1" };
const coupled = {
  method: "POST",
  path: "/coupled",
  body: '{"version":"1"}',
  idempotencyKey: "p.s.1.plug.coupled",
} as const;

function setUp(answer?: Answer, allowed = parseAllowedHosts([])) {
  const apparatus = fakeApparatus(allowed);
  if (answer !== undefined) apparatus.answer = answer;
  const clock = handClock();
  const blanked = (text: string) => text.replaceAll("hunter22", "(sensitive)");
  const tools = { clock, access: apparatus, random: () => "ab".repeat(24), blanked };
  return { apparatus, clock, call: (to = target) => callApparatus(to, coupled, tools) };
}

/** How a call fails. */
async function failure(call: Promise<unknown>): Promise<Pick<OperatorError, "name" | "message" | "retryable">> {
  try {
    await call;
  } catch (error) {
    return error as OperatorError;
  }
  throw new Error("it did not fail");
}

function answering(code: number, body = "", headers: { readonly [name: string]: string } = {}): Answer {
  return (_, response) => response.writeHead(code, headers).end(body);
}

describe("a call of an apparatus", () => {
  test("arrives as the contract says, at the address that was looked up once", async () => {
    const { apparatus, call } = setUp();
    expect(await call()).toBe("{}");
    expect(apparatus.calls).toMatchObject([
      {
        method: "POST",
        path: "/v1/coupled",
        body: { version: "1" },
        headers: {
          host: "hooks.app.svc",
          "content-type": "application/json",
          "idempotency-key": "p.s.1.plug.coupled",
          traceparent: `00-${"ab".repeat(16)}-${"ab".repeat(8)}-01`,
        },
      },
    ]);
    expect(apparatus.lookedUp).toEqual(["hooks.app.svc"]);
    expect(apparatus.dialled).toEqual([{ host: "hooks.app.svc", address: "10.96.0.7", port: 80, tls: false }]);
  });

  test("goes to the address the API server told, without a look-up", async () => {
    const { apparatus, call } = setUp();
    await call({ ...target, address: "10.96.3.3" });
    expect(apparatus.lookedUp).toEqual([]);
    expect(apparatus.dialled).toMatchObject([{ address: "10.96.3.3" }]);
  });

  test.each([408, 425, 500, 502, 503, 504])("that is answered %i is tried again", async (code) => {
    expect(await failure(setUp(answering(code, "hunter22")).call())).toMatchObject({
      name: "Unavailable",
      retryable: true,
    });
  });

  test.each([
    ["seconds", { "retry-after": "17" }, 17],
    ["a date", { "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT", date: "Thu, 01 Jan 2026 00:00:00 GMT" }, 30],
    ["an absurd time", { "retry-after": "999999999" }, 900],
    ["nonsense", { "retry-after": "soon" }, undefined],
  ])("that is answered 429 waits as long as it says in %s", async (_, headers, retryAfterSeconds) => {
    expect(await failure(setUp(answering(429, "", headers)).call())).toMatchObject({
      name: "Throttled",
      retryAfterSeconds,
    });
  });

  test("that is answered 503 with Retry-After waits as long", async () => {
    const error = await failure(setUp(answering(503, "", { "retry-after": "5" })).call());
    expect(error).toMatchObject({ name: "Throttled", retryAfterSeconds: 5 });
  });

  test.each([400, 401, 403, 404, 409, 418, 422])("that is answered %i is refused for good", async (code) => {
    const error = await failure(setUp(answering(code, '{"message":"no such realm"}')).call());
    expect(error).toMatchObject({ name: "Refused", retryable: false });
    expect(error.message).toContain(`(${code}): no such realm`);
  });

  test("says what it was told at no more than 1 KiB, without secrets and control characters", async () => {
    const { message } = await failure(
      setUp(answering(400, `a\u001b[31m ${"x".repeat(1_010)}hunter22 ${"y".repeat(5_000)}`)).call(),
    );
    for (const absent of ["hunter", "\u001b", "yyyy"]) expect(message).not.toContain(absent);
    expect(message.length).toBeLessThan(1_200);
  });

  test("follows no redirect", async () => {
    const { apparatus, call } = setUp(answering(307, "", { location: "http://169.254.169.254/latest/meta-data" }));
    expect(await failure(call())).toMatchObject({ name: "Refused" });
    expect(apparatus.dialled).toHaveLength(1);
  });

  test("takes no more than 1 MiB", async () => {
    const { call } = setUp((_, response) => void response.end(Buffer.alloc(10 << 20)));
    const error = await failure(call());
    expect(error).toMatchObject({ name: "Unavailable" });
    expect(error.message).toContain("larger than 1 MiB");
  });

  test("takes no more than 1 MiB of an endless body either", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(64 << 10);
    const { call } = setUp((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on("drain", more).on("error", () => {});
      more();
    });
    expect((await failure(call())).message).toContain("larger than 1 MiB");
    expect(sent).toBeLessThan(4 << 20);
  });

  test.each<[string, Answer]>([
    ["never answers", () => {}],
    ["answers with half a body and no more", (_, response) => void response.writeHead(200).write("{")],
  ])("that %s ends after 10 s", async (_, answer) => {
    const { clock, call } = setUp(answer);
    const failing = failure(call());
    await clock.advance(9_000);
    await clock.advance(1_500);
    expect(await failing).toMatchObject({ name: "Timeout", retryable: true });
  });

  test("that is closed half-way is tried again", async () => {
    const { call } = setUp((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setImmediate(() => response.socket?.destroy());
    });
    expect(await failure(call())).toMatchObject({ name: "Unavailable" });
  });

  test("with nobody at the other end is tried again", async () => {
    const { apparatus, call } = setUp();
    apparatus.down = true;
    const error = await failure(call());
    expect(error).toMatchObject({ name: "Unavailable" });
    expect(error.message).toContain("connection refused");
  });

  test("whose name leads to what nobody is sent to is never made", async () => {
    const { apparatus, call } = setUp();
    for (const address of ["127.0.0.1", "169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0"]) {
      apparatus.addresses = () => ["10.96.0.7", address];
      expect(await failure(call())).toMatchObject({ name: "InvalidInput" });
    }
    expect(apparatus.dialled).toEqual([]);
  });

  test("whose name leads elsewhere at the second look-up goes where the first led", async () => {
    const { apparatus, call } = setUp(undefined, parseAllowedHosts(["auth.example.com"]));
    apparatus.addresses = () => (apparatus.lookedUp.length === 1 ? ["8.8.8.8"] : ["169.254.169.254"]);
    await call({ ...target, kind: "allowed", host: "auth.example.com" });
    expect(apparatus.dialled).toMatchObject([{ address: "8.8.8.8" }]);
    expect(await failure(call({ ...target, kind: "allowed", host: "auth.example.com" }))).toMatchObject({
      name: "InvalidInput",
    });
    expect(apparatus.dialled).toHaveLength(1);
  });
});

describe("the answer to /config", () => {
  test("is an object whose values become text", () => {
    expect(parseConfigAnswer('{"a":"x","b":1,"c":true,"d":{"e":[1]},"f":null}', "it")).toEqual({
      a: "x",
      b: "1",
      c: "true",
      d: '{"e":[1]}',
      f: "null",
    });
  });

  test.each(["", "{", "[]", "1", "null", "<html>"])("%j is none, and is asked for again", async (text) => {
    expect(await failure(Promise.resolve().then(() => parseConfigAnswer(text, "it")))).toMatchObject({
      name: "Unavailable",
    });
  });
});
