import { load } from "js-yaml";
import type { StructuralSchema } from "../../../crds/parsing/structural-schema.ts";

/** The parts of a CRD's schema from which types are made. */
export interface CrdSchema extends StructuralSchema {
  readonly description?: string;
  readonly properties?: { readonly [name: string]: CrdSchema };
  readonly additionalProperties?: CrdSchema;
  readonly items?: CrdSchema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

interface CrdDocument {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: CrdSchema } }[];
  };
}

/** The kind and the schema of a CRD with one version. The text is our own file, so its shape is not checked. */
export function schemaOfDocument(text: string): { readonly kind: string; readonly schema: CrdSchema } {
  const { spec } = load(text) as CrdDocument;
  const [version, ...more] = spec.versions;
  if (version === undefined || more.length > 0) throw new Error(`the CRD of ${spec.names.kind} must have one version`);
  return { kind: spec.names.kind, schema: version.schema.openAPIV3Schema };
}

/** The schema without parts that only the API server enforces: descriptions, bounds, formats and rules. */
export function parsersSchema(schema: CrdSchema): StructuralSchema {
  const { type, required, properties, additionalProperties, items } = schema;
  return {
    ...(type && { type }),
    ...(required && { required }),
    ...(schema.enum && type === "string" && { enum: schema.enum }),
    ...(properties && { properties: mapped(properties) }),
    ...(additionalProperties && { additionalProperties: parsersSchema(additionalProperties) }),
    ...(items && { items: parsersSchema(items) }),
  };
}

function mapped(properties: { readonly [name: string]: CrdSchema }): { readonly [name: string]: StructuralSchema } {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, parsersSchema(schema)]));
}
