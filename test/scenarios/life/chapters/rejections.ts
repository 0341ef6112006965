import { expect } from "@jest/globals";
import { keyOf } from "../../../../kit/kube/keys.ts";
import type { KubeObject } from "../../../../kit/kube/port.ts";
import { configMap, configMapKey, plugKey, template } from "../../../worlds/manifests.ts";
import type { Life, Scenario } from "../life.ts";
import { dataOf, gone, plugIn, says, there, untilCoupled, untilData, untilReadySays } from "../looks.ts";
import { colors, plug, socket } from "../manifests.ts";

/** What the API server rejects is tried again by itself. */
export const rejections: readonly Scenario[] = [
  {
    name: "a change that the API server rejects says what to do, keeps the coupling, and goes on once the object in the way is gone",
    async live(life) {
      const fixed = { ...template("web-fixed", { color: "{% .plugConfig.color %}" }), immutable: true };
      const entries = [{ template: fixed }, { template: template("web-socket", { a: "b" }) }];
      await life.apply(...colors(life, {}, { resources: entries }));
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), { spec: { config: { color: "green" } } });
      const rejected = await untilReadySays(life, "Rejected");
      expect(says(rejected, "Ready")).toMatch(/ConfigMap .*web-fixed.*do: recreate.*Retries automatically/);
      expect(says(rejected, "Coupled")).toMatch(/^True/);
      expect(says(rejected, "Failed")).toMatch(/^True/);
      expect(rejected.status?.failure).toMatchObject({
        stage: "plug.update",
        revision: 2,
        reason: "Rejected",
        retryAt: expect.any(String),
        inWay: `ConfigMap ${life.db}/web-fixed`,
      });
      await life.kube.patch(configMapKey(life.db, "web-socket"), { data: { a: "spoilt" } });
      await untilData(life, life.db, "web-socket", { a: "b" });
      expect((await plugIn(life)).status?.failure?.stage).toBe("plug.update");
      expect(says(await plugIn(life), "Failed")).toMatch(/^True/);
      await life.kube.delete(configMapKey(life.db, "web-fixed"));
      await untilData(life, life.db, "web-fixed", { color: "green" });
      const coupled = await untilCoupled(life);
      expect(coupled.status?.failure).toBeUndefined();
      expect(says(coupled, "Failed")).toMatch(/^False/);
    },
  },
  {
    name: "what a rule of the kind rejects is tried again when its time comes, and said once",
    async live(life) {
      const group = `${life.db}.example.com`;
      await life.apply(gadgets(group, ["red"]));
      const gadget = {
        apiVersion: `${group}/v1`,
        kind: "Gadget",
        metadata: { name: "web" },
        spec: { color: "{% .plugConfig.color %}" },
      };
      await life.apply(...colors(life, { config: { color: "green" } }, { resources: [{ template: gadget }] }));
      await untilReadySays(life, "Rejected");
      await life.until("a third attempt", async () => ((await plugIn(life)).status?.failure?.attempts ?? 0) >= 3);
      expect(await eventsOf(life, "Rejected")).toHaveLength(1);
      await life.apply(gadgets(group, ["red", "green"]));
      const coupled = await untilCoupled(life);
      expect(coupled.status?.failure).toBeUndefined();
      await life.kube.delete(plugKey("web", life.app));
      await gone(life, plugKey("web", life.app));
      await life.kube.delete(keyOf(gadgets(group, [])));
      await gone(life, keyOf(gadgets(group, [])));
    },
  },
  {
    name: "a decouple that a policy rejects goes on by itself once the policy is gone",
    only: "cluster",
    async live(life) {
      await life.apply(...policy(life));
      await life.apply(plug(life), socket(life, { resources: [{ template: template("keep-me", { a: "b" }) }] }));
      await untilCoupled(life);
      await life.until("the policy at work", async () => {
        const probe = configMap(life.db, "keep-probe", {});
        await life.kube.apply(probe, { fieldManager: "user", force: true });
        return life.kube.delete(configMapKey(life.db, "keep-probe")).then(
          () => false,
          () => true,
        );
      });
      await life.kube.delete(plugKey("web", life.app));
      await untilReadySays(life, "Rejected");
      expect(await dataOf(life, life.db, "keep-me")).toEqual({ a: "b" });
      for (const object of policy(life).toReversed()) await life.kube.delete(keyOf(object));
      await gone(life, plugKey("web", life.app));
      await life.until("the policy out of work", async () =>
        life.kube.delete(configMapKey(life.db, "keep-probe")).then(
          () => true,
          () => false,
        ),
      );
      expect(await dataOf(life, life.db, "keep-me")).toBeUndefined();
    },
  },
];

async function eventsOf(life: Life, reason: string): Promise<readonly KubeObject[]> {
  const about = (await there(life, plugKey("web", life.app))).metadata.uid;
  const events = (await life.objects()).filter(({ kind }) => kind === "Event");
  return events.filter((event) => {
    const { regarding } = event as KubeObject & { readonly regarding?: { readonly uid?: string } };
    return event["reason"] === reason && regarding?.uid === about;
  });
}

function gadgets(group: string, colorsOfGadgets: readonly string[]): KubeObject {
  const color = { type: "string", enum: colorsOfGadgets };
  const spec = { type: "object", properties: { color } };
  const version = {
    name: "v1",
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "gadgets", singular: "gadget", kind: "Gadget" },
      versions: [version],
    },
  };
}

/** Nobody may delete ConfigMaps of the socket's namespace whose names begin with keep. */
function policy({ db }: Life): readonly KubeObject[] {
  const registration = "admissionregistration.k8s.io/v1";
  return [
    {
      apiVersion: registration,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: `keep-${db}` },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": db } },
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["DELETE"], resources: ["configmaps"] }],
        },
        validations: [{ expression: "!oldObject.metadata.name.startsWith('keep')", message: "this stays, please" }],
      },
    },
    {
      apiVersion: registration,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: `keep-${db}` },
      spec: { policyName: `keep-${db}`, validationActions: ["Deny"] },
    },
  ];
}
