import { expect } from "@jest/globals";
import { apiVersion } from "../../../../crds/names.ts";
import { parsePlug } from "../../../../crds/plug/parse.ts";
import { plugKey, socketKey, template } from "../../../worlds/manifests.ts";
import type { Life, Scenario } from "../life.ts";
import { dataOf, gone, isCoupledPlug, plugIn, says, socketIn, untilCoupled, untilReadySays } from "../looks.ts";
import { colors, plug, socket } from "../manifests.ts";

const names = Array.from({ length: 50 }, (_, index) => `plug-${String(index).padStart(2, "0")}`);

async function coupledNames(life: Life): Promise<readonly string[]> {
  const { items } = await life.kube.list({ apiVersion, kind: "Plug", namespace: life.app });
  const coupled = items.map(parsePlug).filter(({ status }) => status?.coupledSocket !== undefined);
  return coupled.map(({ metadata }) => metadata.name);
}

const single = (life: Life) => ({
  resources: [{ template: template("{% .plug.metadata.name %}-place", { at: life.db }) }],
});

/** Who may couple, and how many. */
export const places: readonly Scenario[] = [
  {
    name: "of fifty plugs that arrive at once for three places three couple, and the next as places are freed one by one",
    async live(life) {
      await life.apply(socket(life, { limit: 3, ...single(life) }));
      await Promise.all(
        names.map((name) => life.kube.apply(plug(life, {}, name), { fieldManager: "user", force: true })),
      );
      await life.until("three coupled", async () => (await coupledNames(life)).length === 3);
      await life.rest();
      const first = await coupledNames(life);
      expect(first).toHaveLength(3);
      const full = (await Promise.all(names.map((name) => plugIn(life, name)))).filter((one) => !isCoupledPlug(one));
      expect(new Set(full.map((one) => says(one, "Coupled").split(":")[0]))).toEqual(new Set(["False SocketFull"]));
      for (const leaving of first) {
        await life.kube.delete(plugKey(leaving, life.app));
        await life.until("the next in its place", async () => {
          const now = await coupledNames(life);
          return now.length === 3 && !now.includes(leaving);
        });
      }
      await life.rest();
      expect(await coupledNames(life)).toHaveLength(3);
      expect((await coupledNames(life)).some((name) => first.includes(name))).toBe(false);
      expect((await socketIn(life)).status?.coupledPlugCount).toBe(3);
    },
  },
  {
    name: "a place is held through its plug's failures, and given on when the plug leaves",
    async live(life) {
      const picky = { interface: { config: { plug: { size: { required: true } } } } };
      await life.apply(socket(life, { limit: 1, ...picky, ...single(life) }));
      await life.apply(plug(life));
      await untilReadySays(life, "size");
      await life.apply(plug(life, { config: { size: "3" } }, "eager"));
      await untilReadySays(life, "SocketFull", "eager");
      await life.kube.delete(plugKey("web", life.app));
      await untilCoupled(life, "eager");
    },
  },
  {
    name: "a lowered limit ends nobody's coupling, and a raised one lets the next in",
    async live(life) {
      await life.apply(socket(life, { limit: 2, ...single(life) }), plug(life), plug(life, {}, "second"));
      await untilCoupled(life);
      await untilCoupled(life, "second");
      await life.kube.patch(socketKey("db", life.db), { spec: { limit: 1 } });
      await life.rest();
      await life.apply(plug(life, {}, "third"));
      await untilReadySays(life, "SocketFull", "third");
      for (const name of ["web", "second"]) expect(isCoupledPlug(await plugIn(life, name))).toBe(true);
      await life.kube.patch(socketKey("db", life.db), { spec: { limit: 3 } });
      await untilCoupled(life, "third");
    },
  },
  {
    name: "a whitelist names namespaces, a blacklist goes before it, and a selector looks at labels",
    async live(life) {
      const welcome = await life.namespace({ team: "shop" });
      const [web, db] = colors(life, {}, { validation: { namespaceWhitelist: [welcome] } });
      const guest = { ...web, metadata: { ...web.metadata, namespace: welcome } };
      await life.apply(db, web, guest);
      const refused = await untilReadySays(life, "NamespaceDenied");
      expect(says(refused, "Coupled")).toMatch(/^False NamespaceDenied/);
      await life.until("the guest coupled", async () => (await dataOf(life, welcome, "web-plug")) !== undefined);
      await life.kube.patch(socketKey("db", life.db), {
        spec: { validation: { namespaceWhitelist: null, namespaceSelector: { matchLabels: { team: "shop" } } } },
      });
      await life.rest();
      expect(await dataOf(life, welcome, "web-plug")).toEqual({ color: "blue" });
      await life.kube.patch(
        { apiVersion: "v1", kind: "Namespace", name: life.app },
        { metadata: { labels: { team: "shop" } } },
      );
      await untilCoupled(life);
      await life.kube.patch(socketKey("db", life.db), {
        spec: { validation: { namespaceBlacklist: [`^${welcome}$`] } },
      });
      await life.until("the guest refused", async () => (await dataOf(life, welcome, "web-plug")) === undefined);
      await life.rest();
      expect(isCoupledPlug(await plugIn(life))).toBe(true);
      await life.kube.delete(plugKey("web", welcome));
    },
  },
  {
    name: "a socket counts what is coupled, and says how many are on their way and why the first is not there yet",
    async live(life) {
      await life.apply(socket(life), plug(life, {}, "one"), plug(life, { configSecretName: "nowhere" }, "two"));
      await untilCoupled(life, "one");
      await untilReadySays(life, "nowhere", "two");
      await life.until("the socket saying so", async () =>
        says(await socketIn(life), "Coupled").includes(`1 plug coupled, 1 waiting (${life.app}/two: InvalidConfig)`),
      );
      expect((await socketIn(life)).status?.coupledPlugCount).toBe(1);
      await life.kube.delete(plugKey("two", life.app));
      await gone(life, plugKey("two", life.app));
      await life.until("the socket saying so", async () =>
        says(await socketIn(life), "Coupled").endsWith("1 plug coupled"),
      );
    },
  },
  {
    name: "no plug says that a socket is full which has free places, and one that waits carries what its socket says",
    async live(life) {
      await life.apply(socket(life, { limit: 1 }), plug(life, {}, "one"));
      await untilCoupled(life, "one");
      expect(life.heard()).not.toContain("SocketFull");
      await life.apply(plug(life, {}, "two"));
      const full = await untilReadySays(life, "SocketFull", "two");
      expect(says(full, "Ready")).toContain(`Socket ${life.db}/db is full (limit 1)`);
      const broken = { when: ["created"], template: template("x", { a: '{% fail "not today" %}' }) };
      await life.apply(socket(life, { resources: [broken] }, "broken"));
      await life.apply(plug(life, { socket: { name: "broken", namespace: life.db } }, "three"));
      await untilReadySays(life, /Socket .*broken is not ready yet.*TemplateError/, "three");
    },
  },
];
