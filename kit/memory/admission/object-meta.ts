import { writeJson } from "../../encoding/exact-json.ts";
import type { KubeObject } from "../../kube/port.ts";
import { isMap, mapAt } from "../json.ts";
import type { KindDefinition } from "../kinds/built-in-kinds.ts";

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const qualifiedName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const qualifiedNameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', with an optional DNS subdomain prefix and '/'";

/** Everything that is wrong with an object's metadata, in the API server's words. */
export function metadataFaults(
  kind: KindDefinition,
  object: KubeObject,
  current: KubeObject | undefined,
): readonly string[] {
  return [
    ...(current === undefined ? nameFaults(kind, object.metadata.name) : []),
    ...labelFaults(object),
    ...annotationFaults(object),
    ...finalizerFaults(object, current),
    ...ownerFaults(object),
  ];
}

function nameFaults(kind: KindDefinition, name: unknown): readonly string[] {
  if (typeof name !== "string" || name === "")
    return ["metadata.name: Required value: name or generateName is required"];
  if (kind.group === "rbac.authorization.k8s.io")
    return /[/%]/.test(name) ? [`metadata.name: Invalid value: "${name}"`] : [];
  const oneLabel = kind.kind === "Namespace" || kind.kind === "Service";
  const [pattern, rule, longest] = oneLabel ? [label, labelRule, 63] : [subdomain, subdomainRule, 253];
  if (name.length > longest) return [`metadata.name: Invalid value: "${name}": must be no more than ${longest} bytes`];
  return pattern.test(name) ? [] : [`metadata.name: Invalid value: "${name}": ${rule}`];
}

function labelFaults(object: KubeObject): readonly string[] {
  const pairs = Object.entries(mapAt(object, "metadata", "labels"));
  return pairs.flatMap(([key, value]) => {
    if (!qualifiedName.test(key)) return [`metadata.labels: Invalid value: "${key}": ${qualifiedNameRule}`];
    if (typeof value !== "string") return [`metadata.labels: Invalid value: ${writeJson(value)}: expected a string`];
    if (value.length > 63) return [`metadata.labels: Invalid value: "${value}": must be no more than 63 bytes`];
    return labelValue.test(value) ? [] : [`metadata.labels: Invalid value: "${value}": ${labelValueRule}`];
  });
}

const annotationBytes = 256 * 1024;

function annotationFaults(object: KubeObject): readonly string[] {
  const pairs = Object.entries(mapAt(object, "metadata", "annotations"));
  const bytes = pairs.reduce((sum, [key, value]) => sum + key.length + String(value).length, 0);
  const tooLong =
    bytes > annotationBytes ? [`metadata.annotations: Too long: may not be more than ${annotationBytes} bytes`] : [];
  const wrong = pairs.flatMap(([key, value]) => {
    if (!qualifiedName.test(key.toLowerCase()))
      return [`metadata.annotations: Invalid value: "${key}": ${qualifiedNameRule}`];
    return typeof value === "string"
      ? []
      : [`metadata.annotations: Invalid value: ${writeJson(value)}: expected a string`];
  });
  return [...tooLong, ...wrong];
}

function finalizerFaults(object: KubeObject, current: KubeObject | undefined): readonly string[] {
  const finalizers = object.metadata.finalizers ?? [];
  if (current?.metadata.deletionTimestamp === undefined) return [];
  const added = finalizers.filter((finalizer) => !current.metadata.finalizers?.includes(finalizer));
  if (added.length === 0) return [];
  const why = "no new finalizers can be added if the object is being deleted, found new finalizers";
  return [`metadata.finalizers: Forbidden: ${why} []string{${added.map((name) => `"${name}"`).join(", ")}}`];
}

function ownerFaults(object: KubeObject): readonly string[] {
  return (object.metadata.ownerReferences ?? []).flatMap((owner) =>
    (["apiVersion", "kind", "name", "uid"] as const).flatMap((field) =>
      isMap(owner) && owner[field] ? [] : [`metadata.ownerReferences.${field}: Invalid value: "": must not be empty`],
    ),
  );
}
