import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { readPlug } from "../../../crds/plug/parse.ts";
import { readVars } from "../../../functions/config/read-sources.ts";
import { Renderer } from "../../../functions/render-jobs/renderer.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { conditionOf } from "../../worlds/looks.ts";
import { plugKey, plugWith, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start } from "../../worlds/worlds.ts";

const configMap = (name: string, data: object): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "app" },
  data,
});
function fail(): never {
  throw new Error("there is no such plug");
}

const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** What becomes of a plug whose vars read those fields, and how many objects were read at once at most. */
async function coupling(objects: readonly KubeObject[], fields: readonly (readonly [string, string])[]) {
  const world = await makeWorld();
  const { kube, faults } = world.cluster;
  const vars = fields.map(([name, fieldPath], index) => ({
    name: `v${index}`,
    objref: { apiVersion: "v1", kind: "ConfigMap", name },
    fieldref: { fieldPath },
  }));
  await apply(
    kube,
    ...objects,
    socketWith("sock"),
    plugWith("reader", { socket: { name: "sock", namespace: "db" }, vars }),
  );
  let reads = 0;
  faults.onRequest(({ verb, kind, name }) => {
    if (verb === "get" && kind === "ConfigMap" && name?.startsWith("large") === true) reads += 1;
  });
  const plugboard = await start(world);
  await rest(world, plugboard);
  const ready = conditionOf(await kube.get(plugKey("reader")), "Ready");
  await plugboard.stop();
  return { ready, reads };
}

test("vars on many large objects are refused before all of them are read, and the message says what to do", async () => {
  const objects = many(60, (index) => configMap(`large-${index}`, { text: "x".repeat(900_000) }));
  const { ready, reads } = await coupling(
    objects,
    objects.map(({ metadata }) => [metadata.name, "metadata.name"] as const),
  );
  expect(ready).toMatchObject({
    reason: "TooLarge",
    message: expect.stringMatching(/plug spec\.vars: .*more than 16777216 characters in total\. Read fewer or smaller/),
  });
  expect(reads).toBeLessThanOrEqual(20);
});

test("vars that all give one large value are refused for what they give", async () => {
  const { ready } = await coupling(
    [configMap("large", { text: "x".repeat(900_000) })],
    many(30, () => ["large", "data.text"] as const),
  );
  expect(ready).toMatchObject({ reason: "TooLarge" });
});

test("vars that each look through many keys are refused for what they look through together", async () => {
  const data = Object.fromEntries(many(2_000, (index) => [`key-${index}`, "x"]));
  const looking = (count: number) => many(count, () => ["large", "data.none*"] as const);
  const few = await coupling([configMap("large", data)], looking(10));
  expect(few.ready).toMatchObject({ reason: expect.not.stringMatching("InvalidInput") });
  const { ready } = await coupling([configMap("large", data)], looking(500));
  expect(ready).toMatchObject({
    reason: "InvalidInput",
    message: expect.stringContaining("field paths take more than 5000000 steps"),
  });
});

test("vars let other work run in between, also where all read one object", async () => {
  const { cluster } = await makeWorld();
  const vars = many(200, (index) => ({
    name: `v${index}`,
    objref: { apiVersion: "v1", kind: "ConfigMap", name: "large" },
    fieldref: { fieldPath: "data.text" },
  }));
  await apply(cluster.kube, configMap("large", { text: "x" }), plugWith("reader", { vars }));
  const owner = readPlug((await cluster.kube.get(plugKey("reader"))) ?? fail());
  await using renderer = new Renderer();
  const reading = readVars({
    kube: cluster.kube,
    side: "plug",
    namespace: "app",
    role: "input",
    owner,
    field: "vars",
    data: { values: {}, sensitive: [] },
    memory: { now: new Date(0), seed: "", kept: new Map() },
    rendering: renderer.begin("app"),
  });
  let [turns, reads] = [0, 0];
  void reading.then(({ refs }) => (reads = refs.length));
  for (; reads === 0; turns += 1) await turn();
  expect([reads, Object.keys((await reading).value)]).toEqual([1, vars.map(({ name }) => name)]);
  expect(turns).toBeGreaterThanOrEqual(19);
});

test("a thousand vars on usual objects are read", async () => {
  const objects = many(100, (index) => configMap(`large-${index}`, { text: "x".repeat(1_000) }));
  const { ready } = await coupling(
    objects,
    many(1_000, (index) => [`large-${index % 100}`, "data.text"] as const),
  );
  expect(ready).toMatchObject({ status: "True" });
});
