import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { conditionOf } from "../../worlds/looks.ts";
import { allRights, plugKey, socketKey } from "../../worlds/manifests.ts";
import { beginOnCluster, type ClusterLife } from "../life/cluster-life.ts";

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

/** The namespace is deleted, with all that is in it, and somebody else makes one of that name. */
async function remakeNamespace(name: string): Promise<void> {
  const key = { apiVersion: "v1", kind: "Namespace", name };
  await life.kube.patch(plugKey("shop", name), { metadata: { finalizers: null } });
  await life.kube.delete(key);
  await life.until("the namespace gone", async () => (await life.kube.get(key)) === undefined);
  await life.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, ...allRights(name));
  const account = { apiVersion: "v1", kind: "ServiceAccount", namespace: name, name: "default" };
  await life.until("its service account", async () => (await life.kube.get(account)) !== undefined);
}

test("on a real API server a plug in a namespace that was made again gets nothing of the former coupling, which is ended before the plug couples as new", async () => {
  const farewell = { when: ["decoupled"], template: map("dropped-shop", { seen: "{% .plugConfig.word %}" }) };
  const resources = [{ template: map("of-shop", { seen: "{% .plugConfig.word %}" }) }, farewell];
  await tell("former");
  await life.apply(vault({ resources }), shop());
  await life.until("coupled", async () => (await ready()).status === "True");
  expect([await seen("loot", life.app), await seen("of-shop", life.db)]).toEqual(["former", "former"]);
  await life.away(async () => {
    await remakeNamespace(life.app);
    await tell("new");
    await life.apply(shop());
  });
  await life.until("waiting for the former", async () => (await ready()).reason === "FormerCouplingEnding");
  expect([await seen("loot", life.app), await seen("of-shop", life.db)]).toEqual([undefined, "former"]);
  for (let times = 0; times < 4; times += 1) await life.resync();
  await life.until("coupled as new", async () => (await ready()).status === "True");
  expect(await seen("dropped-shop", life.db)).toBe("former");
  expect([await seen("loot", life.app), await seen("of-shop", life.db)]).toEqual(["new", "new"]);
});
