import type { Kube, KubeObject, ObjectKey, ServiceAccountName } from "../../../kit/kube/port.ts";
import { lookUntil } from "../../worlds/patience.ts";

/** Gives a test its cluster. */
export type Open = () => Promise<ClusterUnderTest>;

/** Looks until what it sees is something, and gives that: for effects that come a moment later. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const seen = await lookUntil(look, (something) => something !== undefined, { everyMilliseconds: 20 });
  if (seen === undefined) throw new Error(`did not come to pass: ${what}`);
  return seen;
}

/** Waits until there is no such object. */
export function eventuallyGone(kube: Kube, key: ObjectKey): Promise<true> {
  return eventually(`${key.kind} ${key.name} is gone`, async () =>
    (await kube.get(key)) === undefined ? true : undefined,
  );
}

/** A Deployment of one container. */
export function deployment(namespace: string, name: string, container: Record<string, unknown> = {}): KubeObject {
  const labels = { app: name };
  const containers = [{ name: "main", image: "example.test/main:1", ...container }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

/** What is at a path of keys and indexes; undefined where the path ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, step) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, step) : undefined),
    value,
  );
}

/** A Widget: the custom kind of the contract, with a status subresource, defaults, list maps and rules. */
export function widget(namespace: string, name: string, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: "contract.rock8s.com/v1",
    kind: "Widget",
    metadata: { namespace, name },
    spec: { size: 1, ...spec },
  };
}

const ports = {
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["name"],
  items: {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string" }, number: { type: "integer" }, protocol: { type: "string", default: "TCP" } },
  },
};

const spec = {
  type: "object",
  required: ["size"],
  "x-kubernetes-validations": [
    { rule: "!has(self.min) || self.size >= self.min", message: "size must be at least min" },
    { rule: "!has(oldSelf.fixed) || self.fixed == oldSelf.fixed", message: "fixed cannot be changed" },
  ],
  properties: {
    size: { type: "integer", minimum: 1, maximum: 10 },
    min: { type: "integer" },
    fixed: { type: "string" },
    color: { type: "string", enum: ["red", "green"], default: "red" },
    code: { type: "string", pattern: "^[a-z]+$" },
    note: { type: "string", nullable: true },
    amount: { "x-kubernetes-int-or-string": true },
    extra: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    socket: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
    tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
    steps: { type: "array", items: { type: "string" } },
    ports,
  },
};

const status = { type: "object", properties: { phase: { type: "string" }, count: { type: "integer" } } };

/** The CRD that brings a kind with the Widget's schema. */
export function widgetDefinition(group: string, names: { readonly kind: string; readonly plural: string }): KubeObject {
  const version = {
    name: "v1",
    served: true,
    storage: true,
    subresources: { status: {} },
    selectableFields: [{ jsonPath: ".spec.color" }],
    schema: { openAPIV3Schema: { type: "object", properties: { spec, status } } },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${names.plural}.${group}` },
    spec: { group, scope: "Namespaced", names: { ...names, singular: names.kind.toLowerCase() }, versions: [version] },
  };
}

/** Installs a CRD and waits until its kind is served. */
export async function install(kube: Kube, definition: KubeObject): Promise<void> {
  await kube.apply(definition, { fieldManager: "contract", force: true });
  const apiVersion = `${String(at(definition, "spec", "group"))}/v1`;
  const kind = String(at(definition, "spec", "names", "kind"));
  await eventually(`${kind} is served`, async () => {
    const listed = await kube.list({ apiVersion, kind }).catch(() => undefined);
    return listed === undefined ? undefined : true;
  });
}

/** Installs the Widget. Safe to repeat. */
export function installWidget(kube: Kube): Promise<void> {
  return install(kube, widgetDefinition("contract.rock8s.com", { kind: "Widget", plural: "widgets" }));
}

/** A rule as a Role has them. */
export interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
}

/** What the contract needs of a cluster: rights over everything, and namespaces of its own. */
export interface ClusterUnderTest {
  readonly kube: Kube;
  /** Fresh for each test. */
  readonly namespace: string;
  /** One more fresh namespace. */
  another(): Promise<string>;
  /** Grants it the rule in its own namespace; effective when the promise resolves. */
  allow(serviceAccount: ServiceAccountName, rule: Rule): Promise<void>;
  /** Forgets the history of changes; absent where a cluster cannot be told to. */
  compact?(): Promise<void>;
}
