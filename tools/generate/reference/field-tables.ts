import type { CrdSchema } from "../types/schemas.ts";

/** The bounds and defaults of a value in a CRD. */
interface BoundedSchema extends Omit<CrdSchema, "enum"> {
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly pattern?: string;
}

/** The section about one kind: its description, and a table of all its fields. */
export function referenceOf(kind: string, schema: CrdSchema): string {
  const { spec, status } = schema.properties ?? {};
  return [
    `## ${kind}\n\n${schema.description ?? ""}\n`,
    ...(spec === undefined ? [] : [table("spec", spec)]),
    ...(status === undefined
      ? []
      : [`What became of it. Only the operator writes a status.\n\n${table("status", status)}`]),
  ].join("\n");
}

function table(root: string, schema: CrdSchema): string {
  const rows = [...fieldsOf(root, schema, false)];
  return `| field | is | means |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

/** One row for each field, followed by the rows of the fields within it. */
function* fieldsOf(path: string, schema: CrdSchema, required: boolean): Generator<string> {
  yield `| \`${path}\`${required ? " (required)" : ""} | ${typeOf(schema)} | ${cell(schema.description ?? "")} |`;
  yield* within(path, schema);
}

function* within(path: string, schema: CrdSchema): Generator<string> {
  const { properties = {}, items, additionalProperties, required = [] } = schema;
  for (const [name, inner] of Object.entries(properties))
    yield* fieldsOf(`${path}.${name}`, inner, required.includes(name));
  if (items !== undefined) yield* within(`${path}[]`, items);
  if (additionalProperties !== undefined) yield* within(`${path}.<name>`, additionalProperties);
}

function typeOf(schema: BoundedSchema): string {
  const { type = "anything", items, additionalProperties, minimum } = schema;
  const bounds = minimum === undefined ? "" : `, at least ${minimum}`;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (additionalProperties !== undefined) return `map of ${typeOf(additionalProperties)}`;
  return `${type}${bounds}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}
