import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createWorld, type World } from "plugboard/testkit";
import echoOperator from "./echo-server.ts";

const namespace = "echo-test";
const hello = { apiVersion: "example.com/v1alpha1", kind: "EchoServer", namespace, name: "hello" } as const;
const pod = { apiVersion: "v1", kind: "Pod", namespace, name: "hello" } as const;
const service = { apiVersion: "v1", kind: "Service", namespace, name: "hello" } as const;
let world: World;

beforeAll(async () => {
  const kubeconfig = process.env["TEST_KUBECONFIG"];
  world = await createWorld({ operators: [echoOperator], crds: [`${import.meta.dirname}/crd.yaml`], kubeconfig });
});

afterAll(() => world.stop());

test("an EchoServer gets a Pod, a Service and an address", async () => {
  await world.apply(`
apiVersion: example.com/v1alpha1
kind: EchoServer
metadata: { name: hello, namespace: ${namespace} }
spec: { text: Hello, port: 90 }
`);
  await world.settled();
  expect((await world.get(pod))?.spec?.containers[0]?.args).toContain("-text=Hello");
  expect((await world.get(service))?.spec?.ports?.[0]?.port).toBe(90);
  expect((await world.get(hello))?.status?.address).toBe(`hello.${namespace}.svc:90`);
});

test("another text makes a new Pod", async () => {
  const before = await world.get(pod);
  await world.edit(hello, { spec: { text: "Good morning" } });
  await world.settled();
  const after = await world.get(pod);
  expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  expect(after?.spec?.containers[0]?.args).toContain("-text=Good morning");
});

test("a Service that somebody deletes comes back, and an API server that fails delays it only", async () => {
  world.fail({ verb: "apply", kind: "Service", status: 500, times: 2 });
  await world.delete(service);
  await world.settled();
  await world.advance(5);
  expect(await world.get(service)).toBeDefined();
});
