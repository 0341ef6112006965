import { expect } from "@jest/globals";
import { annotations } from "../../../../crds/names.ts";
import {
  configMap,
  configMapKey,
  plugKey,
  role,
  secret,
  secretKey,
  secretTemplate,
  socketKey,
  template,
} from "../../../worlds/manifests.ts";
import type { Scenario } from "../life.ts";
import { dataOf, gone, isCoupledPlug, plugIn, says, socketIn, untilCoupled, untilReadySays } from "../looks.ts";
import { colors, plug, socket } from "../manifests.ts";

const rightsOf = (namespace: string) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  namespace,
  name: "rights",
});
const allRules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];

/** How a coupling ends, in whatever order its parts go. */
export const endings: readonly Scenario[] = [
  {
    name: "a plug pointed at another socket is decoupled from the old one, then coupled to the new",
    async live(life) {
      const [web, db] = colors(life);
      const [, other] = colors(
        life,
        {},
        { config: { color: "white" }, resources: [{ template: template("web-other", { a: "b" }) }] },
      );
      await life.apply(web, db, { ...other, metadata: { ...other.metadata, name: "other" } });
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), { spec: { socket: { name: "other" } } });
      await life.until("it at the other", async () => {
        const one = await plugIn(life);
        return one.status?.coupledSocket?.name === "other" && isCoupledPlug(one);
      });
      await life.rest();
      expect(await dataOf(life, life.db, "web-socket")).toBeUndefined();
      expect(await dataOf(life, life.db, "web-other")).toEqual({ a: "b" });
      expect(await dataOf(life, life.app, "web-plug")).toEqual({ color: "white" });
      await life.until("both sockets counting", async () => {
        const counts = [await socketIn(life), await socketIn(life, "other")].map(
          ({ status }) => status?.coupledPlugCount,
        );
        return counts.join() === "0,1";
      });
    },
  },
  {
    name: "a plug pointed at a socket that is not there leaves the old one and waits for the new",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), { spec: { socket: { name: "later" } } });
      await untilReadySays(life, `Socket ${life.db}/later does not exist`);
      expect(await dataOf(life, life.db, "web-socket")).toBeUndefined();
      const [, later] = colors(life);
      await life.apply({ ...later, metadata: { ...later.metadata, name: "later" } });
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red" });
    },
  },
  {
    name: "a deleted socket decouples its plugs, goes when none is left, and couples them when it is made again",
    async live(life) {
      const [web, db] = colors(life);
      await life.apply(web, db, { ...web, metadata: { ...web.metadata, name: "second" } });
      const before = await untilCoupled(life);
      await untilCoupled(life, "second");
      await life.kube.delete(socketKey("db", life.db));
      await gone(life, socketKey("db", life.db));
      for (const name of ["web", "second"]) {
        const waiting = await untilReadySays(life, "does not exist. The plug couples automatically", name);
        expect(says(waiting, "Coupled")).toMatch(/^False/);
        expect(await dataOf(life, life.app, `${name}-plug`)).toBeUndefined();
        expect(await dataOf(life, life.db, `${name}-socket`)).toBeUndefined();
      }
      await life.apply(db);
      const after = await untilCoupled(life);
      await untilCoupled(life, "second");
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(after.status?.revision).toBeGreaterThan(before.status?.revision ?? 0);
      expect(await dataOf(life, life.db, "second-socket")).toEqual({ color: "red" });
    },
  },
  {
    name: "a plug deleted after its ConfigMaps, Secrets and everything it reads are gone leaves nothing behind",
    async live(life) {
      await life.apply(
        configMap(life.app, "plug-config", { database: "shop" }),
        secret(life.db, "socket-secret", { password: "told-to-one" }),
        plug(life, {
          configConfigMapName: "plug-config",
          resources: [{ template: secretTemplate("web-login", { password: "{% .socketConfig.password %}" }) }],
        }),
        socket(life, {
          configSecretName: "socket-secret",
          resources: [
            { template: template("web-seen", { database: "{% .plugConfig.database %}" }) },
            { when: ["decoupled"], template: template("web-farewell", { database: "{% .plugConfig.database %}" }) },
          ],
        }),
      );
      await untilCoupled(life);
      await life.kube.delete(configMapKey(life.app, "plug-config"));
      await life.kube.delete(secretKey(life.db, "socket-secret"));
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      expect(await dataOf(life, life.db, "web-seen")).toBeUndefined();
      expect(await dataOf(life, life.db, "web-farewell")).toEqual({ database: "shop" });
      await life.kube.delete(configMapKey(life.db, "web-farewell"));
    },
  },
  {
    name: "a plug deleted while half coupled, a resource refused, is undone like a whole one",
    async live(life) {
      const bad = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web-bad" }, data: { ports: ["none"] } };
      const [web, db] = colors(
        life,
        {},
        { resources: [{ template: template("web-good", { a: "b" }) }, { template: bad }] },
      );
      await life.apply(web, db);
      const failed = await untilReadySays(life, "web-bad");
      expect(failed.status?.coupledSocket).toMatchObject({ name: "db" });
      expect(says(failed, "Coupled")).toMatch(/^False Error/);
      expect(await dataOf(life, life.db, "web-good")).toEqual({ a: "b" });
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      expect(await dataOf(life, life.db, "web-good")).toBeUndefined();
      expect(await dataOf(life, life.app, "web-plug")).toBeUndefined();
    },
  },
  {
    name: "a plug deleted while it waits is gone at once",
    async live(life) {
      await life.apply(plug(life));
      await untilReadySays(life, "does not exist. The plug couples automatically");
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
    },
  },
  {
    name: "plug and socket deleted together are both gone, with all they made",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      await Promise.all([life.kube.delete(plugKey("web", life.app)), life.kube.delete(socketKey("db", life.db))]);
      await gone(life, plugKey("web", life.app));
      await gone(life, socketKey("db", life.db));
      expect(await dataOf(life, life.app, "web-plug")).toBeUndefined();
      expect(await dataOf(life, life.db, "web-socket")).toBeUndefined();
    },
  },
  {
    name: "a namespace with plugs that is deleted ends, and the socket's side is cleaned up",
    async live(life) {
      const more = await life.namespace();
      const [web, db] = colors(life);
      await life.apply(db, { ...web, metadata: { ...web.metadata, namespace: more } });
      await life.until("it coupled", async () => (await dataOf(life, life.db, "web-socket")) !== undefined);
      await life.rest();
      await life.kube.delete({ apiVersion: "v1", kind: "Namespace", name: more });
      await gone(life, { apiVersion: "v1", kind: "Namespace", name: more });
      expect(await dataOf(life, life.db, "web-socket")).toBeUndefined();
      await life.until("the socket counting none", async () => (await socketIn(life)).status?.coupledPlugCount === 0);
    },
  },
  {
    name: "a namespace with a socket that is deleted ends, and its plugs wait",
    async live(life) {
      const more = await life.namespace();
      const [web, db] = colors(life, { socket: { name: "db", namespace: more } });
      await life.apply(web, { ...db, metadata: { ...db.metadata, namespace: more } });
      await untilCoupled(life);
      await life.kube.delete({ apiVersion: "v1", kind: "Namespace", name: more });
      await gone(life, { apiVersion: "v1", kind: "Namespace", name: more });
      await untilReadySays(life, "does not exist. The plug couples automatically");
      expect(await dataOf(life, life.app, "web-plug")).toBeUndefined();
    },
  },
  {
    name: "a decouple that is refused says which right is missing, and goes on when it is granted",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      await life.kube.patch(rightsOf(life.db), { rules: [] });
      await life.kube.delete(plugKey("web", life.app));
      const stuck = await untilReadySays(life, "forbidden");
      expect(says(stuck, "Ready")).toMatch(/configmaps/);
      await life.kube.patch(rightsOf(life.db), { rules: allRules });
      await gone(life, plugKey("web", life.app));
      expect(await dataOf(life, life.db, "web-socket")).toBeUndefined();
    },
  },
  {
    name: "force-remove lets a decouple end that cannot succeed, and an Event in both namespaces names what was left",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      await life.kube.patch(rightsOf(life.db), { rules: [] });
      await life.kube.delete(plugKey("web", life.app));
      await untilReadySays(life, "forbidden");
      await life.kube.patch(plugKey("web", life.app), {
        metadata: { annotations: { [annotations.forceRemove]: "true" } },
      });
      await gone(life, plugKey("web", life.app));
      expect(await dataOf(life, life.app, "web-plug")).toBeUndefined();
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red" });
      const events = (await life.objects()).filter(
        ({ kind, ["note"]: note }) => kind === "Event" && String(note).includes("not performed:"),
      );
      expect(events.map(({ metadata }) => metadata.namespace).sort()).toEqual([life.app, life.db].sort());
      expect(events.every(({ ["note"]: note }) => String(note).includes("web-socket"))).toBe(true);
      await life.apply(role(life.db, allRules));
      await life.kube.delete(configMapKey(life.db, "web-socket"));
    },
  },
  {
    name: "force-remove on a socket lets all its plugs go",
    async live(life) {
      const [web, db] = colors(life);
      await life.apply(web, db, { ...web, metadata: { ...web.metadata, name: "second" } });
      await untilCoupled(life);
      await untilCoupled(life, "second");
      await life.kube.patch(rightsOf(life.app), { rules: [] });
      await life.kube.delete(socketKey("db", life.db));
      await untilReadySays(life, "forbidden");
      await life.kube.patch(socketKey("db", life.db), {
        metadata: { annotations: { [annotations.forceRemove]: "true" } },
      });
      await gone(life, socketKey("db", life.db));
      for (const name of ["web", "second"]) {
        await untilReadySays(life, "does not exist. The plug couples automatically", name);
        expect(await dataOf(life, life.db, `${name}-socket`)).toBeUndefined();
        await life.kube.delete(configMapKey(life.app, `${name}-plug`));
      }
      await life.apply(role(life.app, allRules));
    },
  },
  {
    name: "force-remove on a plug that is well decouples nothing",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), {
        metadata: { annotations: { [annotations.forceRemove]: "true" } },
      });
      await life.rest();
      expect(isCoupledPlug(await plugIn(life))).toBe(true);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red" });
    },
  },
  {
    name: "a plug that is made again under its name is another one, and couples anew",
    async live(life) {
      const [web, db] = colors(life);
      await life.apply(web, db);
      const before = await untilCoupled(life);
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      await life.apply(web);
      const after = await untilCoupled(life);
      expect(after.metadata.uid).not.toBe(before.metadata.uid);
      expect(after.status?.revision).toBe(1);
    },
  },
];
