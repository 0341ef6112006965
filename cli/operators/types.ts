import type { KubeObject } from "../../kit/kube/port.ts";
import { packageName } from "../../operator/definition/names.ts";
import { manifestFiles, readManifests } from "../cluster/manifest-files.ts";
import { CommandFailed, UsageError } from "../report-failure.ts";

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: { readonly [field: string]: Schema };
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

interface Crd extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema?: { readonly openAPIV3Schema?: Schema };
    }[];
  };
}

/**
 * `plugboard operator types`: the TypeScript types of the CRDs in files, with the declaration that makes them known
 * to `defineOperator`.
 * @throws UsageError, CommandFailed
 */
export function typesOfCrds(paths: readonly string[]): string {
  const { manifests, problems } = readManifests(manifestFiles(paths));
  if (problems.length > 0) throw new CommandFailed(problems.join("\n"));
  const crds = manifests.map(({ object }) => object).filter(isCrd);
  if (crds.length === 0) throw new UsageError(`${paths.join(", ")}: no CustomResourceDefinition`);
  const kinds = crds.flatMap(kindsOf);
  const alone = (name: string): boolean => kinds.filter(({ kind }) => kind === name).length === 1;
  const named = kinds.map((one) => ({
    ...one,
    type: alone(one.kind) ? one.kind : `${one.kind}${capital(one.version)}`,
  }));
  return [
    `// Made by \`${packageName} operator types\`. Do not edit.`,
    `import type { StoredMeta } from "${packageName}/operator";`,
    "",
    ...named.map(declarationOf),
    `declare module "${packageName}/operator" {`,
    "  interface Kinds {",
    ...named.map(({ apiVersion, kind, type }) => `    readonly "${apiVersion}/${kind}": ${type};`),
    "  }",
    "}",
    "",
  ].join("\n");
}

function isCrd(object: KubeObject): object is Crd {
  return object.kind === "CustomResourceDefinition" && object.apiVersion === "apiextensions.k8s.io/v1";
}

interface NamedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly version: string;
  readonly schema: Schema;
}

function kindsOf({ spec: { group, names, versions } }: Crd): readonly NamedKind[] {
  return versions
    .filter(({ served }) => served)
    .map(({ name, schema }) => ({
      apiVersion: `${group}/${name}`,
      kind: names.kind,
      version: name,
      schema: schema?.openAPIV3Schema ?? {},
    }));
}

function declarationOf({ apiVersion, kind, schema, type }: NamedKind & { readonly type: string }): string {
  const { properties = {}, required = [] } = schema;
  const own = Object.entries(properties).filter(([name]) => !["apiVersion", "kind", "metadata"].includes(name));
  const fields = own.map(([name, one]) => fieldOf(name, one, required.includes(name), "  "));
  return `${documented(schema, "")}export interface ${type} {
  readonly apiVersion: "${apiVersion}";
  readonly kind: "${kind}";
  readonly metadata: StoredMeta;
${fields.join("")}}
`;
}

function fieldOf(name: string, schema: Schema, isRequired: boolean, indent: string): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
  const type = typeOf(schema, indent);
  return `${documented(schema, indent)}${indent}readonly ${key}${isRequired ? `: ${type}` : `?: ${type} | undefined`};\n`;
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema["x-kubernetes-int-or-string"] === true) return "number | string";
  switch (schema.type) {
    case "string":
    case "boolean":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return arrayOf(typeOf(schema.items ?? {}, indent));
    case "object":
      return objectOf(schema, indent);
    default:
      return "unknown";
  }
}

function arrayOf(item: string): string {
  return `readonly ${/ \| /.test(item) && !item.startsWith("{") ? `(${item})` : item}[]`;
}

function objectOf({ properties, required = [], additionalProperties }: Schema, indent: string): string {
  if (typeof additionalProperties === "object")
    return `{ readonly [key: string]: ${typeOf(additionalProperties, indent)} }`;
  if (properties === undefined) return "{ readonly [field: string]: unknown }";
  const inner = Object.entries(properties).map(([name, schema]) =>
    fieldOf(name, schema, required.includes(name), `${indent}  `),
  );
  return `{\n${inner.join("")}${indent}}`;
}

function documented({ description }: Schema, indent: string): string {
  return description === undefined
    ? ""
    : `${indent}/** ${description.replaceAll("*/", "* /").replaceAll(/\s+/g, " ")} */\n`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
