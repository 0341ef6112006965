import { describe, expect, test } from "@jest/globals";
import { Unavailable } from "../../../kit/errors.ts";
import { configMap, plugKey, socketKey } from "../../worlds/manifests.ts";
import { advanceUntil, ground, isDone, plugManifest, settle, socketManifest } from "../ground.ts";

describe("the closed loop", () => {
  test("couples what is there when it starts", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    await settle(world, world.open());
    expect(isDone(await world.plug("app"))).toBe(true);
  });

  test("couples what comes later, in either order", async () => {
    const world = await ground([plugManifest("app")]);
    const source = world.open();
    await settle(world, source);
    expect((await world.plug("app"))?.status?.performed).toBeUndefined();
    await world.cluster.load([socketManifest()]);
    await settle(world, source);
    expect(isDone(await world.plug("app"))).toBe(true);
  });

  test("asks for each stage once where nothing goes wrong", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    await settle(world, world.open());
    expect(world.events.filter(({ kind }) => kind === "Plug").map(({ data }) => data.stage)).toEqual([
      "plug.create",
      "plug.resolve-config",
      "plug.couple",
      "plug.template-result",
    ]);
  });

  test("says who is coupled on the socket", async () => {
    const world = await ground([socketManifest(), plugManifest("one"), plugManifest("two")]);
    await settle(world, world.open());
    const socket = await world.cluster.kube.get(socketKey("db", "apps"));
    expect(socket?.["status"]).toMatchObject({ coupledPlugCount: 2 });
  });

  test("follows a ConfigMap that a plug reads", async () => {
    const world = await ground([
      socketManifest(),
      plugManifest("app", { configConfigMapName: "settings" }),
      configMap("apps", "settings", { size: "1" }),
    ]);
    const source = world.open();
    await settle(world, source);
    await world.cluster.load([configMap("apps", "settings", { size: "2" })]);
    await settle(world, source);
    expect((await world.plug("app"))?.status?.performed?.revision).toBe(2);
  });

  test("puts back what was removed", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const source = world.open();
    await settle(world, source);
    const made = { apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name: "app-made" };
    await world.cluster.kube.delete(made);
    await settle(world, source);
    expect(await world.cluster.kube.get(made)).toBeDefined();
  });

  test("lets a deleted plug and its deleted socket go", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const source = world.open();
    await settle(world, source);
    await world.cluster.kube.delete(socketKey("db", "apps"));
    await settle(world, source);
    expect(await world.cluster.kube.get(socketKey("db", "apps"))).toBeUndefined();
    await world.cluster.kube.delete(plugKey("app", "apps"));
    await settle(world, source);
    expect(await world.plug("app")).toBeUndefined();
  });
});

describe("events that go astray", () => {
  test("a lost event is asked for again until its stage is done", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    let lost = 0;
    const source = world.open({
      sink: async (event) => {
        if (event.data.stage === "plug.couple") lost += 1;
        if (event.data.stage !== "plug.couple" || lost > 4) return await world.run(event);
        return { kind: "answered", reply: { kind: "nothing", why: "lost" } };
      },
    });
    await advanceUntil(world, source, async () => isDone(await world.plug("app")));
    const ids = world.events.filter(({ data }) => data.stage === "plug.couple").map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
    expect(ids[4]).toBe(`${ids[0]}.4`);
  });

  test("what a remote broker accepts and loses is asked for again when its time is up", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const seen = new Map<string, number>();
    const source = world.open({
      sink: async (event) => {
        const count = (seen.get(event.data.stage) ?? 0) + 1;
        seen.set(event.data.stage, count);
        if (count > 1) await world.run(event);
        return { kind: "accepted" };
      },
    });
    await source.synced;
    for (let minutes = 0; minutes < 30 && !isDone(await world.plug("app")); minutes += 1)
      await world.clock.advance(60_000);
    expect(isDone(await world.plug("app"))).toBe(true);
  });

  test("a sink that is down costs time, nothing else", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    let down = true;
    const source = world.open({
      sink: async (event) => {
        if (down) throw new Unavailable("the broker is down");
        return await world.run(event);
      },
    });
    await settle(world, source);
    expect(source.waiting().map(({ stage, lastError }) => [stage, lastError?.name])).toContainEqual([
      "plug.create",
      "Unavailable",
    ]);
    down = false;
    await advanceUntil(world, source, async () => isDone(await world.plug("app")));
  });

  test("events that come twice leave the same world", async () => {
    const world = await ground([socketManifest(), plugManifest("app")]);
    const source = world.open({
      sink: async (event) => {
        const [first] = await Promise.all([world.run(event), world.run(event)]);
        return first;
      },
    });
    await advanceUntil(world, source, async () => isDone(await world.plug("app")));
    expect((await world.plug("app"))?.status?.performed?.revision).toBe((await world.plug("app"))?.status?.revision);
  });

  test("what fails waits longer each time, and no longer after an edit", async () => {
    const world = await ground([plugManifest("app")]);
    const source = world.open({
      sink: async () => ({ kind: "answered", reply: { kind: "retry", error: new Unavailable("not now") } }),
    });
    const waits: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      await settle(world, source);
      const [waiting] = source.waiting();
      waits.push(Math.round(((waiting?.nextRequestAt ?? 0) - world.clock.now()) / 1_000));
      await world.clock.advance((waiting?.nextRequestAt ?? 0) - world.clock.now());
    }
    expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8]);
    expect(waits.at(-1)).toBe(300);
    await world.cluster.load([plugManifest("app", { epoch: "2" })]);
    await settle(world, source);
    expect(source.waiting()[0]?.attempt).toBe(0);
  });
});
