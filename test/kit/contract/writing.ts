import { beforeEach, expect, test } from "@jest/globals";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { configMap, configMapKey } from "../../worlds/manifests.ts";
import { at, deployment, installWidget, type Open, widget } from "./ground.ts";

/** What create, patch and replaceStatus promise. */
export function describeWriting(open: Open): void {
  let kube: Kube;
  let namespace: string;

  beforeEach(async () => {
    ({ kube, namespace } = await open());
  });

  test("a created object has a uid, a version and a time", async () => {
    const { metadata } = await kube.create(configMap(namespace, "a"));
    expect(metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(metadata.resourceVersion)).toBeGreaterThan(0);
    expect(metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  test("a name that is taken is AlreadyExists", async () => {
    await kube.create(configMap(namespace, "a"));
    await expect(kube.create(configMap(namespace, "a"))).rejects.toMatchObject({ name: "AlreadyExists" });
  });

  test("a namespace that is not there is NotFound and named", async () => {
    const refusal = { name: "NotFound", quote: expect.stringContaining('namespaces "no-such-namespace" not found') };
    const object = configMap("no-such-namespace", "a");
    await expect(kube.create(object)).rejects.toMatchObject(refusal);
    await expect(kube.apply(object, { fieldManager: "a", force: true })).rejects.toMatchObject(refusal);
  });

  test("a name that is no DNS name is InvalidInput and named", async () => {
    await expect(kube.create(configMap(namespace, "Not_A_Name"))).rejects.toMatchObject({
      name: "InvalidInput",
      quote: expect.stringMatching(/ConfigMap "Not_A_Name" is invalid: metadata\.name: Invalid value.*RFC 1123/),
    });
  });

  test("a label that is no label is InvalidInput", async () => {
    const object = configMap(namespace, "a");
    const labelled = { ...object, metadata: { ...object.metadata, labels: { a: "not a label" } } };
    await expect(kube.create(labelled)).rejects.toMatchObject({
      name: "InvalidInput",
      quote: expect.stringContaining("metadata.labels"),
    });
  });

  test("a ConfigMap's value that is no string is InvalidInput, created, patched or applied", async () => {
    const wrong = configMap(namespace, "a", { port: 8080 });
    const refusal = { name: "InvalidInput", quote: expect.stringMatching(/data/) };
    await expect(kube.create(wrong)).rejects.toMatchObject(refusal);
    await expect(kube.apply(wrong, { fieldManager: "a", force: true })).rejects.toMatchObject(refusal);
    await kube.create(configMap(namespace, "a"));
    await expect(kube.patch(configMapKey(namespace, "a"), { data: { port: 1 } })).rejects.toMatchObject(refusal);
  });

  test("null among the data of a ConfigMap or Secret is an empty value, created or applied", async () => {
    const created = await kube.create(configMap(namespace, "created", { a: null, b: "c" }));
    expect(created["data"]).toEqual({ a: "", b: "c" });
    const applied = await kube.apply(configMap(namespace, "applied", { a: null, b: "c" }), {
      fieldManager: "a",
      force: true,
    });
    expect(applied["data"]).toEqual({ a: "", b: "c" });
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "a" }, stringData: { a: null } };
    expect((await kube.create(secret))["data"]).toEqual({ a: "" });
  });

  test("a Secret's stringData become data, and its type is Opaque", async () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace, name: "a" },
      stringData: { user: "ann" },
    };
    const created = await kube.create(secret);
    expect(created).toMatchObject({ type: "Opaque", data: { user: "YW5u" } });
    expect(created["stringData"]).toBeUndefined();
  });

  test("an immutable Secret keeps its data", async () => {
    const key = { apiVersion: "v1", kind: "Secret", namespace, name: "a" };
    const { apiVersion, kind, ...metadata } = key;
    await kube.create({ apiVersion, kind, metadata, data: { user: "YW5u" }, immutable: true });
    await expect(kube.patch(key, { data: { user: "Ym9i" } })).rejects.toMatchObject({
      name: "InvalidInput",
      fields: ["data"],
    });
    expect(await kube.patch(key, { metadata: { labels: { a: "b" } } })).toMatchObject({ data: { user: "YW5u" } });
  });

  test("a patch merges, null removes, and the version moves", async () => {
    const created = await kube.create(configMap(namespace, "a", { x: "1", y: "2" }));
    const patched = await kube.patch(keyOf(created), { data: { x: null, z: "3" } });
    expect(patched["data"]).toEqual({ y: "2", z: "3" });
    expect(Number(patched.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
  });

  test("a patch that changes nothing leaves the version", async () => {
    const created = await kube.create(configMap(namespace, "a", { x: "1" }));
    const patched = await kube.patch(keyOf(created), { data: { x: "1" } });
    expect(patched.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  test("a patch of what is not there is NotFound", async () => {
    await expect(kube.patch(configMapKey(namespace, "none"), { data: {} })).rejects.toMatchObject({ name: "NotFound" });
  });

  test("a version and a uid in a patch are preconditions", async () => {
    const created = await kube.create(configMap(namespace, "a", { x: "1" }));
    const { uid, resourceVersion } = created.metadata;
    await kube.patch(keyOf(created), { metadata: { uid, resourceVersion }, data: { x: "2" } });
    const late = kube.patch(keyOf(created), { metadata: { resourceVersion }, data: { x: "3" } });
    await expect(late).rejects.toMatchObject({ name: "Conflict" });
    const stranger = kube.patch(keyOf(created), { metadata: { uid: "another" }, data: { x: "3" } });
    await expect(stranger).rejects.toMatchObject({ name: "Conflict" });
    expect(await kube.get(keyOf(created))).toMatchObject({ data: { x: "2" } });
  });

  test("of two writers at one version one wins and the other meets Conflict", async () => {
    const created = await kube.create(configMap(namespace, "a", { x: "0" }));
    const { resourceVersion } = created.metadata;
    const race = ["1", "2"].map((x) => kube.patch(keyOf(created), { metadata: { resourceVersion }, data: { x } }));
    const outcomes = await Promise.allSettled(race);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("the generation follows the spec, not labels and status", async () => {
    const created = await kube.create(deployment(namespace, "a"));
    const labelled = await kube.patch(keyOf(created), { metadata: { labels: { a: "b" } } });
    const scaled = await kube.patch(keyOf(created), { spec: { replicas: 3 } });
    expect([created, labelled, scaled].map(({ metadata }) => metadata.generation)).toEqual([1, 1, 2]);
    expect((await kube.create(configMap(namespace, "a"))).metadata.generation).toBeUndefined();
  });

  test("the status is written by replaceStatus alone, which writes nothing else", async () => {
    await installWidget(kube);
    const created = await kube.create({ ...widget(namespace, "a"), status: { phase: "New" } });
    expect(created["status"]).toBeUndefined();
    const patched = await kube.patch(keyOf(created), { status: { phase: "New" } });
    expect(patched["status"]).toBeUndefined();
    const replaced = await kube.replaceStatus({ ...created, spec: { size: 9 }, status: { phase: "Up", count: 1 } });
    expect(replaced).toMatchObject({
      spec: { size: 1 },
      status: { phase: "Up", count: 1 },
      metadata: { generation: 1 },
    });
    const again = await kube.replaceStatus({ ...replaced, status: { phase: "Down" } });
    expect(again["status"]).toEqual({ phase: "Down" });
  });

  test("the version given to replaceStatus is a precondition; without it none is asked for", async () => {
    await installWidget(kube);
    const created = await kube.create(widget(namespace, "a"));
    await kube.patch(keyOf(created), { spec: { size: 2 } });
    const late = kube.replaceStatus({ ...created, status: { phase: "Up" } });
    await expect(late).rejects.toMatchObject({ name: "Conflict" });
    const { apiVersion, kind } = created;
    const bare = { apiVersion, kind, metadata: { namespace, name: "a" }, status: { phase: "Up" } };
    expect(await kube.replaceStatus(bare)).toMatchObject({ spec: { size: 2 }, status: { phase: "Up" } });
    const absent = kube.replaceStatus({ ...bare, metadata: { namespace, name: "none" } });
    await expect(absent).rejects.toMatchObject({ name: "NotFound" });
  });

  test("a status that does not change leaves the version", async () => {
    await installWidget(kube);
    await kube.create(widget(namespace, "a"));
    const first = await kube.replaceStatus({ ...widget(namespace, "a"), status: { phase: "Up" } });
    const second = await kube.replaceStatus({ ...first, status: { phase: "Up" } });
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test("managed fields name who wrote what, by Update, and the status as a subresource", async () => {
    await installWidget(kube);
    const created = await kube.create(widget(namespace, "a"), { fieldManager: "maker" });
    const replaced = await kube.replaceStatus({ ...created, status: { phase: "Up" } });
    const entries = replaced.metadata.managedFields ?? [];
    const made = entries.find(({ manager }) => manager === "maker");
    expect(made).toMatchObject({ operation: "Update", apiVersion: created.apiVersion, fieldsType: "FieldsV1" });
    expect(at(made?.fieldsV1, "f:spec", "f:size")).toEqual({});
    const status = entries.find(({ subresource }) => subresource === "status");
    expect(at(status?.fieldsV1, "f:status", "f:phase")).toEqual({});
  });

  test("over 1 MiB of data in a Secret are TooLarge", async () => {
    const data = { text: Buffer.alloc(1_100_000).toString("base64") };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "a" }, data };
    await expect(kube.create(secret)).rejects.toMatchObject({ name: "TooLarge" });
  });

  test("what is said of a Secret that was sent is not kept, but for the fields", async () => {
    const key = { apiVersion: "v1", kind: "Secret", namespace, name: "a" };
    const { apiVersion, kind, ...metadata } = key;
    const labelled = { apiVersion, kind, metadata: { ...metadata, labels: { a: "not a label" } } };
    const refusal = { name: "InvalidInput", quote: undefined, fields: ["metadata.labels"] };
    await expect(kube.create(labelled)).rejects.toMatchObject(refusal);
    await expect(kube.apply(labelled, { fieldManager: "a", force: true })).rejects.toMatchObject(refusal);
    await kube.create({ apiVersion, kind, metadata });
    await expect(kube.patch(key, { metadata: labelled.metadata })).rejects.toMatchObject(refusal);
  });

  test("a Job's template is for its lifetime", async () => {
    const job = (image: string): KubeObject => ({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { namespace, name: "a" },
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image }] } } },
    });
    const options = { fieldManager: "a", force: true };
    await kube.apply(job("example.test/main:1"), options);
    await expect(kube.apply(job("example.test/main:2"), options)).rejects.toMatchObject({
      name: "InvalidInput",
      quote: expect.stringMatching(/Job\.batch "a" is invalid: spec\.template: Invalid value/),
    });
  });

  test("an object that etcd cannot hold is TooLarge", async () => {
    await installWidget(kube);
    const huge = widget(namespace, "a", { extra: { text: "x".repeat(2 * 1024 * 1024) } });
    await expect(kube.create(huge)).rejects.toMatchObject({ name: "TooLarge" });
  });
}
