import { beforeEach, expect, test } from "@jest/globals";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { DeleteOptions, Kube, KubeObject } from "../../../kit/kube/port.ts";
import { configMap, configMapKey } from "../../worlds/manifests.ts";
import { deployment, eventually, eventuallyGone, type Open } from "./ground.ts";

const finalizer = "example.test/held";

/** What deletion, finalizers, owners and ending namespaces promise. */
export function describeDeleting(open: Open): void {
  let kube: Kube;
  let namespace: string;
  let another: () => Promise<string>;
  const held = (name: string): KubeObject => ({
    ...configMap(namespace, name),
    metadata: { namespace, name, finalizers: [finalizer] },
  });
  const ownedBy = (name: string, owner: KubeObject, blockOwnerDeletion = false): KubeObject => {
    const { apiVersion, kind, metadata } = owner;
    const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "", blockOwnerDeletion };
    return { ...configMap(namespace, name), metadata: { namespace, name, ownerReferences: [reference] } };
  };

  beforeEach(async () => {
    ({ kube, namespace, another } = await open());
  });

  test("a deleted object is gone; deleting it again says there was none", async () => {
    await kube.create(configMap(namespace, "a"));
    expect(await kube.delete(configMapKey(namespace, "a"))).toBe(true);
    expect(await kube.get(configMapKey(namespace, "a"))).toBeUndefined();
    expect(await kube.delete(configMapKey(namespace, "a"))).toBe(false);
    expect(await kube.delete(configMapKey("no-such-namespace", "a"))).toBe(false);
  });

  test("a uid and a version are preconditions of a deletion", async () => {
    const { metadata } = await kube.create(configMap(namespace, "a"));
    const key = configMapKey(namespace, "a");
    const remove = (options: DeleteOptions): Promise<boolean> => kube.delete(key, options);
    await expect(remove({ uid: "another" })).rejects.toMatchObject({ name: "Conflict" });
    await expect(remove({ resourceVersion: "1" })).rejects.toMatchObject({ name: "Conflict" });
    expect(await remove({ uid: metadata.uid, resourceVersion: metadata.resourceVersion })).toBe(true);
  });

  test("an object with a finalizer is marked, and goes with the last of them", async () => {
    const created = await kube.create(held("a"));
    expect(await kube.delete(keyOf(created))).toBe(true);
    const marked = await kube.get(keyOf(created));
    expect(marked?.metadata).toMatchObject({ deletionTimestamp: expect.any(String), finalizers: [finalizer] });
    expect(await kube.delete(keyOf(created))).toBe(true);
    await kube.patch(keyOf(created), { data: { x: "1" } });
    await kube.patch(keyOf(created), { metadata: { finalizers: null } });
    expect(await kube.get(keyOf(created))).toBeUndefined();
  });

  test("a deleting object takes no new finalizer", async () => {
    const created = await kube.create(held("a"));
    await kube.delete(keyOf(created));
    const more = kube.patch(keyOf(created), { metadata: { finalizers: [finalizer, "example.test/late"] } });
    await expect(more).rejects.toMatchObject({
      name: "InvalidInput",
      quote: expect.stringContaining("metadata.finalizers"),
    });
    await kube.patch(keyOf(created), { metadata: { finalizers: null } });
  });

  test("the generation of what is being deleted moves once", async () => {
    const object = deployment(namespace, "a");
    const created = await kube.create({ ...object, metadata: { ...object.metadata, finalizers: [finalizer] } });
    await kube.delete(keyOf(created), { propagation: "Background" });
    expect((await kube.get(keyOf(created)))?.metadata.generation).toBe(2);
    await kube.patch(keyOf(created), { metadata: { finalizers: null } });
  });

  test("what an object owns goes after it", async () => {
    const owner = await kube.create(configMap(namespace, "owner"));
    const child = await kube.create(ownedBy("child", owner));
    const grandchild = await kube.create(ownedBy("grandchild", child));
    await kube.delete(keyOf(owner), { propagation: "Background" });
    await eventuallyGone(kube, keyOf(grandchild));
    expect(await kube.get(keyOf(child))).toBeUndefined();
  });

  test("with two owners an object stays until both are gone", async () => {
    const [one, two] = [await kube.create(configMap(namespace, "one")), await kube.create(configMap(namespace, "two"))];
    const [first, second] = [ownedBy("child", one), ownedBy("child", two)];
    const ownerReferences = [first, second].flatMap(({ metadata }) => metadata.ownerReferences ?? []);
    const child = await kube.create({ ...first, metadata: { ...first.metadata, ownerReferences } });
    await kube.delete(keyOf(one), { propagation: "Background" });
    await eventually("the reference to the first owner is gone", async () => {
      const references = (await kube.get(keyOf(child)))?.metadata.ownerReferences ?? [];
      return references.length === 1 && references[0]?.uid === two.metadata.uid ? true : undefined;
    });
    await kube.delete(keyOf(two), { propagation: "Background" });
    await eventuallyGone(kube, keyOf(child));
  });

  test("orphaned, an object's dependents stay and name it no longer", async () => {
    const owner = await kube.create(configMap(namespace, "owner"));
    const child = await kube.create(ownedBy("child", owner));
    await kube.delete(keyOf(owner), { propagation: "Orphan" });
    await eventuallyGone(kube, keyOf(owner));
    expect((await kube.get(keyOf(child)))?.metadata.ownerReferences).toBeUndefined();
  });

  test("in the foreground an owner waits for its dependents", async () => {
    const owner = await kube.create(configMap(namespace, "owner"));
    const dependent = ownedBy("child", owner, true);
    const child = await kube.create({ ...dependent, metadata: { ...dependent.metadata, finalizers: [finalizer] } });
    await kube.delete(keyOf(owner), { propagation: "Foreground" });
    await eventually(
      "the dependent is being deleted",
      async () => (await kube.get(keyOf(child)))?.metadata.deletionTimestamp,
    );
    expect((await kube.get(keyOf(owner)))?.metadata.finalizers).toEqual(["foregroundDeletion"]);
    await kube.patch(keyOf(child), { metadata: { finalizers: null } });
    await eventuallyGone(kube, keyOf(owner));
  });

  test("a namespace that ends takes nothing new, waits for what is held, and goes", async () => {
    const ending = await another();
    const key = { apiVersion: "v1", kind: "Namespace", name: ending };
    const inside = { ...held("held"), metadata: { namespace: ending, name: "held", finalizers: [finalizer] } };
    await kube.create(inside);
    await kube.create(configMap(ending, "loose"));
    await kube.delete(key);
    await eventuallyGone(kube, configMapKey(ending, "loose"));
    const refusal = {
      name: "Forbidden",
      namespaceTerminating: true,
      quote: expect.stringContaining(
        `unable to create new content in namespace ${ending} because it is being terminated`,
      ),
    };
    await expect(kube.create(configMap(ending, "late"))).rejects.toMatchObject(refusal);
    const applied = kube.apply(configMap(ending, "late"), { fieldManager: "a", force: true });
    await expect(applied).rejects.toMatchObject(refusal);
    expect(await kube.get(key)).toMatchObject({ status: { phase: "Terminating" } });
    await kube.patch(keyOf(inside), { metadata: { finalizers: null } });
    await eventuallyGone(kube, key);
    await expect(kube.create(configMap(ending, "late"))).rejects.toMatchObject({ name: "NotFound" });
  });
}
