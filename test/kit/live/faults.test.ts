import { afterEach, describe, expect, test } from "@jest/globals";
import { Forbidden, OperatorError, Throttled } from "../../../kit/errors.ts";
import type { RequestFact } from "../../../kit/live/api-caller.ts";
import { tell } from "../../../kit/outlet/outlet.ts";
import { handClock, settle } from "../../worlds/hand-clock.ts";
import { type Answering, type FakeApi, hangUp, json, keepSilent, plain, startFakeApi, status } from "./fake-api.ts";

const key = { apiVersion: "v1", kind: "Secret", namespace: "default", name: "a" };
const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace: "default", name: "a" } };
const owner = { fieldManager: "test", force: true };

let api: FakeApi;
afterEach(() => api.close());

async function failureOf(call: Promise<unknown>): Promise<OperatorError> {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof OperatorError) return failure;
  throw new Error(`no failure of ours: ${String(failure)}`);
}

const cause = (reason: string, field: string) => ({ details: { name: "a", causes: [{ reason, field }] } });

const refusals: readonly (readonly [string, Answering, string])[] = [
  ["400", status(400, { reason: "BadRequest" }), "InvalidInput"],
  ["403", status(403, { reason: "Forbidden" }), "Forbidden"],
  ["404 that names an object", status(404, { reason: "NotFound", details: { name: "default" } }), "NotFound"],
  ["404 that names nothing", status(404, { reason: "NotFound", details: {} }), "KindNotServed"],
  ["a 404 page", plain(404, "404 page not found"), "KindNotServed"],
  ["405", status(405, { reason: "MethodNotAllowed" }), "InvalidInput"],
  ["409 Conflict", status(409, { reason: "Conflict" }), "Conflict"],
  ["409 AlreadyExists", status(409, { reason: "AlreadyExists" }), "AlreadyExists"],
  ["410", status(410, { reason: "Expired" }), "Expired"],
  ["413", status(413, { reason: "RequestEntityTooLarge" }), "TooLarge"],
  ["413 of a proxy", plain(413, "too large"), "TooLarge"],
  ["422", status(422, { reason: "Invalid", ...cause("FieldValueInvalid", "data") }), "InvalidInput"],
  ["422 for data too long", status(422, { reason: "Invalid", ...cause("FieldValueTooLong", "data") }), "TooLarge"],
  ["422 for a ConfigMap too long", status(422, { reason: "Invalid", ...cause("FieldValueTooLong", "[]") }), "TooLarge"],
  [
    "422 for a property too long",
    status(422, { reason: "Invalid", ...cause("FieldValueTooLong", "spec.name") }),
    "InvalidInput",
  ],
  [
    "422 for another uid",
    status(422, { reason: "Invalid", ...cause("FieldValueInvalid", "metadata.uid") }),
    "Conflict",
  ],
  ["429", status(429, { reason: "TooManyRequests" }), "Throttled"],
  ["500", status(500, { reason: "InternalError" }), "Unavailable"],
  ["500 for a time-out", status(500, { reason: "ServerTimeout" }), "Timeout"],
  ["503 page of a proxy", plain(503, "<html>no upstream</html>"), "Unavailable"],
  ["504", status(504, { reason: "Timeout" }), "Timeout"],
  ["a redirect", plain(302, ""), "Unavailable"],
  ["success that is no JSON", plain(200, "<html>log in</html>"), "Unavailable"],
  ["success that is no object", json(200, { hello: "world" }), "Unavailable"],
];

