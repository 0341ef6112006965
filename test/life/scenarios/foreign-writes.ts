import { expect } from "@jest/globals";
import type { KubeObject, ObjectKey } from "../../../kit/kube.ts";
import type { Life, Scenario } from "../life.ts";
import { dataOf, plugIn, there, untilCoupled, untilData } from "../looks.ts";
import { colors, keyOfConfigMap, keyOfPlug, template } from "../manifests.ts";

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
      const before = await versionOf(life, keyOfPlug(life));
      const keys = normalised.map(({ apiVersion, kind }) => ({ apiVersion, kind, namespace: life.app, name: "web" }));
      for (const key of keys) {
        await life.kube.patch(key, { metadata: { annotations: { "example.com/note": "one" } } });
        await life.rest();
        await life.kube.patch(key, { metadata: { labels: { "example.com/note": "two" } } });
        await life.rest();
      }
      await life.kube.patch(keyOfDeployment(life), { spec: { minReadySeconds: 5 } });
      await life.kube.patch(keyOfConfigMap(life.db, "web-socket"), { data: { theirs: "kept" } });
      for (const currentReplicas of [1, 2, 3]) {
        const hpa = await there(life, { ...keyOfDeployment(life), ...kindOfScaler });
        await life.kube.replaceStatus({ ...hpa, status: { currentReplicas, desiredReplicas: 3, conditions: [] } });
        await life.rest();
      }
      expect(await versionOf(life, keyOfPlug(life))).toBe(before);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red", theirs: "kept" });
      const annotations = (await there(life, keyOfDeployment(life))).metadata.annotations;
      expect(annotations).toMatchObject({ "example.com/note": "one" });
    },
  },
  {
    name: "a suspicion is no damage: where all values are as applied, the version is recorded and nothing is applied or counted",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      const key = keyOfConfigMap(life.db, "web-socket");
      const { metadata } = await there(life, key);
      const managedFields = (metadata.managedFields ?? []).map((entry) => ({ ...entry, time: "2020-01-01T00:00:00Z" }));
      const written = await life.kube.patch(key, { metadata: { managedFields } });
      await life.rest();
      await untilCoupled(life);
      expect(await versionOf(life, key)).toBe(written.metadata.resourceVersion);
      const { status } = await plugIn(life);
      expect(status?.restless).toBeUndefined();
      const settled = await versionOf(life, keyOfPlug(life));
      await life.kube.patch(key, { metadata: { annotations: { "example.com/note": "one" } } });
      await life.rest();
      expect(await versionOf(life, keyOfPlug(life))).toBe(settled);
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
      const key = keyOfConfigMap(life.db, "web-socket");
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
      await life.kube.patch(keyOfPlug(life), { spec: { config: { color: "green" } } });
      await untilData(life, life.db, "web-socket", { color: "green" });
      await untilCoupled(life);
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
      await life.kube.patch(keyOfPlug(life), { spec: { epoch: "2" } });
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
      await life.kube.patch(keyOfPlug(life), { spec: { config: { color: "green" } } });
      await untilData(life, life.db, "web-socket", { color: "green", note: "green" });
      await life.kube.patch(keyOfConfigMap(life.db, "web-socket"), { data: { note: "theirs" } });
      await life.rest();
      await life.kube.patch(keyOfPlug(life), { spec: { config: { color: "blue" } } });
      await untilData(life, life.db, "web-socket", { color: "blue", note: "theirs" });
      await untilCoupled(life);
    },
  },
];

const kindOfScaler = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
