import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import type { PlugStatus } from "../../../crds/plug/plug.generated.ts";
import { InvalidInput } from "../../../kit/errors.ts";
import { deathAt, type Intercept, interceptedKube } from "../../../kit/kube/intercept.ts";
import { plugKey } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";

const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" }, data: { a: "b" } };

type Case = readonly [stage: string, plug: object, socket: object, ends: boolean];

const cases: readonly Case[] = [
  ["plug.create", { resources: [{ when: ["created"], template }] }, {}, false],
  ["plug.couple", {}, { resources: [{ template }] }, false],
  ["plug.template-result", {}, { resultResources: [{ template }] }, false],
  ["plug.decouple", {}, { resources: [{ when: ["decoupled"], template }] }, true],
];

/** The API server rejects the object made. */
const rejecting: Intercept = async ({ verb, name }, perform) => {
  if (verb !== "apply" || name !== "made") return perform();
  throw new InvalidInput("no", { verdict: { code: 422, reason: "Invalid", fields: ["data"] } });
};

async function statusOf({ cluster }: World): Promise<PlugStatus> {
  return Object((await cluster.kube.get(plugKey("web")))?.["status"]);
}

describe("a process that dies as soon as its stage has begun", () => {
  test.each(cases)("counts on, of what was tried before: %s", async (stage, plug, socket, ends) => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    const named = (kind: string, name: string, namespace: string, spec: object) => ({
      apiVersion,
      kind,
      metadata: { name, namespace },
      spec,
    });
    let running = await start(world, { kube: interceptedKube(kube, rejecting) });
    const at = { socket: { name: "sock", namespace: "db" } };
    await apply(kube, named("Socket", "sock", "db", socket), named("Plug", "web", "app", { ...at, ...plug }));
    await rest(world, running);
    if (ends) await kube.delete(plugKey("web"));
    const failedSince = async (attempts: number) => {
      const { failure } = await statusOf(world);
      return failure?.stage === stage && (failure.attempts ?? 0) > attempts;
    };
    for (let minutes = 0; minutes < 60 && !(await failedSince(3)); minutes += 1) await rest(world, running);
    const attempts = (await statusOf(world)).failure?.attempts ?? 0;
    await running.stop();

    const death = deathAt(1, "after");
    running = await start(world, { kube: interceptedKube(kube, death.intercept), failed: () => {} });
    for (let minutes = 0; minutes < 60 && !death.died(); minutes += 1) await world.clock.advance(60_000);
    await running.stop();
    expect((await statusOf(world)).stage?.name).toBe(stage);

    running = await start(world, { kube: interceptedKube(kube, rejecting) });
    await rest(world, running);
    await running.stop();
    const { failure, stage: claim } = await statusOf(world);
    expect(claim).toBeUndefined();
    expect(failure).toMatchObject({ stage, reason: "Rejected" });
    expect(failure?.attempts).toBeGreaterThan(attempts);

    running = await start(world, { kube });
    for (let minutes = 0; minutes < 60 && (await statusOf(world)).failure !== undefined; minutes += 1)
      await rest(world, running);
    await running.stop();
    expect((await statusOf(world)).failure).toBeUndefined();
  });
});
