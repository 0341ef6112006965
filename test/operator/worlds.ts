import { afterEach } from "@jest/globals";
import { createWorld, type World, type WorldOptions } from "../../operator/testkit/testkit.ts";
import { configMaps, namespace, thingCrd } from "./things.ts";

const worlds: World[] = [];

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.stop()));
});

/** A world with the CRD of Things, at rest. It ends with the test. */
export async function makeWorld(options: WorldOptions): Promise<World> {
  const world = await createWorld({ crds: [thingCrd()], ...options });
  worlds.push(world);
  await world.settled();
  return world;
}

/** The names of all ConfigMaps of a namespace. */
export async function namesOf(world: World, place: string = namespace): Promise<readonly string[]> {
  return (await world.list(configMaps, place)).map(({ metadata }) => metadata.name);
}
