import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { configMap, configMapKey } from "../../worlds/manifests.ts";
import { beginOnCluster, type ClusterLife } from "../life/cluster-life.ts";
import { deferred, deferredKey, resolvedOf } from "./deferred-resources.ts";

describe("on a real API server a DeferredResource", () => {
  let life: ClusterLife;
  const look = async () => resolvedOf(await life.kube.get(deferredKey("later", life.app)));

  beforeAll(async () => {
    life = await beginOnCluster();
  });

  afterAll(async () => {
    await life.stop();
    expect(life.broken).toEqual([]);
  });

  test("waits, applies its resource when its time has come and all is there, and takes it along when it goes", async () => {
    const waitFor = [{ apiVersion: "v1", kind: "ConfigMap", name: "first" }];
    await life.apply(deferred("later", { waitFor, timeout: 1 }, life.app));
    await life.until("it says what it waits for", async () => (await look()).reason === "Waiting");
    expect((await look()).message).toContain(`ConfigMap ${life.app}/first`);
    await life.apply(configMap(life.app, "first"));
    await life.until("resolved", async () => (await look()).status === "True");
    expect(await life.kube.get(configMapKey(life.app, "made"))).toMatchObject({ data: { by: "later" } });
    await life.kube.delete(deferredKey("later", life.app));
    await life.until("gone", async () => (await life.kube.get(deferredKey("later", life.app))) === undefined);
    expect(await life.kube.get(configMapKey(life.app, "made"))).toBeUndefined();
  });
});
