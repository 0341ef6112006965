import { systemClock } from "../../kit/clock.ts";
import type { Kind, Kube } from "../../kit/kube/port.ts";
import { createMemoryCluster } from "../../kit/memory/cluster.ts";
import { groupOf } from "../../operator/definition/kinds.ts";
import { namesOf } from "../../operator/definition/names.ts";
import type { Operator } from "../../operator/operator.ts";
import { manifestFiles, readManifests } from "../cluster/manifest-files.ts";
import { type ObjectFormat, printObjects } from "../print-objects.ts";
import { CommandFailed, UsageError } from "../report-failure.ts";
import { loadOperators, sortPaths } from "./load-operators.ts";

export interface ManifestsOptions {
  readonly target: "standalone" | "knative";
  /** An image with `plugboard` as its entry point and the file of the operator. */
  readonly image: string;
  /** The path of the file in the image. Absent: as given. */
  readonly path: string | undefined;
  readonly namespace: string;
  readonly format: ObjectFormat;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/**
 * `plugboard operator manifests`: what runs operators on a cluster, with no more rights than their kinds need.
 * The paths name operators, and the CRDs of kinds that are not built in.
 * @throws UsageError, CommandFailed
 */
export async function operatorManifests(paths: readonly string[], options: ManifestsOptions): Promise<string> {
  const { operators: files, manifests } = sortPaths(paths);
  const operators = await loadOperators(files);
  const kube = await clusterWith(manifests);
  const rules = (await Promise.all(operators.map((operator) => rulesOf(operator, kube)))).flat();
  const args = options.path === undefined ? files : [options.path];
  const name = operators
    .map((operator) => operator.name)
    .toSorted()
    .join("-")
    .slice(0, 63);
  const of: Deployed = { ...options, name, args, operators, rules };
  const parts = options.target === "standalone" ? standalone(of) : knative(of);
  return printObjects([...account(of), ...parts], options.format);
}

async function clusterWith(paths: readonly string[]): Promise<Kube> {
  const cluster = createMemoryCluster({ clock: systemClock });
  if (paths.length === 0) return cluster.kube;
  const { manifests, problems } = readManifests(manifestFiles(paths));
  if (problems.length > 0) throw new CommandFailed(problems.join("\n"));
  await cluster.load(manifests.map(({ object }) => object).filter(({ kind }) => kind === "CustomResourceDefinition"));
  return cluster.kube;
}

/** The rights that an operator needs in the whole cluster. */
async function rulesOf(operator: Operator, kube: Kube): Promise<readonly Rule[]> {
  const rule = async (kind: Kind, verbs: readonly string[], subresource = ""): Promise<Rule> => ({
    apiGroups: [groupOf(kind)],
    resources: [`${await pluralOf(kind, kube)}${subresource}`],
    verbs,
  });
  const deletes = ["get", "list", "watch", "create", "patch", "delete"];
  return [
    await rule(operator.parent, ["get", "list", "watch", "patch"]),
    await rule(operator.parent, ["update"], "/status"),
    // Owner references with blockOwnerDeletion need it where the cluster checks them.
    await rule(operator.parent, ["update"], "/finalizers"),
    ...(await Promise.all(operator.children.map((kind) => rule(kind, deletes)))),
    ...(await Promise.all(operator.reads.map((kind) => rule(kind, ["get", "list", "watch"])))),
    { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["namespaces"], verbs: ["get"], resourceNames: ["kube-system"] },
  ];
}

async function pluralOf(kind: Kind, kube: Kube): Promise<string> {
  try {
    return (await kube.served(kind)).plural;
  } catch {
    throw new UsageError(`${kind.apiVersion}/${kind.kind} is not a built-in kind: name the file of its CRD, too`);
  }
}

interface Deployed extends ManifestsOptions {
  readonly name: string;
  readonly args: readonly string[];
  readonly operators: readonly Operator[];
  readonly rules: readonly Rule[];
}

const rbac = "rbac.authorization.k8s.io";

function account({ name, namespace, rules }: Deployed): readonly object[] {
  const labels = { "app.kubernetes.io/name": name };
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const bound = (kind: string): object => ({ apiGroup: rbac, kind, name });
  const leases = [
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update", "patch"] },
  ];
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels } },
    { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name, labels }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name, labels },
      roleRef: bound("ClusterRole"),
      subjects,
    },
    { apiVersion: `${rbac}/v1`, kind: "Role", metadata: { name, namespace, labels }, rules: leases },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: { name, namespace, labels },
      roleRef: bound("Role"),
      subjects,
    },
  ];
}

function standalone(of: Deployed): readonly object[] {
  return [deployment(of, of.name, ["operator", "run", ...of.args, "--operator-namespace", of.namespace])];
}

function knative(of: Deployed): readonly object[] {
  const { name, namespace, operators } = of;
  const labels = { "app.kubernetes.io/name": name };
  const broker = { apiVersion: "eventing.knative.dev/v1", kind: "Broker", name: "default" };
  const container = { ...containerOf(of, ["operator", "serve", ...of.args]), ports: [{ containerPort: 8080 }] };
  return [
    { apiVersion: broker.apiVersion, kind: "Broker", metadata: { name: "default", namespace } },
    deployment(of, `${name}-source`, ["operator", "source", ...of.args, "--operator-namespace", namespace]),
    {
      apiVersion: "sources.knative.dev/v1",
      kind: "SinkBinding",
      metadata: { name: `${name}-source`, namespace, labels },
      spec: {
        subject: { apiVersion: "apps/v1", kind: "Deployment", name: `${name}-source` },
        sink: { ref: broker },
      },
    },
    {
      apiVersion: "serving.knative.dev/v1",
      kind: "Service",
      metadata: { name, namespace, labels: { ...labels, "networking.knative.dev/visibility": "cluster-local" } },
      spec: { template: { spec: { serviceAccountName: name, timeoutSeconds: 60, containers: [container] } } },
    },
    ...operators.flatMap((operator) => {
      const { events } = namesOf(operator);
      return Object.keys(events.kindOfStage).map((stage) => ({
        apiVersion: "eventing.knative.dev/v1",
        kind: "Trigger",
        metadata: { name: stage.replace(".", "-"), namespace, labels },
        spec: {
          broker: "default",
          filters: [{ exact: { type: `${events.typePrefix}${stage}` } }],
          delivery: { retry: 1, backoffPolicy: "linear", backoffDelay: "PT1S" },
          subscriber: { ref: { apiVersion: "serving.knative.dev/v1", kind: "Service", name } },
        },
      }));
    }),
  ];
}

function deployment(of: Deployed, name: string, args: readonly string[]): object {
  const labels = { "app.kubernetes.io/name": name };
  const probe = (path: string): object => ({ httpGet: { path, port: 8080 } });
  const container = {
    ...containerOf(of, args),
    ports: [{ name: "http", containerPort: 8080 }],
    livenessProbe: probe("/healthz"),
    readinessProbe: probe("/readyz"),
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: of.namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: of.name,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          containers: [container],
        },
      },
    },
  };
}

function containerOf({ image }: Deployed, args: readonly string[]): object {
  return {
    name: "operator",
    image,
    args,
    resources: { requests: { cpu: "10m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}
