import type { ObjectMeta } from "../../kit/kube/port.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** The metadata of a namespaced object as the API server stores it, with the fields that the server sets. */
export interface StoredMeta extends ObjectMeta {
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /**
   * The fields that did not match the schema and were left out; each text begins with the path.
   * Absent if all fields are valid.
   */
  readonly problems?: readonly string[] | undefined;
}

const text: StructuralSchema = { type: "string" };
const texts: StructuralSchema = { type: "object", additionalProperties: text };

/** The shape of the metadata fields that are read; others pass unchanged. */
export const storedMetaSchema: StructuralSchema = {
  type: "object",
  required: ["name", "namespace", "uid", "resourceVersion"],
  properties: {
    name: text,
    namespace: text,
    uid: text,
    resourceVersion: text,
    generation: { type: "integer" },
    labels: texts,
    annotations: texts,
    finalizers: { type: "array", items: text },
    ownerReferences: { type: "array", items: { type: "object" } },
    managedFields: { type: "array", items: { type: "object" } },
    creationTimestamp: text,
    deletionTimestamp: text,
  },
};
