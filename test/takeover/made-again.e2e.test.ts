import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiVersion } from "../../crds/names.ts";
import type { KubeObject } from "../../kit/kube.ts";
import { conditionOf } from "../apparatus/coupled-worlds.ts";
import { beginOnCluster, type ClusterLife } from "../life/cluster-life.ts";
import { plugKey, socketKey } from "../worlds.ts";

let life: ClusterLife;

beforeAll(async () => {
  life = await beginOnCluster();
});

afterAll(async () => {
  await life.stop();
  expect(life.broken).toEqual([]);
});

const map = (name: string, data: object): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });

function vault(spec: object = {}): KubeObject {
  const template = map("of-shop", { seen: "{% .plugConfig.word %}" });
  const metadata = { name: "vault", namespace: life.db };
  return {
    apiVersion,
    kind: "Socket",
    metadata,
    spec: { configSecretName: "vault", resources: [{ template }], ...spec },
  };
}

function shop(): KubeObject {
  const template = map("loot", { seen: "{% .socketConfig.word %}" });
  const socket = { name: "vault", namespace: life.db };
  const metadata = { name: "shop", namespace: life.app };
  return { apiVersion, kind: "Plug", metadata, spec: { socket, configSecretName: "own", resources: [{ template }] } };
}

async function tell(word: string): Promise<void> {
  for (const [name, namespace] of [
    ["vault", life.db],
    ["own", life.app],
  ] as const)
    await life.apply({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData: { word } });
}

async function seen(name: string, namespace: string): Promise<unknown> {
  const found = await life.kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name });
  return Object(found?.["data"]).seen;
}

async function makeAgain(object: KubeObject): Promise<void> {
  const key = plugKey(object.metadata.name, life.app);
  await life.kube.patch(key, { metadata: { finalizers: null } });
  await life.kube.delete(key);
  await life.apply(object);
}

const ready = async () => conditionOf(await life.kube.get(plugKey("shop", life.app)), "Ready");

test("on a real API server a plug that is refused and made again keeps what it had and learns nothing, until it is admitted", async () => {
  await tell("first");
  await life.apply(vault(), shop());
  await life.until("coupled", async () => (await ready()).status === "True");
  const refusing = { validation: { namespaceBlacklist: ["."] } };
  await life.away(async () => {
    await makeAgain(shop());
    await life.apply(vault(refusing));
    await tell("second");
  });
  await life.until("refused", async () => (await ready()).reason === "NamespaceDenied");
  expect([await seen("loot", life.app), await seen("of-shop", life.db)]).toEqual(["first", "first"]);
  await life.kube.patch(socketKey("vault", life.db), { spec: { validation: null } });
  await life.until(
    "admitted",
    async () => (await ready()).status === "True" && (await seen("loot", life.app)) === "second",
  );
  expect(await seen("of-shop", life.db)).toBe("second");
  await life.kube.delete(plugKey("shop", life.app));
  await life.until("gone", async () => (await life.kube.get(plugKey("shop", life.app))) === undefined);
  expect([await seen("loot", life.app), await seen("of-shop", life.db)]).toEqual([undefined, undefined]);
});
