import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../crds/names.ts";
import { snapshotName } from "../../crds/snapshot/head.ts";
import { Forbidden } from "../../kit/errors.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { ground, plugManifest, settle, socketManifest } from "./ground.ts";

const plugKey = { apiVersion, kind: "Plug", namespace: "apps", name: "app" };

describe("objects that others write to", () => {
  const pod = (writes: number): KubeObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "apparatus",
      namespace: "apps",
      labels: { "app.kubernetes.io/managed-by": "plugboard", "integration.rock8s.com/apparatus-of": "uid" },
      annotations: { "integration.rock8s.com/last-used-at": "2025-01-01T00:00:00Z", writes: String(writes) },
    },
  });

  test("are asked for once while a broker has the event, however often they are written to", async () => {
    const world = await ground([pod(0)]);
    const source = world.open({ sink: async () => ({ kind: "accepted" }) });
    await source.synced;
    for (let writes = 1; writes <= 5; writes += 1) {
      await world.clock.advance(2_000);
      await world.cluster.load([pod(writes)]);
    }
    await world.clock.advance(2_000);
    expect(world.events.map(({ data }) => data.stage)).toEqual(["apparatus.remove"]);
  });
});

describe("a snapshot that is gone", () => {
  test("is missed where Secrets of the operator's namespace may be watched, whatever may not be elsewhere", async () => {
    const world = await ground([
      socketManifest(),
      plugManifest("app"),
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" } },
    ]);
    const first = world.open();
    await settle(world, first);
    await first.stop();
    const plug = await world.cluster.kube.get(plugKey);
    if (plug === undefined) throw new Error("there is no plug");
    const status = Object(plug["status"]);
    const snapshot = snapshotName(plugKey, 1, "lost");
    const performed = { ...status.performed, snapshot };
    await world.cluster.kube.replaceStatus({ ...plug, status: { ...status, snapshot, performed } });
    world.cluster.faults.failNext(
      100_000,
      new Forbidden("no right"),
      ({ verb, kind, namespace }) =>
        kind === "Secret" && namespace === "other" && (verb === "list" || verb === "watch"),
    );
    const before = world.events.length;
    const source = world.open({ namespaces: ["plugboard", "apps", "other"] });
    for (let seconds = 0; seconds < 40; seconds += 1) await world.clock.advance(1_000);
    await settle(world, source);
    expect(world.events.slice(before).map(({ data }) => data.stage)).toContain("plug.resolve-config");
  });
});
