import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import { crdDocuments, crdTexts } from "../../crds/documents.ts";
import { parsePlug } from "../../crds/parse-plug.ts";
import { parseSocket } from "../../crds/parse-socket.ts";
import type { KubeObject } from "../../kit/kube.ts";
import { type ApiServer, sharedApiServer } from "../api-server.ts";

const vectors = join(import.meta.dirname, "../../../shared/vectors");
const apiVersion = "integration.rock8s.com/v1beta1";

let server: ApiServer;
let namespace: string;

beforeAll(async () => {
  server = sharedApiServer();
  namespace = await server.freshNamespace();
});

/** What the API server says of an object that it is asked to take, without keeping it; "" when it takes it without a word. */
async function refusal(object: object): Promise<string> {
  const answer = await server.kubectl(
    ["create", "--dry-run=server", "--validate=strict", "-f", "-"],
    JSON.stringify(object),
  );
  return answer.stderr;
}

function plug(spec: object): object {
  return { apiVersion, kind: "Plug", metadata: { name: "p", namespace }, spec: { socket: { name: "s" }, ...spec } };
}

function socket(spec: object): object {
  return { apiVersion, kind: "Socket", metadata: { name: "s", namespace }, spec };
}

function deferred(spec: object): object {
  const resource = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } };
  return { apiVersion, kind: "DeferredResource", metadata: { name: "d", namespace }, spec: { resource, ...spec } };
}

const ours = (object: KubeObject) => object.kind === "Plug" || object.kind === "Socket";

function parityManifests(): readonly KubeObject[] {
  const scenarios = load(readFileSync(join(vectors, "parity/scenarios.yaml"), "utf8")) as {
    readonly steps: readonly { readonly apply?: readonly KubeObject[] }[];
  }[];
  return scenarios.flatMap(({ steps }) => steps.flatMap(({ apply = [] }) => apply)).filter(ours);
}

function takeoverObjects(): readonly KubeObject[] {
  return ["lifecycle", "results"].flatMap((name) => {
    const list = JSON.parse(readFileSync(join(vectors, `takeover/${name}.json`), "utf8")) as {
      items: readonly KubeObject[];
    };
    return list.items.filter(ours);
  });
}

