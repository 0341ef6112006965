import { expect } from "@jest/globals";
import type { KubeObject } from "../../../../kit/kube/port.ts";
import { allRights, configMap, configMapKey, plugKey, role, socketKey, template } from "../../../worlds/manifests.ts";
import type { Life, Scenario } from "../life.ts";
import { dataOf, gone, plugIn, says, untilCoupled, untilReadySays } from "../looks.ts";
import { colors, plug, socket } from "../manifests.ts";

/** What was performed stays, and the plug says that it is coupled, and why it is not as it should be. */
async function staysCoupled(
  life: Life,
  why: string | RegExp,
  before: { readonly uid: string | undefined },
): Promise<void> {
  const held = await untilReadySays(life, why);
  expect(says(held, "Coupled")).toMatch(/^True/);
  expect(says(held, "Ready")).toMatch(/^False/);
  expect(held.status?.coupledSocket?.uid).toBe(before.uid);
  expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red" });
}

async function coupled(life: Life, objects: readonly KubeObject[]): Promise<{ readonly uid: string | undefined }> {
  await life.apply(...objects);
  const { status } = await untilCoupled(life);
  return { uid: status?.coupledSocket?.uid };
}

function rightsIn(namespace: string) {
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", namespace, name: "rights" };
}

/** What must not end a coupling, and what is said of it. */
export const staying: readonly Scenario[] = [
  {
    name: "a new config that the interface refuses keeps what was performed, and is said",
    async live(life) {
      const rule = { interface: { config: { plug: { color: { enum: ["red", "green"] } } } } };
      const before = await coupled(life, colors(life, {}, rule));
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "mauve" } } });
      await staysCoupled(life, "color", before);
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "red" } } });
      await untilCoupled(life);
    },
  },
  {
    name: "a deleted ConfigMap keeps what was performed, and is named",
    async live(life) {
      const before = await coupled(life, [
        configMap(life.app, "plug-config", { color: "red" }),
        ...colors(life, { config: {}, configConfigMapName: "plug-config" }),
      ]);
      await life.kube.delete(configMapKey(life.app, "plug-config"));
      await staysCoupled(life, "plug-config", before);
      await life.apply(configMap(life.app, "plug-config", { color: "red" }));
      await untilCoupled(life);
    },
  },
  {
    name: "an interface that comes to mismatch keeps what was performed, and is said",
    async live(life) {
      const version = (text: string) => ({ interface: { name: "colors", version: text } });
      const before = await coupled(life, colors(life, version("1.x"), version("1.2.0")));
      await life.kube.patch(socketKey("db", life.db), { spec: version("2.0.0") });
      await staysCoupled(life, "2.0.0", before);
      expect(says(await plugIn(life), "ConfigResolved")).toMatch(/^False InterfaceMismatch/);
      await life.kube.patch(socketKey("db", life.db), { spec: version("1.3.0") });
      await untilCoupled(life);
    },
  },
  {
    name: "a rule that does not compile keeps what is coupled and holds up who is not",
    async live(life) {
      const before = await coupled(life, colors(life));
      const broken = ["(unclosed"];
      await life.kube.patch(socketKey("db", life.db), { spec: { validation: { namespaceBlacklist: broken } } });
      await staysCoupled(life, "unclosed", before);
      const [late] = colors(life);
      await life.apply({ ...late, metadata: { ...late.metadata, name: "late" } });
      await untilReadySays(life, "unclosed", "late");
      await life.kube.patch(socketKey("db", life.db), { spec: { validation: null } });
      await untilCoupled(life);
      await untilCoupled(life, "late");
    },
  },
  {
    name: "rights that are taken away keep what was performed; the missing right is named, and what waited for it heals",
    async live(life) {
      const before = await coupled(life, colors(life));
      await life.kube.patch(rightsIn(life.db), { rules: [] });
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      const held = await untilReadySays(life, "forbidden");
      expect(says(held, "Coupled")).toMatch(/^True/);
      expect(says(held, "Ready")).toMatch(/configmaps/);
      expect(held.status?.coupledSocket?.uid).toBe(before.uid);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red" });
      await life.apply(...allRights(life.db));
      await life.until(
        "the update",
        async () => (await dataOf(life, life.db, "web-socket"))?.["color" as never] === "green",
      );
      await untilCoupled(life);
    },
  },
  {
    name: "a plug that may not couple for want of a right names it, and couples when it is granted, without an edit",
    async live(life) {
      await life.apply(role(life.db, [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }]));
      await life.apply(...colors(life));
      const held = await untilReadySays(life, "forbidden");
      expect(says(held, "Ready")).toMatch(/cannot patch resource "?configmaps/);
      await life.apply(...allRights(life.db));
      await untilCoupled(life);
    },
  },
  {
    name: "a CRD that goes away keeps the coupling; the kind is named, and it heals when the CRD is back",
    async live(life) {
      const kind = crd(life);
      const widget = {
        apiVersion: `${kind.spec.group}/v1`,
        kind: "Widget",
        metadata: { name: "web-widget" },
        spec: { color: "{% .plugConfig.color %}" },
      };
      const [, db] = colors(life);
      const spec = { resources: [...(db["spec"] as { resources: [] }).resources, { template: widget }] };
      await life.apply(kind);
      const before = await coupled(life, colors(life, {}, spec));
      await life.kube.delete({ ...crdKey, name: kind.metadata.name });
      await gone(life, { ...crdKey, name: kind.metadata.name });
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      const held = await untilReadySays(life, "Widget");
      expect(says(held, "Coupled")).toMatch(/^True/);
      expect(held.status?.coupledSocket?.uid).toBe(before.uid);
      await life.apply(kind);
      await untilCoupled(life);
      expect((await life.kube.get({ ...widget, namespace: life.db, name: "web-widget" }))?.["spec"]).toEqual({
        color: "green",
      });
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      await life.kube.delete({ ...crdKey, name: kind.metadata.name });
    },
  },
  {
    name: "labels of the namespace that change without touching the rules end nothing; those that do, end it",
    async live(life) {
      const rule = {
        validation: { namespaceSelector: { matchExpressions: [{ key: "banned", operator: "DoesNotExist" }] } },
      };
      const before = await coupled(life, colors(life, {}, rule));
      const namespace = { apiVersion: "v1", kind: "Namespace", name: life.app };
      await life.kube.patch(namespace, { metadata: { labels: { color: "any" } } });
      await life.rest();
      expect((await untilCoupled(life)).status?.coupledSocket?.uid).toBe(before.uid);
      await life.kube.patch(namespace, { metadata: { labels: { banned: "yes" } } });
      await untilReadySays(life, "NamespaceDenied");
      expect(await dataOf(life, life.db, "web-socket")).toBeUndefined();
      await life.kube.patch(namespace, { metadata: { labels: { banned: null } } });
      await untilCoupled(life);
    },
  },
  {
    name: "a status that somebody forges deletes nothing that is not ours",
    async live(life) {
      await life.apply(configMap(life.app, "precious", { a: "b" }));
      await life.apply(
        plug(life),
        socket(life, { resources: [{ template: template("web-socket", { color: "red" }) }] }),
      );
      const { status } = await untilCoupled(life);
      const precious = await life.kube.get(configMapKey(life.app, "precious"));
      const forged = {
        role: "applied",
        apiVersion: "v1",
        kind: "ConfigMap",
        namespace: life.app,
        name: "precious",
        uid: precious?.metadata.uid,
        side: "plug",
        entry: "coupling",
      };
      const object = await life.kube.get(plugKey("web", life.app));
      if (object === undefined) throw new Error("no plug");
      await life.kube.replaceStatus({ ...object, status: { ...status, refs: [...(status?.refs ?? []), forged] } });
      await life.rest();
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      expect(await dataOf(life, life.app, "precious")).toEqual({ a: "b" });
      expect(await dataOf(life, life.db, "web-socket")).toBeUndefined();
    },
  },
  {
    name: "a socket's status that somebody forges deletes nothing that a coupling made",
    async live(life) {
      await life.apply(
        plug(life),
        socket(life, { resources: [{ template: template("web-socket", { color: "red" }) }] }),
        { ...socket(life, {}), metadata: { name: "forger", namespace: life.db } },
      );
      await untilCoupled(life);
      const made = await life.kube.get(configMapKey(life.db, "web-socket"));
      const { apiVersion, kind } = { apiVersion: "v1", kind: "ConfigMap" };
      const uid = made?.metadata.uid;
      const refs = [
        {
          role: "applied",
          apiVersion,
          kind,
          namespace: life.db,
          name: "web-socket",
          uid,
          side: "socket",
          entry: "created",
        },
      ];
      const forger = socketKey("forger", life.db);
      const object = await life.kube.get(forger);
      if (object === undefined) throw new Error("no socket");
      await life.kube.replaceStatus({ ...object, status: { ...Object(object["status"]), refs } });
      await life.kube.delete(forger);
      await gone(life, forger);
      expect((await life.kube.get(configMapKey(life.db, "web-socket")))?.metadata.uid).toBe(uid);
    },
  },
  {
    name: "an object that two sockets create stays with the one that applied it last",
    async live(life) {
      const creates = (by: string) => [{ when: ["created"], template: template("shared", { by }) }];
      const [first, last] = ["first", "last"].map((name) => ({
        ...socket(life, { resources: creates(name) }),
        metadata: { name, namespace: life.db },
      }));
      if (first === undefined || last === undefined) throw new Error("no sockets");
      await life.apply(first);
      await life.until("the first", async () => (await dataOf(life, life.db, "shared")) !== undefined);
      await life.apply(last);
      await life.until("the last", async () => Object(await dataOf(life, life.db, "shared")).by === "last");
      await life.rest();
      await life.kube.delete(socketKey("first", life.db));
      await gone(life, socketKey("first", life.db));
      expect(await dataOf(life, life.db, "shared")).toEqual({ by: "last" });
    },
  },
];

const crdKey = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

interface WidgetDefinition extends KubeObject {
  readonly spec: { readonly group: string; readonly [field: string]: unknown };
}

/** The CRD of a kind Widget in a group that only this life knows. */
export function crd(life: Life): WidgetDefinition {
  const group = `${life.db}.example.com`;
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    ...crdKey,
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Widget", listKind: "WidgetList", plural: "widgets", singular: "widget" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: open } } },
        },
      ],
    },
  };
}
