import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { Forbidden, KindNotServed, Unavailable } from "../../../kit/errors.ts";
import type { KubeRequest } from "../../../kit/kube/intercept.ts";
import type { Kube, KubeObject, WatchEvent } from "../../../kit/kube/port.ts";
import { configMap, plugKey } from "../../worlds/manifests.ts";
import { advanceUntil, type Ground, ground, isDone, plugManifest, settle, socketManifest } from "../ground.ts";

const made = { apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name: "app-made" };
const withSettings = plugManifest("app", { configConfigMapName: "settings" });
const stagesOf = ({ events }: Ground): readonly string[] => events.map(({ data }) => data.stage);

describe("watches that break", () => {
  test.each([
    ["end", undefined],
    ["fail", new Unavailable("connection reset")],
  ])("what changed while watches %s is not missed", async (_, error) => {
    const world = await ground([socketManifest(), withSettings, configMap("apps", "settings", { size: "1" })]);
    const source = world.open();
    await settle(world, source);
    world.cluster.faults.dropWatches(undefined, error);
    await world.cluster.load([configMap("apps", "settings", { size: "2" })]);
    await advanceUntil(world, source, async () => (await world.plug("app"))?.status?.performed?.revision === 2);
  });

  test("after a 410 it lists again, and asks for nothing where nothing differs", async () => {
    const world = await ground([socketManifest(), withSettings, configMap("apps", "settings", { size: "1" })]);
    const source = world.open();
    await settle(world, source);
    const before = world.events.length;
    world.cluster.faults.expire();
    world.cluster.faults.dropWatches();
    await settle(world, source);
    expect(world.events.slice(before)).toEqual([]);
  });

  test("after a 410 it sees what was changed, made and removed meanwhile", async () => {
    const world = await ground([socketManifest(), withSettings, configMap("apps", "settings", { size: "1" })]);
    const source = world.open();
    await settle(world, source);
    world.cluster.faults.failNext(20, new Unavailable("restarting"), ({ verb }) => verb === "watch" || verb === "list");
    world.cluster.faults.dropWatches();
    await world.cluster.kube.delete(made);
    await world.cluster.load([configMap("apps", "settings", { size: "2" }), plugManifest("late")]);
    world.cluster.faults.expire();
    await advanceUntil(
      world,
      source,
      async () =>
        isDone(await world.plug("late")) && ((await world.plug("app"))?.status?.performed?.revision ?? 0) >= 2,
    );
    await settle(world, source);
    expect(await world.cluster.kube.get(made)).toBeDefined();
  });

  test("after a 410 a plug that is gone is known to be gone", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const source = world.open();
    await settle(world, source);
    world.cluster.faults.failNext(20, new Unavailable("restarting"), ({ verb }) => verb === "watch" || verb === "list");
    world.cluster.faults.dropWatches();
    const key = plugKey("app", "apps");
    await world.cluster.kube.patch(key, { metadata: { finalizers: [] } });
    await world.cluster.kube.delete(key);
    world.cluster.faults.expire();
    await advanceUntil(world, source, async () => source.figures().objects["Plug"] === 0);
    expect(source.read(key)).toBeUndefined();
  });

  test("a source that takes over from another asks for what is due, and for nothing else", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const first = world.open();
    await settle(world, first);
    await first.stop();
    await world.cluster.load([plugManifest("late")]);
    const before = world.events.length;
    await settle(world, world.open());
    expect(isDone(await world.plug("late"))).toBe(true);
    expect(world.events.slice(before).filter(({ name }) => name === "app")).toEqual([]);
  });

  test("stopping leaves no watch open", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const source = world.open();
    await settle(world, source);
    await source.stop();
    expect(world.cluster.openWatches()).toBe(0);
  });
});

describe("kinds that may not be watched", () => {
  const secretWatches = ({ verb, kind }: KubeRequest): boolean =>
    kind === "Secret" && (verb === "watch" || verb === "list");

  test("changes are found at the next resync", async () => {
    const secret = (size: string): KubeObject => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "settings", namespace: "apps" },
      data: { size },
    });
    const world = await ground([
      socketManifest(),
      plugManifest("app", { configSecretName: "settings" }),
      secret("MQ=="),
    ]);
    world.cluster.faults.failNext(1_000, new Forbidden("no right to watch secrets"), secretWatches);
    const source = world.open({ resyncMilliseconds: 600_000 });
    await settle(world, source);
    expect(source.figures().mayNotWatch).toEqual(["v1/Secret"]);
    await world.cluster.load([secret("Mg==")]);
    await settle(world, source);
    expect((await world.plug("app"))?.status?.performed?.revision).toBe(1);
    await advanceUntil(world, source, async () => ((await world.plug("app"))?.status?.performed?.revision ?? 0) > 1);
  });

  test("once the right is granted the watch is there after the next resync", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    world.cluster.faults.failNext(1, new Forbidden("no right to watch secrets"), secretWatches);
    const source = world.open({ resyncMilliseconds: 600_000 });
    await settle(world, source);
    await world.clock.advance(600_001);
    await settle(world, source);
    expect(source.figures().mayNotWatch).toEqual([]);
  });
});

