import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { readDescriptor } from "../../cli/deploy/descriptor.ts";
import { renderManifests } from "../../cli/deploy/render.ts";
import { defaultValues, keysOf } from "../../cli/deploy/values/values.ts";
import { matches } from "../../eventing/broker/broker.ts";
import type { Trigger as BrokerTrigger } from "../../eventing/broker/serverless.ts";
import type { KubeObject } from "../../kit/kube/port.ts";

const root = new URL("../../", import.meta.url);
const texts = ["docs/running/knative.md", "docs/running/standalone.md", "docs/running/by-hand.md"].map(
  (path) => [path, readFileSync(new URL(path, root), "utf8")] as const,
);
const text = texts[0]?.[1] ?? "";
const shown = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, yaml = ""]) => loadAll(yaml)) as KubeObject[];
const [trigger, withDeadLetters] = shown.filter(({ kind }) => kind === "Trigger");
const descriptor = readDescriptor();

describe("docs/running/knative.md", () => {
  test("has a Trigger for a function of one's own, that takes what is coupled in a namespace and nothing else", () => {
    const { spec } = trigger as unknown as { readonly spec: BrokerTrigger & { readonly broker: string } };
    const event = { type: "com.rock8s.integration.plug.coupled", namespace: "shop" };
    expect(matches(spec, event)).toBe(true);
    expect(matches(spec, { ...event, namespace: "data" })).toBe(false);
    expect(matches(spec, { ...event, type: "com.rock8s.integration.plug.couple" })).toBe(false);
    expect(spec.broker).toBe("plugboard");
  });

  test("has one with a dead letter sink, for the same events of all namespaces", () => {
    const { spec } = withDeadLetters as unknown as { readonly spec: BrokerTrigger & { readonly delivery: object } };
    const event = { type: "com.rock8s.integration.plug.coupled", namespace: "data" };
    expect(matches(spec, event)).toBe(true);
    expect(matches(spec, { ...event, type: "com.rock8s.integration.plug.couple" })).toBe(false);
    expect(Object.keys(spec.delivery)).toContain("deadLetterSink");
  });

  test("has an ApiServerSource that sends what lifecycle is triggered by to the Broker there is", () => {
    const sources = shown.filter(({ kind }) => kind === "ApiServerSource");
    expect(sources).toMatchObject([{ spec: { serviceAccountName: "plugs", sink: { ref: { name: "plugboard" } } } }]);
    const brokers = renderManifests(descriptor, { target: "knative", settings: [] }).filter(
      ({ kind }) => kind === "Broker",
    );
    expect(brokers).toMatchObject([{ metadata: { name: "plugboard" } }]);
  });

  test("gives the account of that source the right to watch each kind that it watches, and no other", () => {
    const source = shown.find(({ kind }) => kind === "ApiServerSource");
    const { resources } = Object(source).spec as { readonly resources: readonly { readonly kind: string }[] };
    const [role] = shown.filter(({ kind }) => kind === "ClusterRole");
    expect(role?.["rules"]).toEqual([
      {
        apiGroups: ["integration.rock8s.com"],
        resources: resources.map(({ kind }) => `${kind.toLowerCase()}s`),
        verbs: ["get", "list", "watch"],
      },
    ]);
    const [binding] = shown.filter(({ kind }) => kind === "ClusterRoleBinding");
    expect(binding).toMatchObject({
      roleRef: { name: role?.metadata.name },
      subjects: [{ name: "plugs", namespace: "plugboard" }],
    });
    expect(shown.filter(({ kind }) => kind === "ServiceAccount")).toMatchObject([{ metadata: { name: "plugs" } }]);
  });
});

describe.each(texts)("%s", (_, markdown) => {
  test("sets no key that there is not", () => {
    const known = new Set([
      "help",
      "target",
      "namespace",
      "functions.NAME.concurrency",
      ...keysOf(defaultValues(descriptor)),
    ]);
    const used = [...markdown.matchAll(/(?:--set |`)'?((?:[a-zA-Z]+\.)+[a-zA-Z.-]+)(?==|`)/g)].map(
      ([, key = ""]) => key,
    );
    const sections = new Set([...known].map((key) => key.split(".")[0]));
    expect(used.filter((key) => sections.has(key.split(".")[0]) && !known.has(key) && !isFormerOperators(key))).toEqual(
      [],
    );
  });
});

/** What the chart of the operator before called its image. */
function isFormerOperators(key: string): boolean {
  return key === "images.integrationOperator";
}
