import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { writeJson } from "../../encoding/exact-json.ts";
import { InvalidInput, TooLarge } from "../../errors.ts";
import type { Json } from "../../kube/port.ts";
import { fieldAt, isMap, type JsonMap, listAt, mapAt, textAt, withField, withoutFields } from "../json.ts";
import type { KindDefinition } from "../kinds/built-in-kinds.ts";
import { immutableField, refusal } from "../messages.ts";

const secretBytes = 1024 * 1024;

/**
 * Converts a Secret's stringData to data, and sets fields that the API server sets and users notice.
 * @throws InvalidInput
 */
export function withDefaults(kind: KindDefinition, object: JsonMap): JsonMap {
  switch (kind.resource) {
    case "secrets":
      return { type: "Opaque", ...withoutEmpty(foldedSecret(kind, object), "data") };
    case "configmaps":
      return withoutEmpty(requireText(kind, object, "data"), "data");
    case "services":
      return { ...object, spec: { ...addresses(object), ...serviceSpec(mapAt(object, "spec")) } };
    case "deployments.apps":
      return { ...object, spec: { replicas: 1, ...mapAt(object, "spec") } };
    case "jobs.batch":
      return { ...object, spec: jobSpec(mapAt(object, "spec")) };
    case "namespaces":
      return withNamespaceDefaults(object);
    default:
      return object;
  }
}

/** A Secret with its stringData as data. @throws InvalidInput if a value is not a string or not base64 */
export function foldedSecret(kind: KindDefinition, given: JsonMap): JsonMap {
  const object = requireText(kind, requireText(kind, given, "data"), "stringData");
  const added = Object.entries(mapAt(object, "stringData")).map(([key, text]) => [
    key,
    Buffer.from(String(text)).toString("base64"),
  ]);
  for (const [key, value] of Object.entries(mapAt(object, "data"))) requireBase64(kind, key, String(value));
  if (added.length === 0) return withField(object, "stringData", undefined);
  return {
    ...withField(object, "stringData", undefined),
    data: { ...mapAt(object, "data"), ...Object.fromEntries(added) },
  };
}

/** An empty map of data counts as absent, as on the real server. */
function withoutEmpty(object: JsonMap, field: string): JsonMap {
  return Object.keys(mapAt(object, field)).length === 0 ? withField(object, field, undefined) : object;
}

/** The object with text values in a field; null counts as empty text, as in Go. */
function requireText(kind: KindDefinition, object: JsonMap, field: string): JsonMap {
  const held = fieldAt(object, field);
  if (held === null) return withField(object, field, undefined);
  if (held !== undefined && !isMap(held)) throw malformed(kind, `${field}: expected a map, got ${writeJson(held)}`);
  const entries = Object.entries(held ?? {});
  for (const [key, value] of entries)
    if (value !== null && typeof value !== "string")
      throw malformed(kind, `.${field}.${key}: expected string, got ${nameOfType(value)}`);
  if (!entries.some(([, value]) => value === null)) return object;
  return { ...object, [field]: Object.fromEntries(entries.map(([key, value]) => [key, value ?? ""])) };
}

function requireBase64(kind: KindDefinition, key: string, value: string): void {
  const regular = /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0;
  if (!regular) throw malformed(kind, `.data.${key}: illegal base64 data`);
}

function malformed(kind: KindDefinition, why: string): InvalidInput {
  const words = `${kind.kind} in version "${kind.apiVersion}" cannot be handled as a ${kind.kind}: ${why}`;
  return new InvalidInput(...refusal(400, "BadRequest", words));
}

function nameOfType(value: Json): string {
  return Array.isArray(value) ? "list" : typeof value;
}

function serviceSpec(spec: JsonMap): JsonMap {
  const ports = listAt(spec, "ports").map((port) =>
    isMap(port) ? { protocol: "TCP", targetPort: port["port"] ?? 0, ...port } : port,
  );
  const defaulted = { type: "ClusterIP", sessionAffinity: "None", ...spec };
  return ports.length === 0 ? defaulted : { ...defaulted, ports };
}

/** A distinct address for each Service that has one, always the same. */
function addresses(object: JsonMap): JsonMap {
  if (textAt(object, "spec", "type") === "ExternalName") return {};
  const place = `${textAt(object, "metadata", "namespace") ?? ""}/${textAt(object, "metadata", "name") ?? ""}`;
  const [high = 0, low = 0] = createHash("sha256").update(place).digest();
  const clusterIP = textAt(object, "spec", "clusterIP") ?? `10.96.${high}.${low}`;
  return { clusterIP, clusterIPs: [clusterIP] };
}

