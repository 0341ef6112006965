import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { LRUCache } from "lru-cache";
import { writeJson } from "../../encoding/exact-json.ts";
import type { Json } from "../../kube/port.ts";
import { type Duplicate, duplicatesIn } from "../apply/duplicates.ts";
import { customType, type FieldType } from "../apply/field-type.ts";
import { fieldAt, isList, isMap, type JsonMap, listAt, mapAt, withField } from "../json.ts";
import { celFaults } from "./cel.ts";

/** The checks and defaults of a structural schema, of one version of a CRD. */
export interface CustomSchema {
  /** The schema in the CRD. */
  readonly schema: JsonMap;
  /** How its objects merge. */
  readonly type: FieldType;
  /** The object without the fields that the schema does not know, and with its defaults. */
  shape(object: JsonMap): JsonMap;
  /** The paths of fields that the schema does not know. */
  unknownFields(object: JsonMap): readonly string[];
  /** All violations of the schema and its CEL rules, as `spec.size: message`, in the API server's words. */
  faults(object: JsonMap, current: JsonMap | undefined): readonly string[];
}

/** The checks and defaults of a schema. It is compiled at its first use. */
export function customSchema(schema: JsonMap): CustomSchema {
  let validate: ValidateFunction | undefined;
  const type = customType(schema);
  return {
    schema,
    type,
    shape: (object) => asMap(shaped(object, rooted(schema))),
    unknownFields: (object) => unknownAt(object, rooted(schema), ""),
    faults(object, current) {
      validate ??= compile(schema);
      const broken = validate(asNumbers(object)) ? [] : faultsOf(validate.errors ?? [], object);
      const faults = [...broken, ...duplicatesIn(object, type).map(twice)];
      return faults.length > 0 ? faults : celFaults(schema, object, current);
    },
  };
}

function twice({ path, index, keys }: Duplicate): string {
  return `${path}[${index}]: Duplicate value: ${writeJson(keys)}`;
}

/** The schema with the fields that every object has. */
function rooted(schema: JsonMap): JsonMap {
  const anything = { "x-kubernetes-preserve-unknown-fields": true };
  const properties = { ...mapAt(schema, "properties"), apiVersion: anything, kind: anything, metadata: anything };
  return { ...schema, properties };
}

function asMap(value: Json): JsonMap {
  return isMap(value) ? value : {};
}

function shaped(value: Json, schema: Json | undefined): Json {
  if (isList(value)) return value.map((item) => shaped(item, fieldAt(schema, "items") ?? preserving(schema)));
  if (!isMap(value)) return value;
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const known = schemaOf(schema, name);
    if (known === undefined || (inner === null && !nullable(known))) return [];
    return [[name, shaped(inner, known)] as const];
  });
  return withDefaults(Object.fromEntries(kept), mapAt(schema, "properties"));
}

function withDefaults(value: JsonMap, properties: JsonMap): JsonMap {
  const defaulted = Object.entries(properties).flatMap(([name, property]) => {
    const byDefault = fieldAt(property, "default");
    return byDefault === undefined || Object.hasOwn(value, name) ? [] : [[name, shaped(byDefault, property)] as const];
  });
  return defaulted.length === 0 ? value : { ...value, ...Object.fromEntries(defaulted) };
}

function unknownAt(value: Json, schema: Json | undefined, path: string): readonly string[] {
  if (isList(value))
    return value.flatMap((item, index) =>
      unknownAt(item, fieldAt(schema, "items") ?? preserving(schema), `${path}[${index}]`),
    );
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = schemaOf(schema, name);
    return known === undefined ? [`${path}.${name}`] : unknownAt(inner, known, `${path}.${name}`);
  });
}

const preserve = "x-kubernetes-preserve-unknown-fields";
const embedded = "x-kubernetes-embedded-resource";

/** The schema of a property; undefined if the schema neither knows nor preserves it. */
function schemaOf(schema: Json | undefined, name: string): Json | undefined {
  const known = fieldAt(schema, "properties", name);
  if (known !== undefined) return known;
  const additional = fieldAt(schema, "additionalProperties");
  if (isMap(additional)) return additional;
  if (additional === true) return { [preserve]: true };
  if (fieldAt(schema, embedded) === true && ["apiVersion", "kind", "metadata"].includes(name))
    return { [preserve]: true };
  return preserving(schema);
}

function preserving(schema: Json | undefined): JsonMap | undefined {
  return fieldAt(schema, preserve) === true ? { [preserve]: true } : undefined;
}

function nullable(schema: Json): boolean {
  return (
    fieldAt(schema, "nullable") === true ||
    (fieldAt(schema, preserve) === true && fieldAt(schema, "type") === undefined)
  );
}

const usedFormats = new Set(["date-time", "date", "email", "ipv4", "ipv6", "uri", "uuid", "int32", "int64", "byte"]);
const numericBounds = [
  "minimum",
  "maximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
];
const plainKeywords = [...numericBounds, "pattern", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"];

/** Compiled schemas. Compiling is slow, and all clusters of a process serve the same kinds. */
const compiled = new LRUCache<string, ValidateFunction>({ max: 100 });

function compile(schema: JsonMap): ValidateFunction {
  const text = writeJson(schema);
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const code = { optimize: false };
  const ajv = new Ajv({ allErrors: true, strict: false, verbose: true, unicodeRegExp: false, logger: false, code });
  formats.default(ajv);
  const validate = ajv.compile(translated(schema));
  compiled.set(text, validate);
  return validate;
}

/**
 * The value with bigints as numbers, because ajv knows no bigints.
 * Large numbers are rounded: no bound or enum of a schema needs their last digits.
 */
function asNumbers(value: Json): Json {
  if (typeof value === "bigint") return Number(value);
  if (isList(value)) return value.some(hasBigint) ? value.map(asNumbers) : value;
  return isMap(value) && hasBigint(value)
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asNumbers(inner)]))
    : value;
}

