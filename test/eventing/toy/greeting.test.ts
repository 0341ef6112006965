import { describe, expect, test } from "@jest/globals";
import { hostileNetwork } from "../../../eventing/http/broker/hostile-network.ts";
import type { ApiSource } from "../../../eventing/loop/source.ts";
import { Forbidden, Unavailable } from "../../../kit/errors.ts";
import type { KubeRequest } from "../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { type LoopKind, loopKind, wakesOn } from "../../../kit/loop/kind.ts";
import { greetingKind, greetings } from "./greeting.ts";
import { greeting, pass, people, type ToyGround, toyGround } from "./ground.ts";

const said = { apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name: "ann-said" };
const watching =
  (of: string) =>
  ({ verb, kind }: KubeRequest): boolean =>
    kind === of && (verb === "list" || verb === "watch");

async function started(...objects: readonly KubeObject[]): Promise<{ ground: ToyGround; source: ApiSource }> {
  const ground = await toyGround(...objects);
  const source = ground.open();
  await source.settled();
  return { ground, source };
}

describe("a kind that the loop has never heard of", () => {
  test("is asked for once, in an event that says what it is about", async () => {
    const { ground } = await started(greeting("ann"), people("Ann"));
    expect(await ground.said("ann")).toBe("Hello, Ann");
    expect(ground.events).toMatchObject([
      {
        type: "com.example.toys.greeting.say",
        subject: "/apis/toys.example.com/v1/namespaces/apps/greetings/ann",
        data: { ...greetings, namespace: "apps", name: "ann", stage: "greeting.say" },
      },
    ]);
  });

  test("is followed when it comes later, is edited, or what it reads is", async () => {
    const { ground, source } = await started(people("Ann"));
    await ground.cluster.load([greeting("ann")]);
    await source.settled();
    expect(await ground.said("ann")).toBe("Hello, Ann");
    await ground.cluster.load([people("Ben")]);
    await source.settled();
    expect(await ground.said("ann")).toBe("Hello, Ben");
    await ground.cluster.load([
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "others", namespace: "apps" }, data: { whom: "Cy" } },
      greeting("ann", { from: "others" }),
    ]);
    await source.settled();
    expect(await ground.said("ann")).toBe("Hello, Cy");
  });

  test.each([
    ["deleted", (ground: ToyGround) => ground.cluster.kube.delete(said)],
    ["changed", (ground: ToyGround) => ground.cluster.kube.patch(said, { data: { said: "Go away" } })],
    ["stripped of its label", (ground: ToyGround) => ground.cluster.kube.patch(said, { metadata: { labels: null } })],
  ])("has what it made put back when that is %s", async (_, harm) => {
    const { ground, source } = await started(greeting("ann"), people("Ann"));
    await harm(ground);
    await source.settled();
    expect(await ground.said("ann")).toBe("Hello, Ann");
  });

  test("is looked at again when its time has come, though nothing changes", async () => {
    const ground = await toyGround(people("Ann"));
    const source = ground.open();
    await ground.cluster.load([greeting("ann", { notBefore: ground.clock.now() + 90_000 })]);
    await pass(ground, 89);
    expect(await ground.said("ann")).toBeUndefined();
    await pass(ground, 2);
    await source.settled();
    expect(await ground.said("ann")).toBe("Hello, Ann");
  });

  test("is reported while an object of it cannot be parsed, delays no other object, and continues once it can be parsed", async () => {
    const { ground, source } = await started(greeting("odd", { from: 3 }), greeting("ann"), people("Ann"));
    expect(await ground.said("ann")).toBe("Hello, Ann");
    expect(ground.reports.filter(({ kind }) => kind === "malformed")).toMatchObject([{ what: "Greeting apps/odd" }]);
    await ground.cluster.load([greeting("odd")]);
    await source.settled();
    expect(await ground.said("odd")).toBe("Hello, Ann");
  });

  test("is forgotten when it is gone", async () => {
    const { ground, source } = await started(greeting("ann"), people("Ann"));
    await ground.cluster.kube.delete({ ...greetings, namespace: "apps", name: "ann" });
    await source.settled();
    await ground.cluster.load([people("Ben")]);
    await source.settled();
    expect(source.figures().objects).toEqual({ Greeting: 0 });
    expect(ground.events).toHaveLength(1);
  });
});

