import { expect } from "@jest/globals";
import type { KubeObject } from "../../../kit/kube.ts";
import type { Life, Scenario } from "../life.ts";
import { gone, plugIn, says, there, untilCoupled, untilReadySays } from "../looks.ts";
import { jobTemplate, keyOfJob, keyOfPlug, plug, socket } from "../manifests.ts";
import { finishJob } from "./results.ts";

/** Two couplings that recreate one Job. */
export const othersRuns: readonly Scenario[] = [
  {
    name: "a Job of another coupling is recreated once it has ended, and what is waited for is said",
    async live(life) {
      await life.apply(...twoPlugs(life, {}));
      await untilCoupled(life, "first");
      const before = await uidOfJob(life);
      await life.apply(plug(life, { config: { word: "second" } }, "second"));
      const waits = await untilReadySays(life, "to end", "second");
      expect(says(waits, "Ready")).toContain(`waiting for Job ${life.db}/setup of another coupling to end`);
      await life.again();
      expect(await uidOfJob(life)).toBe(before);
      await finishJob(life, "setup");
      await untilCoupled(life, "second");
      expect(await uidOfJob(life)).not.toBe(before);
      expect(JSON.stringify(await there(life, keyOfJob(life.db, "setup")))).toContain('"args":["second"]');
    },
  },
  {
    name: "a Job that does not end in the time that it may take is recreated all the same, and both namespaces are warned",
    async live(life) {
      await life.apply(...twoPlugs(life, { recreateWaitSeconds: 3 }));
      await untilCoupled(life, "first");
      const before = await uidOfJob(life);
      await life.apply(plug(life, { config: { word: "second" } }, "second"));
      await untilCoupled(life, "second");
      expect(await uidOfJob(life)).not.toBe(before);
      expect((await warned(life)).sort()).toEqual([life.app, life.db].sort());
    },
  },
  {
    name: "who is deleted waits for no Job of another coupling",
    async live(life) {
      await life.apply(...twoPlugs(life, {}));
      await untilCoupled(life, "first");
      const before = await uidOfJob(life);
      await life.apply(plug(life, { config: { word: "second" } }, "second"));
      await untilReadySays(life, "to end", "second");
      await life.kube.delete(keyOfPlug(life, "second"));
      await gone(life, keyOfPlug(life, "second"));
      expect(await uidOfJob(life)).toBe(before);
      expect((await plugIn(life, "first")).status?.performed?.revision).toBe(1);
    },
  },
];

function twoPlugs(life: Life, entry: object): readonly KubeObject[] {
  const job = { do: "recreate", template: jobTemplate("setup", "{% .plugConfig.word %}"), ...entry };
  return [socket(life, { resources: [job] }), plug(life, { config: { word: "first" } }, "first")];
}

async function uidOfJob(life: Life): Promise<string | undefined> {
  return (await there(life, keyOfJob(life.db, "setup"))).metadata.uid;
}

async function warned(life: Life): Promise<(string | undefined)[]> {
  const events = (await life.objects()).filter((one) => one.kind === "Event" && one["reason"] === "CutShort");
  return events.map(({ metadata }) => metadata.namespace);
}
