import { expect, test } from "@jest/globals";
import { defineOperator, type RequestOf, steps } from "../../operator/operator.ts";
import { conditionOf } from "../worlds/looks.ts";
import { configMap, configMaps, keyOfThing, namespace, thing, things } from "./things.ts";
import { makeWorld, namesOf } from "./worlds.ts";

const deployments = { apiVersion: "apps/v1", kind: "Deployment" } as const;
const kinds = { parent: things, children: { configMaps, deployments } } as const;
const keyOfDatabase = { ...deployments, namespace, name: "db" } as const;

const operator = defineOperator({
  ...kinds,
  name: "stepper",
  sync: steps<RequestOf<typeof kinds>>([
    { name: "settings", children: ({ parent }) => [configMap("settings", { image: imageIn(parent) })] },
    {
      name: "database",
      children: ({ parent }) => {
        const template = { spec: { containers: [{ name: "db", image: imageIn(parent) }] } };
        return [{ ...deployments, metadata: { name: "db" }, spec: { template } }];
      },
    },
    {
      name: "application",
      children: ({ parent }) => [configMap("app", { image: imageIn(parent) })],
      until: ({ children }) =>
        children.configMaps.get("app")?.data?.["started"] === "yes" || "the application is starting",
    },
  ]),
});

function imageIn({ spec }: { readonly [field: string]: unknown }): string {
  return (spec as { readonly image?: string }).image ?? "1";
}

function running(generation: number): object {
  return { observedGeneration: generation, readyReplicas: 1, updatedReplicas: 1, replicas: 1 };
}

test("a step is made when all before are ready, and Ready says which one waits for what", async () => {
  const world = await makeWorld({ operators: [operator], objects: [thing()] });
  expect(await namesOf(world)).toEqual(["settings"]);
  expect(conditionOf(await world.get(keyOfThing()), "Ready")).toMatchObject({
    status: "False",
    message: "step 2 of 3, database: waiting for Deployment shop/db",
  });
  await world.setStatus(keyOfDatabase, running(1));
  await world.settled();
  expect(await namesOf(world)).toEqual(["app", "settings"]);
  expect(conditionOf(await world.get(keyOfThing()), "Ready").message).toBe(
    "step 3 of 3, application: the application is starting",
  );
  await world.edit({ ...configMaps, namespace, name: "app" }, { data: { started: "yes" } });
  await world.settled();
  expect(conditionOf(await world.get(keyOfThing()), "Ready").status).toBe("True");
});

test("a change goes through the steps in order; later steps stay as they are until it is their turn", async () => {
  const world = await makeWorld({ operators: [operator], objects: [thing()] });
  await world.setStatus(keyOfDatabase, running(1));
  await world.settled();
  await world.edit(keyOfThing(), { spec: { image: "2" } });
  await world.settled();
  const imageOf = async (name: string): Promise<unknown> =>
    (await world.get({ ...configMaps, namespace, name }))?.data?.["image"];
  expect([await imageOf("settings"), await imageOf("app")]).toEqual(["2", "1"]);
  await world.setStatus(keyOfDatabase, running(2));
  await world.settled();
  expect(await imageOf("app")).toBe("2");
});

test("a step that is not ready any more is waited for again, and nothing is deleted", async () => {
  const world = await makeWorld({ operators: [operator], objects: [thing()] });
  await world.setStatus(keyOfDatabase, running(1));
  await world.settled();
  await world.setStatus(keyOfDatabase, { observedGeneration: 1, readyReplicas: 0 });
  await world.settled();
  expect(await namesOf(world)).toEqual(["app", "settings"]);
  expect(conditionOf(await world.get(keyOfThing()), "Ready").message).toContain("step 2 of 3, database");
});

test("when the parent is deleted, steps go in reverse, each when those after it are gone", async () => {
  const world = await makeWorld({ operators: [operator], objects: [thing()] });
  await world.setStatus(keyOfDatabase, running(1));
  await world.settled();
  await world.edit({ ...configMaps, namespace, name: "app" }, { metadata: { finalizers: ["test.example.com/hold"] } });
  await world.delete(keyOfThing());
  await world.settled();
  expect(await world.get(keyOfDatabase)).toBeDefined();
  expect(conditionOf(await world.get(keyOfThing()), "Ready").message).toBe("deleting step 3 of 3, application");
  await world.edit({ ...configMaps, namespace, name: "app" }, { metadata: { finalizers: null } });
  await world.settled();
  const deleted = world.results.flatMap(({ results }) => results.filter(({ outcome }) => outcome === "deleted"));
  expect(deleted.map(({ name }) => name)).toEqual(["db", "settings"]);
  expect(await world.get(keyOfThing())).toBeUndefined();
});