describe("the CRDs on a real API server", () => {
  test("are taken without a warning", async () => {
    const { code, stderr } = await server.kubectl(
      ["apply", "--server-side", "--dry-run=server", "-f", "-"],
      crdTexts().join("---\n"),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("are established, and structural", async () => {
    for (const { metadata } of crdDocuments()) {
      const crd = JSON.parse(await server.run(["get", "crd", metadata.name, "-o", "json"]));
      const holding = crd.status.conditions.filter((one: { status: string }) => one.status === "True");
      expect(holding.map((one: { type: string }) => one.type).sort()).toEqual(["Established", "NamesAccepted"]);
    }
  });
});

describe("manifests of the seed's operator", () => {
  test("are admitted, each of them, with strict field validation", async () => {
    const manifests = parityManifests();
    expect(manifests.length).toBeGreaterThan(15);
    for (const manifest of manifests) {
      const answer = await refusal({ ...manifest, metadata: { ...manifest.metadata, namespace } });
      expect(`${manifest.kind} ${manifest.metadata.name}: ${answer}`).toBe(
        `${manifest.kind} ${manifest.metadata.name}: `,
      );
    }
  });

  test("are stored with their status as they were, and parsed", async () => {
    for (const { apiVersion, kind, metadata, spec, status } of takeoverObjects()) {
      const own = await server.freshNamespace();
      const { name, finalizers } = metadata;
      await server.run(
        ["create", "--validate=strict", "-f", "-"],
        JSON.stringify({ apiVersion, kind, metadata: { name, namespace: own }, spec }),
      );
      const patch = JSON.stringify({ metadata: { finalizers }, status });
      await server.run(["patch", kind, name, "-n", own, "--subresource=status", "--type=merge", "-p", patch]);
      const stored = JSON.parse(await server.run(["get", kind, name, "-n", own, "-o", "json"]));
      expect(stored).toMatchObject({ spec, status });
      expect(kind === "Plug" ? parsePlug(stored) : parseSocket(stored)).toBe(stored);
    }
  });
});

describe("a manifest with every field", () => {
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
    resources: [
      { when: ["created", "coupled", "updated", "decoupled", "deleted"], ...forms, retainWhenDecoupled: true },
    ],
    resultResources: [{ ...forms, preserveWhenDecoupled: true }],
    apparatus: {
      endpoint: "/x",
      idleTimeout: 5,
      containers: [{ name: "a", image: "b", ports: [{ containerPort: 3000, name: "container", protocol: "TCP" }] }],
      volumes: [{ name: "v", emptyDir: {} }],
    },
    ...{ serviceAccountName: "sa", epoch: "1", engine: "handlebars" },
  };

  test("is admitted as a plug", async () => {
    expect(
      await refusal(
        plug({ socket: { name: "s", namespace: "db" }, interface: { name: "pg", version: "^1.2" }, ...both }),
      ),
    ).toBe("");
  });

  test("is admitted as a socket", async () => {
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
    expect(await refusal(socket({ interface: contract, limit: 3, validation, ...both }))).toBe("");
  });

  test("is admitted as a deferred resource", async () => {
    const waitFor = [
      { apiVersion: "v1", kind: "Secret", name: "s" },
      { group: "batch", version: "v1", kind: "Job", name: "j" },
    ];
    expect(await refusal(deferred({ timeout: 5, waitFor, serviceAccountName: "sa" }))).toBe("");
  });

  test("may be a socket without a spec", async () => {
    expect(await refusal({ apiVersion, kind: "Socket", metadata: { name: "s", namespace } })).toBe("");
  });
});

const config = (property: object) => ({ interface: { config: { plug: { p: property } } } });
const selector = (expression: object) => ({ validation: { namespaceSelector: { matchExpressions: [expression] } } });
const form = { stringTemplate: "x" };
const objref = { apiVersion: "v1", kind: "ConfigMap", name: "c" };

/** One manifest for each rule, by the rule's own message. */
const refused: readonly (readonly [message: string, object: () => object])[] = [
  [
    "say what to apply or delete: set template, templates, stringTemplate or stringTemplates",
    () => plug({ resources: [{ do: "apply" }] }),
  ],
  [
    "preserveWhenDecoupled and retainWhenDecoupled are two names of one field: set one of them, or both alike",
    () => socket({ resources: [{ ...form, preserveWhenDecoupled: true, retainWhenDecoupled: false }] }),
  ],
  [
    "say which API serves the object: set apiVersion (such as v1 or apps/v1), or group and version",
    () => plug({ vars: [{ name: "v", objref: { kind: "ConfigMap", name: "c" } }] }),
  ],
  [
    "say which object is read: set name, or templateName",
    () => socket({ resultVars: [{ name: "v", objref: { apiVersion: "v1", kind: "ConfigMap" } }] }),
  ],
  [
    "pattern, format, minLength and maxLength are for type string: take them away, or change the type",
    () => socket(config({ type: "integer", pattern: "x" })),
  ],
  [
    "minimum, maximum, exclusiveMinimum, exclusiveMaximum and multipleOf are for type integer or number: set the type",
    () => socket(config({ minimum: 1 })),
  ],
  [
    "minItems, maxItems, uniqueItems, minProperties and maxProperties are for type json: set the type",
    () => socket(config({ type: "string", minItems: 1 })),
  ],
  ["minLength is greater than maxLength: no value could pass", () => socket(config({ minLength: 2, maxLength: 1 }))],
  [
    "minimum is greater than maximum: no value could pass",
    () => socket(config({ type: "number", minimum: 2, maximum: 1 })),
  ],
  [
    "minItems is greater than maxItems: no value could pass",
    () => socket(config({ type: "json", minItems: 2, maxItems: 1 })),
  ],
  [
    "minProperties is greater than maxProperties: no value could pass",
    () => socket(config({ type: "json", minProperties: 2, maxProperties: 1 })),
  ],
  ["multipleOf must be greater than 0", () => socket(config({ type: "integer", multipleOf: 0 }))],
  ["the version of an interface is a semantic version such as 1.4.0", () => socket({ interface: { version: "1.x" } })],
  ["In and NotIn compare with values: give at least one", () => socket(selector({ key: "a", operator: "In" }))],
  [
    "Exists and DoesNotExist take no values: take them away",
    () => socket(selector({ key: "a", operator: "Exists", values: ["x"] })),
  ],
];

/** What the schema itself refuses, by what the API server says of it. */
const malformed: readonly (readonly [said: string, object: () => object])[] = [
  ['spec.config.port: Invalid value: "integer"', () => plug({ config: { port: 8080 } })],
  ["spec.socket.name: Required value", () => plug({ socket: { namespace: "db" } })],
  ['spec.resources[0].do: Unsupported value: "destroy"', () => plug({ resources: [{ ...form, do: "destroy" }] })],
  [
    'spec.resources[0].when[0]: Unsupported value: "sometimes"',
    () => plug({ resources: [{ ...form, when: ["sometimes"] }] }),
  ],
  ['spec.engine: Unsupported value: "jinja"', () => plug({ engine: "jinja" })],
  ["spec.limit: Invalid value: -1", () => socket({ limit: -1 })],
  ["spec.interface.config.plug.p.type: Unsupported value", () => socket(config({ type: "port" }))],
  ["spec.interface.config.plug.p.format: Unsupported value", () => socket(config({ format: "constructor" }))],
  ['unknown field "spec.interface.config.plug.p.requird"', () => socket(config({ requird: true }))],
  [
    "spec.vars[0].objref.kind: Required value",
    () => plug({ vars: [{ name: "v", objref: { ...objref, kind: undefined } }] }),
  ],
  [
    "spec.resource.metadata.name: Required value",
    () => deferred({ resource: { apiVersion: "v1", kind: "ConfigMap", metadata: {} } }),
  ],
  ["say which API serves the object", () => deferred({ waitFor: [{ kind: "Secret", name: "s" }] })],
];

describe("what can be refused when it is written", () => {
  test.each([...refused, ...malformed])("is refused with: %s", async (message, object) => {
    expect(await refusal(object())).toContain(message);
  });

  test("is shown here for every rule there is", () => {
    const messages = crdTexts().flatMap((text) => rulesWithin(load(text)));
    expect([...new Set(messages)].sort()).toEqual(refused.map(([message]) => message).sort());
  });
});

function rulesWithin(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Object.entries(value).filter(([keyword]) => keyword === "x-kubernetes-validations");
  const rules = own.flatMap(([, list]) => list as readonly { readonly message: string }[]);
  return [...rules.map(({ message }) => message), ...Object.values(value).flatMap(rulesWithin)];
}

test("plugs are found by the socket they name", async () => {
  await server.apply([plug({ socket: { name: "wanted" } })]);
  const found = await server.run([
    "get",
    "plugs",
    "-n",
    namespace,
    "--field-selector",
    "spec.socket.name=wanted",
    "-o",
    "name",
  ]);
  expect(found.trim()).toBe("plug.integration.rock8s.com/p");
  expect(
    await server.run(["get", "plugs", "-n", namespace, "--field-selector", "spec.socket.name=other", "-o", "name"]),
  ).toBe("");
});
