import { beforeEach, describe, expect, test } from "@jest/globals";
import { interceptedKube } from "../../../kit/kube/intercept.ts";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { Kube, KubeObject, ObjectKey } from "../../../kit/kube/port.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { claimMilliseconds } from "../../../kit/performing/claim.ts";
import { claimFor, performPlan } from "../../../kit/performing/perform.ts";
import { noEffects } from "../../../kit/performing/steps.ts";
import { type HandClock, handClock } from "../../worlds/hand-clock.ts";
import { configMap } from "../../worlds/manifests.ts";

describe("what a stage created when its claim had ended", () => {
  const made = configMap("default", "made");
  let clock: HandClock;
  let kube: Kube;
  let owner: KubeObject;

  beforeEach(async () => {
    clock = handClock();
    ({ kube } = createMemoryCluster({ clock }));
    owner = await kube.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "owner", namespace: "default" } });
  });

  /** Performs a plan whose process is held up in the middle of its only write, while `after` does as it likes. */
  const performLate = async (after: () => Promise<void>) => {
    const late = interceptedKube(kube, async (request, perform) => {
      if (request.verb !== "apply") return await perform();
      await clock.advance(claimMilliseconds);
      const result = await perform();
      await after();
      return result;
    });
    const step = {
      kind: "apply",
      object: made,
      expects: { kind: "nothing" },
      fieldManager: "ann",
      tolerance: "none",
    } as const;
    const plan = { stage: "make", revision: 1, before: {}, steps: [step] };
    const tools = {
      kube: late,
      live: kube,
      clock,
      holder: "me",
      takeEffect: noEffects,
      accountsFor: ({ metadata }: KubeObject, { name }: ObjectKey) =>
        metadata.annotations?.["example.com/inventory"] === name,
    };
    const claim = await claimFor(plan, owner, tools);
    if (claim === undefined) throw new Error("the object changed");
    return performPlan(plan, () => ({}), claim, tools);
  };

  test("is taken back", async () => {
    expect(await performLate(async () => {})).toMatchObject({ kind: "lost" });
    expect(await kube.get(keyOf(made))).toBeUndefined();
  });

  test("stays where the inventory of whoever came after has it", async () => {
    const performed = await performLate(async () => {
      await kube.patch(keyOf(owner), { metadata: { annotations: { "example.com/inventory": "made" } } });
    });
    expect(performed).toMatchObject({ kind: "lost" });
    expect(await kube.get(keyOf(made))).toBeDefined();
  });
});
