import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { eventFormat, type StageName, type StageReply, stageNames } from "../../../crds/stage-names.ts";
import { InProcessBroker, matches, type StageFunction } from "../../../eventing/broker/broker.ts";
import { parseServerless } from "../../../eventing/broker/serverless.ts";
import { type FactEvent, type StageEvent, stageEvent } from "../../../eventing/cloud-events.ts";
import { Conflict, InvalidInput, Throttled, Unavailable } from "../../../kit/errors.ts";
import { type HandClock, handClock, settle } from "../../worlds/hand-clock.ts";

const text = readFileSync(new URL("../../../serverless.yaml", import.meta.url), "utf8");
const serverless = parseServerless(text);
const coupled: StageReply = { kind: "fact", fact: "plug.coupled", message: "" };

function couple(name = "app", stage: StageName = "plug.couple"): StageEvent {
  const object = { apiVersion, kind: "Plug", namespace: "apps", name, uid: `uid-${name}`, resourceVersion: "1" };
  return stageEvent(eventFormat, { clusterUid: "c", stage, object, inputs: "i", attempt: 0, now: 0 });
}

function open(functions: { readonly [name: string]: StageFunction }, clock: HandClock = handClock()) {
  const facts: string[] = [];
  const subscribers = [(event: FactEvent) => void facts.push(event.type)];
  const broker = new InProcessBroker({
    events: eventFormat,
    serverless,
    functions: new Map(Object.entries(functions)),
    clock,
    subscribers,
  });
  return { broker, clock, facts };
}

describe("serverless.yaml", () => {
  test("has one function for every stage, triggered by that stage's events alone", () => {
    const stages = serverless.functions.filter(({ name }) => name !== "lifecycle");
    expect(stages.map(({ name }) => name)).toEqual([...stageNames]);
    for (const { name, triggers } of stages)
      expect(triggers.map(({ filters }) => filters)).toEqual([[{ exact: { type: `com.rock8s.integration.${name}` } }]]);
  });

  test.each(serverless.functions.map(({ name, handler }) => [name, handler]))(
    "names the handler of %s: %s",
    async (_, handler) => {
      const [module, name = ""] = handler.split(".");
      expect(await import(`../../../${module}.ts`)).toHaveProperty(name, expect.any(Function));
    },
  );

  test("triggers lifecycle by whatever an ApiServerSource sends, and by nothing else", () => {
    const [trigger] = serverless.functions.find(({ name }) => name === "lifecycle")?.triggers ?? [];
    const triggers = (type: string) => trigger !== undefined && matches(trigger, { type });
    expect(triggers("dev.knative.apiserver.resource.update")).toBe(true);
    expect(triggers("dev.knative.apiserver.ref.delete")).toBe(true);
    expect(triggers("com.rock8s.integration.plug.create")).toBe(false);
  });

  test("delivers once more, and leaves the rest to the source", () => {
    for (const { triggers } of serverless.functions)
      expect(triggers.map(({ delivery }) => delivery.retry)).toEqual([1]);
  });

  test("may let a function ask to wait, for so long at most", () => {
    const delivered = (delivery: string): unknown =>
      parseServerless(
        `service: s\nfunctions: {f: {handler: a.b, events: [{trigger: {filters: [], delivery: {${delivery}}}}]}}`,
      ).functions[0]?.triggers[0]?.delivery;
    expect(delivered("retryAfterMax: PT1M30S")).toMatchObject({ retryAfterMaxMilliseconds: 90_000 });
    expect(delivered("retry: 1")).toMatchObject({ retry: 1, retryAfterMaxMilliseconds: undefined });
  });

  test.each([
    ["functions", "service: s"],
    ["functions.f.handler", "service: s\nfunctions: {f: {events: []}}"],
    [
      "functions.f.events[0].trigger.filters[0].exact.type",
      "service: s\nfunctions: {f: {handler: a.b, events: [{trigger: {filters: [{exact: {type: 7}}]}}]}}",
    ],
    ["functions.f.timeout", "service: s\nfunctions: {f: {handler: a.b, timeout: soon, events: []}}"],
    [
      "PT5",
      "service: s\nfunctions: {f: {handler: a.b, events: [{trigger: {filters: [], delivery: {backoffDelay: PT5}}}]}}",
    ],
  ])("is refused with the name of what is wrong: %s", (field, wrong) => {
    expect(() => parseServerless(wrong)).toThrow(InvalidInput);
    expect(() => parseServerless(wrong)).toThrow(field);
  });
});

