import { beforeEach, expect, test } from "@jest/globals";
import type { Kube, KubeObject, ListQuery } from "../../../kit/kube/port.ts";
import { configMap, configMapKey } from "../../worlds/manifests.ts";
import { deployment, type Open } from "./ground.ts";

/** What get, getMetadata, list and served promise. */
export function describeReading(open: Open): void {
  let kube: Kube;
  let namespace: string;
  let another: () => Promise<string>;
  const configMaps: () => ListQuery = () => ({ apiVersion: "v1", kind: "ConfigMap", namespace, labelSelector: "test" });
  const names = async (query: Partial<ListQuery>): Promise<readonly string[]> =>
    namesOf((await kube.list({ ...configMaps(), ...query })).items);

  beforeEach(async () => {
    ({ kube, namespace, another } = await open());
  });

  test("an object that is not there is undefined, also in a namespace that is not there", async () => {
    expect(await kube.get(configMapKey(namespace, "none"))).toBeUndefined();
    expect(await kube.get(configMapKey("no-such-namespace", "none"))).toBeUndefined();
    expect(await kube.getMetadata(configMapKey(namespace, "none"))).toBeUndefined();
  });

  test("what was created is read back", async () => {
    const created = await kube.create(configMap(namespace, "a", { x: "1" }));
    expect(await kube.get(configMapKey(namespace, "a"))).toEqual(created);
    expect(created).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", data: { x: "1" } });
  });

  test("metadata alone comes with the object's own apiVersion and kind, and nothing else", async () => {
    const { metadata } = await kube.create(deployment(namespace, "a"));
    const read = await kube.getMetadata({ apiVersion: "apps/v1", kind: "Deployment", namespace, name: "a" });
    expect(Object.keys(read ?? {}).sort()).toEqual(["apiVersion", "kind", "metadata"]);
    expect(read).toMatchObject({ apiVersion: "apps/v1", kind: "Deployment", metadata: { uid: metadata.uid } });
  });

  test("how a kind is served names its plural and whether it is namespaced", async () => {
    const secret = { apiVersion: "v1", kind: "Secret" };
    expect(await kube.served(secret)).toEqual({ ...secret, plural: "secrets", namespaced: true, hasStatus: false });
    const policy = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
    expect(await kube.served(policy)).toEqual({
      ...policy,
      plural: "networkpolicies",
      namespaced: true,
      hasStatus: false,
    });
    expect(await kube.served({ apiVersion: "v1", kind: "Namespace" })).toMatchObject({
      namespaced: false,
      hasStatus: true,
    });
  });

  test("a kind that nobody serves is KindNotServed for every verb", async () => {
    const ghost = { apiVersion: "ghosts.example.test/v1", kind: "Ghost" };
    const key = { ...ghost, namespace, name: "a" };
    const object = { ...ghost, metadata: { namespace, name: "a" } };
    const refusal = { name: "KindNotServed", kind: "Ghost", apiVersion: "ghosts.example.test/v1" };
    await expect(kube.served(ghost)).rejects.toMatchObject(refusal);
    await expect(kube.get(key)).rejects.toMatchObject(refusal);
    await expect(kube.list(ghost)).rejects.toMatchObject(refusal);
    await expect(kube.create(object)).rejects.toMatchObject(refusal);
    await expect(kube.apply(object, { fieldManager: "a", force: true })).rejects.toMatchObject(refusal);
    await expect(kube.delete(key)).rejects.toMatchObject(refusal);
    await expect(kube.served({ apiVersion: "v1", kind: "Ghost" })).rejects.toMatchObject({ name: "KindNotServed" });
  });

  test("a list holds the namespace's objects in order of name, each with apiVersion and kind", async () => {
    await fill(kube, namespace);
    await kube.create(labelled(await another(), "elsewhere", {}));
    const { items, resourceVersion } = await kube.list(configMaps());
    expect(namesOf(items)).toEqual(["a", "b", "c", "d"]);
    expect(items.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual(Array(4).fill("v1 ConfigMap"));
    expect(Number(resourceVersion)).toBeGreaterThan(0);
  });

  test("without a namespace a list holds those of all", async () => {
    await kube.create(labelled(namespace, "here", { run: namespace }));
    await kube.create(labelled(await another(), "there", { run: namespace }));
    const { items } = await kube.list({ apiVersion: "v1", kind: "ConfigMap", labelSelector: `run=${namespace}` });
    expect([...namesOf(items)].sort()).toEqual(["here", "there"]);
  });

  test.each([
    ["tier=front", ["a", "b"]],
    ["tier==front", ["a", "b"]],
    ["tier!=front", ["c", "d"]],
    ["tier", ["a", "b", "c"]],
    ["!tier", ["d"]],
    ["tier in (front, back)", ["a", "b", "c"]],
    ["tier notin (front)", ["c", "d"]],
    ["tier=front,color=red", ["a"]],
    ["tier=none", []],
  ])("the label selector %s finds its objects", async (selector, expected) => {
    await fill(kube, namespace);
    expect(await names({ labelSelector: `test,${selector}` })).toEqual(expected);
  });

  test("label selectors find objects by the labels that they bear now", async () => {
    await fill(kube, namespace);
    await kube.patch(configMapKey(namespace, "a"), { metadata: { labels: { tier: "back" } } });
    await kube.patch(configMapKey(namespace, "c"), { metadata: { labels: { tier: null } } });
    await kube.patch(configMapKey(namespace, "d"), { metadata: { labels: { tier: "front" } } });
    await kube.delete(configMapKey(namespace, "b"));
    expect(await names({ labelSelector: "test,tier=front" })).toEqual(["d"]);
    expect(await names({ labelSelector: "test,tier=back" })).toEqual(["a"]);
    expect(await names({ labelSelector: "test,tier" })).toEqual(["a", "d"]);
  });

  test("pages of what a label selector finds follow one another", async () => {
    await fill(kube, namespace);
    const query = { ...configMaps(), labelSelector: "tier in (front, back)", limit: 2 };
    const first = await kube.list(query);
    expect(namesOf(first.items)).toEqual(["a", "b"]);
    const second = await kube.list({ ...query, continue: first.continue });
    expect(namesOf(second.items)).toEqual(["c"]);
    expect(second.continue).toBeUndefined();
  });

  test("field selectors find by name", async () => {
    await fill(kube, namespace);
    expect(await names({ fieldSelector: "metadata.name=b" })).toEqual(["b"]);
    expect(await names({ fieldSelector: `metadata.name!=b,metadata.namespace=${namespace}` })).toEqual(["a", "c", "d"]);
  });

  test("a field that cannot be selected, and a selector that cannot be read, are InvalidInput", async () => {
    await expect(names({ fieldSelector: "data.x=1" })).rejects.toMatchObject({ name: "InvalidInput" });
    await expect(names({ labelSelector: "a in b" })).rejects.toMatchObject({ name: "InvalidInput" });
  });

  test("pages follow one another until there are no more", async () => {
    await fill(kube, namespace);
    const first = await kube.list({ ...configMaps(), limit: 3 });
    expect(namesOf(first.items)).toEqual(["a", "b", "c"]);
    const second = await kube.list({ ...configMaps(), limit: 3, continue: first.continue });
    expect(namesOf(second.items)).toEqual(["d"]);
    expect(second.continue).toBeUndefined();
    expect(second.resourceVersion).toBe(first.resourceVersion);
  });

  test("a list of metadata has no contents", async () => {
    await fill(kube, namespace);
    const { items } = await kube.list({ ...configMaps(), metadataOnly: true });
    expect(namesOf(items)).toEqual(["a", "b", "c", "d"]);
    for (const item of items) expect(Object.keys(item).sort()).toEqual(["apiVersion", "kind", "metadata"]);
    expect(items[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
  });
}

const namesOf = (items: readonly KubeObject[]): readonly string[] => items.map((item) => item.metadata.name);

function labelled(namespace: string, name: string, labels: Record<string, string>): KubeObject {
  const object = configMap(namespace, name, { x: "1" });
  return { ...object, metadata: { ...object.metadata, labels: { test: "yes", ...labels } } };
}

async function fill(kube: Kube, namespace: string): Promise<void> {
  await kube.create(labelled(namespace, "c", { tier: "back" }));
  await kube.create(labelled(namespace, "a", { tier: "front", color: "red" }));
  await kube.create(labelled(namespace, "b", { tier: "front" }));
  await kube.create(labelled(namespace, "d", {}));
}
