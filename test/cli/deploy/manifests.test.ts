import { describe, expect, test } from "@jest/globals";
import type { PlainFields } from "../../../cli/deploy/blueprint/evaluate.ts";
import { chartFiles } from "../../../cli/deploy/chart.ts";
import { readDescriptor } from "../../../cli/deploy/descriptor.ts";
import { newerKubernetes, openFunctions, renderManifests } from "../../../cli/deploy/render.ts";
import { descriptionOf } from "../../../cli/deploy/values/descriptions.ts";
import { defaultValues, keysOf, type Target } from "../../../cli/deploy/values/values.ts";
import { facts, stageNames } from "../../../crds/stage-names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { createMemoryCluster } from "../../../kit/memory/cluster.ts";
import { handClock } from "../../worlds/hand-clock.ts";
import { typed } from "../terminal.ts";

const descriptor = readDescriptor();

interface Manifest extends KubeObject {
  readonly spec: PlainFields;
  readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

function manifests(target: Target, ...settings: readonly string[]): readonly Manifest[] {
  return renderManifests(descriptor, { target, settings }) as readonly Manifest[];
}

function ofKind(objects: readonly Manifest[], ...kinds: readonly string[]): readonly Manifest[] {
  return objects.filter(({ kind }) => kinds.includes(kind));
}

const serving = (objects: readonly Manifest[]) =>
  objects.filter(({ apiVersion, kind }) => apiVersion === "serving.knative.dev/v1" && kind === "Service");
const roles = ["Role", "ClusterRole"];

describe("plugboard manifests --target knative", () => {
  const objects = manifests("knative");

  test("has a Service, a Trigger and a ServiceAccount for every stage, and not for lifecycle", () => {
    const targets = stageNames.map((name) => name.replace(".", "-")).toSorted();
    const names = (some: readonly Manifest[]) => some.map(({ metadata }) => metadata.name).toSorted();
    expect(names(serving(objects))).toEqual(targets);
    expect(names(ofKind(objects, "Trigger"))).toEqual(targets);
    expect(names(ofKind(objects, "ServiceAccount"))).toEqual([...targets, "plugboard-source"].toSorted());
  });

  test("writes every field of a Trigger's delivery, since it replaces the Broker's", () => {
    for (const { spec } of ofKind(objects, "Trigger"))
      expect(spec["delivery"]).toEqual({
        retry: 1,
        backoffPolicy: "exponential",
        backoffDelay: "PT0.2S",
        timeout: "PT60S",
      });
  });

  test("says how long functions may ask to wait where serverless.yaml does", () => {
    const functions = descriptor.functions.map((one) => ({
      ...one,
      triggers: one.triggers.map((trigger) => ({
        ...trigger,
        delivery: { ...trigger.delivery, retryAfterMaxMilliseconds: 90_000 },
      })),
    }));
    const patient = renderManifests({ ...descriptor, functions }, { target: "knative", settings: [] });
    for (const { spec } of ofKind(patient as readonly Manifest[], "Trigger"))
      expect(spec["delivery"]).toMatchObject({ retryAfterMax: "PT90S", timeout: "PT60S" });
  });

  test("keeps functions from whoever is outside the cluster", () => {
    for (const { metadata } of serving(objects))
      expect(metadata.labels).toMatchObject({ "networking.knative.dev/visibility": "cluster-local" });
  });

  test("lets nobody but the stages that read inputs read the Secrets of others, and nobody write them", () => {
    const readers = ofKind(objects, "ClusterRole").filter(({ rules }) =>
      rules.some(({ resources, verbs }) => resources.includes("secrets") && verbs.some((verb) => verb !== "watch")),
    );
    expect(readers.map(({ metadata }) => metadata.name)).toEqual([
      "plugboard-source",
      "plugboard-plug-adopt",
      "plugboard-plug-resolve-config",
      "plugboard-plug-template-result",
    ]);
    for (const { rules } of readers)
      for (const { resources, verbs } of rules.filter((rule) => rule.resources.includes("secrets")))
        expect([resources, verbs.filter((verb) => !["get", "list", "watch"].includes(verb))]).toEqual([resources, []]);
  });

  test("grants nothing by a star but single verbs as service accounts, and with impersonation.kinds nothing at all", () => {
    const starred = (some: readonly Manifest[]) =>
      ofKind(some, ...roles)
        .flatMap(({ rules }) => rules)
        .filter((rule) => JSON.stringify(rule).includes('"*"'));
    const rules = [...starred(objects), ...starred(manifests("standalone"))];
    const verbs = ["get", "create", "patch", "delete"].map((verb) => `impersonate-on:serviceaccount:${verb}`);
    for (const rule of rules)
      expect([rule, rule.verbs.filter((verb) => !verbs.includes(verb))]).toEqual([
        { apiGroups: ["*"], resources: ["*"], verbs: rule.verbs },
        [],
      ]);
    expect(rules.length).toBeGreaterThan(10);
    const some = "impersonation.kinds=configmaps,deployments.apps";
    expect([...starred(manifests("knative", some)), ...starred(manifests("standalone", some))]).toEqual([]);
    const [repair] = ofKind(manifests("knative", some), "ClusterRole").filter(
      ({ metadata }) => metadata.name === "plugboard-plug-repair",
    );
    const acting = ["impersonate-on:serviceaccount:get", "impersonate-on:serviceaccount:patch"];
    expect(repair?.rules).toEqual(
      expect.arrayContaining([
        { apiGroups: ["authentication.k8s.io"], resources: ["serviceaccounts"], verbs: ["impersonate:serviceaccount"] },
        { apiGroups: [""], resources: ["configmaps"], verbs: acting },
        { apiGroups: ["apps"], resources: ["deployments"], verbs: acting },
      ]),
    );
  });

  test.each(["impersonation=legacy", "impersonation.mode=legacy"])(
    "with %s has the verb that older clusters know, and none of the newer",
    (setting) => {
      const rules = ofKind(manifests("knative", setting), ...roles).flatMap((one) => one.rules);
      const acting = rules.filter(({ verbs }) => verbs.some((verb) => verb.startsWith("impersonate")));
      expect(new Set(acting.map((rule) => JSON.stringify(rule)))).toEqual(
        new Set(['{"apiGroups":[""],"resources":["serviceaccounts"],"verbs":["impersonate"]}']),
      );
      expect(JSON.stringify(ofKind(objects, ...roles))).not.toContain('"impersonate"');
    },
  );

  test("with an audience has each function take the token of its own trigger alone", () => {
    const secured = manifests("knative", "oidc.audience=plugboard", "namespace=elsewhere");
    const couple = serving(secured).find(({ metadata }) => metadata.name === "plug-couple");
    expect(JSON.stringify(couple)).toContain(
      '{"name":"PLUGBOARD_OIDC_SUBJECTS","value":"system:serviceaccount:elsewhere:plug-couple-oidc-eventing.knative.dev-trigger"}',
    );
    for (const { spec } of ofKind(secured, "Trigger"))
      expect(spec["subscriber"]).toMatchObject({ audience: "plugboard" });
    expect(ofKind(secured, "EventPolicy")).toHaveLength(1);
    expect(ofKind(objects, "EventPolicy")).toEqual([]);
  });

  test("has an EventType for each stage and fact, by its type, and each type that a Trigger of a stage waits for", () => {
    const types = ofKind(objects, "EventType").map(({ metadata }) => metadata.name);
    expect(types).toEqual([...stageNames, ...facts].map((name) => `com.rock8s.integration.${name}`));
    const waitedFor = ofKind(objects, "Trigger").flatMap(({ spec }) =>
      (spec["filters"] as readonly { readonly exact: { readonly type: string } }[]).map(({ exact }) => exact.type),
    );
    expect(types).toEqual(expect.arrayContaining(waitedFor));
    for (const { spec, metadata } of ofKind(objects, "EventType")) {
      expect(spec["attributes"]).toContainEqual({ name: "type", required: true, value: metadata.name });
      expect(spec["description"]).toMatch(/^[A-Z].*\.$/);
      expect(spec["reference"]).toMatchObject({ kind: "Broker", name: "plugboard", namespace: "plugboard" });
    }
    expect(ofKind(manifests("knative", "eventTypes.enabled=false"), "EventType")).toEqual([]);
    expect(ofKind(manifests("standalone"), "EventType")).toEqual([]);
  });

  test("has lifecycle, triggered by what an ApiServerSource sends, where it is asked for", () => {
    const asked = manifests("knative", "lifecycle.enabled=true");
    const [trigger] = ofKind(asked, "Trigger").filter(({ metadata }) => metadata.name === "lifecycle");
    expect(trigger?.spec["filters"]).toEqual([{ prefix: { type: "dev.knative.apiserver." } }]);
    expect(asked).toHaveLength(objects.length + 5);
  });
});

describe.each(["standalone", "knative"] as const)("plugboard manifests --target %s", (target) => {
  test("with config.namespaces has no right but in those and in its own namespace", () => {
    const objects = manifests(target, "config.namespaces=shop,data", "peopleRoles.enabled=false", "namespace=own");
    expect(ofKind(objects, "ClusterRole", "ClusterRoleBinding")).toEqual([]);
    const places = new Set(ofKind(objects, "Role").map(({ metadata }) => metadata.namespace));
    expect(places).toEqual(new Set(["own", "shop", "data"]));
    expect(JSON.stringify(objects)).toContain('"shop');
  });

  test("runs without root, without writing, without a capability", () => {
    const workloads = [...serving(manifests(target)), ...ofKind(manifests(target), "Deployment")];
    for (const { spec } of workloads)
      for (const container of containersOf(spec))
        expect(container["securityContext"]).toEqual({
          runAsNonRoot: true,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          seccompProfile: { type: "RuntimeDefault" },
        });
    expect(workloads.length).toBeGreaterThan(0);
  });

  test("tells the one process that asks for stages what share a namespace has", () => {
    const told = (...settings: readonly string[]) =>
      [...serving(manifests(target, ...settings)), ...ofKind(manifests(target, ...settings), "Deployment")].flatMap(
        (workload) => JSON.stringify(workload).match(/"PLUGBOARD_STAGES_PER_NAMESPACE","value":"\d+"/g) ?? [],
      );
    expect(told()).toEqual(['"PLUGBOARD_STAGES_PER_NAMESPACE","value":"10"']);
    expect(told("config.stagesPerNamespace=5")).toEqual(['"PLUGBOARD_STAGES_PER_NAMESPACE","value":"5"']);
    expect(told("config.stagesPerNamespace=0")).toEqual([]);
  });

  test("names each object once", () => {
    const all = manifests(target, "config.namespaces=shop,plugboard", "lifecycle.enabled=true", "oidc.audience=a");
    const names = all.map(({ apiVersion, kind, metadata }) =>
      [apiVersion, kind, metadata.namespace, metadata.name].join("/"),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test("keeps kube-system's accounts from being acted as, where the whole cluster is served but for that", () => {
    const policies = (...settings: readonly string[]) =>
      ofKind(manifests(target, ...settings), "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding").map(
        ({ metadata }) => metadata.name,
      );
    expect(policies()).toEqual(["plugboard-impersonation", "plugboard-impersonation"]);
    expect(policies("guard.enabled=true")).toEqual([...["plugboard-guard", "plugboard-guard"], ...policies()]);
    expect(policies("config.namespaces=shop")).toEqual([]);
    expect(policies("config.serveNamespaces=kube-system")).toEqual([]);
    expect(policies("impersonation.protectNamespaces=false")).toEqual([]);
  });

  test("binds every role that it has", () => {
    const objects = manifests(target, "peopleRoles.enabled=false");
    const names = (...kinds: readonly string[]) => ofKind(objects, ...kinds).map(({ metadata }) => metadata.name);
    expect(names("RoleBinding")).toEqual(names("Role"));
    expect(names("ClusterRoleBinding")).toEqual(names("ClusterRole"));
  });

  test("is taken by a cluster as far as that knows the kinds", async () => {
    const cluster = createMemoryCluster({ clock: handClock(), holdJobs: true });
    const known = manifests(target).filter(({ apiVersion }) => !apiVersion.includes("knative"));
    await expect(cluster.load(known)).resolves.toBeUndefined();
  });
});

function containersOf(spec: PlainFields): readonly PlainFields[] {
  const pod = (spec["template"] as { spec: { containers: readonly PlainFields[] } }).spec;
  return pod.containers;
}

describe("beside the manifests", () => {
  test.each([
    ["knative", [], [openFunctions, newerKubernetes]],
    ["knative", ["oidc.audience=plugboard", "impersonation=legacy", "namespace=own"], []],
    ["standalone", [], [newerKubernetes]],
  ])("--target %s with %j is told on stderr what to know of it", async (target, settings, notes) => {
    const set = settings.length === 0 ? [] : ["--set", ...settings];
    const { code, stdout, stderr } = await typed("manifests", "--target", target, ...set);
    expect([code, stderr]).toEqual([0, notes.map((note) => `note: ${note}\n`).join("")]);
    expect(stdout).not.toContain("note:");
  });

  test("nothing is told where the keys are asked for", async () => {
    const { stderr } = await typed("manifests", "--target", "knative", "--set", "help");
    expect(stderr).toBe("");
  });
});

describe("--set", () => {
  test.each([
    [
      "a key that is not there",
      "config.replica=3",
      "unknown key; expected one of namespace, images.plugboard.repository",
    ],
    ["a key below one that holds a text", "config.logLevel.x=3", "unknown key"],
    ["a number that is none", "config.replicas=many", "expected a whole number"],
    ["a word that is neither", "config.debug=yes", "expected true or false"],
    ["no value", "config.debug", "expected KEY=VALUE"],
    ["no JSON", "config.plugboard.resources=much", "expected JSON"],
    [
      "words where rules belong",
      "config.watchedKinds=databases",
      "expected a list of rules as JSON, each with apiGroups",
    ],
    ["a rule that lacks a part", 'config.watchedKinds=[{"apiGroup":["a"]}]', "each with apiGroups, resources, verbs"],
    ["a namespace that can be none", "config.namespaces=shop,Da ta", "expected names of namespaces"],
    ["a kind that can be none", "impersonation.kinds=Deployment", "expected kinds as resource.group"],
    ["a user that would end a text of CEL", "guard.users=jane,x' || true || 'x", "expected names separated by commas"],
    ["a mode that is none", "impersonation=none", "expected JSON, or a key below it"],
    ["a mode that is none, by its full name", "impersonation.mode=none", "expected constrained or legacy"],
    ["a toleration that is a word", "config.tolerations=spot", "expected a list of tolerations as JSON"],
  ])("is refused with %s", async (_, setting, told) => {
    const { code, stderr } = await typed("manifests", "--target", "knative", "--set", setting);
    expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
  });

  test("reads lists with commas, and what is deeper as JSON", () => {
    const [deployment] = ofKind(
      manifests(
        "standalone",
        "config.apparatus.allowHosts=a.example.com, 10.0.0.0/8",
        'config.tolerations=[{"key":"spot","operator":"Exists"}]',
        "config.plugboard.resources.limits.memory=1Gi",
      ),
      "Deployment",
    );
    const text = JSON.stringify(deployment);
    expect(text).toContain('{"name":"PLUGBOARD_APPARATUS_ALLOW_HOSTS","value":"a.example.com,10.0.0.0/8"}');
    expect(text).toContain('"tolerations":[{"key":"spot","operator":"Exists"}]');
    expect(text).toContain('"limits":{"memory":"1Gi"}');
  });

  test("help names every key, and says what each is for", async () => {
    const { code, stdout } = await typed("manifests", "--target", "knative", "--set", "help");
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining("broker.class = MTChannelBasedBroker\n    Class of the Broker"),
    ]);
    for (const key of keysOf(defaultValues(descriptor))) expect([key, descriptionOf(key)]).not.toEqual([key, ""]);
  });
});

test("no file of the chart has the text that Helm drops from whatever it renders", () => {
  for (const [path, text] of chartFiles(descriptor)) expect([path, text.includes("<no value>")]).toEqual([path, false]);
});