describe("a kube-apiserver that has started and not loaded its rights yet", () => {
  const everyRead = ({ verb }: KubeRequest): boolean => verb === "watch" || verb === "list";

  test.each([
    ["403", new Forbidden("RBAC: not loaded")],
    ["404 of our kinds", new KindNotServed(apiVersion, "Plug")],
  ])("answers %s for a moment, and the edit meanwhile is followed long before the resync", async (_, error) => {
    const world = await ground([socketManifest(), withSettings, configMap("apps", "settings", { size: "1" })]);
    const source = world.open({ resyncMilliseconds: 3_600_000 });
    await settle(world, source);
    expect(source.figures().watchesDown).toEqual({});
    world.cluster.faults.failNext(30, error, everyRead);
    world.cluster.faults.dropWatches();
    await world.cluster.load([configMap("apps", "settings", { size: "2" }), plugManifest("late")]);
    await settle(world, source);
    expect(Object.keys(source.figures().watchesDown).toSorted()).toEqual([
      "CustomResourceDefinition",
      "Namespace",
      "Plug",
      "Socket",
    ]);
    for (let seconds = 0; seconds < 300; seconds += 1) {
      await world.clock.advance(1_000);
      await settle(world, source);
    }
    expect(isDone(await world.plug("late"))).toBe(true);
    expect((await world.plug("app"))?.status?.performed?.revision).toBeGreaterThan(1);
    expect(source.figures().watchesDown).toEqual({});
    expect(source.figures().mayNotWatch).toEqual([]);
  });

  test("what must be watched is tried again at least every half minute, for as long as it takes", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const source = world.open({ resyncMilliseconds: 36_000_000 });
    await settle(world, source);
    let refused = true;
    const tries: number[] = [];
    world.cluster.faults.failNext(100_000, new Forbidden("RBAC: not loaded"), ({ verb, kind }) => {
      if (!refused || verb !== "list" || kind !== "Plug") return false;
      tries.push(world.clock.now());
      return true;
    });
    world.cluster.faults.dropWatches({ apiVersion, kind: "Plug" }, new Forbidden("RBAC: not loaded"));
    for (let seconds = 0; seconds < 600; seconds += 5) await world.clock.advance(5_000);
    const pauses = tries.map((at, index) => at - (tries[index - 1] ?? at));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000);
    expect(tries.length).toBeLessThan(40);
    refused = false;
    await world.cluster.load([plugManifest("late")]);
    for (let seconds = 0; seconds < 35; seconds += 1) {
      await world.clock.advance(1_000);
      await settle(world, source);
    }
    expect(isDone(await world.plug("late"))).toBe(true);
  });

  test("a quiet watch that was lost often, and was there again each time, is begun again as soon as at first", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const source = world.open({ resyncMilliseconds: 36_000_000 });
    await settle(world, source);
    const lose = async (): Promise<number> => {
      world.cluster.faults.failNext(3, new Unavailable("connection refused"), ({ kind }) => kind === "Namespace");
      world.cluster.faults.dropWatches({ apiVersion: "v1", kind: "Namespace" }, new Unavailable("connection reset"));
      await settle(world, source);
      let seconds = 0;
      for (; Object.keys(source.figures().watchesDown).length > 0; seconds += 1) await world.clock.advance(1_000);
      for (let after = 0; after < 5; after += 1) await world.clock.advance(1_000);
      return seconds;
    };
    const first = await lose();
    for (let times = 0; times < 8; times += 1) expect(await lose()).toBe(first);
  });

  test("it is told once that a kind may not be watched, however often that is tried", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    world.cluster.faults.failNext(1_000, new Forbidden("no right"), ({ kind }) => kind === "Pod");
    const source = world.open({ resyncMilliseconds: 36_000_000 });
    await settle(world, source);
    for (let minutes = 0; minutes < 30; minutes += 1) await world.clock.advance(60_000);
    const told = world.reports.filter(({ kind }) => kind === "may not watch");
    expect(told).toHaveLength(1);
    expect(source.figures().watchesDown).toEqual({});
  });
});

