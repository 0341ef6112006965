import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { InProcess } from "../../../cli/operate/in-process.ts";
import { deathAt, interceptedKube } from "../../../kit/kube/intercept.ts";
import type { Kube } from "../../../kit/kube/port.ts";
import { configMap, configMapKey, template } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";
import { deferred, deferredKey, resolvedOf } from "./deferred-resources.ts";

const waitForFirst = { waitFor: [{ apiVersion: "v1", kind: "ConfigMap", name: "first" }] };

describe("a DeferredResource", () => {
  let world: World;
  let running: InProcess;
  let kube: Kube;
  const look = async (name = "later") => resolvedOf(await kube.get(deferredKey(name)));
  const made = () => kube.get(configMapKey("app", "made"));

  beforeEach(async () => {
    world = await makeWorld();
    kube = world.cluster.kube;
    running = await start(world);
  });

  afterEach(async () => {
    await running.stop();
    expect(world.broken).toEqual([]);
  });

  test("applies its resource at once where it waits for nothing", async () => {
    await apply(kube, deferred("later", {}));
    await rest(world, running);
    expect(await made()).toMatchObject({ data: { by: "later" } });
    expect(await look()).toMatchObject({ status: "True", reason: "Success" });
  });

  test("leaves out what only the API server sets of a resource that was pasted, and says so", async () => {
    const pasted = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "pasted", uid: "11111111-1111-1111-1111-111111111111", resourceVersion: "5", generation: 4 },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "b" }] } },
      },
      status: { replicas: 7 },
    };
    await apply(kube, deferred("later", { resource: pasted }));
    await rest(world, running);
    const made = await kube.get({ apiVersion: "apps/v1", kind: "Deployment", namespace: "app", name: "pasted" });
    expect(made?.metadata.uid).not.toBe(pasted.metadata.uid);
    expect(made?.metadata.name).toBe("pasted");
    expect(made?.["status"]).not.toEqual(pasted.status);
    expect(await look()).toMatchObject({ status: "True", reason: "Success" });
    const said = world.cluster.objects().filter((one) => one["reason"] === "ServerSetFields");
    expect(said.map(({ note }) => note)).toEqual([
      expect.stringContaining("contains metadata.uid, metadata.resourceVersion, metadata.generation, status. Only"),
    ]);
  });

  test("says which objects it waits for, and wakes when the last of them appears", async () => {
    const waitFor = [...waitForFirst.waitFor, { version: "v1", kind: "Secret", name: "second" }];
    await apply(kube, deferred("later", { waitFor }));
    await rest(world, running);
    expect(await look()).toMatchObject({ status: "False", reason: "Waiting" });
    expect((await look()).message).toContain("ConfigMap app/first, and for Secret app/second");
    await apply(kube, configMap("app", "first"));
    await rest(world, running);
    expect((await look()).message).toContain("Waiting for Secret app/second.");
    expect(await made()).toBeUndefined();
    await apply(kube, { apiVersion: "v1", kind: "Secret", metadata: { name: "second", namespace: "app" } });
    await rest(world, running);
    expect(await made()).toBeDefined();
  });

  test("does not count an object of that name in another namespace", async () => {
    await apply(kube, deferred("later", waitForFirst), configMap("db", "first"));
    await rest(world, running);
    expect(await made()).toBeUndefined();
  });

  test("waits out its timeout since creation although everything is there", async () => {
    await apply(kube, configMap("app", "first"), deferred("later", { ...waitForFirst, timeout: 600 }));
    await rest(world, running);
    expect((await look()).message).toContain("2026-01-01T00:10:00Z, its timeout after creation");
    await world.clock.advance(400_000);
    await rest(world, running);
    expect(await made()).toBeUndefined();
    await world.clock.advance(100_000);
    await rest(world, running);
    expect(await made()).toBeDefined();
  });

  test("asks for nothing while it waits", async () => {
    await apply(kube, deferred("later", { ...waitForFirst, timeout: 86_400 * 365 * 100 }));
    await rest(world, running);
    const before = await kube.get(deferredKey("later"));
    await world.clock.advance(86_400_000 * 3);
    await rest(world, running);
    expect((await kube.get(deferredKey("later")))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    expect(running.source.waiting()).toEqual([]);
  });

  test("leaves an object that exists already as it is, also when it is deleted itself", async () => {
    await apply(kube, configMap("app", "made", { by: "somebody" }), deferred("later", {}));
    await rest(world, running);
    expect(await look()).toMatchObject({ status: "True", reason: "Success" });
    await kube.delete(deferredKey("later"));
    await rest(world, running);
    expect(await made()).toMatchObject({ data: { by: "somebody" } });
    expect(await kube.get(deferredKey("later"))).toBeUndefined();
  });

  test("takes what it made with it", async () => {
    await apply(kube, deferred("later", {}));
    await rest(world, running);
    expect((await kube.get(deferredKey("later")))?.["status"]).toMatchObject({
      resource: { kind: "ConfigMap", name: "made", namespace: "app", uid: (await made())?.metadata.uid },
    });
    await kube.delete(deferredKey("later"));
    await rest(world, running);
    expect(await made()).toBeUndefined();
    expect(await kube.get(deferredKey("later"))).toBeUndefined();
  });

  test("goes away without a trace while it still waits", async () => {
    await apply(kube, deferred("later", waitForFirst));
    await rest(world, running);
    await kube.delete(deferredKey("later"));
    await rest(world, running);
    expect(await kube.get(deferredKey("later"))).toBeUndefined();
  });

  test("does not delete an object that was put in the place of the one it made", async () => {
    await apply(kube, deferred("later", {}));
    await rest(world, running);
    await kube.delete(configMapKey("app", "made"));
    await apply(kube, configMap("app", "made", { by: "somebody" }));
    await kube.delete(deferredKey("later"));
    await rest(world, running);
    expect(await made()).toMatchObject({ data: { by: "somebody" } });
  });

  test("deletes nothing because a forged status says that it made it", async () => {
    await apply(kube, configMap("app", "precious"), deferred("later", waitForFirst));
    await rest(world, running);
    const object = await kube.get(deferredKey("later"));
    const refs = [{ role: "applied", ...configMapKey("app", "precious") }];
    if (object !== undefined)
      await kube.replaceStatus({ ...object, status: { refs, resource: configMapKey("app", "precious") } });
    await kube.delete(deferredKey("later"));
    await rest(world, running);
    expect(await kube.get(configMapKey("app", "precious"))).toBeDefined();
  });

  test("that is edited to make another object removes the one it made before", async () => {
    await apply(kube, deferred("later", {}));
    await rest(world, running);
    await apply(kube, deferred("later", { resource: template("other") }));
    await rest(world, running);
    expect(await made()).toBeUndefined();
    expect(await kube.get(configMapKey("app", "other"))).toBeDefined();
  });

  test("refuses a resource of another namespace until it is edited", async () => {
    await apply(kube, deferred("later", { resource: configMap("db", "made") }));
    await rest(world, running);
    expect(await look()).toMatchObject({ status: "False", reason: "InvalidInput" });
    expect(await kube.get(configMapKey("db", "made"))).toBeUndefined();
    await apply(kube, deferred("later", { resource: configMap("app", "made") }));
    await rest(world, running);
    expect(await look()).toMatchObject({ status: "True" });
  });

  test("is not served in the operator's own namespace", async () => {
    await apply(kube, deferred("later", {}, "plugboard"));
    await rest(world, running);
    expect(resolvedOf(await kube.get(deferredKey("later", "plugboard")))).toMatchObject({ reason: "NotServed" });
    expect(await kube.get(configMapKey("plugboard", "made"))).toBeUndefined();
  });

  test("waits for a kind that is not served, and goes on when its CRD has come and an object of it", async () => {
    const waitFor = [{ group: "example.com", version: "v1", kind: "Widget", name: "first" }];
    await apply(kube, deferred("later", { waitFor }));
    await rest(world, running);
    expect((await look()).message).toContain("Widget app/first");
    await apply(kube, widgetDefinition);
    await rest(world, running);
    await apply(kube, { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "first", namespace: "app" } });
    await rest(world, running);
    expect(await made()).toBeDefined();
  });
});

const widgetDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

describe("with roles that are enforced", () => {
  test("a DeferredResource acts as its service account, and goes on when that is given the right", async () => {
    const world = await makeWorld({ rbac: true });
    const running = await start(world);
    const { kube } = world.cluster;
    await apply(kube, deferred("later", { serviceAccountName: "maker" }));
    await rest(world, running);
    const said = resolvedOf(await kube.get(deferredKey("later")));
    expect(said).toMatchObject({ status: "False", reason: "Forbidden" });
    expect(said.message).toContain("system:serviceaccount:app:maker");
    await apply(kube, ...rightsOf("maker"));
    await world.clock.advance(600_000);
    await rest(world, running);
    expect(resolvedOf(await kube.get(deferredKey("later")))).toMatchObject({ status: "True" });
    await running.stop();
  });
});

function rightsOf(name: string) {
  const metadata = { name, namespace: "app" };
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "create", "delete"] }];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  const subjects = [{ kind: "ServiceAccount", name, namespace: "app" }];
  return [
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata, roleRef, subjects },
  ];
}

describe("a process that dies at any write of a DeferredResource's life", () => {
  const lifeUnder = async (write: number, moment: "before" | "after"): Promise<{ died: boolean; end: unknown }> => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    const death = deathAt(write, moment);
    let running = await start(world, { kube: interceptedKube(kube, death.intercept), failed: () => {} });
    const survive = async (): Promise<void> => {
      await rest(world, running);
      if (!death.died() || running === survivor) return;
      void running.stop();
      survivor = await start(world, { holder: "two" });
      running = survivor;
      await world.clock.advance(80_000);
      await rest(world, running);
    };
    let survivor: InProcess | undefined;
    await apply(kube, deferred("later", waitForFirst));
    await survive();
    await apply(kube, configMap("app", "first"));
    await survive();
    const whole = {
      made: (await kube.get(configMapKey("app", "made"))) !== undefined,
      said: resolvedOf(await kube.get(deferredKey("later"))).status,
    };
    await apply(kube, deferred("later", { ...waitForFirst, resource: template("other") }));
    await survive();
    await kube.delete(deferredKey("later"));
    await survive();
    const left = world.cluster
      .objects()
      .filter(({ kind, metadata }) => metadata.namespace === "app" && kind !== "Event" && kind !== "ServiceAccount")
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    await running.stop();
    return { died: death.died(), end: { ...whole, left } };
  };

  test("leaves the same world as one that lives", async () => {
    const { end } = await lifeUnder(Number.POSITIVE_INFINITY, "before");
    expect(end).toMatchObject({ made: true, said: "True" });
    let deaths = 0;
    for (let write = 1, died = true; died; write += 1)
      for (const moment of ["before", "after"] as const) {
        const after = await lifeUnder(write, moment);
        died = after.died;
        if (died) deaths += 1;
        expect({ write, moment, end: after.end }).toEqual({ write, moment, end });
      }
    expect(deaths).toBeGreaterThan(10);
  });
});
