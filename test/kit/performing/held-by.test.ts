import { beforeEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../../kit/clock.ts";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { Kube } from "../../../kit/kube/port.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { heldBy } from "../../../kit/performing/held-by.ts";
import { configMap } from "../../worlds/manifests.ts";

describe("what is said of the finalizers that hold an object", () => {
  let kube: Kube;

  beforeEach(() => {
    ({ kube } = createMemoryCluster({ clock: systemClock }));
  });

  const applied = async (finalizers: readonly string[]) => {
    const { metadata, ...rest } = configMap("default", "a");
    return kube.apply({ ...rest, metadata: { ...metadata, finalizers } }, { fieldManager: "ann", force: true });
  };

  test("nothing where nothing holds it", async () => {
    expect(heldBy((await applied([])).metadata)).toBeUndefined();
  });

  test("those that a controller added are named, those that came with an applied manifest are counted", async () => {
    const object = await applied(["secret.example.com/s3cr3t", 'quoted"\\/s3cr3t']);
    const finalizers = [...(object.metadata.finalizers ?? []), "example.com/cleanup"];
    const { metadata } = await kube.patch(keyOf(object), { metadata: { finalizers } });
    expect(heldBy(metadata)).toBe("finalizers: example.com/cleanup, 2 of its own manifest");
  });

  test("none is named where nobody knows who wrote it", async () => {
    const object = await applied(["secret.example.com/s3cr3t"]);
    const { metadata } = await kube.patch(keyOf(object), { metadata: { managedFields: [{}] } });
    expect(heldBy(metadata)).toBe("finalizers: 1 of its own manifest");
  });
});
