import { describe, expect, test } from "@jest/globals";
import type { KubeRequest } from "../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { namespace, plugKey } from "../../worlds/manifests.ts";
import { makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";
import { seenWorld } from "../parity/scenarios.ts";
import { recordedObjects, restore } from "./recorded.ts";

const ours = new Set(["Plug", "Socket", "Event"]);

async function takenOver(
  name: "lifecycle" | "results",
): Promise<{ readonly world: World; readonly namespaces: readonly string[]; readonly writes: readonly KubeRequest[] }> {
  const world = await makeWorld();
  const namespaces = [`app-${name}`, `db-${name}`];
  await world.cluster.load(namespaces.map(namespace));
  await restore(world.cluster.kube, recordedObjects(name));
  const writes: KubeRequest[] = [];
  world.cluster.onRequest((request) => void (request.write && writes.push(request)));
  return { world, namespaces, writes };
}

function applied(world: World, namespaces: readonly string[]): readonly KubeObject[] {
  return world.cluster
    .objects()
    .filter(({ kind, metadata }) => namespaces.includes(metadata.namespace ?? "") && !ours.has(kind));
}

describe("a coupling that integration-operator left", () => {
  test.each(["lifecycle", "results"] as const)("is adopted without a touch on anything it made: %s", async (name) => {
    const { world, namespaces, writes } = await takenOver(name);
    const before = applied(world, namespaces);
    const plugboard = await start(world);
    await rest(world, plugboard);
    await plugboard.stop();
    expect(applied(world, namespaces)).toEqual(before);
    expect(
      writes.filter(({ kind, namespace: at }) => !ours.has(kind) && !(kind === "Secret" && at === operatorNamespace)),
    ).toEqual([]);
    expect(world.broken).toEqual([]);
  });

  test("is updated as if it had always been ours", async () => {
    const { world, namespaces } = await takenOver("lifecycle");
    const plugboard = await start(world);
    await rest(world, plugboard);
    await world.cluster.kube.patch(plugKey("p", "app-lifecycle"), { spec: { config: { v: "9" } } });
    await rest(world, plugboard);
    await plugboard.stop();
    const seen = seenWorld(world.cluster.objects(), namespaces);
    expect(seen).toMatchObject({
      "db-lifecycle/ConfigMap/updated": { v: "9" },
      "db-lifecycle/ConfigMap/coupled": { v: "1" },
      "app-lifecycle/ConfigMap/mine": { v: "9" },
    });
    expect(seen["db-lifecycle/Job/job-p"]).toEqual([{ image: "example/x", env: [{ name: "V", value: "9" }] }]);
  });

  test.each(["lifecycle", "results"] as const)(
    "ends with its plug, and leaves what integration-operator would have left: %s",
    async (name) => {
      const { world, namespaces } = await takenOver(name);
      const plugboard = await start(world);
      await rest(world, plugboard);
      await world.cluster.kube.delete(plugKey(name === "lifecycle" ? "p" : "one", `app-${name}`));
      await rest(world, plugboard);
      await plugboard.stop();
      const left = Object.keys(seenWorld(world.cluster.objects(), namespaces)).toSorted();
      const expected = {
        lifecycle: [
          "app-lifecycle/ConfigMap/deleted",
          "db-lifecycle/ConfigMap/created",
          "db-lifecycle/ConfigMap/decoupled",
          "db-lifecycle/ConfigMap/kept",
          "db-lifecycle/Socket/sock",
        ],
        results: ["app-results/ConfigMap/rc", "db-results/Secret/rs", "db-results/Socket/sock"],
      };
      expect(left).toEqual(expected[name]);
    },
  );

  test("shows no secret in its status any more", async () => {
    const { world } = await takenOver("results");
    const plugboard = await start(world);
    await rest(world, plugboard);
    await plugboard.stop();
    expect(JSON.stringify(await world.cluster.kube.get(plugKey("one", "app-results")))).not.toContain("secret-user");
  });
});
