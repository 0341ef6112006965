import type { ObjectMeta } from "../../kit/kube/port.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** The metadata of a namespaced object as the API server stores it: what it fills in is there. */
export interface StoredMeta extends ObjectMeta {
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** What of the object is not as its schema has it, and was left out; each begins with the path of its field. Absent where all is well. */
  readonly problems?: readonly string[] | undefined;
}

const text: StructuralSchema = { type: "string" };
const texts: StructuralSchema = { type: "object", additionalProperties: text };

/** The shape of the metadata that is read; the rest of it passes as it is. */
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
