import { beforeEach, expect, test } from "@jest/globals";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { configMap } from "../../worlds/manifests.ts";
import { at, deployment, eventually, installWidget, type Open, widget } from "./ground.ts";

/** What server-side apply promises. */
export function describeApplying(open: Open): void {
  let kube: Kube;
  let namespace: string;
  const by = (fieldManager: string, object: KubeObject): Promise<KubeObject> =>
    kube.apply(object, { fieldManager, force: false });
  const forcedBy = (fieldManager: string, object: KubeObject): Promise<KubeObject> =>
    kube.apply(object, { fieldManager, force: true });

  beforeEach(async () => {
    ({ kube, namespace } = await open());
  });

  test("what is not there is created, and owned", async () => {
    const applied = await by("ann", configMap(namespace, "a", { x: "1" }));
    expect(applied).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", data: { x: "1" } });
    expect(applied.metadata.managedFields).toEqual([
      {
        manager: "ann",
        operation: "Apply",
        apiVersion: "v1",
        time: expect.any(String),
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { "f:x": {} } },
      },
    ]);
  });

  test("what this manager gives no longer is removed; what others gave stays", async () => {
    await by("ann", labelled(configMap(namespace, "a", { x: "1", y: "1" }), { one: "1" }));
    await by("bob", configMap(namespace, "a", { z: "2" }));
    const applied = await by("ann", configMap(namespace, "a", { y: "1" }));
    expect(applied["data"]).toEqual({ y: "1", z: "2" });
    expect(applied.metadata.labels).toBeUndefined();
  });

  test("a field that two managers give stays until both give it no longer", async () => {
    await by("ann", configMap(namespace, "a", { x: "1", y: "1" }));
    await by("bob", configMap(namespace, "a", { x: "1" }));
    expect((await by("ann", configMap(namespace, "a", { y: "1" })))["data"]).toEqual({ x: "1", y: "1" });
    expect((await by("bob", configMap(namespace, "a", {})))["data"]).toEqual({ y: "1" });
  });

  test("another manager's field at another value is Conflict, naming manager and field", async () => {
    await by("ann", configMap(namespace, "a", { x: "1" }));
    await expect(by("bob", configMap(namespace, "a", { x: "2" }))).rejects.toMatchObject({
      name: "Conflict",
      quote: expect.stringMatching(/Apply failed with 1 conflict.*"ann".*\.data\.x/s),
    });
    expect(await kube.get(keyOf(configMap(namespace, "a")))).toMatchObject({ data: { x: "1" } });
  });

  test("force takes the field over from who had it", async () => {
    await by("ann", configMap(namespace, "a", { x: "1", y: "1" }));
    const forced = await forcedBy("bob", configMap(namespace, "a", { x: "2" }));
    expect(forced["data"]).toEqual({ x: "2", y: "1" });
    expect(owned(forced, "ann")).toEqual({ "f:data": { "f:y": {} } });
    expect(owned(forced, "bob")).toEqual({ "f:data": { "f:x": {} } });
    const later = await by("ann", configMap(namespace, "a", { y: "1" }));
    expect(later["data"]).toEqual({ x: "2", y: "1" });
  });

  test("a patch takes a field over, and apply then meets Conflict", async () => {
    const applied = await by("ann", configMap(namespace, "a", { x: "1" }));
    await kube.patch(keyOf(applied), { data: { x: "2" } });
    await expect(by("ann", configMap(namespace, "a", { x: "1" }))).rejects.toMatchObject({ name: "Conflict" });
    expect((await forcedBy("ann", configMap(namespace, "a", { x: "1" })))["data"]).toEqual({ x: "1" });
  });

  test("a manager's entry gets the time of its last write that changed a value, also where it owns the same fields as before", async () => {
    const first = await by("ann", configMap(namespace, "a", { x: "0" }));
    await kube.patch(keyOf(first), { metadata: { labels: { other: "0" } } });
    let written = 0;
    const later = await eventually("a write in another second", async () => {
      written += 1;
      const object = await by("ann", configMap(namespace, "a", { x: String(written) }));
      return timeOf(object, "ann") === timeOf(first, "ann") ? undefined : object;
    });
    expect(owned(later, "ann")).toEqual(owned(first, "ann"));
    await eventually("another's write in another second", async () => {
      written += 1;
      const object = await kube.patch(keyOf(first), { metadata: { labels: { other: String(written) } } });
      expect(timeOf(object, "ann")).toBe(timeOf(later, "ann"));
      return object.metadata.managedFields?.some(({ time = "" }) => time > timeOf(later, "ann")) || undefined;
    });
  });

  test("an apply that changes nothing leaves the version", async () => {
    const first = await by("ann", deployment(namespace, "a"));
    const second = await by("ann", deployment(namespace, "a"));
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const other = await by("bob", deployment(namespace, "a"));
    expect(Number(other.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
  });

  test("the generation follows the spec", async () => {
    const first = await by("ann", deployment(namespace, "a"));
    const again = await by("ann", labelled(deployment(namespace, "a"), { a: "b" }));
    const changed = await by("ann", deployment(namespace, "a", { image: "example.test/main:2" }));
    expect([first, again, changed].map(({ metadata }) => metadata.generation)).toEqual([1, 1, 2]);
  });

  test("a uid is that of the object meant, or Conflict, also where there is none", async () => {
    const { metadata } = await by("ann", configMap(namespace, "a", { x: "1" }));
    const meant = (uid: string | undefined, name = "a"): KubeObject => ({
      ...configMap(namespace, name, { x: "2" }),
      metadata: { namespace, name, ...(uid === undefined ? {} : { uid }) },
    });
    const stranger = "00000000-0000-4000-8000-000000000000";
    await expect(by("ann", meant(stranger))).rejects.toMatchObject({ name: "Conflict" });
    await expect(by("ann", meant(stranger, "none"))).rejects.toMatchObject({ name: "Conflict" });
    expect((await by("ann", meant(metadata.uid)))["data"]).toEqual({ x: "2" });
  });

  test("every conflict is named at once", async () => {
    await by("ann", configMap(namespace, "a", { x: "1", y: "1" }));
    await expect(by("bob", configMap(namespace, "a", { x: "2", y: "2" }))).rejects.toMatchObject({
      name: "Conflict",
      quote: expect.stringMatching(/2 conflicts.*"ann".*\.data\.x.*\.data\.y/s),
    });
  });

  test("a version is that of the object meant, or Conflict", async () => {
    const { metadata } = await by("ann", configMap(namespace, "a", { x: "1" }));
    const meant = (resourceVersion: string | undefined, x: string): KubeObject => ({
      ...configMap(namespace, "a", { x }),
      metadata: { namespace, name: "a", ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    });
    await by("ann", meant(metadata.resourceVersion, "2"));
    await expect(by("ann", meant(metadata.resourceVersion, "3"))).rejects.toMatchObject({ name: "Conflict" });
  });

  test("a version that no object is at creates it where there is none, and is Conflict where there is one", async () => {
    const anew: KubeObject = {
      ...configMap(namespace, "a", { x: "1" }),
      metadata: { namespace, name: "a", resourceVersion: "1" },
    };
    const made = await by("ann", anew);
    expect(made["data"]).toEqual({ x: "1" });
    await expect(by("ann", anew)).rejects.toMatchObject({ name: "Conflict" });
  });

  test("a uid is that of the object meant, or Conflict, also where there is none", async () => {
    const { metadata } = await by("ann", configMap(namespace, "a", { x: "1" }));
    const meant = (name: string, uid = ""): KubeObject => ({
      ...configMap(namespace, name, { x: "2" }),
      metadata: { namespace, name, uid },
    });
    await by("ann", meant("a", metadata.uid));
    await expect(by("ann", meant("a", "11111111-1111-4111-8111-111111111111"))).rejects.toMatchObject({
      name: "Conflict",
    });
    await expect(by("ann", meant("b", metadata.uid))).rejects.toMatchObject({ name: "Conflict" });
  });

  test("containers and their environment merge by name", async () => {
    await by("ann", deployment(namespace, "a", { env: [{ name: "ONE", value: "1" }] }));
    const merged = await by("bob", bare("a", [{ name: "main", env: [{ name: "TWO", value: "2" }] }, side]));
    expect(namesAt(merged, "spec", "template", "spec", "containers")).toEqual(["main", "side"]);
    expect(namesAt(merged, "spec", "template", "spec", "containers", 0, "env")).toEqual(["ONE", "TWO"]);
    expect(at(merged, "spec", "template", "spec", "containers", 0, "image")).toBe("example.test/main:1");
    const left = await by("bob", bare("a", [side]));
    expect(namesAt(left, "spec", "template", "spec", "containers", 0, "env")).toEqual(["ONE"]);
    const gone = await by("bob", bare("a", undefined));
    expect(namesAt(gone, "spec", "template", "spec", "containers")).toEqual(["main"]);
  });

  test("ports of a Service merge by port and protocol, its selector as a whole", async () => {
    await by("ann", service({ ports: [port(80, "web")], selector: { app: "a" } }));
    const merged = await by("bob", service({ ports: [port(443, "tls")] }));
    expect(namesAt(merged, "spec", "ports")).toEqual(["tls", "web"]);
    expect(at(merged, "spec", "ports", 0)).toMatchObject({ protocol: "TCP" });
    const selected = await forcedBy("bob", service({ ports: [port(443, "tls")], selector: { tier: "b" } }));
    expect(at(selected, "spec", "selector")).toEqual({ tier: "b" });
  });

  test("a list without keys is one field: it is replaced as a whole", async () => {
    const command = (...words: readonly string[]): KubeObject => deployment(namespace, "a", { command: words });
    await by("ann", command("one", "two"));
    await expect(by("bob", command("three"))).rejects.toMatchObject({ name: "Conflict" });
    const replaced = await forcedBy("bob", command("three"));
    expect(at(replaced, "spec", "template", "spec", "containers", 0, "command")).toEqual(["three"]);
  });

  test("finalizers are a set, each with its own owners", async () => {
    const finalizers = (...names: readonly string[]): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace, name: "a", finalizers: names },
    });
    await by("ann", finalizers("example.test/one"));
    const both = await by("bob", finalizers("example.test/two"));
    expect(both.metadata.finalizers?.toSorted()).toEqual(["example.test/one", "example.test/two"]);
    expect((await by("ann", finalizers())).metadata.finalizers).toEqual(["example.test/two"]);
    expect((await by("bob", finalizers())).metadata.finalizers).toBeUndefined();
  });

  test("lists of custom resources merge as their schema says", async () => {
    await installWidget(kube);
    const one = { ports: [{ name: "web", number: 80 }], tags: ["a"], steps: ["one"] };
    await by("ann", widget(namespace, "w", one));
    const merged = await by("bob", widget(namespace, "w", { ports: [{ name: "tls", number: 443 }], tags: ["b"] }));
    expect(namesAt(merged, "spec", "ports")).toEqual(["tls", "web"]);
    expect([at(merged, "spec", "tags")].flat().toSorted()).toEqual(["a", "b"]);
    await expect(by("bob", widget(namespace, "w", { steps: ["two"] }))).rejects.toMatchObject({ name: "Conflict" });
    const left = await by("ann", widget(namespace, "w", {}));
    expect(at(left, "spec")).toMatchObject({ ports: [{ name: "tls", number: 443 }], tags: ["b"] });
    expect(at(left, "spec", "steps")).toBeUndefined();
    expect(owned(left, "bob")).toMatchObject({
      "f:spec": {
        "f:ports": { 'k:{"name":"tls"}': { ".": {}, "f:name": {}, "f:number": {} } },
        "f:tags": { 'v:"b"': {} },
      },
    });
  });

  test("the status is not applied where it is a subresource", async () => {
    await installWidget(kube);
    const applied = await by("ann", { ...widget(namespace, "w"), status: { phase: "Up" } });
    expect(applied["status"]).toBeUndefined();
  });

  test("an item twice in a list that merges is InvalidInput, and named", async () => {
    await installWidget(kube);
    const twice = [{ name: "one" }, { name: "one" }];
    const refusal = (path: string): object => ({
      name: "InvalidInput",
      quote: expect.stringContaining(`${path}: duplicate`),
    });
    await expect(by("ann", deployment(namespace, "a", { env: twice }))).rejects.toMatchObject(refusal(".env"));
    await expect(by("ann", widget(namespace, "w", { ports: twice }))).rejects.toMatchObject(refusal(".spec.ports"));
  });

  test("a field that the kind's schema does not know is InvalidInput, and named", async () => {
    await installWidget(kube);
    await expect(by("ann", widget(namespace, "w", { colour: "red" }))).rejects.toMatchObject({
      name: "InvalidInput",
      quote: expect.stringContaining(".spec.colour: field not declared in schema"),
    });
  });

  test("a patch of managedFields rewrites the record of who gave what, and nothing else", async () => {
    const applied = await by("ann", configMap(namespace, "a", { x: "1", y: "1" }));
    const [entry] = applied.metadata.managedFields ?? [];
    const managedFields = [{ ...entry, fieldsV1: { "f:data": { "f:x": {} } } }];
    const patched = await kube.patch(keyOf(applied), { metadata: { managedFields } });
    expect(owned(patched, "ann")).toEqual({ "f:data": { "f:x": {} } });
    expect(patched["data"]).toEqual({ x: "1", y: "1" });
    const again = await by("ann", configMap(namespace, "a", {}));
    expect(again["data"]).toEqual({ y: "1" });
  });

  test("what nobody on record gave is before-first-apply's from the next apply on", async () => {
    const applied = await by("ann", configMap(namespace, "a", { x: "1", y: "1" }));
    const cleared = await kube.patch(keyOf(applied), { metadata: { managedFields: [{}] } });
    expect(cleared.metadata.managedFields).toBeUndefined();
    const patched = await kube.patch(keyOf(applied), { data: { z: "2" } });
    expect(patched.metadata.managedFields).toBeUndefined();
    const again = await forcedBy("ann", configMap(namespace, "a", { x: "1", y: "2" }));
    expect(owned(again, "ann")).toEqual({ "f:data": { "f:x": {}, "f:y": {} } });
    expect(owned(again, "before-first-apply")).toEqual({ "f:data": { ".": {}, "f:x": {}, "f:z": {} } });
    expect((await by("ann", configMap(namespace, "a", {})))["data"]).toEqual({ x: "1", z: "2" });
  });

  const side = { name: "side", image: "example.test/side:1" };
  const bare = (name: string, containers: unknown): KubeObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name },
    ...(containers === undefined ? {} : { spec: { template: { spec: { containers } } } }),
  });
  const service = (spec: Record<string, unknown>): KubeObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace, name: "a" },
    spec,
  });
}

const port = (number: number, name: string): Record<string, unknown> => ({ port: number, name });

const owned = (object: KubeObject, manager: string): unknown =>
  object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;

const timeOf = (object: KubeObject, manager: string): string =>
  object.metadata.managedFields?.find((entry) => entry.manager === manager)?.time ?? "";

function labelled(object: KubeObject, labels: Record<string, string>): KubeObject {
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** The names of a list's items, sorted: the order in which merged lists come is nobody's promise. */
function namesAt(object: KubeObject, ...path: readonly (string | number)[]): readonly string[] {
  const items = [at(object, ...path)].flat();
  return items.map((item) => String(at(item, "name"))).toSorted();
}
