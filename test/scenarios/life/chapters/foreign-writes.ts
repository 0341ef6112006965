import { expect } from "@jest/globals";
import { keyOf } from "../../../../kit/kube/keys.ts";
import type { KubeObject, ObjectKey } from "../../../../kit/kube/port.ts";
import { configMap, configMapKey, plugKey, template } from "../../../worlds/manifests.ts";
import type { Life, Scenario } from "../life.ts";
import { dataOf, gone, plugIn, there, untilCoupled, untilData } from "../looks.ts";
import { colors } from "../manifests.ts";

/** Objects whose contents a real API server rewrites: units, empty values, defaults. */
const normalised = [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", creationTimestamp: null },
    spec: {
      strategy: {},
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          securityContext: {},
          containers: [
            {
              name: "web",
              image: "web:1",
              command: [],
              resources: { limits: { cpu: "1000m", memory: "1024Mi" }, requests: { cpu: 0.5 } },
              env: [{ name: "A", value: "" }],
              ports: [{ containerPort: 80 }],
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
        },
      ],
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { type: "ClusterIP", selector: {}, ports: [{ port: 80 }] },
  },
];

const keyOfDeployment = (life: Life): ObjectKey => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace: life.app,
  name: "web",
});

async function versionOf(life: Life, key: ObjectKey): Promise<string | undefined> {
  return (await life.kube.getMetadata(key))?.metadata.resourceVersion;
}

async function replicasOf(life: Life): Promise<unknown> {
  const { spec } = (await there(life, keyOfDeployment(life))) as KubeObject & { spec: { replicas?: unknown } };
  return spec.replicas;
}