describe("what a watch has not shown yet", () => {
  test("a lagging watch of what was made never asks for a repair", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const lag = lagging(world.cluster.kube, "ConfigMap");
    const source = world.open({ kube: lag.kube });
    await advanceUntil(world, source, async () => isDone(await world.plug("app")));
    await world.clock.advance(3_600_000);
    await settle(world, source);
    expect(stagesOf(world)).not.toContain("plug.repair");
    lag.release();
    await settle(world, source);
    expect(stagesOf(world)).not.toContain("plug.repair");
    await world.cluster.kube.delete(made);
    await settle(world, source);
    expect(stagesOf(world)).toContain("plug.repair");
  });
});

describe("versions that were recorded in another cluster", () => {
  test("hold a restored plug up for a moment, not for ever", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const key = plugKey("app", "apps");
    const refs = [
      {
        role: "input",
        apiVersion,
        kind: "Socket",
        namespace: "apps",
        name: "db",
        version: "1-0-ready-stays@999999999",
      },
    ];
    await world.cluster.kube.replaceStatus({
      ...key,
      metadata: { namespace: "apps", name: "app" },
      status: { revision: 4, refs },
    });
    const source = world.open();
    await settle(world, source);
    expect(isDone(await world.plug("app"))).toBe(false);
    await advanceUntil(world, source, async () => isDone(await world.plug("app")));
  });
});

describe("the moment between an answer and what the watch shows", () => {
  test("a claim that is still seen asks for nothing", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const holders: string[] = [];
    const showsClaim = (event: WatchEvent): boolean => {
      const { stage } = event.type === "BOOKMARK" ? {} : statusOf(event.object);
      if (stage?.name === "plug.couple") holders.push(stage.holder);
      return stage?.name === "plug.couple";
    };
    const hold = heldBack(world.cluster.kube, "Plug", showsClaim);
    const source = world.open({ kube: hold.kube, voidHolders: holders });
    await source.synced;
    for (let turn = 0; turn < 20; turn += 1) await world.clock.advance(0);
    expect(holders).toHaveLength(1);
    expect(stagesOf(world).filter((stage) => stage === "plug.couple")).toHaveLength(1);
    hold.release();
    await settle(world, source);
    expect(stagesOf(world).filter((stage) => stage === "plug.couple")).toHaveLength(1);
    expect(isDone(await world.plug("app"))).toBe(true);
  });
});

describe("kinds that come later", () => {
  test("a CRD wakes at once whoever waits in a backoff", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    let refuse = true;
    const source = world.open({
      sink: async (event) =>
        refuse
          ? { kind: "answered", reply: { kind: "retry", error: new Unavailable("no such kind") } }
          : await world.run(event),
    });
    for (let tries = 0; tries < 8; tries += 1) {
      await settle(world, source);
      await world.clock.advance(100_000);
    }
    refuse = false;
    await world.cluster.load([widgets]);
    await settle(world, source);
    expect(isDone(await world.plug("app"))).toBe(true);
  });
});

describe("restricted to namespaces", () => {
  test("only plugs of these namespaces are served", async () => {
    const world = await ground([
      socketManifest(),
      plugManifest("app"),
      socketManifest("db", {}, "others"),
      plugManifest("app", {}, "others"),
    ]);
    const asked: string[] = [];
    const source = world.open({ namespaces: ["apps"] });
    world.cluster.onRequest(({ verb, kind, namespace }) => {
      if (verb === "watch" && namespace === undefined) asked.push(kind);
    });
    await settle(world, source);
    expect(isDone(await world.plug("app"))).toBe(true);
    expect((await world.plug("app", "others"))?.status).toBeUndefined();
    expect(asked.filter((kind) => kind === "Plug" || kind === "Socket" || kind === "Secret")).toEqual([]);
  });
});

const widgets: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.test" },
  spec: {
    group: "example.test",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets", singular: "widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

function statusOf(object: KubeObject): { readonly stage?: { readonly name: string; readonly holder: string } } {
  return object["status"] ?? {};
}

interface HeldBack {
  readonly kube: Kube;
  readonly release: () => void;
}

/** The same cluster, whose watches of a kind hold back every event until they are released. */
function lagging(kube: Kube, kind: string): HeldBack {
  return heldBack(kube, kind, () => true, true);
}

/** The same cluster, whose watches of a kind hold back what comes after (or, at once, from) the first event of which a claim holds. */
function heldBack(kube: Kube, kind: string, from: (event: WatchEvent) => boolean, atOnce = false): HeldBack {
  const { promise, resolve } = Promise.withResolvers<void>();
  let holding = atOnce;
  async function* late(events: AsyncIterable<WatchEvent>): AsyncIterable<WatchEvent> {
    for await (const event of events) {
      if (holding) await promise;
      yield event;
      holding ||= from(event);
    }
  }
  const watch: Kube["watch"] = (query) => (query.kind === kind ? late(kube.watch(query)) : kube.watch(query));
  return { kube: { ...kube, watch }, release: resolve };
}
