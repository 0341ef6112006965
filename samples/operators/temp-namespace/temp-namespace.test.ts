import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createWorld, type World } from "plugboard/testkit";
import tempNamespaceOperator from "./temp-namespace.ts";

const preview = { apiVersion: "example.com/v1alpha1", kind: "TempNamespace", name: "preview-test" } as const;
const namespace = { apiVersion: "v1", kind: "Namespace", name: "preview-test" } as const;
let world: World;

beforeAll(async () => {
  const kubeconfig = process.env["TEST_KUBECONFIG"];
  world = await createWorld({
    operators: [tempNamespaceOperator],
    crds: [`${import.meta.dirname}/crd.yaml`],
    kubeconfig,
  });
});

afterAll(() => world.stop());

test("a TempNamespace has a Namespace with its labels, until its time is over", async () => {
  const { name, ...kind } = preview;
  await world.apply({ ...kind, metadata: { name }, spec: { lifetimeSeconds: 8, labels: { team: "blue" } } });
  await world.settled();
  expect((await world.get(namespace))?.metadata.labels).toMatchObject({ team: "blue" });
  await world.advance(12);
  const left = await world.get(namespace);
  // On an API server without a namespace controller it stays, being deleted.
  expect(left === undefined || left.metadata.deletionTimestamp !== undefined).toBe(true);
});
