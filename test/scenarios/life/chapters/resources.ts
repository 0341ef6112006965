import { expect } from "@jest/globals";
import {
  configMap,
  configMapKey,
  jobKey,
  jobTemplate,
  plugKey,
  secret,
  socketKey,
  template,
} from "../../../worlds/manifests.ts";
import type { Life, Scenario } from "../life.ts";
import { dataOf, gone, plugIn, says, there, untilCoupled, untilData, untilReadySays } from "../looks.ts";
import { colors, plug, socket } from "../manifests.ts";
import { finishJob } from "./results.ts";

async function argsOfJob(life: Life): Promise<unknown> {
  const job = (await there(life, jobKey(life.db, "web-setup"))) as unknown as {
    readonly spec: {
      readonly template: { readonly spec: { readonly containers: readonly [{ readonly args: unknown }] } };
    };
  };
  return job.spec.template.spec.containers[0].args;
}

async function uidOf(life: Life, key: ReturnType<typeof jobKey>): Promise<string | undefined> {
  return (await life.kube.getMetadata(key))?.metadata.uid;
}

/** What becomes of the objects that a coupling applies. */
export const resources: readonly Scenario[] = [
  {
    name: "what somebody changes or deletes is put back, and a field that we do not apply is left alone",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      const key = configMapKey(life.db, "web-socket");
      await life.kube.patch(key, { data: { color: "spoilt" } });
      await untilData(life, life.db, "web-socket", { color: "red" });
      await life.kube.patch(key, { data: { theirs: "kept" } });
      await life.rest();
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red", theirs: "kept" });
      await life.kube.delete(key);
      await untilData(life, life.db, "web-socket", { color: "red" });
      expect((await untilCoupled(life)).status?.revision).toBe(1);
    },
  },
  {
    name: "what somebody changes is put back of a coupling with result resources, too",
    async live(life) {
      const shows = { resultResources: [{ template: template("web-result", { a: "{% .socketResult.url %}" }) }] };
      await life.apply(...colors(life, shows, { resultTemplate: { url: "http://{% .plugConfig.color %}" } }));
      await untilCoupled(life);
      await life.kube.patch(configMapKey(life.db, "web-socket"), { data: { color: "spoilt" } });
      await untilData(life, life.db, "web-socket", { color: "red" });
      await life.kube.patch(configMapKey(life.app, "web-result"), { data: { a: "spoilt" } });
      await untilData(life, life.app, "web-result", { a: "http://red" });
    },
  },
  {
    name: "a Job with do recreate is made anew at each update, exactly one for each revision",
    async live(life) {
      const job = { do: "recreate", template: jobTemplate("web-setup", "{% .plugConfig.color %}") };
      await life.apply(...colors(life, {}, { resources: [job] }));
      await untilCoupled(life);
      expect(await argsOfJob(life)).toEqual(["red"]);
      const first = await uidOf(life, jobKey(life.db, "web-setup"));
      await finishJob(life, "web-setup");
      await life.again();
      expect(await uidOf(life, jobKey(life.db, "web-setup"))).toBe(first);
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await life.until("a new Job", async () => {
        const uid = await uidOf(life, jobKey(life.db, "web-setup"));
        return uid !== undefined && uid !== first;
      });
      await untilCoupled(life);
      expect(await argsOfJob(life)).toEqual(["green"]);
      const second = await uidOf(life, jobKey(life.db, "web-setup"));
      await life.again();
      expect(await uidOf(life, jobKey(life.db, "web-setup"))).toBe(second);
    },
  },
  {
    name: "a coupling that waits for a lingering object goes on once that is gone, whatever else the plug reads",
    async live(life) {
      const lingering = configMap(life.db, "web-made", {});
      const metadata = { ...lingering.metadata, finalizers: ["example.com/lingers"] };
      await life.apply(secret(life.app, "inputs", { color: "red" }), { ...lingering, metadata });
      const entry = { do: "recreate", template: template("web-made", { color: "{% .plugConfig.color %}" }) };
      await life.apply(...colors(life, { configSecretName: "inputs" }, { resources: [entry] }));
      await untilReadySays(life, "web-made");
      await life.kube.patch(configMapKey(life.db, "web-made"), { metadata: { finalizers: null } });
      await untilData(life, life.db, "web-made", { color: "red" });
      await untilCoupled(life);
    },
  },
  {
    name: "a recreated object that lingers is waited for by name, and made anew once it is gone",
    async live(life) {
      const entry = { do: "recreate", template: template("web-made", { color: "{% .plugConfig.color %}" }) };
      await life.apply(...colors(life, {}, { resources: [entry] }));
      await untilCoupled(life);
      const key = configMapKey(life.db, "web-made");
      await life.kube.patch(key, { metadata: { finalizers: ["example.com/lingers"] } });
      await life.rest();
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      const waiting = await untilReadySays(life, "web-made");
      expect(says(waiting, "Coupled")).toMatch(/^True UpdatingInProcess/);
      await life.kube.patch(key, { metadata: { finalizers: null } });
      await untilData(life, life.db, "web-made", { color: "green" });
      expect((await untilCoupled(life)).status?.performed?.revision).toBe(2);
    },
  },
  {
    name: "do delete removes what is named, whoever made it",
    async live(life) {
      await life.apply(configMap(life.app, "obsolete", { a: "b" }));
      await life.apply(...colors(life, { resources: [{ do: "delete", template: template("obsolete", {}) }] }));
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "obsolete")).toBeUndefined();
    },
  },
  {
    name: "what is renamed, and what no entry yields any more, is pruned",
    async live(life) {
      const entries = [
        { template: template("web-{% .plugConfig.color %}", { a: "b" }) },
        { template: template("web-second", { a: "b" }) },
      ];
      await life.apply(...colors(life, {}, { resources: entries }));
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilData(life, life.db, "web-green", { a: "b" });
      await gone(life, configMapKey(life.db, "web-red"));
      await life.kube.patch(socketKey("db", life.db), { spec: { resources: entries.slice(0, 1) } });
      await gone(life, configMapKey(life.db, "web-second"));
      expect(await dataOf(life, life.db, "web-green")).toEqual({ a: "b" });
      await untilCoupled(life);
    },
  },
  {
    name: "what only coupled renders stays as it is at an update",
    async live(life) {
      const once = { when: ["coupled"], template: template("web-once", { color: "{% .plugConfig.color %}" }) };
      const always = { template: template("web-socket", { color: "{% .plugConfig.color %}" }) };
      await life.apply(...colors(life, {}, { resources: [once, always] }));
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilData(life, life.db, "web-socket", { color: "green" });
      expect(await dataOf(life, life.db, "web-once")).toEqual({ color: "red" });
      await life.kube.delete(configMapKey(life.db, "web-once"));
      await untilData(life, life.db, "web-once", { color: "red" });
    },
  },
  {
    name: "a template that renders to nothing is skipped",
    async live(life) {
      const text =
        '{% if eq .plugConfig.color "green" %}apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web-green}\n{% end %}';
      await life.apply(...colors(life, {}, { resources: [{ stringTemplate: text }] }));
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "web-green")).toBeUndefined();
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilData(life, life.db, "web-green", {});
    },
  },
  {
    name: "decoupled makes what it says and removes the rest, but not what is retained",
    leaves: [],
    async live(life) {
      const made = [
        { template: template("web-kept", { a: "b" }), preserveWhenDecoupled: true },
        { template: template("web-passing", { a: "b" }) },
        { when: ["decoupled"], template: template("web-farewell", { color: "{% .plugConfig.color %}" }) },
      ];
      await life.apply(...colors(life, {}, { resources: made }));
      await untilCoupled(life);
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      expect(await dataOf(life, life.db, "web-kept")).toEqual({ a: "b" });
      expect(await dataOf(life, life.db, "web-farewell")).toEqual({ color: "red" });
      expect(await dataOf(life, life.db, "web-passing")).toBeUndefined();
      await life.resync();
      await life.resync();
      expect(await dataOf(life, life.db, "web-kept")).toEqual({ a: "b" });
      for (const name of ["web-kept", "web-farewell"]) await life.kube.delete(configMapKey(life.db, name));
    },
  },
  {
    name: "an object that was there before us keeps its own fields and is not deleted; ours are withdrawn",
    async live(life) {
      await life.apply(configMap(life.db, "web-socket", { theirs: "stays" }));
      await life.apply(...colors(life));
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red", theirs: "stays" });
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ theirs: "stays" });
      const { labels = {} } = (await there(life, configMapKey(life.db, "web-socket"))).metadata;
      expect(Object.keys(labels)).toEqual([]);
    },
  },
  {
    name: "created and deleted concern one side alone, each once in its life",
    async live(life) {
      const own = [
        { when: ["created"], template: template("web-created", { name: "{% .plug.metadata.name %}" }) },
        { when: ["deleted"], template: template("web-deleted", { name: "{% .plug.metadata.name %}" }) },
      ];
      await life.apply(...colors(life, { resources: own }));
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "web-created")).toEqual({ name: "web" });
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      expect(await dataOf(life, life.app, "web-created")).toBeUndefined();
      expect(await dataOf(life, life.app, "web-deleted")).toEqual({ name: "web" });
      await life.kube.delete(configMapKey(life.app, "web-deleted"));
    },
  },
  {
    name: "an object in another namespace than its owner's is refused, and nothing is applied",
    async live(life) {
      const elsewhere = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "stray", namespace: life.app } };
      const near = { template: template("web-near", { a: "b" }) };
      await life.apply(...colors(life, {}, { resources: [near, { template: elsewhere }] }));
      const refused = await untilReadySays(life, "stray");
      expect(says(refused, "Ready")).toContain("spec.resources[1]");
      expect(await dataOf(life, life.db, "web-near")).toBeUndefined();
      expect((await plugIn(life)).status?.coupledSocket).toBeUndefined();
    },
  },
  {
    name: "two couplings that render the same object share it: it goes when the last of them leaves",
    async live(life) {
      const shared = { resources: [{ template: template("shared", { a: "b" }) }] };
      await life.apply(socket(life, shared), plug(life), plug(life, {}, "other"));
      await untilCoupled(life);
      await untilCoupled(life, "other");
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      expect(await dataOf(life, life.db, "shared")).toEqual({ a: "b" });
      await life.kube.delete(plugKey("other", life.app));
      await gone(life, plugKey("other", life.app));
      expect(await dataOf(life, life.db, "shared")).toBeUndefined();
    },
  },
];
