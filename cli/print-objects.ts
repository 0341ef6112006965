import { crdDocuments, crdTexts } from "../crds/documents.ts";
import { writeJson } from "../kit/encoding/exact-json.ts";
import { writeYaml } from "../kit/encoding/exact-yaml.ts";
import type { KubeObject } from "../kit/kube/port.ts";

export type ObjectFormat = "yaml" | "json";

/** Objects as kubectl prints them: YAML documents, or one JSON List; without managedFields. */
export function printObjects(objects: readonly object[], format: ObjectFormat): string {
  const shown = objects.map(withoutManagedFields);
  if (format === "json") return `${writeJson({ apiVersion: "v1", kind: "List", items: shown }, 2)}\n`;
  return shown.map((object) => `---\n${printYaml(object)}`).join("");
}

/** One value as YAML that can be applied again. */
export function printYaml(value: unknown): string {
  return writeYaml(value, { noRefs: true, lineWidth: 120 });
}

function withoutManagedFields(object: object): object {
  const { metadata } = object as Partial<KubeObject>;
  if (metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...kept } = metadata;
  return { ...object, metadata: kept };
}

/** `plugboard crds`: the CRDs as in their files, with comments, or as one JSON List. */
export function printCrds(format: ObjectFormat): string {
  if (format === "json") return printObjects(crdDocuments(), "json");
  return crdTexts()
    .map((text) => `---\n${text.replace(/^---\n/, "").trimEnd()}\n`)
    .join("");
}