/** What others may write to an applied object, and what of that is damage. */
export const foreignWrites: readonly Scenario[] = [
  {
    name: "annotations, fields, keys and statuses that others write are no damage: nothing is written for them",
    async live(life) {
      await life.apply(...colors(life, { resources: normalised.map((one) => ({ template: one })) }));
      await untilCoupled(life);
      const before = await versionOf(life, plugKey("web", life.app));
      const keys = normalised.map(({ apiVersion, kind }) => ({ apiVersion, kind, namespace: life.app, name: "web" }));
      for (const key of keys) {
        await life.kube.patch(key, { metadata: { annotations: { "example.com/note": "one" } } });
        await life.rest();
        await life.kube.patch(key, { metadata: { labels: { "example.com/note": "two" } } });
        await life.rest();
      }
      await life.kube.patch(keyOfDeployment(life), { spec: { minReadySeconds: 5 } });
      await life.kube.patch(configMapKey(life.db, "web-socket"), { data: { theirs: "kept" } });
      for (const currentReplicas of [1, 2, 3]) {
        const hpa = await there(life, { ...keyOfDeployment(life), ...kindOfScaler });
        await life.kube.replaceStatus({ ...hpa, status: { currentReplicas, desiredReplicas: 3, conditions: [] } });
        await life.rest();
      }
      expect(await versionOf(life, plugKey("web", life.app))).toBe(before);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red", theirs: "kept" });
      const annotations = (await there(life, keyOfDeployment(life))).metadata.annotations;
      expect(annotations).toMatchObject({ "example.com/note": "one" });
    },
  },
  {
    name: "a status that was pasted is left out of kinds that take it through its subresource alone, and applied where it is data",
    async live(life) {
      const group = `${life.db}.example.com`;
      await life.apply(lamps(group));
      const lamp = {
        apiVersion: `${group}/v1`,
        kind: "Lamp",
        metadata: { name: "web" },
        status: { word: "{% .plugConfig.color %}" },
      };
      const pasted = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { ports: [{ port: 80 }] },
        status: { loadBalancer: { ingress: [{ ip: "10.0.0.7" }] } },
      };
      const pastedKey = { apiVersion: "v1", kind: "Service", namespace: life.app, name: "web" };
      await life.apply(...colors(life, { resources: [{ template: pasted }] }, { resources: [{ template: lamp }] }));
      await untilCoupled(life);
      const key = { apiVersion: `${group}/v1`, kind: "Lamp", namespace: life.db, name: "web" };
      expect((await there(life, key))["status"]).toEqual({ word: "red" });
      expect(JSON.stringify((await there(life, pastedKey))["status"] ?? {})).not.toContain("10.0.0.7");
      const written = await forgetLabel(life, pastedKey);
      await life.rest();
      expect(await versionOf(life, pastedKey)).toBe(written.metadata.resourceVersion);
      await life.kube.patch(key, { status: { word: "spoilt" } });
      // The source may not watch every kind: the resync asks.
      await life.resync();
      await life.until(
        "it put back",
        async () => JSON.stringify((await there(life, key))["status"]) === '{"word":"red"}',
      );
      const said = (await life.objects()).flatMap((one) => (one["reason"] === "ServerSetFields" ? [one["note"]] : []));
      expect(said).toContainEqual(expect.stringMatching(/^plug spec.resources: Service web contains status\./));
      await untilCoupled(life);
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      await life.kube.delete(keyOf(lamps(group)));
      await gone(life, keyOf(lamps(group)));
    },
  },
  {
    name: "a suspicion is no damage: where all values are as applied, the version is recorded and nothing is applied or counted",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      const key = configMapKey(life.db, "web-socket");
      const written = await forgetLabel(life, key);
      await life.rest();
      await untilCoupled(life);
      expect(await versionOf(life, key)).toBe(written.metadata.resourceVersion);
      const { status } = await plugIn(life);
      expect(status?.restless).toBeUndefined();
      const settled = await versionOf(life, plugKey("web", life.app));
      await life.kube.patch(key, { metadata: { annotations: { "example.com/note": "one" } } });
      await life.rest();
      expect(await versionOf(life, plugKey("web", life.app))).toBe(settled);
    },
  },
  {
    name: "where the record of who applied what is lost, it is ours again and ours alone, and that counts as no damage",
    async live(life) {
      const entry = {
        stringTemplate:
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web-socket}\ndata:\n  color: {% .plugConfig.color %}\n{% if eq .plugConfig.color "red" %}  warm: "yes"\n{% end %}',
      };
      await life.apply(...colors(life, {}, { resources: [entry] }));
      await untilCoupled(life);
      const key = configMapKey(life.db, "web-socket");
      await life.kube.patch(key, { metadata: { managedFields: [{}] } });
      await life.until("the record ours alone", async () => {
        const entries = (await there(life, key)).metadata.managedFields ?? [];
        const fields = entries.map(({ manager, fieldsV1 }) => [manager, Object.keys(fieldsV1?.["f:data"] ?? {})]);
        return (
          JSON.stringify(fields).includes('["integration-operator",["f:color","f:warm"]]') &&
          fields.every(([manager, data]) => manager === "integration-operator" || !String(data).includes("f:color"))
        );
      });
      await life.rest();
      expect((await untilCoupled(life)).status?.restless).toBeUndefined();
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilData(life, life.db, "web-socket", { color: "green" });
      await untilCoupled(life);
    },
  },
  {
    name: "a value that a default of the kind replaces is applied once more, then left, and said",
    async live(life) {
      const group = `${life.db}.example.com`;
      await life.apply(lamps(group));
      const lamp = { apiVersion: `${group}/v1`, kind: "Lamp", metadata: { name: "web" }, spec: { color: null } };
      await life.apply(...colors(life, {}, { resources: [{ template: lamp }] }));
      await untilCoupled(life);
      const key = { apiVersion: `${group}/v1`, kind: "Lamp", namespace: life.db, name: "web" };
      await forgetLabel(life, key);
      // The source may not watch every kind: the resync asks.
      await life.resync();
      await life.until("it said", async () => (await overruledSaid(life)) > 0);
      await life.again();
      expect((await there(life, key))["spec"]).toEqual({ color: "red" });
      const coupled = await untilCoupled(life);
      expect(coupled.status?.restless).toBeUndefined();
      expect(await overruledSaid(life)).toBe(1);
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      await life.kube.delete(keyOf(lamps(group)));
      await gone(life, keyOf(lamps(group)));
    },
  },
  {
    name: "a value that a policy changes back is left as the policy has it, and said",
    // The in-memory cluster has no mutating admission.
    only: "cluster",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      const key = configMapKey(life.db, "web-socket");
      const probe = configMap(life.db, "web-socket-probe", { color: "red" });
      await life.apply(probe, ...greyingPolicy(life));
      await life.until("the policy at work", async () => {
        await life.kube.patch(configMapKey(life.db, "web-socket-probe"), { data: { note: crypto.randomUUID() } });
        return JSON.stringify(await dataOf(life, life.db, "web-socket-probe")).includes("grey");
      });
      await life.kube.patch(key, { data: { color: "green" } });
      await life.until("it said", async () => (await overruledSaid(life)) > 0);
      await life.again();
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "grey" });
      const coupled = await untilCoupled(life);
      expect(coupled.status?.restless).toBeUndefined();
      expect(await overruledSaid(life)).toBe(1);
      for (const object of greyingPolicy(life).toReversed()) await life.kube.delete(keyOf(object));
    },
  },
  {
    name: "an ignored field is set when the object is made, and left to whoever writes it after",
    async live(life) {
      const [deployment] = normalised;
      const spec = { ...deployment?.spec, replicas: 2 };
      const entry = { ignore: ["spec.replicas"], template: { ...deployment, spec } };
      await life.apply(...colors(life, { config: { color: "red" }, resources: [entry] }));
      await untilCoupled(life);
      expect(await replicasOf(life)).toBe(2);
      const before = (await plugIn(life)).status?.restless;
      await life.kube.patch(keyOfDeployment(life), { spec: { replicas: 5 } });
      await life.rest();
      expect(await replicasOf(life)).toBe(5);
      expect((await untilCoupled(life)).status?.restless).toEqual(before);
      await life.kube.patch(plugKey("web", life.app), { spec: { epoch: "2" } });
      await life.until("the update", async () => (await plugIn(life)).status?.performed?.revision === 2);
      await untilCoupled(life);
      expect(await replicasOf(life)).toBe(5);
      await life.kube.delete(keyOfDeployment(life));
      await life.until("it put back", async () => (await life.kube.get(keyOfDeployment(life))) !== undefined);
      await untilCoupled(life);
      expect(await replicasOf(life)).toBe(2);
    },
  },
  {
    name: "an ignored field that nobody else has written follows the template",
    async live(life) {
      const data = { color: "{% .plugConfig.color %}", note: "{% .plugConfig.color %}" };
      await life.apply(
        ...colors(life, {}, { resources: [{ ignore: ["data.note"], template: template("web-socket", data) }] }),
      );
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      await untilData(life, life.db, "web-socket", { color: "green", note: "green" });
      await life.kube.patch(configMapKey(life.db, "web-socket"), { data: { note: "theirs" } });
      await life.rest();
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "blue" } } });
      await untilData(life, life.db, "web-socket", { color: "blue", note: "theirs" });
      await untilCoupled(life);
    },
  },
];

