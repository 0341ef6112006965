import { expect, test } from "@jest/globals";
import type { Clock } from "../../../kit/clock.ts";
import { configMap, configMapKey, plugKey, servedNamespace } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start } from "../../worlds/worlds.ts";
import { plug, socket } from "./manifests.ts";

const where = { app: "app", db: "db" };

test("timers that fire a moment early, as those of Node.js do, hold nothing up", async () => {
  const world = await makeWorld();
  const { cluster, clock } = world;
  for (const name of ["app", "db"]) await cluster.load(servedNamespace(name));
  const hasty: Clock = {
    now: () => clock.now(),
    after: (milliseconds, callback) => clock.after(Math.max(0, milliseconds - 1), callback),
  };
  const plugboard = await start({ ...world, clock: { ...clock, ...hasty } });
  await apply(cluster.kube, plug(where, { configConfigMapName: "colors" }), socket(where));
  for (const color of ["red", "green", "blue"]) {
    await apply(cluster.kube, configMap("app", "colors", { color }));
    await rest(world, plugboard);
    await cluster.kube.delete(configMapKey("app", "colors"));
    await rest(world, plugboard);
  }
  await apply(cluster.kube, configMap("app", "colors", { color: "white" }));
  await rest(world, plugboard);
  const found = await cluster.kube.get(plugKey("web"));
  expect(JSON.stringify(found?.["status"])).toContain("Coupled to socket db/db");
  expect(JSON.stringify(found?.["status"])).not.toContain("InvalidConfig");
  await plugboard.stop();
});
