import { expect, test } from "@jest/globals";
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

test("a thousand vars on usual objects are read", async () => {
  const objects = many(100, (index) => configMap(`large-${index}`, { text: "x".repeat(1_000) }));
  const { ready } = await coupling(
    objects,
    many(1_000, (index) => [`large-${index % 100}`, "data.text"] as const),
  );
  expect(ready).toMatchObject({ status: "True" });
});
