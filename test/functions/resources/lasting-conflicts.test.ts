import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { PlugStatus } from "../../../crds/plug/plug.generated.ts";
import { Conflict } from "../../../kit/errors.ts";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";

let world: World;
/** How many applies of the object made meet somebody who was quicker. */
let conflicts: number;
let running: Awaited<ReturnType<typeof start>>;

beforeEach(async () => {
  world = await makeWorld();
  conflicts = 0;
  const kube = interceptedKube(world.cluster.kube, async ({ verb, name }, perform) => {
    if (verb !== "apply" || name !== "made" || conflicts === 0) return perform();
    conflicts -= 1;
    throw new Conflict("the object has been modified");
  });
  running = await start(world, { kube });
});

afterEach(async () => {
  await running.stop();
  expect(world.broken).toEqual([]);
});

async function couple(resources: readonly object[]): Promise<void> {
  const socket = socketWith("sock", { resources });
  const spec = { socket: { name: "sock", namespace: "db" } };
  await apply(world.cluster.kube, socket, plugWith("web", spec));
  await rest(world, running);
}

const made = { template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" }, data: { a: "b" } } };

async function statusOf(name: string): Promise<PlugStatus> {
  return ((await world.cluster.kube.get(plugKey(name))) as KubeObject & { status: PlugStatus }).status;
}

const events = (reason: string): readonly KubeObject[] =>
  world.cluster.objects().filter((object) => object.kind === "Event" && object["reason"] === reason);

describe("a conflict", () => {
  test("that passes is no news", async () => {
    conflicts = 2;
    await couple([made]);
    await world.clock.advance(60_000);
    await rest(world, running);
    const status = await statusOf("web");
    expect(status.failure).toBeUndefined();
    expect(status.performed?.revision).toBe(1);
    expect(events("Conflict")).toEqual([]);
  });

  test("that lasts is said from the third time on, once, and no more when it is over", async () => {
    conflicts = 8;
    await couple([made]);
    for (let minutes = 0; minutes < 30 && events("Conflict").length === 0; minutes += 1) {
      await world.clock.advance(60_000);
      await rest(world, running);
    }
    expect(events("Conflict")).toHaveLength(1);
    expect(String(events("Conflict")[0]?.["note"])).toContain("ConfigMap db/made");
    for (let minutes = 0; minutes < 60 && (await statusOf("web")).performed === undefined; minutes += 1) {
      await world.clock.advance(60_000);
      await rest(world, running);
    }
    const status = await statusOf("web");
    expect(status.failure).toBeUndefined();
    expect(status.performed?.revision).toBe(1);
    expect(events("Conflict")).toHaveLength(1);
  });
});

test("a coupling whose snapshot was deleted ends with a warning that its decoupled resources are not performed", async () => {
  const farewell = { ...made.template, metadata: { name: "farewell" } };
  await couple([made, { when: ["decoupled"], template: farewell }]);
  const { kube } = world.cluster;
  const snapshot = (await statusOf("web")).performed?.snapshot ?? "";
  await running.stop();
  await kube.delete({ apiVersion: "v1", kind: "Secret", namespace: operatorNamespace, name: snapshot });
  await kube.delete(plugKey("web"));
  running = await start(world);
  await rest(world, running);
  expect(await kube.get(plugKey("web"))).toBeUndefined();
  expect(events("SnapshotLost")).toHaveLength(1);
  expect(await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "db", name: "made" })).toBeUndefined();
});
