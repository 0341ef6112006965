import { beforeEach, describe, expect, test } from "@jest/globals";
import { deathAt, interceptedKube } from "../../../kit/kube/intercept.ts";
import type { Kube } from "../../../kit/kube/port.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { handClock } from "../../worlds/hand-clock.ts";
import { configMap, configMapKey } from "../../worlds/manifests.ts";

describe("a faulty Kube", () => {
  let kube: Kube;
  const names = async (): Promise<readonly string[]> =>
    (await kube.list({ apiVersion: "v1", kind: "ConfigMap" })).items.map(({ metadata }) => metadata.name);

  beforeEach(() => {
    kube = createMemoryCluster({ clock: handClock() }).kube;
  });

  test("passes every call through its intercept, also as a service account", async () => {
    const seen: string[] = [];
    const faulty = interceptedKube(kube, (request, perform) => {
      seen.push(
        `${request.as?.name ?? "itself"} ${request.verb} ${request.kind} ${request.name ?? ""} ${request.write}`,
      );
      return perform();
    });
    const robot = faulty.as({ namespace: "default", name: "robot" });
    await robot.apply(configMap("default", "a", { x: "1" }), { fieldManager: "a", force: true });
    await faulty.patch(configMapKey("default", "a"), { data: { x: "2" } });
    await faulty.delete(configMapKey("default", "a"));
    expect(seen).toEqual([
      "robot apply ConfigMap a true",
      "itself patch ConfigMap a true",
      "itself delete ConfigMap a true",
    ]);
    expect(await names()).toEqual([]);
  });

  test.each([
    ["before", ["a"]],
    ["after", ["a", "b"]],
  ] as const)(
    "a process that dies %s its second write leaves what it wrote until then, and does nothing more",
    async (moment, left) => {
      const death = deathAt(2, moment);
      const dying = interceptedKube(kube, death.intercept);
      await dying.create(configMap("default", "a"));
      expect(await dying.get(configMapKey("default", "a"))).toBeDefined();
      expect(death.died()).toBe(false);
      await expect(dying.create(configMap("default", "b"))).rejects.toMatchObject({ name: "Unavailable" });
      await expect(dying.create(configMap("default", "c"))).rejects.toMatchObject({ name: "Unavailable" });
      await expect(dying.get(configMapKey("default", "a"))).rejects.toMatchObject({ name: "Unavailable" });
      expect(death.died()).toBe(true);
      expect(await names()).toEqual(left);
    },
  );

  test("a death that is never reached counts the writes there were", async () => {
    const death = deathAt(10, "before");
    const living = interceptedKube(kube, death.intercept);
    await living.create(configMap("default", "a"));
    await living.get(configMapKey("default", "a"));
    expect([death.died(), death.writes()]).toEqual([false, 1]);
  });
});
