import { expect, test } from "@jest/globals";
import { Conflict } from "../../../kit/errors.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start } from "../../worlds/worlds.ts";

const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shared" } };

function plugAt(name: string): KubeObject {
  return plugWith(name, { socket: { name: "sock", namespace: "db" } });
}

test("a shared object that somebody changes without end holds nobody up, and is left once that ends", async () => {
  const world = await makeWorld();
  const { kube, faults } = world.cluster;
  const socket = socketWith("sock", { resources: [{ template }] });
  await apply(kube, socket, plugAt("one"));
  const plugboard = await start(world);
  await rest(world, plugboard);
  await apply(kube, plugAt("two"));
  await rest(world, plugboard);
  let tries = 0;
  faults.failNext(Number.POSITIVE_INFINITY, new Conflict("it was changed"), ({ name, write }) => {
    tries += name === "shared" && write ? 1 : 0;
    return name === "shared" && write;
  });
  await kube.delete(plugKey("two"));
  await kube.delete(plugKey("one"));
  await rest(world, plugboard);
  expect(await kube.get(plugKey("two"))).toBeDefined();
  expect(tries).toBeGreaterThan(1);
  faults.clear();
  await world.clock.advance(600_000);
  await rest(world, plugboard);
  expect(await kube.get(plugKey("one"))).toBeUndefined();
  expect(await kube.get({ ...template, namespace: "db", name: "shared" })).toBeUndefined();
  await plugboard.stop();
});
