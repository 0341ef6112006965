import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject, ObjectKey } from "../../../kit/kube/port.ts";
import { ground, isDone, plugManifest, settle, socketManifest } from "../../eventing/ground.ts";

const many = (count: number, make: (index: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, index) => make(index));
const plugKey: ObjectKey = { apiVersion, kind: "Plug", namespace: "apps", name: "app" };
const socketKey: ObjectKey = { apiVersion, kind: "Socket", namespace: "apps", name: "db" };
const made: ObjectKey = { apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name: "app-made" };
const vars = many(1_001, (index) => `v${index}`).map((name) => ({
  name,
  objref: { apiVersion: "v1", kind: "Pod", name },
}));

type Conditions = readonly { type: string; status: string; reason: string; message: string }[];

function ready(object: KubeObject | undefined): Conditions[number] | undefined {
  const { conditions = [] } = (object?.["status"] ?? {}) as { conditions?: Conditions };
  return conditions.find(({ type }) => type === "Ready");
}

describe("what is larger than allowed", () => {
  const table: readonly (readonly [string, ObjectKey, object, string])[] = [
    ["a plug's vars", plugKey, { vars }, "spec.vars: 1001 entries (limit 1000)"],
    [
      "a socket's whitelist",
      socketKey,
      { validation: { namespaceWhitelist: many(10_001, (index) => `team-${index}`) } },
      "spec.validation.namespaceWhitelist: 10001 entries (limit 10000)",
    ],
    [
      "a socket's patterns",
      socketKey,
      { validation: { namespaceWhitelist: many(4_000, (index) => `team-${index}-[a-z]+`) } },
      "(limit 10000)",
    ],
    [
      "a socket's interface",
      socketKey,
      { interface: { config: { plug: { size: { enum: many(1_001, String) } } } } },
      "spec.interface.config.plug.size.enum: 1001 entries (limit 1000)",
    ],
  ];

  test.each(table)(
    "is TooLarge where it is %s; what was coupled stays, and ends when it is deleted",
    async (_what, key, spec, said) => {
      const world = await ground([socketManifest(), plugManifest("app")]);
      const source = world.open();
      await settle(world, source);
      expect(isDone(await world.plug("app"))).toBe(true);

      await world.cluster.kube.patch(key, { spec });
      await settle(world, source);
      await world.clock.advance(60_000);
      await settle(world, source);
      const plug = await world.cluster.kube.get(plugKey);
      expect(ready(plug)).toMatchObject({
        status: "False",
        reason: "TooLarge",
        message: expect.stringContaining(said),
      });
      expect(ready(await world.cluster.kube.get(key))).toMatchObject({ status: "False", reason: "TooLarge" });
      expect(plug?.["status"]).toMatchObject({ performed: { revision: 1 }, coupledSocket: { name: "db" } });
      expect(await world.cluster.kube.get(made)).toBeDefined();

      await world.cluster.kube.delete(plugKey);
      await world.cluster.kube.delete(socketKey);
      await settle(world, source);
      expect(await Promise.all([plugKey, socketKey, made].map((one) => world.cluster.kube.get(one)))).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    },
  );

  test("couples once it is shortened", async () => {
    const world = await ground([socketManifest(), plugManifest("app", { vars })]);
    const source = world.open();
    await settle(world, source);
    expect(ready(await world.cluster.kube.get(plugKey))?.reason).toBe("TooLarge");
    await world.cluster.kube.patch(plugKey, { spec: { vars: null } });
    await settle(world, source);
    expect(isDone(await world.plug("app"))).toBe(true);
  });

  test("makes nothing when it is created, and a deferred resource that waits for too much is not applied", async () => {
    const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "early" } };
    const resources = many(1_001, String).map(() => ({ when: ["created"], template }));
    const deferred: KubeObject = {
      apiVersion,
      kind: "DeferredResource",
      metadata: { name: "later", namespace: "apps" },
      spec: {
        waitFor: many(1_001, (index) => `p${index}`).map((name) => ({ apiVersion: "v1", kind: "Pod", name })),
        resource: template,
      },
    };
    const world = await ground([socketManifest(), plugManifest("app", { resources }), deferred]);
    const source = world.open();
    await settle(world, source);
    expect(ready(await world.cluster.kube.get(plugKey))?.reason).toBe("TooLarge");
    const later = await world.cluster.kube.get({ ...plugKey, kind: "DeferredResource", name: "later" });
    expect(JSON.stringify(later?.["status"])).toContain("spec.waitFor: 1001 entries (limit 1000)");
    expect(await world.cluster.kube.get({ ...made, name: "early" })).toBeUndefined();
  });
});

describe("a whitelist of four thousand patterns", () => {
  test("holds up no plug of another namespace, which couples beside it", async () => {
    const validation = { namespaceWhitelist: many(4_000, (index) => `(team|group)-${index}-x{1000}`) };
    const world = await ground([
      socketManifest("slow", { validation }),
      ...many(20, (index) => `evil-${index}`).map((name) => plugManifest(name, { socket: { name: "slow" } })),
      socketManifest("db", {}, "victim"),
      plugManifest("victim", {}, "victim"),
    ]);
    const source = world.open();
    await settle(world, source);
    expect(isDone(await world.plug("victim", "victim"))).toBe(true);
    expect((await world.plug("evil-0"))?.status?.conditions?.find(({ type }) => type === "Ready")?.reason).toBe(
      "TooLarge",
    );
  });
});