describe("a refused write", () => {
  test.each(refusals)(
    "answered with %s is the right failure, and is not sent again",
    async (_name, answer, failure) => {
      api = await startFakeApi();
      api.answer(answer);
      expect(await failureOf(api.kube.create(secret))).toMatchObject({ name: failure });
      expect(api.asked).toEqual(["POST /api/v1/namespaces/default/secrets"]);
    },
  );

  test("in a namespace that is being terminated is told from a missing right by the cause", async () => {
    api = await startFakeApi();
    api.answer(status(403, cause("NamespaceTerminating", "metadata.namespace")), status(403, { reason: "Forbidden" }));
    const [terminating, missing] = [await failureOf(api.kube.create(secret)), await failureOf(api.kube.create(secret))];
    expect(terminating instanceof Forbidden && terminating.namespaceTerminating).toBe(true);
    expect(missing instanceof Forbidden && missing.namespaceTerminating).toBe(false);
  });

  test("that is throttled says how long to wait", async () => {
    api = await startFakeApi();
    api.answer(status(429, {}, { "retry-after": "7" }), status(429, { details: { retryAfterSeconds: 9 } }));
    const both = [await failureOf(api.kube.create(secret)), await failureOf(api.kube.create(secret))];
    expect(both.map((each) => each instanceof Throttled && each.retryAfterSeconds)).toEqual([7, 9]);
  });

  test("of more than etcd holds is TooLarge, by what was sent", async () => {
    api = await startFakeApi();
    api.answer(status(500, {}));
    const large = { ...secret, data: { a: "x".repeat(1_600_000) } };
    expect(await failureOf(api.kube.create(large))).toMatchObject({ name: "TooLarge" });
  });

  test("keeps the server's sentence apart, and tells it, but not a page of it", async () => {
    api = await startFakeApi();
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" } };
    api.answer(status(403, { message: 'User "x" cannot create' }), plain(500, "y".repeat(100_000)));
    const refused = await failureOf(api.kube.create(map));
    expect(refused.message).toBe("create ConfigMap default/a: the API server answered 403");
    expect(tell(refused)).toBe('create ConfigMap default/a: User "x" cannot create');
    expect(tell(await failureOf(api.kube.create(map))).length).toBeLessThan(2_200);
  });

  test("of a Secret is told in our words alone, with the fields", async () => {
    api = await startFakeApi();
    api.answer(
      status(422, { message: 'Invalid value: "hunter22"', reason: "Invalid", ...cause("FieldValueInvalid", "data.x") }),
    );
    expect(tell(await failureOf(api.kube.create(secret)))).toBe(
      "create Secret default/a: the API server answered 422 (Invalid), about data.x",
    );
  });
});

describe("an apply answered with a 500 that gives no reason", () => {
  const found = json(200, secret);
  const unexplained = status(500, {});
  const outcomes: readonly (readonly [string, readonly Answering[], string])[] = [
    [
      "is at fault when a dry run fails the same way while the object can be read",
      [unexplained, unexplained, found],
      "InvalidInput",
    ],
    ["is not when a dry run succeeds", [unexplained, found], "Unavailable"],
    ["is not when nothing can be read either", [unexplained, unexplained, unexplained], "Unavailable"],
  ];
  test.each(outcomes)("%s", async (_name, answers, failure) => {
    api = await startFakeApi();
    api.answer(...answers);
    expect(await failureOf(api.kube.apply(secret, owner))).toMatchObject({ name: failure });
    expect(api.asked.filter((each) => each.startsWith("PATCH") && !each.includes("dryRun=All"))).toHaveLength(1);
  });
});

describe("a broken connection", () => {
  test("loses a write without sending it again, and the message says that it may have been carried out", async () => {
    api = await startFakeApi();
    api.answer(hangUp);
    const failure = await failureOf(api.kube.create(secret));
    expect(failure).toMatchObject({ name: "Unavailable" });
    expect(failure.message).toContain("may have been carried out");
    expect(api.asked).toHaveLength(1);
  });

  test("sends a read once more, and once only", async () => {
    api = await startFakeApi();
    api.answer(hangUp, json(200, secret), hangUp);
    expect(await api.kube.get(key)).toMatchObject(secret);
    expect(await failureOf(api.kube.get(key))).toMatchObject({ name: "Unavailable" });
    expect(api.asked).toHaveLength(4);
  });

  test("names the address and the cause, and no credential", async () => {
    api = await startFakeApi();
    await new Promise((resolve) => api.server.close(resolve));
    const { name, message } = await failureOf(api.kube.get(key));
    expect(name).toBe("Unavailable");
    expect(message).toContain(api.address);
    expect(message).toContain("connection refused");
    expect(message).not.toContain("t0ken");
  });
});

