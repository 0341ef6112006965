import { InvalidInput } from "../../kit/errors.ts";
import { apiVersion } from "../names.ts";
import { storedMetaSchema } from "./stored-meta.ts";
import { type Problems, readBySchema, type StructuralSchema } from "./structural-schema.ts";

/** The common part of all parsed objects of our kinds. */
export interface ParsedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
}

/** One of our kinds, with its schema. */
export interface StoredKind {
  readonly kind: string;
  readonly schema: StructuralSchema;
}

/**
 * Adds the parts that the schema leaves to the API server: the kind, and the required metadata.
 * Made once per kind, so that parsing is cheap: it runs on every watch event.
 */
export function storedKind(kind: string, schema: StructuralSchema): StoredKind {
  const own: { readonly [name: string]: StructuralSchema } = {
    apiVersion: { type: "string", enum: [apiVersion] },
    kind: { type: "string", enum: [kind] },
    metadata: storedMetaSchema,
  };
  const required = ["apiVersion", "kind", "metadata", ...(schema.required ?? [])];
  return { kind, schema: { ...schema, required, properties: { ...schema.properties, ...own } } };
}

/**
 * Parses an object by the schema of its kind.
 * Makes no copy if nothing changed.
 * @throws InvalidInput naming every invalid field
 */
export function parseStored(stored: StoredKind, object: unknown): ParsedObject {
  const problems: Problems = [];
  const read = readBySchema(stored.schema, object, "", problems);
  if (problems.length > 0)
    throw new InvalidInput(`${titleOf(stored.kind, object)} is malformed: ${problems.join("; ")}`);
  return withSpec(read as ParsedObject);
}

/**
 * Parses an object that the API server may have stored under an earlier schema.
 * Invalid fields are left out and named in `metadata.problems`.
 * No field of the spec is required.
 * @throws InvalidInput if even its identity is invalid
 */
export function salvageStored(stored: StoredKind, object: unknown): ParsedObject {
  const problems: Problems = [];
  const read = readBySchema(stored.schema, object, "", problems);
  if (problems.length === 0) return withSpec(read as ParsedObject);
  const { properties = {} } = stored.schema;
  const { required: _of, ...spec } = properties["spec"] ?? {};
  const { required: _all, ...lenient } = { ...stored.schema, properties: { ...properties, spec } };
  const salvaged = readBySchema({ ...lenient, required: ["metadata"] }, object, "", []);
  if (salvaged === undefined)
    throw new InvalidInput(`${titleOf(stored.kind, object)} is malformed: ${problems.join("; ")}`);
  const parsed = withSpec(salvaged as ParsedObject);
  return { ...parsed, metadata: { ...parsed.metadata, problems } };
}

function withSpec(parsed: ParsedObject): ParsedObject {
  return parsed.spec === undefined ? { ...parsed, spec: {} } : parsed;
}

function titleOf(kind: string, object: unknown): string {
  const { namespace, name } = ((object as { metadata?: unknown } | null)?.metadata ?? {}) as Partial<
    Record<string, unknown>
  >;
  return typeof name === "string" ? `${kind} ${typeof namespace === "string" ? `${namespace}/` : ""}${name}` : kind;
}
