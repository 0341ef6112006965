import { crdDocuments } from "../../crds/documents.ts";
import { allOf, byHelm, type Fields, type Node, namespace, not, set, when } from "./blueprint/blueprint.ts";
import type { Plain } from "./blueprint/evaluate.ts";
import type { DeployedFunction, Descriptor } from "./descriptor.ts";
import { apparatusEnvironment, isKnative, isStandalone } from "./objects/container.ts";
import { leaderDeployment } from "./objects/deployment.ts";
import { eventTypes } from "./objects/event-types.ts";
import { broker, knativeFunction, sinkBinding } from "./objects/knative.ts";
import { functionsPolicy, networkPolicies } from "./objects/network-policies.ts";
import { guard, impersonationPolicy } from "./rights/guard.ts";
import { peoplesRoles } from "./rights/people-roles.ts";
import { accountAndRoles, unitedRights } from "./rights/rights.ts";

/** Manifests that belong together, with the name of their file in the chart. */
export interface Section {
  readonly name: string;
  readonly documents: readonly Node[];
}

/** All manifests, for both targets; the values decide which are printed. */
export function sections(descriptor: Descriptor): readonly Section[] {
  return [
    { name: "namespace", documents: [when(not(byHelm), ownNamespace)] },
    { name: "crds", documents: crdDocuments().map(definition) },
    { name: "people", documents: peoplesRoles().map((role) => when(set("peopleRoles", "enabled"), plain(role))) },
    { name: "guard", documents: [...guard(descriptor), ...impersonationPolicy()] },
    { name: "standalone", documents: only(isStandalone, standalone(descriptor)) },
    { name: "source", documents: only(isKnative, source(descriptor)) },
    { name: "broker", documents: only(isKnative, [...broker(), functionsPolicy()]) },
    { name: "event-types", documents: only(isKnative, only(set("eventTypes", "enabled"), eventTypes())) },
    ...descriptor.functions.map((one) => ({ name: one.target, documents: deployed(one) })),
  ];
}

/** Knative can be configured to look for SinkBindings only in namespaces with this label. */
const ownNamespace: Node = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: {
    name: namespace,
    labels: {
      "bindings.knative.dev/include": when(isKnative, "true"),
      "pod-security.kubernetes.io/enforce": when(isStandalone, "restricted", "baseline"),
    },
  },
};

/** Helm keeps the CRDs: their deletion would delete all plugs and sockets. */
function definition(crd: object): Node {
  const { metadata, ...rest } = crd as { readonly metadata: Fields };
  const annotations = { "helm.sh/resource-policy": "keep" };
  const before = metadata["annotations"] ?? {};
  return when(set("crds", "enabled"), {
    ...(rest as Fields),
    metadata: { ...metadata, annotations: when(byHelm, { ...(before as Fields), ...annotations }, before) },
  });
}

function standalone({ source: own, functions }: Descriptor): readonly Node[] {
  const rights = unitedRights([own.rights, ...functions.filter(({ optional }) => !optional).map((one) => one.rights)]);
  const names = { name: "plugboard", fullName: "plugboard", component: "operator" };
  return [
    ...accountAndRoles({ ...names, rights, more: [allOf("config", "watchedKinds")] }),
    ...leaderDeployment({
      name: "plugboard",
      account: "plugboard",
      component: "operator",
      command: ["run"],
      environment: apparatusEnvironment,
    }),
    ...networkPolicies("plugboard", "operator"),
  ];
}

function source({ source: own }: Descriptor): readonly Node[] {
  const name = "plugboard-source";
  return [
    ...accountAndRoles({
      name,
      fullName: name,
      component: "source",
      rights: own.rights,
      more: [allOf("config", "watchedKinds")],
    }),
    ...leaderDeployment({ name, account: name, component: "source", command: ["source"], environment: [] }),
    sinkBinding(name),
    ...networkPolicies(name, "source"),
  ];
}

function deployed(one: DeployedFunction): readonly Node[] {
  const account = {
    name: one.target,
    fullName: `plugboard-${one.target}`,
    component: one.target,
    rights: one.rights,
  };
  const documents = only(isKnative, [...accountAndRoles(account), ...knativeFunction(one)]);
  return one.optional ? only(set(one.target, "enabled"), documents) : documents;
}

function only(condition: Parameters<typeof when>[0], documents: readonly Node[]): readonly Node[] {
  return [when(condition, documents)];
}

/** An object that does not depend on the values. */
function plain(object: object): Node {
  return JSON.parse(JSON.stringify(object)) as Plain as Node;
}
