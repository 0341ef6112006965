import type { KubeObject } from "../../kit/kube/port.ts";

const apiVersion = "integration.rock8s.com/v1beta1";

/** Manifests that any API server with our CRDs takes or refuses; none names a namespace. */
export function plug(spec: object): KubeObject {
  return { apiVersion, kind: "Plug", metadata: { name: "p" }, spec: { socket: { name: "s" }, ...spec } };
}

export function socket(spec: object): KubeObject {
  return { apiVersion, kind: "Socket", metadata: { name: "s" }, spec };
}

export function deferred(spec: object): KubeObject {
  const resource = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } };
  return { apiVersion, kind: "DeferredResource", metadata: { name: "d" }, spec: { resource, ...spec } };
}

const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data: { "{% .a %}": "b" } };
const forms = {
  template,
  templates: [template],
  stringTemplate: "a",
  stringTemplates: ["b"],
  engine: "go",
  do: "recreate",
};
const variable = {
  name: "v",
  objref: {
    apiVersion: "v1",
    kind: "Service",
    name: "svc",
    namespace: "x",
    templateName: "a",
    templateNamespace: "b",
  },
  fieldref: { fieldPath: "spec.ports.0" },
};
const text = { a: "b" };
const both = {
  ...{ data: text, dataConfigMapName: "c", dataSecretName: "s", vars: [variable], resultVars: [variable] },
  ...{ config: text, configConfigMapName: "c", configSecretName: "s", configTemplate: text },
  ...{ result: text, resultConfigMapName: "c", resultSecretName: "s", resultTemplate: text },
  resources: [{ when: ["created", "coupled", "updated", "decoupled", "deleted"], ...forms, retainWhenDecoupled: true }],
  resultResources: [{ ...forms, preserveWhenDecoupled: true }],
  apparatus: {
    endpoint: "/x",
    idleTimeout: 5,
    containers: [{ name: "a", image: "b", ports: [{ containerPort: 3000, name: "container", protocol: "TCP" }] }],
    volumes: [{ name: "v", emptyDir: {} }],
  },
  ...{ serviceAccountName: "sa", epoch: "1", engine: "handlebars" },
};

const properties = {
  a: {
    required: true,
    default: "x",
    description: "d",
    type: "string",
    sensitive: true,
    enum: ["x", 1],
    pattern: "x",
    format: "uri",
  },
  b: { minLength: 1, maxLength: 2 },
  c: { type: "number", minimum: 0.5, maximum: 2, exclusiveMinimum: 0, exclusiveMaximum: 3, multipleOf: 0.5 },
  d: { type: "json", minItems: 0, maxItems: 1, uniqueItems: true, minProperties: 0, maxProperties: 1 },
  e: {},
};
const sections = { plug: properties, socket: properties };
const expressions = [
  { key: "a", operator: "In", values: ["x"] },
  { key: "a", operator: "Exists" },
];
const validation = {
  namespaceWhitelist: ["a", "^(b"],
  namespaceBlacklist: ["c"],
  namespaceSelector: { matchLabels: text, matchExpressions: expressions },
};
const contract = { name: "pg", version: "1.4.0-rc.1+b", config: sections, result: sections };
const waitFor = [
  { apiVersion: "v1", kind: "Secret", name: "s" },
  { group: "batch", version: "v1", kind: "Job", name: "j" },
];

/** Manifests that the CRDs take, with every field there is, and with none. */
export const accepted: readonly (readonly [title: string, object: KubeObject])[] = [
  [
    "a plug with every field",
    plug({ socket: { name: "s", namespace: "db" }, interface: { name: "pg", version: "^1.2" }, ...both }),
  ],
  ["a plug with none", plug({})],
  ["a socket with every field", socket({ interface: contract, limit: 3, validation, ...both })],
  ["a socket with none", socket({})],
  ["a socket without a spec", { apiVersion, kind: "Socket", metadata: { name: "s" } }],
  ["a deferred resource with every field", deferred({ timeout: 5, waitFor, serviceAccountName: "sa" })],
  ["a deferred resource with none", deferred({})],
];

