import { beforeAll, describe, expect, test } from "@jest/globals";
import { crdDocuments } from "../../crds/documents.ts";
import { InvalidInput } from "../../kit/errors.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { createMemoryCluster } from "../../kit/memory/cluster.ts";
import { handClock } from "../worlds/hand-clock.ts";
import { accepted, refusedByRule } from "./manifests.ts";

let kube: Kube;
let made = 0;

beforeAll(async () => {
  const cluster = createMemoryCluster({ clock: handClock() });
  await cluster.load(crdDocuments());
  kube = cluster.kube;
});

function named(object: KubeObject): KubeObject {
  return { ...object, metadata: { name: `o-${made++}`, namespace: "default" } };
}

describe("the CRDs in memory", () => {
  test.each(accepted)("take %s", async (_, object) => {
    expect(await kube.create(named(object))).toMatchObject({ kind: object.kind });
  });

  test.each(refusedByRule)("refuse with: %s", async (message, object) => {
    const writing = kube.create(named(object));
    await expect(writing).rejects.toThrow(InvalidInput);
    await expect(writing).rejects.toMatchObject({ quote: expect.stringContaining(message) });
  });
});
