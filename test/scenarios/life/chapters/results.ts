import { expect } from "@jest/globals";
import type { KubeObject } from "../../../../kit/kube/port.ts";
import {
  configMap,
  configMapKey,
  jobKey,
  jobTemplate,
  plugKey,
  secret,
  secretTemplate,
  socketKey,
  template,
} from "../../../worlds/manifests.ts";
import { type Life, marker, type Scenario } from "../life.ts";
import { dataOf, plugIn, says, secretsIn, there, untilCoupled, untilData, untilReadySays } from "../looks.ts";
import { colors, plug, socket } from "../manifests.ts";

const address = {
  name: "address",
  objref: { apiVersion: "v1", kind: "ConfigMap", templateName: "{% .plug.metadata.name %}-address" },
  fieldref: { fieldPath: "data.ip" },
};

function resultFromAConfigMap(life: Life): readonly KubeObject[] {
  return [
    plug(life, {
      resultResources: [{ template: template("web-result", { url: "{% .socketResult.url %}" }) }],
    }),
    socket(life, {
      interface: { result: { socket: { url: { required: true } } } },
      resultVars: [address],
      resultTemplate: { url: "http://{% .resultVars.address %}" },
    }),
  ];
}

/** What a coupling results in. */
export const results: readonly Scenario[] = [
  {
    name: "a result that failed for its template is computed as soon as the template is mended",
    async live(life) {
      const failing = { resultTemplate: { url: "{% fail `not like this` %}" } };
      const shows = { resultResources: [{ template: template("web-result", { a: "{% .socketResult.url %}" }) }] };
      await life.apply(...colors(life, shows, failing));
      await untilReadySays(life, "not like this");
      await life.kube.patch(socketKey("db", life.db), { spec: { resultTemplate: { url: "http://web" } } });
      const coupled = await untilCoupled(life);
      expect(coupled.status?.revision).toBe(1);
      expect(await dataOf(life, life.app, "web-result")).toEqual({ a: "http://web" });
      await life.kube.patch(socketKey("db", life.db), { spec: failing });
      await untilReadySays(life, "not like this");
      await life.kube.patch(socketKey("db", life.db), { spec: { resultTemplate: { url: "http://mended" } } });
      await untilData(life, life.app, "web-result", { a: "http://mended" });
      await untilCoupled(life);
    },
  },
  {
    name: "what cannot be resolved stays failed, although the result of what is performed is computed again",
    async live(life) {
      const broken = {
        missingValues: "error",
        resources: [{ template: template("db-seen", { a: "{% .plugConfig.nothing %}" }) }],
      };
      await life.apply(...colors(life, {}, { resultTemplate: { url: "http://web" } }));
      await untilCoupled(life);
      await life.kube.patch(socketKey("db", life.db), { spec: { ...broken, resultTemplate: { url: "http://anew" } } });
      await untilReadySays(life, "TemplateError");
      const failing = await plugIn(life);
      expect(says(failing, "Failed")).toMatch(/^True Error: .*nothing/);
      expect(failing.status).toMatchObject({
        coupledResult: { socket: { url: "http://anew" } },
        failure: { stage: "plug.resolve-config" },
      });
      await life.kube.patch(socketKey("db", life.db), { spec: { resources: [] } });
      expect(says(await untilCoupled(life), "Failed")).toMatch(/^False/);
    },
  },
  {
    name: "results are computed, shown and rendered into both sides' result resources",
    async live(life) {
      await life.apply(
        ...colors(
          life,
          {
            result: { seen: "yes" },
            resultResources: [{ template: template("web-result", { a: "{% .socketResult.url %}" }) }],
          },
          {
            resultTemplate: { url: "http://{% .plugConfig.color %}" },
            resultResources: [{ template: template("db-result", { a: "{% .plugResult.seen %}-{% .result.url %}" }) }],
          },
        ),
      );
      const coupled = await untilCoupled(life);
      expect(coupled.status?.coupledResult).toMatchObject({ plug: { seen: "yes" }, socket: { url: "http://red" } });
      expect(await dataOf(life, life.app, "web-result")).toEqual({ a: "http://red" });
      expect(await dataOf(life, life.db, "db-result")).toEqual({ a: "yes-http://red" });
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilData(life, life.app, "web-result", { a: "http://green" });
    },
  },
  {
    name: "a result of a Job is waited for by name, shown when the Job is done, and followed later",
    async live(life) {
      await life.apply(
        ...colors(
          life,
          {},
          {
            interface: { result: { socket: { done: { required: true } } } },
            resources: [{ template: jobTemplate("web-setup", "{% .plugConfig.color %}") }],
            resultVars: [
              {
                name: "done",
                objref: { apiVersion: "batch/v1", kind: "Job", name: "web-setup" },
                fieldref: { fieldPath: "status.succeeded" },
              },
            ],
            resultTemplate: { done: "{% .resultVars.done %}" },
          },
        ),
      );
      const pending = await untilReadySays(life, "web-setup");
      expect(says(pending, "Ready")).toMatch(/^False ResultPending/);
      expect(says(pending, "Coupled")).toMatch(/^False ResultPending/);
      await finishJob(life, "web-setup");
      const coupled = await untilCoupled(life);
      expect(coupled.status?.coupledResult?.socket).toEqual({ done: "1" });
    },
  },
  {
    name: "a required result wakes the plug when the object it reads appears, and follows it",
    async live(life) {
      await life.apply(...resultFromAConfigMap(life));
      await untilReadySays(life, "web-address");
      await life.apply(configMap(life.db, "web-address", { name: "no ip yet" }));
      await untilReadySays(life, "data.ip");
      await life.apply(configMap(life.db, "web-address", { ip: "10.0.0.1" }));
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "web-result")).toEqual({ url: "http://10.0.0.1" });
      const { revision } = (await plugIn(life)).status ?? {};
      await life.apply(configMap(life.db, "web-address", { ip: "10.0.0.2" }));
      await untilData(life, life.app, "web-result", { url: "http://10.0.0.2" });
      expect((await untilCoupled(life)).status?.revision).toBe(revision);
    },
  },
  {
    name: "a result whose source goes away is kept, said to be pending, and computed again when it is back",
    async live(life) {
      await life.apply(...resultFromAConfigMap(life), configMap(life.db, "web-address", { ip: "10.0.0.1" }));
      await untilCoupled(life);
      await life.kube.delete(configMapKey(life.db, "web-address"));
      const pending = await untilReadySays(life, "ResultPending");
      expect(says(pending, "Coupled")).toMatch(/^True/);
      expect(await dataOf(life, life.app, "web-result")).toEqual({ url: "http://10.0.0.1" });
      await life.apply(configMap(life.db, "web-address", { ip: "10.0.0.3" }));
      await untilData(life, life.app, "web-result", { url: "http://10.0.0.3" });
      await untilCoupled(life);
    },
  },
  {
    name: "a result object that somebody changes is rendered anew, and one that is named otherwise is pruned",
    async live(life) {
      await life.apply(
        ...colors(life, { resultResources: [{ template: template("web-{% .plugConfig.color %}", { a: "b" }) }] }),
      );
      await untilCoupled(life);
      await life.kube.patch(configMapKey(life.app, "web-red"), { data: { a: "spoilt" } });
      await untilData(life, life.app, "web-red", { a: "b" });
      await life.kube.delete(configMapKey(life.app, "web-red"));
      await untilData(life, life.app, "web-red", { a: "b" });
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilData(life, life.app, "web-green", { a: "b" });
      await life.until("the old one pruned", async () => (await dataOf(life, life.app, "web-red")) === undefined);
    },
  },
  {
    name: "a sensitive result is rendered into a Secret and shown as (sensitive)",
    async live(life) {
      await life.apply(
        secret(life.db, "login", { password: marker }),
        plug(life, {
          resultResources: [{ template: secretTemplate("web-login", { password: "{% .socketResult.password %}" }) }],
        }),
        socket(life, { resultSecretName: "login", result: { host: "pg" } }),
      );
      const coupled = await untilCoupled(life);
      expect(coupled.status?.coupledResult?.socket).toEqual({ host: "pg", password: "(sensitive)" });
      expect(await secretsIn(life, life.app, "web-login")).toEqual({ password: marker });
    },
  },
  {
    name: "a result that its interface refuses is pending and names the property and the side",
    async live(life) {
      await life.apply(
        ...colors(
          life,
          {},
          {
            result: { port: "many" },
            interface: { result: { socket: { port: { required: true, type: "integer" } } } },
          },
        ),
      );
      const pending = await untilReadySays(life, "port");
      expect(says(pending, "Ready")).toContain("socket");
      await life.kube.patch(
        { apiVersion: "integration.rock8s.com/v1beta1", kind: "Socket", namespace: life.db, name: "db" },
        {
          spec: { result: { port: "5432" } },
        },
      );
      await untilCoupled(life);
    },
  },
];

/** Says of a Job what the kubelet and the Job's controller would. */
export async function finishJob(life: Life, name: string, namespace: string = life.db): Promise<void> {
  const job = await there(life, jobKey(namespace, name));
  const now = "2026-01-01T00:00:00Z";
  const before = (job["status"] ?? {}) as { readonly [field: string]: unknown };
  const condition = (type: string) => ({ type, status: "True", lastProbeTime: now, lastTransitionTime: now });
  await life.kube.replaceStatus({
    ...job,
    status: {
      ...before,
      active: 0,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
      startTime: before["startTime"] ?? now,
      completionTime: before["startTime"] ?? now,
      succeeded: 1,
      conditions: [condition("SuccessCriteriaMet"), condition("Complete")],
    },
  });
}
