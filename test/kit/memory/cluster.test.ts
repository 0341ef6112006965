import { beforeEach, describe, expect, test } from "@jest/globals";
import { Unavailable } from "../../../kit/errors.ts";
import type { KubeRequest } from "../../../kit/kube/intercept.ts";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { Kube, KubeObject, WatchEvent } from "../../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster } from "../../../kit/memory/cluster.ts";
import { type HandClock, handClock, settle } from "../../worlds/hand-clock.ts";
import { configMap, configMapKey } from "../../worlds/manifests.ts";
import { widget, widgetDefinition } from "../contract/ground.ts";

const configMaps = { apiVersion: "v1", kind: "ConfigMap" };

describe("the in-memory cluster", () => {
  let clock: HandClock;
  let cluster: MemoryCluster;
  let kube: Kube;
  const watch = (resourceVersion: string, signal = new AbortController().signal): AsyncIterator<WatchEvent> =>
    kube.watch({ ...configMaps, resourceVersion, signal })[Symbol.asyncIterator]();
  const now = async (): Promise<string> => (await kube.list(configMaps)).resourceVersion;

  beforeEach(() => {
    clock = handClock();
    cluster = createMemoryCluster({ clock });
    kube = cluster.kube;
  });

  test("times come from the clock", async () => {
    const created = await kube.create(configMap("default", "a"));
    expect(created.metadata.creationTimestamp).toBe("2026-01-01T00:00:00Z");
    await clock.advance(5000);
    expect((await kube.create(configMap("default", "b"))).metadata.creationTimestamp).toBe("2026-01-01T00:00:05Z");
  });

  test("what comes back cannot be changed", async () => {
    const created = await kube.create(configMap("default", "a", { x: "1" }));
    expect(() => Object.assign(created.metadata, { name: "b" })).toThrow(TypeError);
  });

  test("what was given may be changed afterwards", async () => {
    const data = { x: "1" };
    await kube.create(configMap("default", "a", data));
    data.x = "2";
    expect(await kube.get(configMapKey("default", "a"))).toMatchObject({ data: { x: "1" } });
  });

  test("a Job succeeds after a second", async () => {
    await kube.create(job("a"));
    await clock.advance(999);
    expect((await kube.get(keyOf(job("a"))))?.["status"]).toBeUndefined();
    await clock.advance(1);
    expect(await kube.get(keyOf(job("a")))).toMatchObject({
      status: {
        succeeded: 1,
        completionTime: "2026-01-01T00:00:01Z",
        conditions: [{}, { type: "Complete", status: "True" }],
      },
    });
  });

  test("held Jobs stay as they are", async () => {
    const held = createMemoryCluster({ clock, holdJobs: true });
    await held.kube.create(job("a"));
    await clock.advance(60_000);
    expect((await held.kube.get(keyOf(job("a"))))?.["status"]).toBeUndefined();
  });

  test("without rbac a service account may do everything", async () => {
    const robot = kube.as({ namespace: "default", name: "robot" });
    expect(await robot.create(configMap("default", "a"))).toMatchObject({ metadata: { name: "a" } });
  });

  test("watches get bookmarks as the clock goes on, and when asked for", async () => {
    const events = watch(await now());
    const first = events.next();
    await clock.advance(60_000);
    expect((await first).value).toMatchObject({ type: "BOOKMARK" });
    const second = events.next();
    cluster.bookmark();
    expect((await second).value).toEqual({ type: "BOOKMARK", resourceVersion: await now() });
  });

  test("only so many changes are kept", async () => {
    const short = createMemoryCluster({ clock, keptChanges: 2 });
    const { resourceVersion } = await short.kube.list(configMaps);
    for (const name of ["a", "b", "c", "d", "e"]) await short.kube.create(configMap("default", name));
    const late = short.kube.watch({ ...configMaps, resourceVersion, signal: new AbortController().signal });
    await expect(late[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: "Expired" });
  });

  test("objects load in any order, with the namespaces they need", async () => {
    const crd = widgetDefinition("contract.rock8s.com", { kind: "Widget", plural: "widgets" });
    await cluster.load([widget("apps", "w"), crd]);
    expect(await kube.get(keyOf(widget("apps", "w")))).toMatchObject({ spec: { color: "red" } });
    expect(cluster.objects().map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "CustomResourceDefinition widgets.contract.rock8s.com",
      "Namespace apps",
      "Namespace default",
      "Namespace kube-node-lease",
      "Namespace kube-public",
      "Namespace kube-system",
      "Widget w",
    ]);
  });

  test("objects are restored as they were: uid, status, managers and all", async () => {
    const metadata = {
      name: "a",
      namespace: "default",
      uid: "5f3c5c0e-0000-4000-8000-000000000000",
      finalizers: ["example.test/held"],
      managedFields: [
        { manager: "ann", operation: "Apply", apiVersion: "apps/v1", fieldsV1: { "f:spec": { "f:replicas": {} } } },
      ],
    };
    cluster.restore([
      { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas: 2 }, status: { replicas: 2 } },
    ]);
    const restored = await kube.get({ apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "a" });
    expect(restored).toMatchObject({ metadata, status: { replicas: 2 } });
    const apply = kube.apply(
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { namespace: "default", name: "a" },
        spec: { replicas: 3 },
      },
      { fieldManager: "bob", force: false },
    );
    await expect(apply).rejects.toMatchObject({ name: "Conflict" });
  });

  test("every request is seen before it takes effect, with who asks and whether it writes", async () => {
    const seen: KubeRequest[] = [];
    const off = cluster.onRequest((request) => seen.push(request));
    const robot = { namespace: "default", name: "robot" };
    await kube.as(robot).create(configMap("default", "a"));
    await kube.list(configMaps);
    off();
    await kube.list(configMaps);
    expect(seen).toEqual([
      { verb: "create", ...configMapKey("default", "a"), as: robot, write: true },
      { verb: "list", ...configMaps, namespace: undefined, name: undefined, as: undefined, write: false },
    ]);
  });

  describe("told to fail", () => {
    const failure = new Unavailable("no etcd");

    test("answers the next requests concerned with an error, and writes nothing", async () => {
      cluster.faults.failNext(2, failure, ({ verb }) => verb === "create");
      await expect(kube.create(configMap("default", "a"))).rejects.toBe(failure);
      expect(await kube.get(configMapKey("default", "a"))).toBeUndefined();
      await expect(kube.create(configMap("default", "a"))).rejects.toBe(failure);
      expect(await kube.create(configMap("default", "a"))).toBeDefined();
    });

    test("holds requests for a while", async () => {
      const off = cluster.faults.delay(500, ({ write }) => write);
      const created = kube.create(configMap("default", "a"));
      await clock.advance(499);
      expect(await kube.get(configMapKey("default", "a"))).toBeUndefined();
      await clock.advance(1);
      expect(await created).toBeDefined();
      off();
      await kube.create(configMap("default", "b"));
    });

    test("ends watches, by returning or by throwing", async () => {
      const [version, secrets] = [await now(), { apiVersion: "v1", kind: "Secret" }];
      const signal = new AbortController().signal;
      const other = kube.watch({ ...secrets, resourceVersion: version, signal })[Symbol.asyncIterator]();
      const [one, untouched] = [watch(version).next(), other.next()];
      await settle();
      expect(cluster.openWatches()).toBe(2);
      expect(cluster.faults.dropWatches(configMaps)).toBe(1);
      expect(await one).toEqual({ done: true, value: undefined });
      expect(cluster.faults.dropWatches(undefined, failure)).toBe(1);
      await expect(untouched).rejects.toBe(failure);
      expect(cluster.openWatches()).toBe(0);
    });

    test("forgets history, and open watches go on", async () => {
      const version = await now();
      const events = watch(version);
      const first = events.next();
      await settle();
      cluster.faults.expire();
      await expect(watch("1").next()).rejects.toMatchObject({ name: "Expired" });
      await kube.create(configMap("default", "a"));
      expect((await first).value).toMatchObject({ type: "ADDED" });
    });

    test("recovers when cleared", async () => {
      cluster.faults.failNext(100, failure);
      cluster.faults.clear();
      expect(await kube.create(configMap("default", "a"))).toBeDefined();
    });
  });

  test("ten thousand objects are listed in pages and collected with their owner", async () => {
    const owner = await kube.create(configMap("default", "owner"));
    const reference = { ...configMaps, name: "owner", uid: owner.metadata.uid ?? "" };
    for (let index = 0; index < 10_000; index += 1) {
      const name = `n${String(index).padStart(5, "0")}`;
      await kube.create({
        ...configMap("default", name),
        metadata: { namespace: "default", name, ownerReferences: [reference] },
      });
    }
    const pages: number[] = [];
    let page = await kube.list({ ...configMaps, limit: 4000 });
    pages.push(page.items.length);
    while (page.continue !== undefined) {
      page = await kube.list({ ...configMaps, limit: 4000, continue: page.continue });
      pages.push(page.items.length);
    }
    expect(pages).toEqual([4000, 4000, 2001]);
    await kube.delete(keyOf(owner));
    await settle();
    expect((await kube.list(configMaps)).items).toEqual([]);
  });
});

function job(name: string): KubeObject {
  const containers = [{ name: "main", image: "example.test/main:1" }];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { namespace: "default", name },
    spec: { template: { spec: { restartPolicy: "Never", containers } } },
  };
}
