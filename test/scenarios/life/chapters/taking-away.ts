import { expect } from "@jest/globals";
import { annotations } from "../../../../crds/names.ts";
import type { KubeObject, ObjectKey } from "../../../../kit/kube/port.ts";
import { configMap, configMapKey, plugKey, template } from "../../../worlds/manifests.ts";
import type { Life, Scenario } from "../life.ts";
import { dataOf, gone, there, untilCoupled, untilReadySays } from "../looks.ts";
import { colors, plug, socket } from "../manifests.ts";

/** How what was made is taken away. */
export const takingAway: readonly Scenario[] = [
  {
    name: "what was applied last goes first, and what has finalizers is waited for before the next goes",
    async live(life) {
      const entries = ["web-first", "web-second"].map((name) => ({ template: template(name, { a: "b" }) }));
      await life.apply(...colors(life, {}, { resources: entries }));
      await untilCoupled(life);
      const second = configMapKey(life.db, "web-second");
      await life.kube.patch(second, { metadata: { finalizers: ["example.com/lingers"] } });
      await life.rest();
      await life.kube.delete(plugKey("web", life.app));
      await untilReadySays(life, `Waiting for ConfigMap ${life.db}/web-second to be gone`);
      expect(await dataOf(life, life.db, "web-first")).toEqual({ a: "b" });
      await life.kube.patch(second, { metadata: { finalizers: null } });
      await gone(life, plugKey("web", life.app));
      expect(await dataOf(life, life.db, "web-first")).toBeUndefined();
    },
  },
  {
    name: "force-remove waits for no finalizer, and names what it leaves",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      const lingers = configMapKey(life.db, "web-socket");
      await life.kube.patch(lingers, { metadata: { finalizers: ["example.com/lingers"] } });
      await life.kube.patch(plugKey("web", life.app), {
        metadata: { annotations: { [annotations.forceRemove]: "true" } },
      });
      await life.rest();
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      expect(await notesOf(life, "Decoupled")).toContainEqual(
        expect.stringMatching(/not performed: ConfigMap .*web-socket: .*example.com\/lingers/),
      );
      await life.kube.patch(lingers, { metadata: { finalizers: null } });
      await gone(life, lingers);
    },
  },
  {
    name: "force-remove names what it could not perform of a kind that nobody serves",
    async live(life) {
      const group = `${life.db}.example.com`;
      const farewell = {
        when: ["decoupled"],
        template: { apiVersion: `${group}/v1`, kind: "Farewell", metadata: { name: "web" } },
      };
      await life.apply(...colors(life, {}, { resources: [farewell] }));
      await untilCoupled(life);
      await life.kube.delete(plugKey("web", life.app));
      await untilReadySays(life, "Farewell");
      await life.kube.patch(plugKey("web", life.app), {
        metadata: { annotations: { [annotations.forceRemove]: "true" } },
      });
      await gone(life, plugKey("web", life.app));
      expect(await notesOf(life, "Decoupled")).toContainEqual(expect.stringContaining("not performed: Farewell"));
    },
  },
  {
    name: "what is to be deleted is waited for until it is gone, by its name and its finalizers, before what follows",
    async live(life) {
      const before = await lingering(life, "old", { stale: "yes" });
      const entries = [
        { do: "delete", template: template("old", {}) },
        { template: template("old", { fresh: "yes" }) },
        { template: template("after", { a: "b" }) },
      ];
      await life.apply(...colors(life, {}, { resources: entries }));
      await untilReadySays(
        life,
        `Waiting for ConfigMap ${life.db}/old to be gone (held by its finalizers: example.com/lingers)`,
      );
      await life.again();
      expect(await dataOf(life, life.db, "after")).toBeUndefined();
      expect(await dataOf(life, life.db, "old")).toEqual({ stale: "yes" });
      await life.kube.patch(configMapKey(life.db, "old"), { metadata: { finalizers: null } });
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "old")).toEqual({ fresh: "yes" });
      expect((await there(life, configMapKey(life.db, "old"))).metadata.uid).not.toBe(before);
      expect(await dataOf(life, life.db, "after")).toEqual({ a: "b" });
    },
  },
  {
    name: "what is to be deleted and does not go is waited for 10 minutes; then its finalizers are told and the stage goes on",
    async live(life) {
      await lingering(life, "old", {});
      const socketSide = [{ do: "delete", template: template("old", {}) }, { template: template("after", { a: "b" }) }];
      await life.apply(...colors(life, {}, { resources: socketSide }));
      await untilReadySays(life, `Waiting for ConfigMap ${life.db}/old to be gone`);
      expect(await dataOf(life, life.db, "after")).toBeUndefined();
      await life.resync();
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "after")).toEqual({ a: "b" });
      const still = await notesOf(life, "StillThere");
      expect(still).toHaveLength(2);
      expect(new Set(still)).toEqual(
        new Set([expect.stringMatching(/ConfigMap .*\/old was deleted but still exists.*example.com\/lingers/)]),
      );
      await life.kube.patch(configMapKey(life.db, "old"), { metadata: { finalizers: null } });
    },
  },
  {
    name: "deleting what nobody serves is done",
    async live(life) {
      const group = `${life.db}.example.com`;
      const obsolete = { apiVersion: `${group}/v1`, kind: "Obsolete", metadata: { name: "web" } };
      await life.apply(...colors(life, {}, { resources: [{ do: "delete", template: obsolete }] }));
      await untilCoupled(life);
    },
  },
  {
    name: "what was made in a version that is served no more is removed through another, and applying waits by its name",
    async live(life) {
      const group = `${life.db}.example.com`;
      const widget = {
        apiVersion: `${group}/v1beta1`,
        kind: "Widget",
        metadata: { name: "{% .plug.metadata.name %}" },
      };
      const entry = { template: { ...widget, spec: { color: "{% .plugConfig.color %}" } } };
      await life.apply(widgets(group, true));
      await life.apply(socket(life, { resources: [entry] }), plug(life, { config: { color: "red" } }));
      await untilCoupled(life);
      await life.apply(widgets(group, false));
      await life.until("v1beta1 served no more", () =>
        life.kube.list({ apiVersion: `${group}/v1beta1`, kind: "Widget" }).then(
          () => false,
          () => true,
        ),
      );
      const key = { apiVersion: `${group}/v1`, kind: "Widget", namespace: life.db, name: "web" };
      expect((await there(life, key))["spec"]).toEqual({ color: "red" });
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilReadySays(life, `it serves it in ${group}/v1`);
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      expect(await life.kube.get(key)).toBeUndefined();
      await life.kube.delete(keyOfDefinition(group));
      await gone(life, keyOfDefinition(group));
    },
  },
];

/** A ConfigMap of somebody else that stays when it is deleted; its uid. */
async function lingering(
  life: Life,
  name: string,
  data: { readonly [key: string]: string },
): Promise<string | undefined> {
  await life.apply(configMap(life.db, name, data));
  // As a controller does.
  const { metadata } = await life.kube.patch(configMapKey(life.db, name), {
    metadata: { finalizers: ["example.com/lingers"] },
  });
  return metadata.uid;
}

async function notesOf(life: Life, reason: string): Promise<readonly unknown[]> {
  const events = (await life.objects()).filter((one) => one.kind === "Event" && one["reason"] === reason);
  return events.map(({ note }) => note);
}

function keyOfDefinition(group: string): ObjectKey {
  return { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: `widgets.${group}` };
}

function widgets(group: string, servesBeta: boolean): KubeObject {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const { apiVersion, kind, name } = keyOfDefinition(group);
  return {
    apiVersion,
    kind,
    metadata: { name },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget" },
      versions: [
        { name: "v1", served: true, storage: true, schema },
        { name: "v1beta1", served: servesBeta, storage: false, schema },
      ],
    },
  };
}
