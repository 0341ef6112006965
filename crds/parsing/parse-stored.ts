import { InvalidInput } from "../../kit/errors.ts";
import { apiVersion } from "../names.ts";
import { storedMetaSchema } from "./stored-meta.ts";
import { type Problems, readBySchema, type StructuralSchema } from "./structural-schema.ts";

/** What all our kinds share once they are parsed; the fields of each are as its schema has them. */
export interface ParsedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly spec: object;
}

/** A kind of ours and the schema its objects are read by. */
export interface StoredKind {
  readonly kind: string;
  readonly schema: StructuralSchema;
}

/**
 * The schema with what it leaves to the API server: which kind it is, and what its metadata must hold. Making it once per kind keeps
 * parsing cheap: it runs on every watch event.
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

/** The object as its kind's schema has it, without a copy where nothing had to be changed. @throws InvalidInput naming every field that is wrong */
export function parseStored(stored: StoredKind, object: unknown): ParsedObject {
  const problems: Problems = [];
  const read = readBySchema(stored.schema, object, "", problems);
  if (problems.length > 0)
    throw new InvalidInput(`${titleOf(stored.kind, object)} is malformed: ${problems.join("; ")}`);
  return withSpec(read as ParsedObject);
}

/**
 * The object as far as its schema has it, for what an API server stored before the schema was as it is today: what is wrong is left out, and
 * named in `metadata.problems`. Of the spec nothing is required. @throws InvalidInput when not even its identity can be read
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
