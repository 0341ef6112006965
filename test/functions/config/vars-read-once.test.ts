import { expect, test } from "@jest/globals";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start } from "../../worlds/worlds.ts";

test("an object of which many fields are read is asked for once each time", async () => {
  const world = await makeWorld();
  const { kube, faults } = world.cluster;
  const keys = Array.from({ length: 50 }, (_, n) => `key${n}`);
  const settings = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "app" } };
  const vars = keys.map((key) => ({
    name: key,
    objref: { apiVersion: "v1", kind: "ConfigMap", name: "settings" },
    fieldref: { fieldPath: `data.${key}` },
  }));
  const made = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" } };
  const data = Object.fromEntries(keys.map((key) => [key, `{% .plugConfig.${key} %}`]));
  await apply(
    kube,
    { ...settings, data: Object.fromEntries(keys.map((key) => [key, `value of ${key}`])) },
    socketWith("sock"),
    plugWith("reader", {
      socket: { name: "sock", namespace: "db" },
      vars,
      configTemplate: Object.fromEntries(keys.map((key) => [key, `{% .vars.${key} %}`])),
      resources: [{ template: { ...made, data } }],
    }),
  );
  let asked = 0;
  faults.onRequest(({ verb, name }) => {
    if (verb === "get" && name === "settings") asked += 1;
  });
  const plugboard = await start(world);
  await rest(world, plugboard);
  const found = await kube.get({ ...made, namespace: "app", name: "made" });
  expect(found).toMatchObject({ data: { key0: "value of key0", key49: "value of key49" } });
  expect(await kube.get(plugKey("reader"))).toMatchObject({ status: { revision: 1 } });
  expect(asked).toBeLessThan(keys.length);
  await plugboard.stop();
});
