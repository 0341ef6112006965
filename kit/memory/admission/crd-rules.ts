import type { Json } from "../../kube/port.ts";
import { fieldAt, isMap, type JsonMap, listAt, mapAt, textAt } from "../json.ts";
import { crdFinalizer } from "../kinds/kind-registry.ts";

/**
 * A CRD with what the API server and its controllers set: names, the finalizer that guards its objects, and a status
 * that serves.
 */
export function establishedCrd(object: JsonMap, now: string): JsonMap {
  const names = mapAt(object, "spec", "names");
  const kind = textAt(names, "kind") ?? "";
  const accepted = { singular: kind.toLowerCase(), listKind: `${kind}List`, ...names };
  const metadata = mapAt(object, "metadata");
  const deleting = metadata["deletionTimestamp"] !== undefined;
  const finalizers = new Set([...listAt(metadata, "finalizers"), ...(deleting ? [] : [crdFinalizer])]);
  return {
    ...object,
    metadata: { ...metadata, ...(finalizers.size === 0 ? {} : { finalizers: [...finalizers] }) },
    spec: { conversion: { strategy: "None" }, ...mapAt(object, "spec"), names: accepted },
    status: { ...established(object, now), acceptedNames: accepted },
  };
}

function established(object: JsonMap, now: string): JsonMap {
  const status = mapAt(object, "status");
  const stored = listAt(object, "spec", "versions").filter((version) => fieldAt(version, "storage") === true);
  const condition = (type: string, reason: string): JsonMap => ({
    type,
    status: "True",
    reason,
    lastTransitionTime: now,
  });
  return {
    conditions: [condition("NamesAccepted", "NoConflicts"), condition("Established", "InitialNamesAccepted")],
    storedVersions: stored.map((version) => textAt(version, "name") ?? ""),
    ...status,
  };
}

/** Everything that is wrong with a CRD, in the API server's words; of schemas only that each version has one. */
export function crdFaults(object: JsonMap): readonly string[] {
  const [group, plural] = [textAt(object, "spec", "group"), textAt(object, "spec", "names", "plural")];
  const name = textAt(object, "metadata", "name");
  const versions = listAt(object, "spec", "versions");
  const storage = versions.filter((version) => fieldAt(version, "storage") === true);
  return [
    ...(group ? [] : ["spec.group: Required value"]),
    ...(plural ? [] : ["spec.names.plural: Required value"]),
    ...(textAt(object, "spec", "names", "kind") ? [] : ["spec.names.kind: Required value"]),
    ...(name === `${plural}.${group}`
      ? []
      : [`metadata.name: Invalid value: "${name}": must be spec.names.plural+"."+spec.group`]),
    ...(["Namespaced", "Cluster"].includes(textAt(object, "spec", "scope") ?? "")
      ? []
      : ["spec.scope: Required value"]),
    ...(storage.length === 1
      ? []
      : ["spec.versions: Invalid value: must have exactly one version marked as storage version"]),
    ...versions.flatMap(schemaFaults),
  ];
}

function schemaFaults(version: Json, index: number): readonly string[] {
  const schema = fieldAt(version, "schema", "openAPIV3Schema");
  return isMap(schema) ? [] : [`spec.versions[${index}].schema.openAPIV3Schema: Required value: schemas are required`];
}
