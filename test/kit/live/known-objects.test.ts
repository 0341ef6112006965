import { afterEach, expect, test } from "@jest/globals";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { type FakeApi, json, startFakeApi } from "./fake-api.ts";

let api: FakeApi;
afterEach(() => api.close());

function object(kind: string, data: object): KubeObject {
  return { apiVersion: "v1", kind, metadata: { namespace: "default", name: "a" }, data };
}

const key = (kind: string) => ({ apiVersion: "v1", kind, namespace: "default", name: "a" });

test("an object that is read again is asked for each time, and is the same while nothing of it changes", async () => {
  api = await startFakeApi();
  const [one, other] = [object("ConfigMap", { a: "1" }), object("ConfigMap", { a: "2" })];
  api.answer(json(200, one), json(200, one), json(200, one), json(200, other), json(200, one));
  const first = await api.kube.get(key("ConfigMap"));
  expect(first).toEqual(one);
  expect(await api.kube.get(key("ConfigMap"))).toBe(first);
  const account = { namespace: "default", name: "default" };
  expect(await api.kube.as(account).get(key("ConfigMap"))).toBe(first);
  expect(await api.kube.get(key("ConfigMap"))).toEqual(other);
  expect(await api.kube.get(key("ConfigMap"))).toEqual(one);
  expect(api.asked).toHaveLength(5);
});

test("an object that is gone, or forbidden, is not remembered", async () => {
  api = await startFakeApi();
  const gone = json(404, { kind: "Status", reason: "NotFound", details: { name: "a", kind: "configmaps" } });
  api.answer(json(200, object("ConfigMap", {})), gone, json(403, { kind: "Status", reason: "Forbidden" }));
  await api.kube.get(key("ConfigMap"));
  expect(await api.kube.get(key("ConfigMap"))).toBeUndefined();
  await expect(api.kube.get(key("ConfigMap"))).rejects.toMatchObject({ name: "Forbidden" });
});

test("Secrets are not kept", async () => {
  api = await startFakeApi();
  api.answer(json(200, object("Secret", { a: "YQ==" })));
  const first = await api.kube.get(key("Secret"));
  const second = await api.kube.get(key("Secret"));
  expect(second).toEqual(first);
  expect(second).not.toBe(first);
});
