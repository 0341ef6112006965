import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { crdDocuments } from "../../crds/documents.ts";
import { root, typed } from "../cli/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "reference-"));
afterAll(() => rmSync(folder, { recursive: true }));
const manual = readFileSync(join(root, "docs/manifests/reference.md"), "utf8");

describe("the reference manual", () => {
  test("has an example that couples as it stands", async () => {
    const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(manual) ?? [];
    const file = join(folder, "example.yaml");
    writeFileSync(file, example);
    const { code, stdout } = await typed("dev", file, "--once", "--rbac");
    expect([code, stdout]).toEqual([0, expect.stringContaining("Done")]);
  });

  test("has a row for every top-level field of every kind", () => {
    const missing = crdDocuments().flatMap((crd) => {
      const { names, versions } = crd["spec"] as {
        names: { kind: string };
        versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: object } } } } }[];
      };
      const section = manual.split(`## ${names.kind}\n`)[1] ?? "";
      const fields = Object.keys(versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? {});
      return fields.filter((field) => !section.includes(`\`spec.${field}\``));
    });
    expect(missing).toEqual([]);
  });
});

describe("the differences manual", () => {
  test("tells of every difference that a test names", () => {
    const differences = readFileSync(join(root, "docs/integration-operator/differences.md"), "utf8");
    const tests = readFileSync(join(root, "test/scenarios/parity/fixes.test.ts"), "utf8");
    const named = [...tests.matchAll(/^ {2}test\(\s*"([^"]+)"/gm)].map(([, name]) => name ?? "");
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !differences.includes(name))).toEqual([]);
  });
});