/** Takes a label out of the record of what was applied, and nothing out of the object: a suspicion. */
async function forgetLabel(life: Life, key: ObjectKey): Promise<KubeObject> {
  const { metadata } = await there(life, key);
  const text = JSON.stringify(metadata.managedFields);
  const managedFields = JSON.parse(text.replace(/"f:integration.rock8s.com\/side":\{\},?/, "").replace(",}", "}"));
  const written = await life.kube.patch(key, { metadata: { managedFields } });
  expect(written.metadata.resourceVersion).not.toBe(metadata.resourceVersion);
  return written;
}

/** How many Overruled events the plug has. */
async function overruledSaid(life: Life): Promise<number> {
  return (await life.objects()).filter((one) => one.kind === "Event" && one["reason"] === "Overruled").length;
}

/** A kind whose color is red where nobody says, and whose status is data like any other. */
function lamps(group: string): KubeObject {
  const spec = { type: "object", properties: { color: { type: "string", default: "red" } } };
  const status = { type: "object", properties: { word: { type: "string" } } };
  const schema = { openAPIV3Schema: { type: "object", properties: { spec, status } } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `lamps.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "lamps", singular: "lamp", kind: "Lamp" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}

/** Each update of a ConfigMap whose name begins with web-socket leaves it grey. */
function greyingPolicy({ db }: Life): readonly KubeObject[] {
  const apiVersion = "admissionregistration.k8s.io/v1";
  const expression = '[JSONPatch{op: "replace", path: "/data/color", value: "grey"}]';
  return [
    {
      apiVersion,
      kind: "MutatingAdmissionPolicy",
      metadata: { name: `grey-${db}` },
      spec: {
        failurePolicy: "Fail",
        reinvocationPolicy: "Never",
        matchConstraints: {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": db } },
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["configmaps"] }],
        },
        matchConditions: [{ name: "web-socket", expression: "object.metadata.name.startsWith('web-socket')" }],
        mutations: [{ patchType: "JSONPatch", jsonPatch: { expression } }],
      },
    },
    {
      apiVersion,
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name: `grey-${db}` },
      spec: { policyName: `grey-${db}` },
    },
  ];
}

const kindOfScaler = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
