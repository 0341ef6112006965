import { beforeEach, expect, test } from "@jest/globals";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import {
  at,
  eventually,
  eventuallyGone,
  install,
  installWidget,
  type Open,
  widget,
  widgetDefinition,
} from "./ground.ts";

/** What CRDs, defaults, pruning and validation promise. */
export function describeCustomResources(open: Open): void {
  let kube: Kube;
  let namespace: string;
  const create = (spec: Record<string, unknown>): Promise<KubeObject> => kube.create(widget(namespace, "w", spec));

  beforeEach(async () => {
    ({ kube, namespace } = await open());
    await installWidget(kube);
  });

  test("a kind is served from its CRD's creation to its deletion, and its objects go with it", async () => {
    const group = `${namespace}.example.test`;
    const kind = { apiVersion: `${group}/v1`, kind: "Gadget" };
    await expect(kube.served(kind)).rejects.toMatchObject({ name: "KindNotServed" });
    const crd = widgetDefinition(group, { kind: "Gadget", plural: "gadgets" });
    await install(kube, crd);
    expect(await kube.served(kind)).toEqual({ ...kind, plural: "gadgets", namespaced: true, hasStatus: true });
    await kube.create({ ...kind, metadata: { namespace, name: "a" }, spec: { size: 1 } });
    await kube.delete(keyOf(crd));
    await eventuallyGone(kube, keyOf(crd));
    const gone = await eventually("the kind is served no more", () =>
      kube.list(kind).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    expect(gone).toMatchObject({ name: "KindNotServed", ...kind });
  });

  test("a kind without the subresource keeps its status as data", async () => {
    const group = `${namespace}.example.test`;
    const crd = widgetDefinition(group, { kind: "Note", plural: "notes" });
    const [version] = at(crd, "spec", "versions") as readonly Record<string, unknown>[];
    const { subresources: _none, ...plain } = version ?? {};
    await install(kube, { ...crd, spec: { ...(crd["spec"] as object), versions: [plain] } });
    const kind = { apiVersion: `${group}/v1`, kind: "Note" };
    expect(await kube.served(kind)).toMatchObject({ hasStatus: false });
    const made = await kube.apply(
      { ...kind, metadata: { namespace, name: "a" }, status: { phase: "written" } },
      { fieldManager: "ann", force: true },
    );
    expect(made["status"]).toEqual({ phase: "written" });
    await kube.delete(keyOf(crd));
  });

  test("the record of who gave what in a version that is only served no more is kept", async () => {
    const group = `${namespace}.example.test`;
    const crd = widgetDefinition(group, { kind: "Gadget", plural: "gadgets" });
    const [version] = at(crd, "spec", "versions") as readonly Record<string, unknown>[];
    const second = { ...version, name: "v2" };
    await install(kube, {
      ...crd,
      spec: { ...(crd["spec"] as object), versions: [{ ...version, storage: false }, second] },
    });
    const served = (apiVersion: string) =>
      kube.list({ apiVersion, kind: "Gadget" }).then(
        () => true,
        () => false,
      );
    await eventually("v2 is served", async () => (await served(`${group}/v2`)) || undefined);
    const old = { apiVersion: `${group}/v1`, kind: "Gadget", metadata: { namespace, name: "a" } };
    await kube.apply({ ...old, spec: { size: 1 } }, { fieldManager: "ann", force: true });
    await kube.patch(keyOf(crd), { spec: { versions: [{ ...version, storage: false, served: false }, second] } });
    await eventually("v1 is served no more", async () => !(await served(old.apiVersion)) || undefined);
    const key = { ...keyOf(old), apiVersion: `${group}/v2` };
    const entries = async (write: () => Promise<KubeObject>) =>
      ((await write()).metadata.managedFields ?? []).map(({ manager, apiVersion }) => `${manager} ${apiVersion}`);
    const kept = `ann ${group}/v1`;
    expect(await entries(() => kube.patch(key, { spec: { color: "green" } }))).toContain(kept);
    const applied = { ...old, apiVersion: key.apiVersion, spec: { size: 1, color: "red" } };
    expect(await entries(() => kube.apply(applied, { fieldManager: "bob", force: true }))).toContain(kept);
    await kube.delete(keyOf(crd));
  });

  test("the record of who gave what in a version that the CRD has no more is lost at the next write", async () => {
    const group = `${namespace}.example.test`;
    const old = { apiVersion: `${group}/v1`, kind: "Gadget", metadata: { namespace, name: "a" } };
    const crd = widgetDefinition(group, { kind: "Gadget", plural: "gadgets" });
    const [version] = at(crd, "spec", "versions") as readonly Record<string, unknown>[];
    const versions = [
      { ...version, storage: false },
      { ...version, name: "v2" },
    ];
    await install(kube, { ...crd, spec: { ...(crd["spec"] as object), versions } });
    await eventually("v2 is served", () =>
      kube.list({ apiVersion: `${group}/v2`, kind: "Gadget" }).then(
        () => true,
        () => undefined,
      ),
    );
    const names = Array.from({ length: 100 }, (_, index) => `gadget-${index}`);
    for (const name of names)
      await kube.apply(
        { ...old, metadata: { namespace, name }, spec: { size: 1 } },
        { fieldManager: "ann", force: true },
      );
    await kube.patch(keyOf(crd), { spec: { versions: versions.slice(1) } });
    await eventually("v1 is served no more", () =>
      kube.list({ apiVersion: old.apiVersion, kind: "Gadget" }).then(
        () => undefined,
        () => true,
      ),
    );
    // An API server that has just stopped serving a version may write a few more objects with the former definition.
    await eventually("the record is lost at the first write", async () => {
      const key = { ...keyOf(old), name: names.shift() ?? "none", apiVersion: `${group}/v2` };
      expect((await kube.get(key))?.metadata.managedFields).toHaveLength(1);
      const patched = await kube.patch(key, { spec: { color: "green" } });
      return patched.metadata.managedFields === undefined ? true : undefined;
    });
  });

  test("defaults are set, also inside lists", async () => {
    const created = await create({ ports: [{ name: "web" }] });
    expect(created["spec"]).toEqual({ size: 1, color: "red", ports: [{ name: "web", protocol: "TCP" }] });
  });

  test("what the schema does not know is dropped, where it preserves it is kept", async () => {
    const created = await create({
      unknown: 1,
      extra: { deep: { unknown: [1, "x"] } },
      socket: { name: "a", more: 1 },
    });
    expect(created["spec"]).toEqual({
      size: 1,
      color: "red",
      extra: { deep: { unknown: [1, "x"] } },
      socket: { name: "a" },
    });
  });

  test("null stays only where the schema allows it", async () => {
    const created = await create({ note: null, code: null, color: null });
    expect(created["spec"]).toEqual({ size: 1, note: null, color: "red" });
  });

  test("a number or a text is taken where the schema says so", async () => {
    expect((await create({ amount: 5 }))["spec"]).toMatchObject({ amount: 5 });
    const patched = await kube.patch(keyOf(widget(namespace, "w")), { spec: { amount: "5%" } });
    expect(patched["spec"]).toMatchObject({ amount: "5%" });
  });

  test("whole numbers of 64 bits keep their digits, however they are written and read", async () => {
    const numbers = {
      past: 9007199254740993n,
      most: 9223372036854775807n,
      least: -9223372036854775808n,
      list: [{ id: 1234567890123456789n }],
    };
    const key = keyOf(widget(namespace, "w"));
    expect((await create({ extra: numbers }))["spec"]).toMatchObject({ extra: numbers });
    expect((await kube.get(key))?.["spec"]).toMatchObject({ extra: numbers });
    const patched = await kube.patch(key, { spec: { min: -9007199254740995n, extra: { past: 9007199254740995n } } });
    expect(patched["spec"]).toMatchObject({ min: -9007199254740995n, extra: { ...numbers, past: 9007199254740995n } });
    const other = widget(namespace, "other", { extra: numbers });
    const applied = await kube.apply(other, { fieldManager: "a", force: true });
    expect(applied["spec"]).toMatchObject({ extra: numbers });
    // The same once more changes nothing: the digits are compared, too.
    const again = await kube.apply(other, { fieldManager: "a", force: true });
    expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion);
    const { items } = await kube.list({ apiVersion: key.apiVersion, kind: key.kind, namespace });
    expect(items.map((item) => at(item, "spec", "extra", "past"))).toEqual([numbers.past, 9007199254740995n]);
  });

  test("a number past 64 bits, or with a fraction, is as near as a float64 comes", async () => {
    const created = await create({ extra: { past: 2n ** 64n, fraction: 0.1, small: 3n } });
    expect(created["spec"]).toMatchObject({ extra: { past: 2 ** 64, fraction: 0.1, small: 3 } });
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      "a bigint above a maximum",
      { size: 9007199254740993n },
      /spec\.size: Invalid value: 9\.?00719925474099[0-9e+]*: spec\.size in body should be less than or equal to 10/,
    ],
    [
      "a missing field",
      { socket: {} },
      /Widget\.contract\.rock8s\.com "w" is invalid: .*spec\.socket\.name: Required value/,
    ],
    ["a missing required field of a list's item", { ports: [{ number: 1 }] }, /spec\.ports\[0\]\.name: Required value/],
    [
      "a wrong type",
      { size: "big" },
      /spec\.size: Invalid value: "string": spec\.size in body must be of type integer: "string"/,
    ],
    [
      "a value that is not offered",
      { color: "blue" },
      /spec\.color: Unsupported value: "blue": supported values: "red", "green"/,
    ],
    [
      "a text against the pattern",
      { code: "A1" },
      /spec\.code: Invalid value: "A1": spec\.code in body should match '\^\[a-z\]\+\$'/,
    ],
    [
      "a number too small",
      { size: 0 },
      /spec\.size: Invalid value: 0: spec\.size in body should be greater than or equal to 1/,
    ],
    [
      "a number too large",
      { size: 11 },
      /spec\.size: Invalid value: 11: spec\.size in body should be less than or equal to 10/,
    ],
    ["a value twice in a set", { tags: ["a", "a"] }, /spec\.tags\[1\]: Duplicate value: "a"/],
    [
      "a key twice in a list map",
      { ports: [{ name: "a" }, { name: "a" }] },
      /spec\.ports\[1\]: Duplicate value: \{"name":"a"\}/,
    ],
    ["a rule of the CRD", { size: 1, min: 2 }, /spec: Invalid value: .*size must be at least min/],
  ])("%s is InvalidInput, naming the field", async (_, spec, message) => {
    await expect(create(spec)).rejects.toMatchObject({ name: "InvalidInput", quote: expect.stringMatching(message) });
    expect(await kube.get(keyOf(widget(namespace, "w")))).toBeUndefined();
  });

  test("every fault is named at once", async () => {
    await expect(create({ color: "blue", code: "A1" })).rejects.toMatchObject({
      quote: expect.stringMatching(/spec\.color.*spec\.code|spec\.code.*spec\.color/s),
      fields: expect.arrayContaining(["spec.color", "spec.code"]),
    });
  });

  test("a rule on the former value judges updates alone", async () => {
    const created = await create({ fixed: "a" });
    await kube.patch(keyOf(created), { spec: { size: 2 } });
    await expect(kube.patch(keyOf(created), { spec: { fixed: "b" } })).rejects.toMatchObject({
      name: "InvalidInput",
      quote: expect.stringMatching(/spec: Invalid value: .*fixed cannot be changed/),
    });
  });

  test("a wrong type is InvalidInput when applied, naming the field", async () => {
    const applied = kube.apply(widget(namespace, "w", { size: "big" }), { fieldManager: "a", force: true });
    await expect(applied).rejects.toMatchObject({
      name: "InvalidInput",
      quote: expect.stringContaining("spec.size"),
    });
  });

  test("a wrong status is InvalidInput", async () => {
    const created = await create({});
    await expect(kube.replaceStatus({ ...created, status: { count: "many" } })).rejects.toMatchObject({
      name: "InvalidInput",
      quote: expect.stringContaining("status.count"),
    });
  });

  test("fields that the CRD makes selectable select", async () => {
    await kube.create(widget(namespace, "a", { color: "green" }));
    await kube.create(widget(namespace, "b", { color: "red" }));
    const { apiVersion, kind } = widget(namespace, "a");
    const found = await kube.list({ apiVersion, kind, namespace, fieldSelector: "spec.color=green" });
    expect(found.items.map(({ metadata }) => metadata.name)).toEqual(["a"]);
  });
}