const config = (property: object) => ({ interface: { config: { plug: { p: property } } } });
const selector = (expression: object) => ({ validation: { namespaceSelector: { matchExpressions: [expression] } } });
const form = { stringTemplate: "x" };
const objref = { apiVersion: "v1", kind: "ConfigMap", name: "c" };

/** One manifest for each rule, by the rule's own message. */
export const refusedByRule: readonly (readonly [message: string, object: KubeObject])[] = [
  [
    "say what to apply or delete: set template, templates, stringTemplate or stringTemplates",
    plug({ resources: [{ do: "apply" }] }),
  ],
  [
    "preserveWhenDecoupled and retainWhenDecoupled are two names of one field: set one of them, or both alike",
    socket({ resources: [{ ...form, preserveWhenDecoupled: true, retainWhenDecoupled: false }] }),
  ],
  [
    "say which API serves the object: set apiVersion (such as v1 or apps/v1), or group and version",
    plug({ vars: [{ name: "v", objref: { kind: "ConfigMap", name: "c" } }] }),
  ],
  [
    "say which object is read: set name, or templateName",
    socket({ resultVars: [{ name: "v", objref: { apiVersion: "v1", kind: "ConfigMap" } }] }),
  ],
  [
    "pattern, format, minLength and maxLength are for type string: take them away, or change the type",
    socket(config({ type: "integer", pattern: "x" })),
  ],
  [
    "minimum, maximum, exclusiveMinimum, exclusiveMaximum and multipleOf are for type integer or number: set the type",
    socket(config({ minimum: 1 })),
  ],
  [
    "minItems, maxItems, uniqueItems, minProperties and maxProperties are for type json: set the type",
    socket(config({ type: "string", minItems: 1 })),
  ],
  ["minLength is greater than maxLength: no value could pass", socket(config({ minLength: 2, maxLength: 1 }))],
  ["minimum is greater than maximum: no value could pass", socket(config({ type: "number", minimum: 2, maximum: 1 }))],
  [
    "minItems is greater than maxItems: no value could pass",
    socket(config({ type: "json", minItems: 2, maxItems: 1 })),
  ],
  [
    "minProperties is greater than maxProperties: no value could pass",
    socket(config({ type: "json", minProperties: 2, maxProperties: 1 })),
  ],
  ["multipleOf must be greater than 0", socket(config({ type: "integer", multipleOf: 0 }))],
  ["the version of an interface is a semantic version such as 1.4.0", socket({ interface: { version: "1.x" } })],
  ["In and NotIn compare with values: give at least one", socket(selector({ key: "a", operator: "In" }))],
  [
    "Exists and DoesNotExist take no values: take them away",
    socket(selector({ key: "a", operator: "Exists", values: ["x"] })),
  ],
];

/** What the schema itself refuses, by what the API server says of it. */
export const refusedBySchema: readonly (readonly [said: string, object: KubeObject])[] = [
  ['spec.config.port: Invalid value: "integer"', plug({ config: { port: 8080 } })],
  ["spec.socket.name: Required value", plug({ socket: { namespace: "db" } })],
  ['spec.resources[0].do: Unsupported value: "destroy"', plug({ resources: [{ ...form, do: "destroy" }] })],
  [
    'spec.resources[0].when[0]: Unsupported value: "sometimes"',
    plug({ resources: [{ ...form, when: ["sometimes"] }] }),
  ],
  ['spec.engine: Unsupported value: "jinja"', plug({ engine: "jinja" })],
  ["spec.limit: Invalid value: -1", socket({ limit: -1 })],
  ["spec.interface.config.plug.p.type: Unsupported value", socket(config({ type: "port" }))],
  ["spec.interface.config.plug.p.format: Unsupported value", socket(config({ format: "constructor" }))],
  ['unknown field "spec.interface.config.plug.p.requird"', socket(config({ requird: true }))],
  ["spec.vars[0].objref.kind: Required value", plug({ vars: [{ name: "v", objref: { ...objref, kind: undefined } }] })],
  [
    "spec.resource.metadata.name: Required value",
    deferred({ resource: { apiVersion: "v1", kind: "ConfigMap", metadata: {} } }),
  ],
  ["say which API serves the object", deferred({ waitFor: [{ kind: "Secret", name: "s" }] })],
];