describe("events that are lost, doubled, late and out of order", () => {
  test.each(["1", "2", "3", "4", "5"])("leave the world as it has to be (%s)", async (seed) => {
    const names = Array.from({ length: 10 }, (_, index) => `g${index}`);
    const ground = await toyGround(people("Ann"), ...names.map((name) => greeting(name)));
    const network = hostileNetwork(seed, { dropped: 0.3, duplicated: 0.5, delayed: 0.5 });
    ground.open({
      answerMilliseconds: 5_000,
      sink: async (event) => {
        for (const milliseconds of network(event)) ground.clock.after(milliseconds, () => void ground.run(event));
        return { kind: "accepted" };
      },
    });
    await pass(ground, 10);
    await ground.cluster.load([people("Ben")]);
    await pass(ground, 3_600);
    for (const name of names) expect([name, await ground.said(name)]).toEqual([name, "Hello, Ben"]);
    const before = ground.events.length;
    await pass(ground, 3_600);
    expect(ground.events).toHaveLength(before);
  });

  test("are asked for less and less often while they fail, and at once after an edit", async () => {
    const ground = await toyGround(people("Ann"), greeting("ann"));
    let fails = true;
    const source = ground.open({
      sink: async (event) =>
        fails
          ? { kind: "answered", reply: { kind: "retry", error: new Unavailable("not now") } }
          : await ground.run(event),
    });
    await pass(ground, 600);
    // 1 + 2 + 4 + … + 256 s: nine waits in ten minutes.
    expect(ground.events).toHaveLength(10);
    fails = false;
    await ground.cluster.load([greeting("ann", { edited: true })]);
    await source.settled();
    expect(await ground.said("ann")).toBe("Hello, Ann");
  });
});

test("no two kinds of one name, and no wake by a kind that is not there, are taken", async () => {
  const ground = await toyGround();
  const set = (...kinds: readonly LoopKind[]) => ({
    kinds,
    madeSelector: "toys",
    fieldManager: "toys",
    alwaysWatched: [],
  });
  const twice = set(loopKind(greetingKind), loopKind(greetingKind));
  expect(() => ground.open({ kinds: twice })).toThrow("there are two kinds Greeting");
  const wakes = [wakesOn({ name: "Nobody" }, () => [])];
  expect(() => ground.open({ kinds: set(loopKind({ ...greetingKind, wakes })) })).toThrow("no kind Nobody");
});

test("an event that waits until the sink is open is given up once the cluster shows that its stage is done", async () => {
  const ground = await toyGround(greeting("ann"), people("Ann"));
  const signals: AbortSignal[] = [];
  const source = ground.open({
    handsOver: true,
    sink: (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    },
  });
  await source.synced;
  await pass(ground, 1);
  expect(source.awaited()).toMatchObject([{ stage: "greeting.say", attempt: 0 }]);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  await ground.open().settled();
  await pass(ground, 1);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  expect([source.awaited(), source.figures().inFlight]).toEqual([[], 0]);
});

test("what is asked for on suspicion waits until the sink is open: whether it is due nobody can see", async () => {
  const ground = await toyGround(greeting("ann"), people("Ann"));
  const first = ground.open();
  await first.settled();
  await first.stop();
  ground.cluster.faults.failNext(10_000, new Forbidden("no right"), watching("ConfigMap"));
  const signals: AbortSignal[] = [];
  const source = ground.open({
    handsOver: true,
    sink: async (_, { signal, posting, waiting }) => {
      signals.push(signal);
      posting();
      waiting();
      return await new Promise(() => {});
    },
  });
  await source.synced;
  await pass(ground, 60);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});

test("what a sink answers of a stage that is seen done is no failure of it", async () => {
  const ground = await toyGround(greeting("ann"), people("Ann"));
  const source = ground.open({
    handsOver: true,
    sink: async (event, { posting }) => {
      posting();
      await ground.run(event);
      await new Promise<void>((resolve) => void ground.clock.after(30_000, resolve));
      throw new Unavailable("a subscriber of somebody else failed");
    },
  });
  await pass(ground, 60);
  expect(await ground.said("ann")).toBe("Hello, Ann");
  expect(ground.events).toHaveLength(1);
  const ended = ground.reports.flatMap((report) => (report.kind === "ended" ? [report.delivery] : []));
  expect(ended).toEqual([{ kind: "accepted" }]);
  expect([source.waiting(), source.awaited(), source.figures().inFlight]).toEqual([[], [], 0]);
});

describe("restlessness", () => {
  test("somebody who changes again and again what was made is answered less and less often", async () => {
    const { ground, source } = await started(greeting("ann"), people("Ann"));
    for (let second = 0; second < 300; second += 1) {
      await ground.cluster.kube.patch(said, { data: { said: String(second) } });
      await pass(ground, 1);
    }
    expect(ground.events.length).toBeLessThan(15);
    expect(source.figures().restless).toBe(1);
  });

  test("a user's edits do not count as restlessness", async () => {
    const { ground, source } = await started(greeting("ann"), people("Ann"));
    for (let edit = 0; edit < 20; edit += 1) {
      await ground.cluster.load([greeting("ann", { edit })]);
      await source.settled();
    }
    expect(ground.events).toHaveLength(21);
    expect(source.figures().restless).toBe(0);
  });
});