describe("a server that does not answer", () => {
  test("is a Timeout once a request may take no longer", async () => {
    const clock = handClock();
    api = await startFakeApi({ clock, requestTimeoutMilliseconds: 5_000 });
    const heard = new Promise<void>((resolve) => api.answer(() => resolve()));
    const failure = failureOf(api.kube.create(secret));
    await heard;
    await clock.advance(5_000);
    expect(await failure).toMatchObject({ name: "Timeout" });
  });

  test("does not get what waited behind and ran out of time", async () => {
    const clock = handClock();
    api = await startFakeApi({ clock, requestTimeoutMilliseconds: 5_000, connections: 1 });
    const heard = new Promise<void>((resolve) => api.answer(() => resolve(), keepSilent));
    const first = failureOf(api.kube.create(secret));
    await heard;
    const second = failureOf(api.kube.create(secret));
    await settle();
    await clock.advance(5_000);
    expect([await first, await second]).toMatchObject([{ name: "Timeout" }, { name: "Timeout" }]);
    api.answer(json(200, secret));
    expect(await api.kube.get(key)).toMatchObject(secret);
    expect(api.asked.filter((each) => each.startsWith("POST"))).toHaveLength(1);
  });
});

describe("an answer", () => {
  test("larger than an object can be is refused, not held in memory", async () => {
    api = await startFakeApi();
    api.answer(json(200, { ...secret, data: { a: "x".repeat(9 * 1_048_576) } }));
    expect(await failureOf(api.kube.get(key))).toMatchObject({ name: "Unavailable" });
  });

  test("keeps a property that is named like a prototype as a property", async () => {
    api = await startFakeApi();
    const text = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"__proto__":{"polluted":true}}';
    api.answer(plain(200, text));
    const object = await api.kube.get(key);
    expect(Object.keys(object ?? {})).toContain("__proto__");
    expect(object?.["polluted"]).toBeUndefined();
  });
});

describe("names that lead elsewhere", () => {
  test.each(["..", ".", "", "a/b", "a%2Fb"])("such as %j are refused before anything is sent", async (name) => {
    api = await startFakeApi();
    expect(await failureOf(api.kube.get({ ...key, name }))).toMatchObject({ name: "InvalidInput" });
    expect(await failureOf(api.kube.list({ ...key, namespace: name }))).toMatchObject({ name: "InvalidInput" });
    expect(await failureOf(api.kube.get({ ...key, apiVersion: `x${name}/v1/y` }))).toMatchObject({
      name: "KindNotServed",
    });
    expect(api.asked).toEqual([]);
  });
});

describe("the counter", () => {
  test("hears of each request what it was and how it ended", async () => {
    const facts: RequestFact[] = [];
    api = await startFakeApi({ onRequest: (fact) => facts.push(fact) });
    api.answer(json(200, secret), status(409, {}), hangUp);
    await api.kube.get(key);
    await failureOf(api.kube.apply(secret, owner));
    await failureOf(api.kube.delete(key));
    expect(facts.map(({ seconds, ...fact }) => ({ ...fact, timed: seconds >= 0 }))).toEqual([
      { verb: "discover", kind: "APIResourceList", write: false, code: 200, timed: true },
      { verb: "get", kind: "Secret", write: false, code: 200, timed: true },
      { verb: "apply", kind: "Secret", write: true, code: 409, timed: true },
      { verb: "delete", kind: "Secret", write: true, code: 0, timed: true },
    ]);
  });
});
