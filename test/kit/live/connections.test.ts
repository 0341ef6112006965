import { afterEach, expect, test } from "@jest/globals";
import { type FakeApi, json, startFakeApi } from "./fake-api.ts";

const key = { apiVersion: "v1", kind: "Secret", namespace: "default", name: "a" };
const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace: "default", name: "a" } };

let api: FakeApi;
afterEach(() => api.close());

test("requests that follow each other use one connection, also after deletions of an exact version", async () => {
  api = await startFakeApi({ connections: 1 });
  let connections = 0;
  api.server.on("connection", () => {
    connections += 1;
  });
  api.answer(json(200, secret));
  const steps = [
    () => api.kube.create(secret),
    () => api.kube.delete(key, { uid: "1", resourceVersion: "2" }),
    () => api.kube.apply(secret, { fieldManager: "test", force: true }),
    () => api.kube.delete(key, { propagation: "Background" }),
    () => api.kube.get(key),
  ];
  for (const step of steps) await step();
  expect(api.asked).toHaveLength(steps.length);
  expect(connections).toBe(1);
});
