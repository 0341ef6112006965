import { describe, expect, test } from "@jest/globals";
import { apiVersion, labels, manager } from "../../../crds/names.ts";
import { snapshotLabels, snapshotsOf } from "../../../crds/snapshot/head.ts";
import type { Delivery } from "../../../eventing/report.ts";
import { readingFirst } from "../../../kit/kube/reading-first.ts";
import { configMap, plugKey, socketKey } from "../../worlds/manifests.ts";
import { advanceUntil, ground, isDone, plugManifest, settle, socketManifest } from "../ground.ts";

describe("fairness", () => {
  test("ten thousand plugs on one socket do not delay a plug on another", async () => {
    const crowd = Array.from({ length: 10_000 }, (_, index) => plugManifest(`crowd-${index}`));
    const world = await ground([socketManifest(), socketManifest("calm"), ...crowd]);
    let answered = 0;
    let answeredBeforeTheOther: number | undefined;
    const hung = new Set<(delivery: Delivery) => void>();
    const source = world.open({
      sink: (event) => {
        answered += 1;
        if (event.name === "other") answeredBeforeTheOther ??= answered;
        return new Promise((resolve) => hung.add(resolve));
      },
    });
    await source.synced;
    for (let turn = 0; turn < 5; turn += 1) await world.clock.advance(0);
    const before = source.figures();
    await world.cluster.load([plugManifest("other", { socket: { name: "calm" } })]);
    for (let turn = 0; turn < 5; turn += 1) await world.clock.advance(0);
    expect(before.queued).toBeGreaterThan(9_000);
    expect(answeredBeforeTheOther).toBeLessThanOrEqual(20);
  });

  test("no more than twenty are in flight, of one object never more than one", async () => {
    const plugs = Array.from({ length: 60 }, (_, index) =>
      plugManifest(`app-${index}`, { socket: { name: "db" } }, index % 2 === 0 ? "apps" : "shops"),
    );
    const world = await ground([socketManifest(), socketManifest("db", {}, "shops"), ...plugs]);
    const inFlight: string[] = [];
    let most = 0;
    let twice = false;
    const source = world.open({
      sink: async (event) => {
        twice ||= inFlight.includes(event.uid);
        inFlight.push(event.uid);
        most = Math.max(most, inFlight.length);
        await new Promise((resolve) => setImmediate(resolve));
        const delivery = await world.run(event);
        inFlight.splice(inFlight.indexOf(event.uid), 1);
        return delivery;
      },
    });
    await advanceUntil(world, source, async () =>
      (await Promise.all(plugs.map(({ metadata }) => world.plug(metadata.name, metadata.namespace)))).every(isDone),
    );
    expect(most).toBe(20);
    expect(twice).toBe(false);
  });

  test("a plug that is being deleted overtakes those that wait at the same socket", async () => {
    const plugs = Array.from({ length: 200 }, (_, index) => plugManifest(`app-${index}`));
    const world = await ground([socketManifest(), ...plugs]);
    await settle(world, world.open());
    const before = world.events.length;
    await world.cluster.load([socketManifest("db", { data: { changed: "yes" } })]);
    await world.cluster.kube.delete(plugKey("app-199", "apps"));
    await world.clock.advance(0);
    const names = world.events.slice(before).map(({ name }) => name);
    expect(names.indexOf("app-199")).toBeGreaterThanOrEqual(0);
    expect(names.indexOf("app-199")).toBeLessThan(20);
  });

  test("a burst of edits comes to one stage, for the last of them", async () => {
    const world = await ground([
      socketManifest(),
      plugManifest("app", { configConfigMapName: "settings" }),
      configMap("apps", "settings", { size: "0" }),
    ]);
    const source = world.open();
    await settle(world, source);
    const before = world.events.length;
    for (let size = 1; size <= 100; size += 1)
      await world.cluster.load([configMap("apps", "settings", { size: String(size) })]);
    await settle(world, source);
    const stages = world.events.slice(before).map(({ data }) => data.stage);
    expect(stages.filter((stage) => stage === "plug.resolve-config").length).toBeLessThan(10);
    expect(isDone(await world.plug("app"))).toBe(true);
  });

  test("the plugs of a socket are counted at most every two seconds", async () => {
    const world = await ground([
      socketManifest(),
      ...Array.from({ length: 50 }, (_, index) => plugManifest(`app-${index}`)),
    ]);
    const source = world.open();
    await advanceUntil(world, source, async () => {
      const socket = await world.cluster.kube.get(socketKey("db", "apps"));
      return JSON.stringify(socket?.["status"] ?? {}).includes('"coupledPlugCount":50');
    });
    expect(world.events.filter(({ data }) => data.stage === "socket.sync").length).toBeLessThanOrEqual(3);
  });

  test("a limited socket grants its places to those who came first, and the next when one leaves", async () => {
    const world = await ground([
      socketManifest("db", { limit: 2 }),
      ...["a", "b", "c"].map((name) => plugManifest(name)),
    ]);
    const source = world.open();
    const coupled = async (): Promise<readonly boolean[]> =>
      Promise.all(["a", "b", "c"].map(async (name) => isDone(await world.plug(name))));
    await advanceUntil(world, source, async () => (await coupled()).filter(Boolean).length === 2);
    await world.clock.advance(10_000);
    await settle(world, source);
    expect((await coupled()).filter(Boolean).length).toBe(2);
    await world.cluster.kube.delete({
      apiVersion,
      kind: "Plug",
      namespace: "apps",
      name: (await coupled())[0] ? "a" : "b",
    });
    await advanceUntil(world, source, async () => isDone(await world.plug("c")));
  });
});

