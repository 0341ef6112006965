import { expect } from "@jest/globals";
import type { KubeObject } from "../../../../kit/kube/port.ts";
import { jobKey, jobTemplate, plugKey } from "../../../worlds/manifests.ts";
import type { Life, Scenario } from "../life.ts";
import { gone, plugIn, says, there, untilCoupled, untilReadySays } from "../looks.ts";
import { plug, socket } from "../manifests.ts";
import { finishJob } from "./results.ts";

const recreated = (word: string, entry: object = {}) => ({
  do: "recreate",
  template: jobTemplate("setup", word),
  ...entry,
});

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
      expect(says(waits, "Ready")).toContain(`Waiting for Job ${life.db}/setup of another coupling to end`);
      await life.again();
      expect(await uidOfJob(life)).toBe(before);
      await finishJob(life, "setup");
      await untilCoupled(life, "second");
      expect(await uidOfJob(life)).not.toBe(before);
      expect(JSON.stringify(await there(life, jobKey(life.db, "setup")))).toContain('"args":["second"]');
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
      await life.kube.delete(plugKey("second", life.app));
      await gone(life, plugKey("second", life.app));
      expect(await uidOfJob(life)).toBe(before);
      expect((await plugIn(life, "first")).status?.performed?.revision).toBe(1);
    },
  },
  {
    name: "`created` waits for the end of a Job of another plug",
    async live(life) {
      const when = ["created"];
      await life.apply(socket(life), plug(life, { resources: [recreated("first", { when })] }, "first"));
      await untilCoupled(life, "first");
      const before = await uidOfJob(life, life.app);
      await life.apply(plug(life, { resources: [recreated("second", { when })] }, "second"));
      await untilReadySays(life, `Waiting for Job ${life.app}/setup of another coupling to end`, "second");
      await life.again();
      expect(await uidOfJob(life, life.app)).toBe(before);
      await finishJob(life, "setup", life.app);
      await untilCoupled(life, "second");
      expect(await wordOfJob(life, life.app)).toBe("second");
    },
  },
  {
    name: "`created` of a socket waits for the end of a Job of another socket, and not for ever",
    async live(life) {
      const entry = { when: ["created"], recreateWaitSeconds: 3 };
      await life.apply(socket(life, { resources: [recreated("first", entry)] }));
      await life.until(
        "the first socket's Job",
        async () => (await life.kube.get(jobKey(life.db, "setup"))) !== undefined,
      );
      await life.rest();
      const before = await uidOfJob(life);
      await life.apply(socket(life, { resources: [recreated("second", entry)] }, "other"));
      await life.until("it recreated", async () => (await wordOfJob(life)) === "second");
      expect(await uidOfJob(life)).not.toBe(before);
      await life.rest();
      expect(await warned(life)).toEqual([life.db]);
    },
  },
  {
    name: "what a result recreates waits for the end of a Job of another coupling, and says so",
    async live(life) {
      const results = { resultResources: [recreated("{% .plug.metadata.name %}")] };
      await life.apply(socket(life, results), plug(life, {}, "first"));
      await untilCoupled(life, "first");
      await life.apply(plug(life, {}, "second"));
      await untilReadySays(life, `Waiting for Job ${life.db}/setup of another coupling to end`, "second");
      await life.again();
      expect(await wordOfJob(life)).toBe("first");
      await finishJob(life, "setup");
      await untilCoupled(life, "second");
      expect(await wordOfJob(life)).toBe("second");
    },
  },
  {
    name: "who is pointed at another socket waits for the end of a Job of another coupling before `decoupled` recreates it",
    async live(life) {
      await life.apply(
        socket(life, { resources: [recreated("first")] }),
        socket(life, { resources: [recreated("farewell", { when: ["decoupled"] })] }, "other"),
        socket(life, {}, "third"),
        plug(life, {}, "first"),
        plug(life, { socket: { name: "other", namespace: life.db } }, "second"),
      );
      await untilCoupled(life, "first");
      await untilCoupled(life, "second");
      await life.kube.patch(plugKey("second", life.app), { spec: { socket: { name: "third" } } });
      await untilReadySays(life, `Waiting for Job ${life.db}/setup of another coupling to end`, "second");
      expect(await wordOfJob(life)).toBe("first");
      await finishJob(life, "setup");
      await life.until("it recreated", async () => (await wordOfJob(life)) === "farewell");
      await untilCoupled(life, "second");
      await life.kube.delete(jobKey(life.db, "setup"));
    },
  },
];

function twoPlugs(life: Life, entry: object): readonly KubeObject[] {
  const job = { do: "recreate", template: jobTemplate("setup", "{% .plugConfig.word %}"), ...entry };
  return [socket(life, { resources: [job] }), plug(life, { config: { word: "first" } }, "first")];
}

async function uidOfJob(life: Life, namespace = life.db): Promise<string | undefined> {
  return (await there(life, jobKey(namespace, "setup"))).metadata.uid;
}

async function wordOfJob(life: Life, namespace = life.db): Promise<string | undefined> {
  const job = JSON.stringify(await life.kube.get(jobKey(namespace, "setup")));
  return /"args":\["(\w+)"\]/.exec(job ?? "")?.[1];
}

async function warned(life: Life): Promise<(string | undefined)[]> {
  const events = (await life.objects()).filter((one) => one.kind === "Event" && one["reason"] === "CutShort");
  return events.map(({ metadata }) => metadata.namespace);
}