describe("watches", () => {
  test("after a 410 what changed meanwhile is seen, and nothing is asked for where nothing did", async () => {
    const { ground, source } = await started(greeting("ann"), people("Ann"));
    ground.cluster.faults.expire();
    ground.cluster.faults.dropWatches();
    await source.settled();
    expect(ground.events).toHaveLength(1);
    ground.cluster.faults.failNext(6, new Unavailable("restarting"), ({ verb }) => verb === "watch" || verb === "list");
    ground.cluster.faults.dropWatches();
    await ground.cluster.load([people("Ben"), greeting("late")]);
    ground.cluster.faults.expire();
    await pass(ground, 30);
    await source.settled();
    expect([await ground.said("ann"), await ground.said("late")]).toEqual(["Hello, Ben", "Hello, Ben"]);
  });

  test("of a kind that may not be watched: changes are found at the next resync, and at once when the watch is allowed", async () => {
    const ground = await toyGround(greeting("ann"), people("Ann"));
    let refused = true;
    ground.cluster.faults.failNext(
      10_000,
      new Forbidden("no right"),
      (request) => refused && watching("ConfigMap")(request),
    );
    const source = ground.open({ resyncMilliseconds: 600_000 });
    await source.settled();
    expect(source.figures().mayNotWatch).toEqual(["v1/ConfigMap"]);
    await ground.cluster.load([people("Ben")]);
    await source.settled();
    expect(await ground.said("ann")).toBe("Hello, Ann");
    await pass(ground, 601);
    await source.settled();
    expect(await ground.said("ann")).toBe("Hello, Ben");
    refused = false;
    await pass(ground, 600);
    expect(source.figures().mayNotWatch).toEqual([]);
    await ground.cluster.load([people("Cy")]);
    await source.settled();
    expect(await ground.said("ann")).toBe("Hello, Cy");
  });

  test("of what is essential are tried again within half a minute, and the source says that they are down", async () => {
    const { ground, source } = await started(greeting("ann"), people("Ann"));
    let refused = true;
    ground.cluster.faults.failNext(
      10_000,
      new Forbidden("no right"),
      (request) => refused && watching("Greeting")(request),
    );
    ground.cluster.faults.dropWatches(greetings, new Forbidden("no right"));
    await pass(ground, 300);
    expect(Object.keys(source.figures().watchesDown)).toEqual(["Greeting"]);
    refused = false;
    await ground.cluster.load([greeting("late")]);
    await pass(ground, 31);
    await source.settled();
    expect(source.figures().watchesDown).toEqual({});
    expect(await ground.said("late")).toBe("Hello, Ann");
  });

  test("of what nobody reads any more are closed, and opened again when somebody does", async () => {
    const { ground, source } = await started(greeting("ann"), people("Ann"));
    const open = ground.cluster.openWatches();
    await ground.cluster.kube.delete({ ...greetings, namespace: "apps", name: "ann" });
    await pass(ground, 1_201);
    expect(ground.cluster.openWatches()).toBe(open - 1);
    await ground.cluster.load([greeting("ben"), people("Ben")]);
    await source.settled();
    await ground.cluster.load([people("Cy")]);
    await source.settled();
    expect(await ground.said("ben")).toBe("Hello, Cy");
  });

  test("in one namespace show what is there, and nothing else is served", async () => {
    const ground = await toyGround(greeting("ann"), people("Ann"), greeting("ann", {}, "other"), people("B", "other"));
    await ground.open({ namespaces: ["apps"] }).settled();
    expect([await ground.said("ann"), await ground.said("ann", "other")]).toEqual(["Hello, Ann", undefined]);
  });
});

describe("more sources than one", () => {
  test("one that begins where another stopped asks for what is due, and for nothing else", async () => {
    const { ground, source } = await started(greeting("ann"), people("Ann"));
    await source.stop();
    expect(ground.cluster.openWatches()).toBe(0);
    await ground.cluster.load([greeting("late")]);
    await ground.open().settled();
    expect(ground.events.map(({ name }) => name)).toEqual(["ann", "late"]);
  });

  test("two sources at once reach the desired state and then send nothing", async () => {
    const { ground, source } = await started(greeting("ann"), people("Ann"));
    const second = ground.open();
    for (const whom of ["Ben", "Cy", "Dee"]) {
      await ground.cluster.load([people(whom)]);
      await Promise.all([source.settled(), second.settled()]);
    }
    await pass(ground, 60);
    expect(await ground.said("ann")).toBe("Hello, Dee");
    const before = ground.events.length;
    await pass(ground, 600);
    expect(ground.events).toHaveLength(before);
  });
});

describe("fairness", () => {
  test("ten thousand greetings in one namespace do not delay a greeting in another, and no more than twenty events are in flight", async () => {
    const crowd = Array.from({ length: 10_000 }, (_, index) => greeting(`g${index}`));
    const ground = await toyGround(people("Ann"), ...crowd);
    const source = ground.open({ sink: () => new Promise(() => {}) });
    await source.synced;
    await pass(ground, 1);
    expect(source.figures()).toMatchObject({ inFlight: 16, objects: { Greeting: 10_000 } });
    await ground.cluster.load([greeting("one", {}, "other")]);
    await pass(ground, 1);
    expect(ground.events.map(({ name }) => name).indexOf("one")).toBe(16);
    await ground.cluster.load(Array.from({ length: 30 }, (_, index) => greeting(`h${index}`, {}, `other-${index}`)));
    await pass(ground, 1);
    expect(source.figures().inFlight).toBe(20);
  });
});
