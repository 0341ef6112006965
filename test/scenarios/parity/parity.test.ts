import { describe, expect, test } from "@jest/globals";
import { namespace } from "../../worlds/manifests.ts";
import { makeWorld, rest, start } from "../../worlds/worlds.ts";
import {
  asRecorded,
  inOwnNamespaces,
  ownScenarios,
  recordedScenarios,
  type Scenario,
  seenWorld,
  take,
} from "./scenarios.ts";

describe("what integration-operator did with these manifests, Plugboard does on the in-memory cluster", () => {
  test.each(recordedScenarios())("$name", expectWorlds);
});

describe("what the fields' meaning promises, Plugboard does on the in-memory cluster", () => {
  test.each(ownScenarios())("$name", expectWorlds);
});

async function expectWorlds({ name, worlds, ...scenario }: Scenario): Promise<void> {
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
}
