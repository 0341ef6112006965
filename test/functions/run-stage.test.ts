import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../crds/names.ts";
import type { SourceReport } from "../../eventing/report.ts";
import { loadStage } from "../../functions/stages.ts";
import { Forbidden, InvalidInput, Unavailable } from "../../kit/errors.ts";
import { interceptedKube, type KubeRequest } from "../../kit/kube/intercept.ts";
import type { Kube } from "../../kit/kube/port.ts";
import { podContext } from "../scenarios/faults/functions.ts";
import { plugKey, plugWith, socketWith } from "../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../worlds/worlds.ts";

const map = (name: string, data: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});
const madeOnce = { when: ["created"], template: map("once") };

function failing(kube: Kube, error: Error, concerns: (request: KubeRequest) => boolean): Kube {
  return interceptedKube(kube, async (request, perform) => {
    if (concerns(request)) throw error;
    return perform();
  });
}

async function statusOf({ cluster }: World): Promise<Record<string, unknown>> {
  return { ...Object((await cluster.kube.get(plugKey("shop")))?.["status"]) };
}

describe("what should not happen in a stage", () => {
  test.each([
    ["planning what is created", madeOnce, "plug.create"],
    ["planning what is coupled", { template: map("coupled") }, "plug.couple"],
  ])("is heard of, recorded without its message, and tried again: %s", async (_, resource, stage) => {
    const world = await makeWorld();
    const heard: unknown[] = [];
    const bug = new TypeError("hush-hush");
    const kube = failing(world.cluster.kube, bug, ({ kind, verb }) => kind === "ConfigMap" && verb === "served");
    const unexpected = (error: unknown, where: string): void => void heard.push([error, where]);
    const plugboard = await start(world, { kube, unexpected });
    await apply(world.cluster.kube, socketWith("pg", {}), plugWith("shop", { resources: [resource] }));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(heard.length).toBeGreaterThan(1);
    expect(heard[0]).toEqual([bug, stage]);
    const status = JSON.stringify(await statusOf(world));
    expect(status).toContain("InternalError");
    expect(status).not.toContain("hush-hush");
  });
});

describe("a failure that only an edit can mend", () => {
  test("is recorded with what was seen, so that it is not tried again: the snapshot is refused", async () => {
    const world = await makeWorld();
    let tries = 0;
    const kube = failing(world.cluster.kube, new InvalidInput("a webhook says no"), ({ kind, verb }) => {
      const refused = kind === "Secret" && verb === "create";
      tries += refused ? 1 : 0;
      return refused;
    });
    const plugboard = await start(world, { kube });
    await apply(world.cluster.kube, socketWith("pg", {}), plugWith("shop", {}));
    for (let minutes = 0; minutes < 20; minutes += 1) {
      await rest(world, plugboard);
      await world.clock.advance(60_000);
    }
    await plugboard.stop();
    expect(tries).toBe(1);
    expect(await statusOf(world)).toMatchObject({ failure: { stage: "plug.resolve-config", reason: "InvalidInput" } });
  });

  test("of a snapshot's end tells whoever asked nothing of what the API server said", async () => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    const plugboard = await start(world);
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "pw", namespace: "app" } };
    const farewell = { when: ["decoupled"], template: map("farewell", { p: "{% .plugConfig.password %}" }) };
    await apply(kube, { ...secret, data: { password: Buffer.from("hush-hush").toString("base64") } });
    await apply(kube, socketWith("pg", { resources: [farewell] }), plugWith("shop", { configSecretName: "pw" }));
    await rest(world, plugboard);
    await plugboard.stop();
    await kube.delete(plugKey("shop"));
    await kube.patch(plugKey("shop"), { metadata: { finalizers: null } });
    await world.clock.advance(3_000_000);
    const refusing = failing(
      kube,
      new InvalidInput('data.p: Invalid value: "hush-hush"'),
      ({ name }) => name === "farewell",
    );
    const { items } = await kube.list({ apiVersion: "v1", kind: "Secret", namespace: operatorNamespace });
    const sweep = await loadStage("snapshot.sweep");
    for (const { metadata } of items) {
      const request = { stage: "snapshot.sweep", namespace: operatorNamespace, name: metadata.name } as const;
      const reply = await sweep({ ...podContext(world), kube: refusing, live: refusing }, request);
      expect(reply).toEqual({ kind: "nothing", why: "InvalidInput: edit the object to continue" });
    }
    expect(items).not.toEqual([]);
  });
});

describe("a failure between two writes", () => {
  test("is recorded although the finalizer was put on before it", async () => {
    const world = await makeWorld();
    const replies: string[] = [];
    const tell = (report: SourceReport): void => {
      if (report.kind === "ended" && report.delivery.kind === "answered") replies.push(report.delivery.reply.kind);
    };
    let left = 1;
    const kube = failing(world.cluster.kube, new Unavailable("down"), ({ kind, verb }) => {
      left -= kind === "Plug" && verb === "replaceStatus" ? 1 : 0;
      return left === 0 && kind === "Plug" && verb === "replaceStatus";
    });
    const plugboard = await start(world, { kube, tell });
    await apply(world.cluster.kube, plugWith("shop", { resources: [madeOnce] }));
    await rest(world, plugboard);
    await plugboard.stop();
    expect(replies).not.toContain("nothing");
    expect(
      await world.cluster.kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "app", name: "once" }),
    ).toBeDefined();
  });

  test("is recorded where the snapshots of a lost status may not be listed", async () => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    const first = await start(world);
    await apply(kube, socketWith("pg", {}), plugWith("shop", {}));
    await rest(world, first);
    await first.stop();
    await kube.replaceStatus({ apiVersion, kind: "Plug", metadata: { name: "shop", namespace: "app" }, status: {} });
    await world.clock.advance(120_000);
    let refused = false;
    const closed = failing(
      kube,
      new Forbidden("may not list secrets"),
      ({ kind, verb }) => refused && kind === "Secret" && verb === "list",
    );
    const second = await start(world, { kube: closed, holder: "two" });
    refused = true;
    await rest(world, second);
    await second.stop();
    expect(JSON.stringify(await statusOf(world))).toContain("plug.adopt: may not list secrets");
  });
});