function jobSpec(spec: JsonMap): JsonMap {
  return { parallelism: 1, completions: 1, backoffLimit: 6, completionMode: "NonIndexed", suspend: false, ...spec };
}

function withNamespaceDefaults(object: JsonMap): JsonMap {
  const metadata = mapAt(object, "metadata");
  const labels = { ...mapAt(metadata, "labels"), "kubernetes.io/metadata.name": metadata["name"] ?? "" };
  const status = { phase: "Active", ...mapAt(object, "status") };
  return {
    ...object,
    metadata: { ...metadata, labels },
    spec: { finalizers: ["kubernetes"], ...mapAt(object, "spec") },
    status,
  };
}

/**
 * All problems of a built-in object, in the API server's words.
 * @throws TooLarge if a Secret or ConfigMap has more than 1 MiB of data
 */
export function builtInFaults(kind: KindDefinition, object: JsonMap, current: JsonMap | undefined): readonly string[] {
  return [...dataFaults(kind, object), ...frozenFaults(kind, object, current), ...jobFaults(kind, object)];
}

function dataFaults(kind: KindDefinition, object: JsonMap): readonly string[] {
  if (kind.resource !== "secrets" && kind.resource !== "configmaps") return [];
  const pairs = Object.entries(mapAt(object, "data"));
  const keys = pairs.flatMap(([key]) =>
    /^[-._a-zA-Z0-9]{1,253}$/.test(key)
      ? []
      : [
          `data[${key}]: Invalid value: "${key}": a valid config key must consist of alphanumeric characters, '-', '_' or '.'`,
        ],
  );
  const factor = kind.resource === "secrets" ? 3 / 4 : 1;
  const bytes = pairs.reduce((sum, [, value]) => sum + Buffer.byteLength(String(value)) * factor, 0);
  if (bytes > secretBytes)
    throw new TooLarge(
      ...refusal(
        422,
        "Invalid",
        `${kind.kind} has ${bytes} bytes of data: Too long: may not be more than ${secretBytes} bytes`,
      ),
    );
  return keys;
}

/** Fields that no update may change, by resource. */
const frozenFields: { readonly [resource: string]: readonly (readonly string[])[] } = {
  "deployments.apps": [["spec", "selector"]],
  "daemonsets.apps": [["spec", "selector"]],
  "statefulsets.apps": [["spec", "selector"]],
  "jobs.batch": [
    ["spec", "template"],
    ["spec", "selector"],
    ["spec", "completionMode"],
  ],
  "rolebindings.rbac.authorization.k8s.io": [["roleRef"]],
  "clusterrolebindings.rbac.authorization.k8s.io": [["roleRef"]],
  secrets: [["type"]],
};

function frozenFaults(kind: KindDefinition, object: JsonMap, current: JsonMap | undefined): readonly string[] {
  if (current === undefined) return [];
  const frozen = (frozenFields[kind.resource] ?? []).flatMap((path) =>
    isDeepStrictEqual(fieldAt(object, ...path), fieldAt(current, ...path))
      ? []
      : [`${path.join(".")}: Invalid value: ${textAt(object, ...path) ?? "the new one"}: ${immutableField}`],
  );
  return [...frozen, ...immutableFaults(object, current)];
}

function immutableFaults(object: JsonMap, current: JsonMap): readonly string[] {
  if (current["immutable"] !== true) return [];
  const contents = (of: JsonMap): JsonMap => withoutFields(of, ["apiVersion", "kind", "metadata", "type"]);
  if (isDeepStrictEqual(contents(object), contents(current))) return [];
  return ["data: Forbidden: field is immutable when `immutable` is set"];
}

function jobFaults(kind: KindDefinition, object: JsonMap): readonly string[] {
  if (kind.resource !== "jobs.batch") return [];
  if (fieldAt(object, "spec", "template", "spec", "containers") === undefined)
    return ["spec.template.spec.containers: Required value"];
  const policy = textAt(object, "spec", "template", "spec", "restartPolicy");
  if (policy === "OnFailure" || policy === "Never") return [];
  return [`spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"`];
}
