import { describe, expect, test } from "@jest/globals";
import { crdDocuments, crdTexts } from "../../crds/documents.ts";

type Schema = { readonly [keyword: string]: unknown };

/** Every schema within a schema, by its path. */
function* schemasWithin(schema: Schema, path: string): Generator<readonly [path: string, schema: Schema]> {
  yield [path, schema];
  for (const [name, inner] of Object.entries((schema["properties"] ?? {}) as { [name: string]: Schema })) {
    yield* schemasWithin(inner, `${path}.${name}`);
  }
  for (const [keyword, mark] of [
    ["items", "[]"],
    ["additionalProperties", "{}"],
  ] as const) {
    const inner = schema[keyword];
    if (inner !== undefined) yield* schemasWithin(inner as Schema, `${path}${mark}`);
  }
}

interface CrdSpec {
  readonly names: { readonly kind: string; readonly plural: string };
  readonly scope: string;
  readonly versions: readonly {
    readonly name: string;
    readonly subresources: object;
    readonly additionalPrinterColumns: readonly { readonly name: string }[];
    readonly selectableFields?: readonly { readonly jsonPath: string }[];
    readonly schema: { readonly openAPIV3Schema: Schema };
  }[];
}

const crds = crdDocuments().map(({ metadata, spec }) => ({ name: metadata.name, spec: spec as CrdSpec }));
const versions = crds.flatMap(({ spec }) => spec.versions.map((version) => ({ kind: spec.names.kind, ...version })));
const schemas = versions.flatMap(({ kind, schema }) => [...schemasWithin(schema.openAPIV3Schema, kind)]);

describe("the CRDs", () => {
  test("are those of three kinds", () => {
    expect(crds.map(({ name }) => name)).toEqual([
      "plugs.integration.rock8s.com",
      "sockets.integration.rock8s.com",
      "deferredresources.integration.rock8s.com",
    ]);
  });

  test("stay far below what a client-side apply can carry", () => {
    for (const text of crdTexts()) expect(Buffer.byteLength(text)).toBeLessThan(96 * 1024);
  });

  test("describe every field", () => {
    const undescribed = schemas.filter(
      ([path, schema]) => schema["description"] === undefined && !/^\w+\.metadata$/.test(path),
    );
    expect(undescribed.map(([path]) => path)).toEqual([]);
  });

  test("put no default into a plug or a socket, which are stored already", () => {
    const filled = schemas.filter(([, schema]) => Object.hasOwn(schema, "default")).map(([path]) => path);
    expect(filled).toEqual(["DeferredResource.spec.timeout", "DeferredResource.spec.serviceAccountName"]);
  });

  test("say in every rule what to do", () => {
    const rules = schemas.flatMap(([, schema]) => (schema["x-kubernetes-validations"] ?? []) as { message?: string }[]);
    expect(rules.length).toBeGreaterThan(10);
    for (const { message } of rules) expect(message).toMatch(/\w+ .+/);
  });

  test("have a status subresource each", () => {
    for (const { subresources } of versions) expect(subresources).toEqual({ status: {} });
  });

  test("show in lists what people look for", () => {
    const columns = versions.map(({ kind, additionalPrinterColumns }) => [
      kind,
      ...additionalPrinterColumns.map(({ name }) => name),
    ]);
    expect(columns).toEqual([
      ["Plug", "Socket", "Coupled", "Reason", "Age"],
      ["Socket", "Interface", "Plugs", "Age"],
      ["DeferredResource", "Resolved", "Reason", "Age"],
    ]);
  });

  test("let plugs be selected by their socket", () => {
    expect(versions[0]?.selectableFields).toEqual([
      { jsonPath: ".spec.socket.name" },
      { jsonPath: ".status.coupledSocket.uid" },
    ]);
  });
});
