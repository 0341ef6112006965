import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../crds/names.ts";
import type { Kube } from "../../kit/kube.ts";
import { apply, makeWorld, namespace, rest, start } from "../worlds.ts";
import { asRecorded, inOwnNamespaces, recordedScenarios, type Step, seenWorld } from "./scenarios.ts";

describe("what the seed's operator did with these manifests, Plugboard does on the in-memory cluster", () => {
  test.each(recordedScenarios())("$name", async ({ name, worlds, ...scenario }) => {
    const world = await makeWorld();
    const namespaces = [`${name}-app`, `${name}-db`];
    await world.cluster.load(namespaces.map(namespace));
    const plugboard = await start(world);
    const seen = [];
    for (const step of inOwnNamespaces(scenario, name).steps) {
      await take(world.cluster.kube, step);
      await rest(world, plugboard);
      seen.push(asRecorded(seenWorld(world.cluster.objects(), namespaces), name));
    }
    await plugboard.stop();
    expect(seen).toEqual(worlds);
    expect(world.broken).toEqual([]);
  });
});

async function take(kube: Kube, step: Step): Promise<void> {
  await apply(kube, ...(step.apply ?? []));
  if (step.patch !== undefined) await kube.patch({ apiVersion, ...step.patch }, step.patch.body);
  if (step.delete !== undefined) await kube.delete({ apiVersion, ...step.delete });
}
