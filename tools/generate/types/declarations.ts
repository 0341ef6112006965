import type { CrdSchema } from "./schemas.ts";

/** Names of objects for which the last step of their path is not a good name. */
const given: { readonly [path: string]: string } = {
  "spec.socket": "SocketName",
  "spec.interface.config": "InterfaceSections",
  "spec.interface.result": "InterfaceSections",
  "spec.interface.config.plug{}": "InterfaceProperty",
  "spec.interface.config.socket{}": "InterfaceProperty",
  "spec.interface.result.plug{}": "InterfaceProperty",
  "spec.interface.result.socket{}": "InterfaceProperty",
  "spec.vars[]": "Var",
  "spec.resultVars[]": "Var",
  "spec.vars[].objref": "VarObject",
  "spec.resultVars[].objref": "VarObject",
  "spec.vars[].fieldref": "VarField",
  "spec.resultVars[].fieldref": "VarField",
  "spec.validation.namespaceSelector.matchExpressions[]": "LabelRequirement",
  "spec.waitFor[]": "WaitFor",
  "spec.resource": "Template",
  "spec.resource.metadata": "TemplateMetadata",
  "status.result": "ResultComputed",
  "status.stage": "Claim",
  "status.resource": "MadeResource",
};

const identifier = /^[A-Za-z_$][\w$]*$/;

/** The exported types of a kind, the outermost first. @throws Error if two shapes would have the same name */
export function typesOf(kind: string, schema: CrdSchema): readonly string[] {
  const declared = new Map<string, string>();
  const { spec, status } = schema.properties ?? {};
  if (spec === undefined || status === undefined) throw new Error(`the schema of ${kind} has no spec or no status`);
  const fields = ["readonly apiVersion: string;", `readonly kind: "${kind}";`, "readonly metadata: StoredMeta;"];
  const own = [...fields, `readonly spec: ${kind}Spec;`, `readonly status?: ${kind}Status | undefined;`];
  declared.set(
    kind,
    `${documented(schema, "")}export interface ${kind} {\n${own.map((line) => `  ${line}\n`).join("")}}\n`,
  );
  for (const [name, part] of Object.entries({ spec, status })) typeOf(part, name, { kind, declared });
  return [...declared.values()];
}

interface Declaring {
  readonly kind: string;
  readonly declared: Map<string, string>;
}

function typeOf(schema: CrdSchema, path: string, declaring: Declaring): string {
  if (schema.enum !== undefined && schema.type === "string")
    return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  switch (schema.type) {
    case "object":
      return typeOfObject(schema, path, declaring);
    case "array":
      return `readonly ${bracketed(typeOf(schema.items ?? {}, `${path}[]`, declaring))}[]`;
    case "integer":
      return "number";
    case undefined:
      return "unknown";
    default:
      return schema.type;
  }
}

function typeOfObject(schema: CrdSchema, path: string, declaring: Declaring): string {
  if (schema.additionalProperties !== undefined) {
    return `{ readonly [key: string]: ${typeOf(schema.additionalProperties, `${path}{}`, declaring)} }`;
  }
  if (schema.properties === undefined) return "{ readonly [field: string]: unknown }";
  const name = `${declaring.kind}${nameOf(path)}`;
  const known = declaring.declared.get(name);
  if (known === undefined) declaring.declared.set(name, "");
  const text = declaration(name, schema, { path, declaring });
  if (known !== undefined && undocumented(known) !== undocumented(text)) {
    throw new Error(`${name} has two shapes, the later at ${path}`);
  }
  if (known === undefined) declaring.declared.set(name, text);
  return name;
}

function declaration(
  name: string,
  schema: CrdSchema,
  at: { readonly path: string; readonly declaring: Declaring },
): string {
  const lines = Object.entries(schema.properties ?? {}).map(([field, fieldSchema]) => {
    const type = typeOf(fieldSchema, `${at.path}.${field}`, at.declaring);
    const key = identifier.test(field) ? field : JSON.stringify(field);
    const required = schema.required?.includes(field) ?? false;
    return `${documented(fieldSchema, "  ")}  readonly ${key}${required ? `: ${type}` : `?: ${type} | undefined`};\n`;
  });
  if (schema["x-kubernetes-preserve-unknown-fields"]) lines.push("  readonly [field: string]: unknown;\n");
  return `${documented(schema, "")}export interface ${name} {\n${lines.join("")}}\n`;
}

function nameOf(path: string): string {
  const name =
    given[path] ??
    path
      .replace(/[[\]{}]/g, "")
      .split(".")
      .at(-1) ??
    "";
  const singular = path.endsWith("[]") && given[path] === undefined ? name.replace(/s$/, "") : name;
  return `${singular.charAt(0).toUpperCase()}${singular.slice(1)}`;
}

function documented(schema: CrdSchema, indent: string): string {
  return schema.description === undefined ? "" : `${indent}/** ${schema.description.replaceAll("*/", "* /")} */\n`;
}

function undocumented(text: string): string {
  return text.replace(/^ *\/\*\*.*\*\/\n/gm, "");
}

function bracketed(type: string): string {
  return type.includes(" | ") ? `(${type})` : type;
}
