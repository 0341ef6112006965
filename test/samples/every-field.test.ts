import { describe, expect, test } from "@jest/globals";
import { crdDocuments } from "../../crds/documents.ts";
import { sampleManifests } from "./sample-files.ts";

interface Schema {
  readonly properties?: { readonly [name: string]: Schema };
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly enum?: readonly unknown[];
}

/** Fields that the sample leaves out, because Plugboard does not serve them yet. */
const leftOut = ["spec.apparatus"];

/** Of the values of these one is enough. */
const oneIsEnough = /\.(format|engine|missingValues)=/;

/** The four sections of an interface have properties of one schema: what one of them shows is shown. */
function inAnySection(path: string): string {
  return path.replace(/interface\.(config|result)\.(plug|socket)\{\}/, "interface.*.*{}");
}

/** Every field of a schema, and every value of its enums, by path. */
function* fieldsOf(schema: Schema, path: string): Generator<string> {
  yield path;
  for (const value of schema.enum ?? []) yield `${path}=${JSON.stringify(value)}`;
  for (const [name, inner] of Object.entries(schema.properties ?? {})) yield* fieldsOf(inner, `${path}.${name}`);
  if (schema.items !== undefined) yield* fieldsOf(schema.items, `${path}[]`);
  if (schema.additionalProperties !== undefined) yield* fieldsOf(schema.additionalProperties, `${path}{}`);
}

/** Every field a value has, under each path at which a schema may know it. */
function* fieldsIn(value: unknown, path: string): Generator<string> {
  yield path;
  if (Array.isArray(value)) for (const item of value) yield* fieldsIn(item, `${path}[]`);
  else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      yield* fieldsIn(inner, `${path}.${name}`);
      yield* fieldsIn(inner, `${path}{}`);
    }
  } else yield `${path}=${JSON.stringify(value)}`;
}

interface CrdSpec {
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[];
}

function specSchema(kind: string): Schema {
  const crd = crdDocuments()
    .map((document) => document["spec"] as CrdSpec)
    .find(({ names }) => names.kind === kind);
  return crd?.versions[0]?.schema.openAPIV3Schema.properties?.["spec"] ?? {};
}

describe.each(["Plug", "Socket"])("the sample of every field, its %s", (kind) => {
  const fields = [...new Set([...fieldsOf(specSchema(kind), "spec")].map(inAnySection))];
  const spec = sampleManifests("every-field").find((manifest) => manifest.kind === kind)?.["spec"];
  const used = new Set([...fieldsIn(spec, "spec")].map(inAnySection));

  test("has every field of the CRD but those that are not served yet", () => {
    const expected = fields.filter(
      (field) => !leftOut.some((path) => field.startsWith(path)) && !oneIsEnough.test(field),
    );
    expect(expected.length).toBeGreaterThan(60);
    expect(expected.filter((field) => !used.has(field))).toEqual([]);
  });

  test("leaves out nothing that the CRD does not have", () => {
    expect(leftOut.filter((path) => !fields.includes(path) || used.has(path))).toEqual([]);
  });
});
