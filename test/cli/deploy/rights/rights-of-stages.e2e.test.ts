import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../../crds/names.ts";
import type { KubeObject, ObjectKey } from "../../../../kit/kube/port.ts";
import { beginOnCluster, type ClusterLife } from "../../../scenarios/life/cluster-life.ts";
import { dataOf, isCoupledPlug, plugIn, says, there } from "../../../scenarios/life/looks.ts";
import { plug, socket } from "../../../scenarios/life/manifests.ts";
import { configMap, configMapKey, plugKey, role, secret, socketKey, template } from "../../../worlds/manifests.ts";

/** A life, and what in it comes rarely but has to be allowed. */
interface Rarity {
  readonly name: string;
  readonly live: (life: ClusterLife) => Promise<void>;
}

const key = (name: string): object => template(name, { key: '{% genPrivateKey "ed25519" %}' });

async function coupled(life: ClusterLife, name = "web"): Promise<void> {
  await life.until(`${name} coupled`, async () => isCoupledPlug(await plugIn(life, name)));
  await life.rest();
}

async function gone(life: ClusterLife, keyOfIt: ObjectKey): Promise<void> {
  await life.until(`${keyOfIt.name} gone`, async () => (await life.kube.get(keyOfIt)) === undefined);
}

/** The status of an object as another wrote it. */
async function replaceStatus(life: ClusterLife, of: ObjectKey, status: object): Promise<void> {
  await life.until("its status replaced", async () => {
    const { metadata, ...object } = await there(life, of);
    const { resourceVersion: _any, ...kept } = metadata;
    await life.kube.replaceStatus({ ...object, metadata: kept, status } as KubeObject);
    return true;
  });
}

async function letGo(life: ClusterLife, of: ObjectKey): Promise<void> {
  await life.kube.patch(of, { metadata: { finalizers: null } });
  await life.kube.delete(of);
}

const everything = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];

