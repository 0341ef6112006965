import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createWorld, type World } from "plugboard/testkit";
import memcachedOperator from "./memcached.ts";

const namespace = "memcached-test";
const cache = { apiVersion: "cache.example.com/v1alpha1", kind: "Memcached", namespace, name: "cache" } as const;
const deployment = { apiVersion: "apps/v1", kind: "Deployment", namespace, name: "cache" } as const;
const service = { apiVersion: "v1", kind: "Service", namespace, name: "cache" } as const;
let world: World;

beforeAll(async () => {
  const kubeconfig = process.env["TEST_KUBECONFIG"];
  world = await createWorld({ operators: [memcachedOperator], crds: [`${import.meta.dirname}/crd.yaml`], kubeconfig });
});

afterAll(() => world.stop());

async function run(replicas: number): Promise<void> {
  const { metadata } = (await world.get(deployment)) ?? {};
  const counts = { replicas, readyReplicas: replicas, updatedReplicas: replicas };
  await world.setStatus(deployment, { observedGeneration: metadata?.generation, ...counts });
  await world.settled();
}

test("the Service is made when the servers run", async () => {
  const { apiVersion, kind, name } = cache;
  await world.apply({ apiVersion, kind, metadata: { name, namespace }, spec: { size: 3 } });
  await world.settled();
  expect(await world.get(service)).toBeUndefined();
  expect((await world.get(cache))?.status).toMatchObject({ step: "servers", stepsReady: 1 });
  await run(3);
  expect(await world.get(service)).toBeDefined();
  expect((await world.get(cache))?.status).toMatchObject({ step: "done", readyServers: 3 });
});

test("an even size is refused, and the servers stay", async () => {
  await world.edit(cache, { spec: { size: 4 } });
  await world.settled();
  expect((await world.get(deployment))?.spec?.replicas).toBe(3);
  expect((await world.get(cache))?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: "Synced", status: "False", reason: "InvalidParent" }),
  );
  await world.edit(cache, { spec: { size: 5 } });
  await world.settled();
  expect((await world.get(deployment))?.spec?.replicas).toBe(5);
});

test("when it is deleted everything goes", async () => {
  await world.delete(cache);
  await world.settled();
  expect([await world.get(cache), await world.get(service), await world.get(deployment)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
