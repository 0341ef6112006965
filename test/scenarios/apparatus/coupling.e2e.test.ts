import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { conditionOf } from "../../worlds/looks.ts";
import { plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { beginOnCluster, type ClusterLife } from "../life/cluster-life.ts";
import { type FakeApparatus, fakeApparatus } from "./fake-apparatus.ts";
import { apparatus, markReady, podKey } from "./pods.ts";

const template = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "seen" },
  data: { url: "{% .plugConfig.url %}" },
};

describe("on a real API server, where the test is the kubelet", () => {
  let life: ClusterLife;
  let fake: FakeApparatus;
  const plug = () => life.kube.get(plugKey("shop", life.app));
  const pod = (name = "shop-apparatus", namespace = life.app): Promise<KubeObject | undefined> =>
    life.kube.get(podKey(name, namespace));
  const paths = () => fake.calls.map(({ path }) => path);

  beforeAll(async () => {
    fake = fakeApparatus();
    fake.answer = (call, response) => response.end(call.path === "/config" ? '{"url":"https://shop"}' : "{}");
    life = await beginOnCluster(undefined, { apparatus: fake });
  });

  afterAll(async () => {
    await life.stop();
    expect(life.broken).toEqual([]);
  });

  test("an apparatus is made, waited for, used on both sides, removed when idle, and made again", async () => {
    const own = (spec: object) => ({ ...spec, apparatus: { ...apparatus, idleTimeout: 1 } });
    const spec = own({ socket: { name: "pg", namespace: life.db } });
    const store = { apiVersion: "v1", kind: "Secret", metadata: { name: "store", namespace: life.app } };
    await life.apply({ ...store, data: { jks: "/u3+7Q==", user: "c2hvcA==" } });
    const withBytes = { ...spec, configSecretName: "store" };
    await life.apply(
      socketWith("pg", own({ resources: [{ template }] }), life.db),
      plugWith("shop", withBytes, life.app),
    );
    await life.until("both Pods made", async () => !!(await pod()) && !!(await pod("pg-apparatus", life.db)));
    expect(await life.kube.get({ ...podKey("shop-apparatus", life.app), kind: "Service" })).toMatchObject({
      spec: { ports: [{ port: 80, targetPort: "container" }], clusterIP: expect.stringMatching(/^\d/) },
    });
    expect(paths()).toEqual([]);
    await markReady(life.kube, podKey("shop-apparatus", life.app));
    await markReady(life.kube, podKey("pg-apparatus", life.db));
    await life.until("coupled", async () => conditionOf(await plug(), "Ready").status === "True");
    expect(paths().filter((path) => path === "/coupled")).toHaveLength(2);
    const [told] = fake.calls.filter(({ path }) => path === "/coupled");
    expect(told?.body).toMatchObject({ plugConfig: { user: "shop" } });
    expect(told?.body).not.toHaveProperty("plugConfig.jks");
    expect((await life.objects()).filter((object) => object["reason"] === "NotText").map(({ note }) => note)).toEqual([
      expect.stringContaining(`plugConfig.jks (from Secret ${life.app}/store, key jks)`),
      expect.stringContaining(`plugConfig.jks (from Secret ${life.app}/store, key jks)`),
    ]);
    expect(await life.kube.get({ ...podKey("seen", life.db), kind: "ConfigMap" })).toMatchObject({
      data: { url: "https://shop" },
    });
    expect(fake.dialled.every(({ address }) => /^10\./.test(address))).toBe(true);
    expect(fake.lookedUp).toEqual([]);
    expect(JSON.stringify((await plug())?.["status"])).not.toContain("https://shop");
    const before = (await pod())?.metadata.uid;
    await life.kube.patch(podKey("shop-apparatus", life.app), {
      metadata: { annotations: { "integration.rock8s.com/last-used-at": "2026-01-01T00:00:00Z" } },
    });
    await life.until(
      "idle Pod gone",
      async () => (await pod())?.metadata.deletionTimestamp !== undefined || !(await pod()),
    );
    await life.apply(plugWith("shop", { ...spec, epoch: "2" }, life.app));
    await life.until("made again", async () => {
      const uid = (await pod())?.metadata.uid;
      return uid !== undefined && uid !== before;
    });
    await markReady(life.kube, podKey("shop-apparatus", life.app));
    await life.until("updated", async () => paths().filter((path) => path === "/updated").length === 2);
    await life.kube.delete(plugKey("shop", life.app));
    await life.kube.delete(socketKey("pg", life.db));
    await life.until(
      "plug and socket gone",
      async () => !(await plug()) && !(await life.kube.get(socketKey("pg", life.db))),
    );
    expect(paths().filter((path) => path === "/decoupled")).toHaveLength(2);
    expect(paths().filter((path) => path === "/deleted")).toHaveLength(2);
  });

  test("a Service that leads elsewhere is put right, or left to whoever made it, before anything is called", async () => {
    const elsewhere = {
      type: "ExternalName",
      externalName: "vault.kube-system.svc",
      clusterIP: null,
      clusterIPs: null,
    };
    const alias = { ...podKey("late-apparatus", life.app), kind: "Service" };
    const other = { ...alias, name: "late-plug-apparatus" };
    const late = (epoch: string) =>
      plugWith("late", { socket: { name: "open", namespace: life.db }, apparatus, epoch }, life.app);
    const isReady = async () => conditionOf(await life.kube.get(plugKey("late", life.app)), "Ready").status === "True";
    const address = async (key: typeof alias) => Object((await life.kube.get(key))?.["spec"]).clusterIP;
    await life.apply(socketWith("open", {}, life.db), late("1"));
    await life.until("its Pod made", async () => !!(await pod("late-apparatus")));
    await life.kube.patch(alias, { spec: elsewhere });
    const before = fake.dialled.length;
    await markReady(life.kube, podKey("late-apparatus", life.app));
    await life.until("coupled", isReady);
    expect(await life.kube.get(alias)).toMatchObject({ spec: { type: "ClusterIP" } });
    expect(new Set(fake.dialled.slice(before).map((to) => to.address))).toEqual(new Set([await address(alias)]));
    await life.kube.delete(alias);
    const { uid = "" } = (await life.kube.get(plugKey("late", life.app)))?.metadata ?? {};
    const labels = { "app.kubernetes.io/managed-by": "plugboard", "integration.rock8s.com/apparatus-of": uid };
    const metadata = { name: alias.name, namespace: alias.namespace ?? "", labels };
    const service = { apiVersion: "v1", kind: "Service" };
    await life.apply({ ...service, metadata, spec: { type: "ExternalName", externalName: "vault.kube-system.svc" } });
    const again = fake.dialled.length;
    await life.apply(late("2"));
    await life.until("another name taken", async () => !!(await pod("late-plug-apparatus")));
    await markReady(life.kube, podKey("late-plug-apparatus", life.app));
    await life.until("updated", async () => fake.dialled.length > again && (await isReady()));
    expect(new Set(fake.dialled.slice(again).map((to) => to.address))).toEqual(new Set([await address(other)]));
    expect(fake.lookedUp).toEqual([]);
    await life.kube.delete(plugKey("late", life.app));
    await life.kube.delete(socketKey("open", life.db));
    await life.until("gone", async () => !(await life.kube.get(plugKey("late", life.app))));
  });
});