const rarities: readonly Rarity[] = [
  {
    name: "a revision that could not be performed goes when there is a newer one",
    async live(life) {
      const made = { resources: [{ template: template("made", { color: "{% .plugConfig.color %}" }) }] };
      const painted = (color: string): KubeObject => plug(life, { config: { color }, ...made });
      await life.apply(socket(life), painted("red"));
      await coupled(life);
      await life.apply(role(life.app, []), painted("blue"));
      await life.until("refused", async () => says(await plugIn(life), "Ready").includes("Forbidden"));
      await life.apply(painted("green"));
      await life.until("resolved anew", async () => (await plugIn(life)).status?.revision === 3);
      await life.apply(role(life.app, everything));
      await life.until("green", async () =>
        isDeepStrictEqual(await dataOf(life, life.app, "made"), { color: "green" }),
      );
    },
  },
  {
    name: "a coupling that a backup brought back is adopted on its snapshot",
    async live(life) {
      const both = [socket(life), plug(life, { resources: [{ template: template("made", { a: "b" }) }] })];
      await life.apply(...both);
      await coupled(life);
      await letGo(life, plugKey("web", life.app));
      await letGo(life, socketKey("db", life.db));
      await life.apply(...both);
      await coupled(life);
      expect(await life.kube.get(configMapKey(life.app, "made"))).toBeDefined();
    },
  },
  {
    name: "a snapshot for which nothing was performed is discarded by adopt",
    async live(life) {
      await life.apply(socket(life), plug(life));
      await coupled(life);
      await life.until("old enough to be adopted on", async () => {
        await replaceStatus(life, plugKey("web", life.app), {});
        await life.resync();
        return life.heard().includes("no revision was performed for the snapshot");
      });
    },
  },
  {
    name: "what the operator before coupled is adopted, and what of it cannot be rendered is told",
    async live(life) {
      await life.apply(configMap(life.app, "config", { a: "1" }), secret(life.app, "secret", { b: "2" }));
      const spec = { configConfigMapName: "config", dataSecretName: "secret" };
      await life.apply(socket(life), plug(life, spec));
      await coupled(life);
      const { uid = "" } = (await there(life, socketKey("db", life.db))).metadata;
      await life.kube.delete({ apiVersion: "v1", kind: "Secret", namespace: life.app, name: "secret" });
      await life.rest();
      const coupledSocket = { apiVersion, kind: "Socket", namespace: life.db, name: "db", uid };
      await replaceStatus(life, plugKey("web", life.app), { coupledSocket });
      await life.until("adopted", async () => (await plugIn(life)).status?.revision !== undefined);
      await life.until("told", async () =>
        (await life.objects()).some(({ kind, reason }) => kind === "Event" && reason === "Adopted"),
      );
    },
  },
  {
    name: "a socket of the operator before is looked over by sync",
    async live(life) {
      const resources = [{ when: ["created"], template: template("created", { a: "b" }) }];
      await life.apply(socket(life, { resources }));
      await life.until("created", async () => !!(await life.kube.get(configMapKey(life.db, "created"))));
      await life.rest();
      const lastTransitionTime = "2026-01-01T00:00:00Z";
      const empty = { type: "Coupled", status: "False", reason: "SocketEmpty", message: "", lastTransitionTime };
      for (const _time of ["the first", "once more"]) {
        await replaceStatus(life, socketKey("db", life.db), { conditions: [empty] });
        await life.rest();
        const { status } = await there(life, socketKey("db", life.db));
        expect(status).toMatchObject({ createdAt: expect.any(String) });
      }
      await life.kube.delete(socketKey("db", life.db));
      await gone(life, socketKey("db", life.db));
      expect(await life.kube.get(configMapKey(life.db, "created"))).toBeUndefined();
    },
  },
  {
    name: "keys are made for a config, for one more, and for results, and go with the coupling",
    async live(life) {
      const one = { template: key("one") };
      await life.apply(socket(life), plug(life, { resources: [one] }));
      await coupled(life);
      await life.apply(plug(life, { resources: [one, { template: key("two") }] }));
      await life.until("two keys", async () => !!(await life.kube.get(configMapKey(life.app, "two"))));
      await coupled(life);
      await life.apply(
        plug(life, { resources: [one, { template: key("two") }], resultResources: [{ template: key("three") }] }),
      );
      await life.until("three keys", async () => !!(await life.kube.get(configMapKey(life.app, "three"))));
      await life.apply(plug(life, { resultResources: [{ template: key("four") }] }, "other"));
      await life.until("four keys", async () => !!(await life.kube.get(configMapKey(life.app, "four"))));
      await life.rest();
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
    },
  },
  {
    name: "an update and a result share an object with another plug's",
    async live(life) {
      const before = { resources: [{ template: template("{% .plug.metadata.name %}-own", { a: "b" }) }] };
      const shared = {
        resources: [{ template: template("shared", { a: "b" }) }],
        resultResources: [{ template: template("shared-result", { a: "b" }) }],
      };
      await life.apply(socket(life), plug(life, before), plug(life, before, "other"));
      await coupled(life);
      await coupled(life, "other");
      await life.apply(plug(life, shared));
      await life.until("there", async () => !!(await life.kube.get(configMapKey(life.app, "shared-result"))));
      await life.apply(plug(life, shared, "other"));
      await life.rest();
      await coupled(life, "other");
      await letGo(life, plugKey("other", life.app));
      await life.until("the vanished swept", async () => {
        await life.resync();
        return life.heard().includes("snapshot.swept");
      });
      expect(await life.kube.get(configMapKey(life.app, "shared-result"))).toBeDefined();
    },
  },
  {
    name: "a plug that goes before it was ever coupled takes its snapshot and keys along",
    async live(life) {
      await life.apply(socket(life), plug(life, { resources: [{ template: key("one") }] }));
      await coupled(life);
      // As a couple that has not begun: resolved, nothing performed.
      const { coupledSocket: _socket, performed: _performed, ...status } = (await plugIn(life)).status ?? {};
      await life.kube.patch(plugKey("web", life.app), {
        metadata: { annotations: { "integration.rock8s.com/paused": "true" } },
      });
      await life.rest();
      await replaceStatus(life, plugKey("web", life.app), status);
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
    },
  },
  {
    name: "what a plug that vanished made goes, with what was made of its results",
    async live(life) {
      const made = (name: string) => ({ resources: [{ template: template(`${name}-made`, { a: "b" }) }] });
      const resultResources = [{ template: template("of-result", { host: "{% .socketResult.host %}" }) }];
      await life.apply(
        socket(life, { ...made("socket"), resultTemplate: { host: "pg" } }),
        plug(life, { ...made("plug"), resultResources }),
      );
      await coupled(life);
      await letGo(life, plugKey("web", life.app));
      const left = [
        configMapKey(life.app, "plug-made"),
        configMapKey(life.app, "of-result"),
        configMapKey(life.db, "socket-made"),
      ];
      await life.until("swept", async () => {
        await life.resync();
        return (await Promise.all(left.map((key) => life.kube.get(key)))).every((one) => one === undefined);
      });
    },
  },
  {
    name: "a plug that only says that it is coupled holds no socket",
    async live(life) {
      await life.apply(socket(life), plug(life, { socket: { name: "none", namespace: life.db } }));
      await life.until("waiting", async () => says(await plugIn(life), "Ready").includes("none"));
      const { metadata } = await there(life, socketKey("db", life.db));
      await replaceStatus(life, plugKey("web", life.app), {
        coupledSocket: { apiVersion, kind: "Socket", namespace: life.db, name: "db", uid: metadata.uid },
        stage: { name: "plug.couple", revision: 1, holder: "me", until: new Date(Date.now() + 300_000).toISOString() },
      });
      await life.kube.delete(socketKey("db", life.db));
      await gone(life, socketKey("db", life.db));
      expect((await plugIn(life)).status?.coupledSocket).toBeDefined();
    },
  },
  {
    name: "created deletes what it is told to, on either side",
    async live(life) {
      const [ofPlug, ofSocket] = [configMapKey(life.app, "old"), configMapKey(life.db, "old")];
      await life.apply(configMap(life.app, "old", {}), configMap(life.db, "old", {}));
      const resources = { resources: [{ when: ["created"], do: "delete", template: template("old", {}) }] };
      await life.apply(socket(life, resources), plug(life, resources));
      await coupled(life);
      expect([await life.kube.get(ofPlug), await life.kube.get(ofSocket)]).toEqual([undefined, undefined]);
    },
  },
  {
    name: "what is refused when plug and socket come and go is told",
    async live(life) {
      const resources = (when: string) => ({
        resources: [{ when: [when], template: template("x", { a: "b" }) }],
      });
      const roles = [life.app, life.db];
      const grant = async (rules: readonly object[]): Promise<void> => {
        for (const namespace of roles) await life.apply(role(namespace, rules as never));
      };
      const told = (of: ObjectKey): Promise<void> =>
        life.until(`${of.kind} says Forbidden`, async () => {
          const failed = says((await there(life, of)) as never, "Ready");
          return failed.includes("Forbidden");
        });
      await grant([]);
      await life.apply(socket(life, resources("created")), plug(life, resources("created")));
      await told(plugKey("web", life.app));
      await told(socketKey("db", life.db));
      await grant(everything);
      await coupled(life);
      await life.apply(socket(life, resources("deleted")), plug(life, resources("deleted")));
      await coupled(life);
      await grant([]);
      await life.kube.delete(plugKey("web", life.app));
      await told(plugKey("web", life.app));
      await life.kube.patch(plugKey("web", life.app), { metadata: { finalizers: null } });
      await life.kube.delete(socketKey("db", life.db));
      await told(socketKey("db", life.db));
      await grant(everything);
      await gone(life, socketKey("db", life.db));
    },
  },
];

describe("each stage under its own service account", () => {
  test.each(rarities)("$name", async ({ live }) => {
    const life = await beginOnCluster();
    try {
      await live(life);
      expect(life.broken).toEqual([]);
    } finally {
      await life.stop();
    }
  });
});
