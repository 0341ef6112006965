import { expect } from "@jest/globals";
import type { KubeObject } from "../../../../kit/kube/port.ts";
import {
  configMap,
  configMapKey,
  plugKey,
  secret,
  secretKey,
  secretTemplate,
  socketKey,
  template,
} from "../../../worlds/manifests.ts";
import { type Life, marker, picture, type Scenario } from "../life.ts";
import { dataOf, plugIn, says, secretsIn, socketIn, untilCoupled, untilData, untilReadySays } from "../looks.ts";
import { colors, plug, socket } from "../manifests.ts";

/** A coupling whose configs come from ConfigMaps and Secrets on both sides. */
function fromEverywhere(life: Life): readonly KubeObject[] {
  return [
    plug(life, {
      configConfigMapName: "plug-config",
      configSecretName: "plug-secret",
      resources: [
        { template: template("web-seen", { host: "{% .socketConfig.host %}" }) },
        { template: secretTemplate("web-login", { password: "{% .socketConfig.password %}" }) },
      ],
    }),
    socket(life, {
      configConfigMapName: "socket-config",
      configSecretName: "socket-secret",
      resources: [
        { template: template("db-seen", { database: "{% .plugConfig.database %}" }) },
        { template: secretTemplate("db-login", { token: "{% .plugConfig.token %}" }) },
      ],
    }),
    configMap(life.app, "plug-config", { database: "shop" }),
    secret(life.app, "plug-secret", { token: `${marker}-token` }),
    configMap(life.db, "socket-config", { host: "pg.example" }),
    secret(life.db, "socket-secret", { password: marker }),
  ];
}

const interfaceOfFour = {
  interface: {
    config: {
      plug: {
        database: { required: true, pattern: "^[a-z]+$" },
        size: { required: true, type: "integer" },
        note: { default: "none" },
      },
      socket: { host: { required: true }, port: { required: true, type: "integer" } },
    },
  },
};

async function unchangedBy(life: Life, change: () => Promise<unknown>): Promise<void> {
  const pictured = async () => {
    const seen = await picture(life);
    const applied = Object.entries(seen).filter(([name]) => !/\/(Plug|Socket)\/|\/Secret\/plugboard-/.test(name));
    return { applied: applied.filter(([name]) => /web-|db-/.test(name)), status: (await plugIn(life)).status };
  };
  const before = await pictured();
  await change();
  await life.rest();
  const after = await pictured();
  expect(after.applied).toEqual(before.applied);
  expect(after.status?.revision).toBe(before.status?.revision);
  expect(after.status?.performed).toEqual(before.status?.performed);
  expect(after.status?.snapshot).toBe(before.status?.snapshot);
  expect(says(await plugIn(life), "Ready")).toMatch(/^True/);
}

