import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { advanceUntil, ground, isDone, plugManifest, settle, socketManifest } from "../../eventing/ground.ts";
import { configMap, plugKey } from "../../worlds/manifests.ts";

const plug = (name: string, spec: object = {}): object => ({
  apiVersion,
  kind: "Plug",
  metadata: { name },
  spec: { epoch: "{% now %}{% randAlphaNum 5 %}", socket: { name: "db" }, ...spec },
});
const socket = (name: string): object => ({ apiVersion, kind: "Socket", metadata: { name }, spec: {} });

async function failureOf(objects: readonly KubeObject[], kind: "Plug" | "Socket", name: string) {
  const world = await ground(objects);
  const source = world.open();
  await settle(world, source);
  await world.clock.advance(60_000);
  await settle(world, source);
  const object = await world.cluster.kube.get({ apiVersion, kind, namespace: "apps", name });
  const { conditions = [], revision = 0 } = (object?.["status"] ?? {}) as {
    conditions?: readonly { type: string; reason: string; message: string }[];
    revision?: number;
  };
  const { reason, message } = conditions.find(({ type }) => type === "Ready") ?? {};
  return { reason, message, revision, generation: object?.metadata.generation };
}

describe("a coupling that renders its own plug or socket", () => {
  const named = { socket: { name: "db" }, config: { name: "app" } };
  const table: readonly (readonly [string, readonly KubeObject[], "Plug" | "Socket"])[] = [
    ["its plug", [socketManifest(), plugManifest("app", { resources: [{ template: plug("app") }] })], "Plug"],
    [
      "its plug, when it is created",
      [socketManifest(), plugManifest("app", { resources: [{ when: ["created"], template: plug("app") }] })],
      "Plug",
    ],
    [
      "its plug, by a name from a template",
      [
        socketManifest(),
        plugManifest("app", { ...named, resources: [{ template: plug("{% .plug.metadata.name %}") }] }),
      ],
      "Plug",
    ],
    [
      "its plug, as text, in another version",
      [
        socketManifest(),
        plugManifest("app", {
          resources: [{ stringTemplate: "apiVersion: integration.rock8s.com/v9\nkind: Plug\nmetadata: {name: app}\n" }],
        }),
      ],
      "Plug",
    ],
    [
      "its plug, from the socket's side",
      [socketManifest("db", { resources: [{ template: plug("app") }] }), plugManifest("app")],
      "Plug",
    ],
    ["its socket", [socketManifest(), plugManifest("app", { resources: [{ template: socket("db") }] })], "Plug"],
    [
      "its socket, from the socket's side",
      [socketManifest("db", { resources: [{ template: socket("db") }] }), plugManifest("app")],
      "Plug",
    ],
    [
      "the socket itself, when it is created",
      [socketManifest("db", { resources: [{ when: ["created"], template: socket("db") }] })],
      "Socket",
    ],
    [
      "its plug, with its result",
      [socketManifest(), plugManifest("app", { resources: [], resultResources: [{ template: plug("app") }] })],
      "Plug",
    ],
  ];

  test.each(table)("is InvalidInput where it renders %s", async (_what, objects, kind) => {
    const { reason, message, revision, generation } = await failureOf(objects, kind, kind === "Plug" ? "app" : "db");
    expect([reason, message]).toEqual(["InvalidInput", expect.stringContaining("of its own coupling")]);
    expect(revision).toBeLessThanOrEqual(1);
    expect(generation).toBe(1);
  });

  test("may render another plug, and another socket", async () => {
    const world = await ground([
      socketManifest(),
      plugManifest("app", {
        resources: [{ template: plug("second", { epoch: "1" }) }, { template: socket("third") }],
      }),
    ]);
    const source = world.open();
    await advanceUntil(
      world,
      source,
      async () => isDone(await world.plug("app")) && isDone(await world.plug("second")),
    );
  });
});

describe("revisions", () => {
  const minutes = 2;
  /** 30 at once, and then three a minute. */
  const atMost = 31 + minutes * 3;

  async function pass(
    world: Awaited<ReturnType<typeof ground>>,
    each: (second: number) => Promise<void>,
  ): Promise<void> {
    const source = world.open();
    await settle(world, source);
    for (let second = 0; second < minutes * 60; second += 1) {
      await each(second);
      for (let turns = 0; turns < 3; turns += 1) await world.clock.advance(300);
    }
  }

  test("of two plugs that render each other are limited", async () => {
    const mutual = (name: string, other: string): KubeObject =>
      plugManifest(name, { resources: [{ template: plug(other, { epoch: "{% .plug.metadata.generation %}" }) }] });
    const world = await ground([socketManifest(), mutual("one", "two"), mutual("two", "one")]);
    await pass(world, async () => {});
    for (const name of ["one", "two"]) {
      const { revision = 0 } = (await world.plug(name))?.status ?? {};
      expect(revision).toBeGreaterThan(10);
      expect(revision).toBeLessThanOrEqual(atMost);
    }
  });

  test("of a plug whose input or spec somebody changes in a loop are limited, it is said why, and the last change counts", async () => {
    const world = await ground([
      socketManifest(),
      plugManifest("app", {
        configConfigMapName: "settings",
        resources: [
          {
            template: {
              apiVersion: "v1",
              kind: "ConfigMap",
              metadata: { name: "made" },
              data: { size: "{% .plugConfig.size %}" },
            },
          },
        ],
      }),
      configMap("apps", "settings", { size: "0" }),
    ]);
    const said = new Set<string>();
    await pass(world, async (second) => {
      await world.cluster.load([configMap("apps", "settings", { size: String(second) })]);
      if (second % 2 === 0) {
        const key = plugKey("app", "apps");
        await world.cluster.kube.patch(key, { spec: { epoch: String(second) } });
      }
      const ready = (await world.plug("app"))?.status?.conditions?.find(({ type }) => type === "Ready");
      if (ready?.reason === "TooManyRevisions") said.add(ready.message ?? "");
    });
    const { revision = 0 } = (await world.plug("app"))?.status ?? {};
    expect(revision).toBeGreaterThan(30);
    expect(revision).toBeLessThanOrEqual(atMost);
    expect([...said].at(-1) ?? "").toMatch(/Plugboard makes the next one at 2026-01-01T00:.*ConfigMap apps\/settings/);
    await world.clock.advance(60_000);
    const made = await world.cluster.kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name: "made" });
    expect(made?.["data"]).toEqual({ size: String(minutes * 60 - 1) });
    const ready = (await world.plug("app"))?.status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready).toMatchObject({ status: "True" });
  });
});