describe("restlessness", () => {
  test("who changes what we made again and again is answered less and less often", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const source = world.open();
    await settle(world, source);
    const made = { apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name: "app-made" };
    for (let second = 0; second < 120; second += 1) {
      await world.cluster.kube.patch(made, { data: { by: String(second) } });
      await settle(world, source);
      await world.clock.advance(1_000);
    }
    const repairs = world.events.filter(({ data }) => data.stage === "plug.repair").length;
    expect(repairs).toBeGreaterThan(4);
    expect(repairs).toBeLessThan(12);
    expect(source.figures().restless).toBe(1);
  });
});

describe("snapshots", () => {
  const snapshot = (plug: string, marks: { readonly [label: string]: string }) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: `snapshot-of-${plug}`,
      namespace: "plugboard",
      labels: {
        [labels.managedBy]: manager,
        [snapshotLabels.of]: snapshotsOf({ namespace: "apps", name: plug }),
        ...marks,
      },
    },
  });

  test("one that nobody names is swept after two resyncs", async () => {
    const world = await ground([snapshot("gone", { [snapshotLabels.plugUid]: "uid", [snapshotLabels.revision]: "3" })]);
    const swept: string[] = [];
    const source = world.open({
      sink: async (event) => {
        if (event.data.stage === "snapshot.sweep") {
          swept.push(event.subject);
          await world.cluster.kube.delete({
            apiVersion: "v1",
            kind: "Secret",
            namespace: event.namespace,
            name: event.name,
          });
        }
        return { kind: "answered", reply: { kind: "fact", fact: "snapshot.swept", message: "" } };
      },
    });
    await settle(world, source);
    await world.clock.advance(600_000);
    await settle(world, source);
    expect(swept).toEqual([]);
    await world.clock.advance(600_000);
    await settle(world, source);
    expect(swept).toEqual(["/api/v1/namespaces/plugboard/secrets/snapshot-of-gone"]);
  });

  test("a plug made again under the name of a snapshot is adopted", async () => {
    const marks = { [snapshotLabels.plugUid]: "uid-of-before", [snapshotLabels.revision]: "3" };
    const world = await ground([snapshot("app", marks), socketManifest(), plugManifest("app")]);
    const source = world.open({ sink: async () => ({ kind: "answered", reply: { kind: "nothing", why: "" } }) });
    await settle(world, source);
    expect(world.events.filter(({ kind }) => kind === "Plug").map(({ data }) => data.stage)).toEqual(["plug.adopt"]);
  });
});

describe("reads from the store", () => {
  test("plugs, sockets and namespaces are read without a request, all else with one", async () => {
    const world = await ground([socketManifest(), plugManifest("app"), configMap("apps", "settings", {})]);
    const source = world.open();
    await settle(world, source);
    const kube = readingFirst(world.cluster.kube, (key) => source.read(key));
    const requests: string[] = [];
    world.cluster.onRequest(({ verb, kind }) => requests.push(`${verb} ${kind}`));
    const read = [
      await kube.get(plugKey("app", "apps")),
      await kube.get(socketKey("db", "apps")),
      await kube.get({ apiVersion: "v1", kind: "Namespace", name: "apps" }),
      await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name: "settings" }),
      await kube.get(plugKey("none", "apps")),
    ];
    expect(read.map((object) => object?.metadata.name)).toEqual(["app", "db", "apps", "settings", undefined]);
    expect(requests).toEqual(["get ConfigMap", "get Plug"]);
  });
});