function hasBigint(value: Json): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "bigint";
  return Object.values(value).some(hasBigint);
}

/** The structural schema as JSON Schema. */
function translated(schema: Json): JsonMap {
  const own = Object.fromEntries(Object.entries(asMap(schema)).filter(([keyword]) => plainKeywords.includes(keyword)));
  return { ...exclusive(own), ...typed(schema), ...composed(schema) };
}

/** Exclusive bounds: a boolean in OpenAPI 3.0, a number in JSON Schema. */
function exclusive(own: JsonMap): JsonMap {
  let result = own;
  for (const [flag, bound] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (typeof own[flag] !== "boolean") continue;
    const value = own[flag] ? own[bound] : undefined;
    result = withField(withField(result, bound, own[flag] ? undefined : own[bound]), flag, value);
  }
  return result;
}

function typed(schema: Json): JsonMap {
  const declared =
    fieldAt(schema, "x-kubernetes-int-or-string") === true ? ["integer", "string"] : fieldAt(schema, "type");
  const orNull = nullable(schema) ? ["null"] : [];
  const format = fieldAt(schema, "format");
  const allowed = fieldAt(schema, "enum");
  return {
    ...(declared === undefined ? {} : { type: [...(isList(declared) ? declared : [declared]), ...orNull] }),
    ...(typeof format === "string" && usedFormats.has(format) ? { format } : {}),
    ...(isList(allowed) ? { enum: [...allowed, ...(orNull.length > 0 ? [null] : [])] } : {}),
  };
}

function composed(schema: Json): JsonMap {
  const properties = fieldAt(schema, "properties");
  const [items, additional, not] = ["items", "additionalProperties", "not"].map((keyword) => fieldAt(schema, keyword));
  const required = fieldAt(schema, "required");
  const many = (["allOf", "anyOf", "oneOf"] as const).flatMap((keyword) => {
    const schemas = listAt(schema, keyword);
    return schemas.length === 0 ? [] : [[keyword, schemas.map(translated)] as const];
  });
  return {
    ...Object.fromEntries(many),
    ...(isMap(properties)
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, translated(inner)])) }
      : {}),
    ...(isMap(items) ? { items: translated(items) } : {}),
    ...(isMap(additional) ? { additionalProperties: translated(additional) } : {}),
    ...(isMap(not) ? { not: translated(not) } : {}),
    ...(isList(required) ? { required } : {}),
  };
}

function faultsOf(errors: readonly ErrorObject[], object: JsonMap): readonly string[] {
  const composite = errors.filter(({ schemaPath }) => !/\/(anyOf|oneOf|not)\/\d+\//.test(schemaPath));
  return composite.map((error) => {
    const path = dotted(error.instancePath, object);
    const params: JsonMap = error.params;
    if (error.keyword === "required") return `${joined(path, String(params["missingProperty"]))}: Required value`;
    return `${path}: ${worded(error, path, params)}`;
  });
}

/** A JSON pointer in the API server's form: `spec.ports[0].name` for `/spec/ports/0/name`. */
function dotted(pointer: string, root: Json): string {
  let path = "";
  let value: Json | undefined = root;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path = isList(value) ? `${path}[${name}]` : joined(path, name);
    value = isList(value) ? value[Number(name)] : fieldAt(value, name);
  }
  return path;
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function worded({ keyword, data, schema, message }: ErrorObject, path: string, params: JsonMap): string {
  const value = JSON.stringify(data);
  const body = `Invalid value: ${value}: ${path} in body`;
  switch (keyword) {
    case "type":
      return `Invalid value: "${typeName(data)}": ${path} in body must be of type ${typeNames(params["type"])}: "${typeName(data)}"`;
    case "enum":
      return `Unsupported value: ${value}: supported values: ${listAt({ schema }, "schema")
        .map((each) => JSON.stringify(each))
        .join(", ")}`;
    case "pattern":
      return `${body} should match '${String(params["pattern"])}'`;
    case "minimum":
      return `${body} should be greater than or equal to ${String(params["limit"])}`;
    case "maximum":
      return `${body} should be less than or equal to ${String(params["limit"])}`;
    case "maxLength":
      return `Too long: may not be more than ${String(params["limit"])} bytes`;
    case "maxItems":
      return `Too many: ${isList(data) ? data.length : 0}: must have at most ${String(params["limit"])} items`;
    case "minLength":
      return `${body} should be at least ${String(params["limit"])} chars long`;
    case "minItems":
      return `${body} should have at least ${String(params["limit"])} items`;
    default:
      return `Invalid value: ${value}: ${message ?? keyword}`;
  }
}

function typeNames(types: Json | undefined): string {
  const named = isList(types) ? types.filter((type) => type !== "null") : [types];
  return named.map(String).join(",");
}

function typeName(data: unknown): string {
  if (data === null) return "null";
  if (Array.isArray(data)) return "array";
  return Number.isInteger(data) ? "integer" : typeof data;
}