describe("the broker in process", () => {
  test("gives an event to the function whose trigger matches, and the function's answer back", async () => {
    const { broker, facts } = open({
      "plug.couple": async () => coupled,
      "plug.update": async () => ({ kind: "nothing", why: "not mine" }),
    });
    expect(await broker.publish(couple())).toEqual({ kind: "answered", reply: coupled });
    await broker.stop();
    expect(facts).toEqual(["com.rock8s.integration.plug.coupled"]);
  });

  test("answers that nothing came of what no trigger matches", async () => {
    expect(await open({}).broker.publish(couple())).toMatchObject({ reply: { kind: "nothing" } });
  });

  test("delivers one event at a time per object, and others beside it", async () => {
    const running: string[] = [];
    const seen: string[] = [];
    const { broker } = open({
      "plug.couple": async ({ name }) => {
        running.push(name);
        seen.push(running.toSorted().join(" "));
        await new Promise((resolve) => setImmediate(resolve));
        running.splice(running.indexOf(name), 1);
        return coupled;
      },
    });
    await Promise.all([couple("a"), couple("a"), couple("b")].map(broker.publish));
    expect(seen).not.toContain("a a");
    expect(seen).toContain("a b");
  });

  test("delivers once more, after a moment, what failed", async () => {
    let tries = 0;
    const { broker, clock } = open({
      "plug.couple": async () => {
        tries += 1;
        return tries === 1 ? { kind: "retry", error: new Conflict("changed meanwhile") } : coupled;
      },
    });
    const delivery = broker.publish(couple());
    await clock.advance(1_000);
    expect(await delivery).toEqual({ kind: "answered", reply: coupled });
  });

  test("stops with the function that runs, and neither waits for retries nor begins what is queued", async () => {
    const ran: string[] = [];
    const ends = Promise.withResolvers<void>();
    const { broker, facts } = open({
      "plug.couple": async ({ name }) => {
        ran.push(name);
        if (name === "slow") await ends.promise;
        return name === "slow" ? coupled : { kind: "retry", error: new Unavailable("down") };
      },
    });
    const deliveries = ["failing", "slow", "slow"].map((name) => broker.publish(couple(name)));
    await settle();
    const stopped = broker.stop();
    ends.resolve();
    // The clock stands still.
    await stopped;
    expect(await Promise.all(deliveries)).toMatchObject([
      { reply: { kind: "retry" } },
      { reply: coupled },
      { reply: { kind: "nothing" } },
    ]);
    expect(ran).toEqual(["failing", "slow"]);
    expect(facts).toEqual(["com.rock8s.integration.plug.coupled"]);
  });

  test("gives back what still fails, and what says itself when to come again", async () => {
    const { broker, clock } = open({
      "plug.couple": async () => {
        throw new Unavailable("down");
      },
      "plug.update": async () => ({ kind: "retry", error: new Throttled("slow down", 30) }),
    });
    const failed = broker.publish(couple());
    await clock.advance(1_000);
    expect(await failed).toMatchObject({ reply: { kind: "retry", error: { name: "Unavailable" } } });
    expect(await broker.publish(couple("app", "plug.update"))).toMatchObject({
      reply: { error: { name: "Throttled" } },
    });
  });

  test("survives a function that breaks, and a subscriber that does", async () => {
    const clock = handClock();
    const failures: unknown[] = [];
    const functions = new Map<string, StageFunction>([
      ["plug.couple", async () => coupled],
      [
        "plug.update",
        async () => {
          throw new TypeError("a bug");
        },
      ],
    ]);
    const subscribers = [
      () => {
        throw new Error("deaf");
      },
    ];
    const broker = new InProcessBroker({
      events: eventFormat,
      serverless,
      functions,
      clock,
      subscribers,
      failed: (error) => failures.push(error),
    });
    expect(await broker.publish(couple())).toEqual({ kind: "answered", reply: coupled });
    const broken = broker.publish(couple("app", "plug.update"));
    await clock.advance(1_000);
    expect(await broken).toMatchObject({ reply: { kind: "retry", error: { name: "InternalError" } } });
    await settle();
    expect(failures.map(String)).toEqual(["Error: deaf", "TypeError: a bug", "TypeError: a bug"]);
  });
});
