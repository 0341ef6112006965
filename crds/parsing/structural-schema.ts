/** The part of a CRD's schema that a parser needs: the shape of values, without descriptions. */
export interface StructuralSchema {
  readonly type?: "object" | "array" | "string" | "boolean" | "integer" | "number";
  readonly required?: readonly string[];
  readonly properties?: { readonly [name: string]: StructuralSchema };
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly enum?: readonly string[];
}

/** The problems of a value, as sentences that begin with the path of the field. */
export type Problems = string[];

type Fields = { readonly [name: string]: unknown };

/**
 * Reads a value by its schema. null counts as absent and is removed; fields that the schema does not name are kept.
 * An invalid value is added to `problems` and removed, together with the smallest value around it that can be removed;
 * undefined if none can.
 * Returns the same value, not a copy, if nothing was removed.
 */
export function readBySchema(schema: StructuralSchema, value: unknown, path: string, problems: Problems): unknown {
  return conforms(schema, value) ? value : read(schema, value, path, problems);
}

/** Whether nothing has to be removed. Computed without paths, which cost most, because nearly every value conforms. */
function conforms(schema: StructuralSchema, value: unknown): boolean {
  const { type, items, required } = schema;
  if (type !== undefined && !hasType(type, value)) return false;
  if (schema.enum !== undefined && !schema.enum.some((allowed) => allowed === value)) return false;
  if (Array.isArray(value)) return items === undefined || value.every((item) => conforms(items, item));
  if (!isFields(value)) return true;
  if (required !== undefined && !required.every((name) => fieldOf(value, name) !== undefined)) return false;
  for (const name of Object.keys(value)) {
    const fieldSchema = schemaOf(schema, name);
    if (fieldSchema !== undefined && (value[name] === null || !conforms(fieldSchema, value[name]))) return false;
  }
  return true;
}

function read(schema: StructuralSchema, value: unknown, path: string, problems: Problems): unknown {
  if (schema.type !== undefined && !hasType(schema.type, value)) {
    problems.push(`${path}: expected ${named(schema.type)}, got ${described(value)}`);
    return undefined;
  }
  if (schema.enum !== undefined && !schema.enum.some((allowed) => allowed === value)) {
    problems.push(`${path}: expected one of ${schema.enum.join(", ")}`);
    return undefined;
  }
  // Our number fields are counts and limits: rounding a huge one changes nothing.
  if (typeof value === "bigint" && schema.type === "number") return Number(value);
  if (Array.isArray(value)) return schema.items === undefined ? value : readList(schema.items, value, path, problems);
  return isFields(value) ? readFields(schema, value, path, problems) : value;
}

function readList(items: StructuralSchema, list: readonly unknown[], path: string, problems: Problems): unknown {
  const readItems = list.map((item, index) => read(items, item, `${path}[${index}]`, problems));
  return readItems.every((item, index) => item === list[index]) ? list : readItems.filter((item) => item !== undefined);
}

function readFields(schema: StructuralSchema, fields: Fields, path: string, problems: Problems): Fields | undefined {
  const { required = [] } = schema;
  for (const name of required) {
    if (fieldOf(fields, name) === undefined) problems.push(`${join(path, name)}: is required`);
  }
  const changes: [name: string, value: unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    const fieldSchema = schemaOf(schema, name);
    if (fieldSchema === undefined) continue;
    const readValue = value === null ? undefined : read(fieldSchema, value, join(path, name), problems);
    if (readValue !== value) changes.push([name, readValue]);
  }
  const left = changes.length === 0 ? fields : changed(fields, changes);
  return required.every((name) => fieldOf(left, name) !== undefined) ? left : undefined;
}

function changed(fields: Fields, changes: readonly (readonly [string, unknown])[]): Fields {
  const values = new Map<string, unknown>([...Object.entries(fields), ...changes]);
  return Object.fromEntries([...values].filter(([, value]) => value !== undefined));
}

function schemaOf(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  const { properties, additionalProperties } = schema;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
}

function fieldOf(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
}

function hasType(type: NonNullable<StructuralSchema["type"]>, value: unknown): boolean {
  switch (type) {
    case "object":
      return isFields(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isSafeInteger(value);
    case "number":
      return typeof value === "number" || typeof value === "bigint";
    default:
      return typeof value === type;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function named(type: string): string {
  return type === "string" ? "a string (quote it)" : /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function described(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function join(path: string, name: string): string {
  const step = /^[A-Za-z_][\w-]*$/.test(name) ? name : `["${name}"]`;
  return path === "" ? step : step.startsWith("[") ? `${path}${step}` : `${path}.${step}`;
}