/** What a coupling is made of, and how it follows that. */
export const inputs: readonly Scenario[] = [
  {
    name: "configs come from ConfigMaps and Secrets of both sides",
    async live(life) {
      await life.apply(...fromEverywhere(life));
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "web-seen")).toEqual({ host: "pg.example" });
      expect(await dataOf(life, life.db, "db-seen")).toEqual({ database: "shop" });
      expect(await secretsIn(life, life.app, "web-login")).toEqual({ password: marker });
      expect(await secretsIn(life, life.db, "db-login")).toEqual({ token: `${marker}-token` });
    },
  },
  {
    name: "ConfigMaps and Secrets that come later are waited for, each named, and wake the plug",
    async live(life) {
      const [web, db, plugConfig, plugSecret, socketConfig, socketSecret] = fromEverywhere(life);
      if (!web || !db || !plugConfig || !plugSecret || !socketConfig || !socketSecret) throw new Error("incomplete");
      await life.apply(web, db);
      const waiting = await untilReadySays(life, "ConfigMap");
      for (const name of ["plug-config", "plug-secret", "socket-config", "socket-secret"])
        expect(says(waiting, "Ready")).toContain(name);
      await life.apply(plugConfig, plugSecret, socketConfig);
      await untilReadySays(life, /^(?!.*plug-config).*socket-secret/);
      expect(await dataOf(life, life.app, "web-seen")).toBeUndefined();
      await life.apply(socketSecret);
      await untilCoupled(life);
      expect(await secretsIn(life, life.app, "web-login")).toEqual({ password: marker });
    },
  },
  {
    name: "a changed ConfigMap and a changed Secret of either side update the coupling",
    async live(life) {
      await life.apply(...fromEverywhere(life));
      const first = await untilCoupled(life);
      await life.kube.patch(configMapKey(life.app, "plug-config"), { data: { database: "stock" } });
      await untilData(life, life.db, "db-seen", { database: "stock" });
      await life.kube.patch(secretKey(life.db, "socket-secret"), { data: { password: btoa(`${marker}-2`) } });
      await life.until(
        "the new password",
        async () => JSON.stringify(await secretsIn(life, life.app, "web-login")) === `{"password":"${marker}-2"}`,
      );
      const last = await untilCoupled(life);
      expect(last.status?.revision).toBe((first.status?.revision ?? 0) + 2);
      expect(last.status?.performed?.revision).toBe(last.status?.revision);
    },
  },
  {
    name: "an interface names every property that is missing or wrong at once, and whose side must mend it",
    async live(life) {
      const [web, db] = colors(life, { config: { database: "SHOP", size: "many" } }, interfaceOfFour);
      await life.apply(web, db);
      const waiting = await untilReadySays(life, "database");
      const sentence = says(waiting, "Ready");
      expect(sentence).toMatch(/^False InvalidConfig/);
      for (const word of ["database", "size", "host", "port", "plug", "socket"]) expect(sentence).toContain(word);
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { database: "shop", size: "3" } } });
      const half = await untilReadySays(life, /^(?!.*database).*host/);
      expect(says(half, "ConfigResolved")).toContain("port");
    },
  },
  {
    name: "a default stands in for what is absent or empty, and what the interface does not name is dropped",
    async live(life) {
      await life.apply(
        plug(life, { config: { database: "shop", size: "3", note: "", stray: "x" } }),
        socket(life, {
          ...interfaceOfFour,
          config: { host: "pg", port: "5432" },
          resources: [
            {
              template: template("seen", {
                note: "{% .plugConfig.note %}",
                stray: '{% hasKey .plugConfig "stray" %}',
              }),
            },
          ],
        }),
      );
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "seen")).toEqual({ note: "none", stray: "false" });
    },
  },
  {
    name: "a plug's edited spec updates the coupling",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilData(life, life.db, "web-socket", { color: "green" });
      const updated = await untilCoupled(life);
      expect(updated.status?.performed?.revision).toBe(2);
      expect(updated.status?.coupledResult?.observedGeneration).toBe(updated.metadata.generation);
    },
  },
  {
    name: "a socket's edited spec updates its couplings",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      await life.kube.patch(socketKey("db", life.db), { spec: { config: { color: "white" } } });
      await untilData(life, life.app, "web-plug", { color: "white" });
      expect((await untilCoupled(life)).status?.performed?.revision).toBe(2);
    },
  },
  {
    name: "a new epoch of either side forces an update",
    async live(life) {
      const event = { when: ["updated"], template: template("web-updated", { by: "{% .plug.spec.epoch %}" }) };
      const [web, db] = colors(life, { epoch: "1", resources: [event] });
      await life.apply(web, db);
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "web-updated")).toBeUndefined();
      await life.kube.patch(socketKey("db", life.db), { spec: { epoch: "now" } });
      await untilData(life, life.app, "web-updated", { by: "1" });
      await life.kube.patch(plugKey("web", life.app), { spec: { epoch: "2" } });
      await untilData(life, life.app, "web-updated", { by: "2" });
      expect((await untilCoupled(life)).status?.performed?.revision).toBe(3);
    },
  },
  {
    name: "an object that a var reads is waited for, read and followed",
    async live(life) {
      const vars = [
        {
          name: "zone",
          objref: { apiVersion: "v1", kind: "ConfigMap", templateName: "{% .plug.metadata.name %}-zone" },
          fieldref: { fieldPath: "data.zone" },
        },
      ];
      await life.apply(...colors(life, { config: {}, vars, configTemplate: { color: "{% .vars.zone %}" } }));
      await untilReadySays(life, "web-zone");
      await life.apply(configMap(life.app, "web-zone", { other: "x" }));
      await untilReadySays(life, "data.zone");
      await life.apply(configMap(life.app, "web-zone", { zone: "north" }));
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "north" });
      await life.apply(configMap(life.app, "web-zone", { zone: "south" }));
      await untilData(life, life.db, "web-socket", { color: "south" });
    },
  },
  {
    name: "data of both sides reach config templates: Secret below inline below ConfigMap",
    async live(life) {
      await life.apply(
        configMap(life.app, "data", { top: "map" }),
        secret(life.app, "data", { top: "secret", middle: "secret", bottom: "low" }),
        plug(life, {
          data: { top: "inline", middle: "inline" },
          dataConfigMapName: "data",
          dataSecretName: "data",
          configTemplate: { all: "{% .plugData.top %}-{% .plugData.middle %}-{% .plugData.bottom %}" },
        }),
        socket(life, { resources: [{ template: secretTemplate("seen", { all: "{% .plugConfig.all %}" }) }] }),
      );
      await untilCoupled(life);
      expect(await secretsIn(life, life.db, "seen")).toEqual({ all: "map-inline-low" });
    },
  },
  {
    name: "a change without effect updates nothing: a relabelled ConfigMap, a key nobody asked for, a label no template reads",
    async live(life) {
      const [web, db] = [
        plug(life, { configConfigMapName: "plug-config", resources: [{ template: template("web-plug", { a: "b" }) }] }),
        socket(life, {
          interface: { config: { plug: { database: { required: true } } } },
          resources: [{ template: template("db-seen", { database: "{% .plugConfig.database %}" }) }],
        }),
      ];
      await life.apply(configMap(life.app, "plug-config", { database: "shop" }), web, db);
      await untilCoupled(life);
      const key = configMapKey(life.app, "plug-config");
      await unchangedBy(life, () => life.kube.patch(key, { metadata: { labels: { team: "blue" } } }));
      await unchangedBy(life, () => life.kube.patch(key, { data: { stray: "dropped" } }));
      await unchangedBy(life, () =>
        life.kube.patch(plugKey("web", life.app), { metadata: { labels: { team: "red" } } }),
      );
      await unchangedBy(life, () =>
        life.kube.patch(socketKey("db", life.db), { metadata: { annotations: { why: "so" } } }),
      );
      await unchangedBy(life, () => life.kube.patch(socketKey("db", life.db), { spec: { data: { unread: "x" } } }));
      await unchangedBy(life, () => life.kube.patch(plugKey("web", life.app), { spec: { data: { unread: "y" } } }));
      expect((await socketIn(life)).status?.coupledPlugCount).toBe(1);
    },
  },
  {
    name: "a label of the plug that a template reads updates the coupling",
    async live(life) {
      const [web, db] = colors(life, {
        resources: [{ template: template("web-team", { team: "{% .plug.metadata.labels.team %}" }) }],
      });
      await life.apply({ ...web, metadata: { ...web.metadata, labels: { team: "red" } } }, db);
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), { metadata: { labels: { team: "blue" } } });
      await untilData(life, life.app, "web-team", { team: "blue" });
    },
  },
  {
    name: "a random password stays the same whatever else changes",
    async live(life) {
      const [web, db] = colors(
        life,
        {},
        {
          resources: [
            { template: secretTemplate("web-password", { password: "{% randAlphaNum 20 %}" }) },
            { template: template("web-socket", { color: "{% .plugConfig.color %}" }) },
          ],
        },
      );
      await life.apply(web, db);
      await untilCoupled(life);
      const before = await secretsIn(life, life.db, "web-password");
      expect(before).toEqual({ password: expect.stringMatching(/^[A-Za-z0-9]{20}$/) });
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilData(life, life.db, "web-socket", { color: "green" });
      expect(await secretsIn(life, life.db, "web-password")).toEqual(before);
    },
  },
  {
    name: "a plug that asks for another interface or version is refused until one side gives way",
    async live(life) {
      const [web, db] = colors(
        life,
        { interface: { name: "postgres", version: "^2.0.0" } },
        { interface: { name: "postgres", version: "1.4.0" } },
      );
      await life.apply(web, db);
      const refused = await untilReadySays(life, "1.4.0");
      expect(says(refused, "Coupled")).toMatch(/^False InterfaceMismatch/);
      await life.kube.patch(socketKey("db", life.db), { spec: { interface: { version: "2.1.0" } } });
      await untilCoupled(life);
    },
  },
];
