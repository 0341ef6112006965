import { expect } from "@jest/globals";
import { configMapKey } from "../../../worlds/manifests.ts";
import type { Scenario } from "../life.ts";
import { dataOf, plugIn, says, untilCoupled, untilReadySays } from "../looks.ts";
import { colors } from "../manifests.ts";

/** What somebody else does all the time. */
export const restlessness: readonly Scenario[] = [
  {
    name: "who changes an applied object all the time is named from the fifth time on, and the repairs are backed off",
    only: "memory",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      const repairs: number[] = [];
      for (let spoilt = 0; spoilt < 8; spoilt += 1) {
        await life.kube.apply(
          {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { namespace: life.db, name: "web-socket" },
            data: { color: `spoilt ${spoilt}` },
          },
          { fieldManager: "the-other", force: true },
        );
        await life.until(
          "it put back",
          async () => JSON.stringify(await dataOf(life, life.db, "web-socket")) === '{"color":"red"}',
        );
        repairs.push((await plugIn(life)).status?.restless?.count ?? 0);
      }
      expect(repairs).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      const contested = await untilReadySays(life, "Contested");
      expect(says(contested, "Ready")).toContain("web-socket");
      expect(says(contested, "Ready")).toContain("the-other");
      expect(says(contested, "Coupled")).toMatch(/^True/);
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red" });
    },
  },
  {
    name: "once nobody contests any more the plug is ready again, without an edit",
    only: "memory",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      for (let spoilt = 0; spoilt < 6; spoilt += 1) {
        await life.kube.delete(configMapKey(life.db, "web-socket"));
        await life.until("it put back", async () => (await dataOf(life, life.db, "web-socket")) !== undefined);
      }
      await untilReadySays(life, "Contested");
      await untilCoupled(life);
    },
  },
  {
    name: "an input that changes all the time is named from the fifth update on, and once it rests the plug is ready again",
    only: "memory",
    async live(life) {
      const tint = (color: string): Promise<void> =>
        life.apply({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { namespace: life.app, name: "tint" },
          data: { color },
        });
      await tint("first");
      await life.apply(...colors(life, { configConfigMapName: "tint" }));
      await untilCoupled(life);
      for (let turn = 0; turn < 7; turn += 1) {
        await tint(`turn ${turn}`);
        await life.until(
          "it followed",
          async () => JSON.stringify(await dataOf(life, life.db, "web-socket")) === `{"color":"turn ${turn}"}`,
        );
      }
      const contested = await untilReadySays(life, "Contested");
      expect(says(contested, "Ready")).toContain(`ConfigMap ${life.app}/tint changes repeatedly`);
      expect(says(contested, "Coupled")).toMatch(/^True/);
      await untilCoupled(life);
    },
  },
];
