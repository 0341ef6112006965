import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { manifestFiles, parseManifests, readManifests } from "../../../cli/cluster/manifest-files.ts";

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

function folderOf(files: { readonly [name: string]: string }): string {
  const folder = mkdtempSync(join(tmpdir(), "plugboard-manifests-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe("reading manifests", () => {
  test("every document of a file is an object, and knows the line it begins on", () => {
    const text = `# a comment\n${configMap("one")}---\n\n# another\n${configMap("two")}---\n---\n# nothing\n`;
    const { manifests, problems } = parseManifests(text, "all.yaml");
    expect(problems).toEqual([]);
    expect(manifests.map(({ object, place }) => `${place} ${object.metadata.name}`)).toEqual([
      "all.yaml:2 one",
      "all.yaml:9 two",
    ]);
  });

  test("a List is its items, and JSON is read like YAML", () => {
    const item = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one" } };
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: [item] }, undefined, 2);
    expect(parseManifests(list, "list.json").manifests.map(({ object }) => object)).toEqual([item]);
  });

  test("yes is a boolean and a date is text, as with kubectl", () => {
    const { manifests } = parseManifests(`${configMap("one")}on: yes\nday: 2026-01-01\n`, "f.yaml");
    expect(manifests[0]?.object).toMatchObject({ day: "2026-01-01", true: true });
  });

  test("what is no YAML is told with file, line, column and a caret, also in a later document", () => {
    const { problems } = parseManifests(`${configMap("one")}---\nkind: [a\nmetadata: {}\n`, "bad.yaml");
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^bad\.yaml:7:1: invalid YAML: .*\n {2}metadata: \{\}\n {2}\^$/);
  });

  test("a document that is no object says what it lacks", () => {
    expect(parseManifests("just: text\n", "x.yaml").problems).toEqual([
      "x.yaml:1: this document is not a Kubernetes object: it has no apiVersion, kind, metadata.name",
    ]);
    expect(parseManifests("- a\n", "x.yaml").problems[0]).toContain("expected apiVersion, kind and metadata");
  });

  test("the same object twice is a mistake that names both places", () => {
    const folder = folderOf({ "a.yaml": configMap("one"), "b.yaml": configMap("one") });
    const { problems } = readManifests(manifestFiles([folder]));
    expect(problems).toEqual([
      `${folder}/b.yaml:1: ConfigMap one is already in ${folder}/a.yaml:1; change the name of one of them`,
    ]);
  });

  test("a folder is its own YAML and JSON files in the order of their names, each once", () => {
    const folder = folderOf({ "b.yml": "", "a.yaml": "", "c.json": "", "README.md": "" });
    mkdirSync(join(folder, "deeper.yaml"));
    expect(manifestFiles([folder, join(folder, "a.yaml")]).map((file) => file.slice(folder.length + 1))).toEqual([
      "a.yaml",
      "b.yml",
      "c.json",
    ]);
  });

  test("a path that is not there, or a folder without manifests, is said at once", () => {
    expect(() => manifestFiles(["/nonexistent/x.yaml"])).toThrow("/nonexistent/x.yaml: no such file or folder");
    expect(() => manifestFiles([folderOf({})])).toThrow("the folder has no .yaml, .yml or .json file");
  });
});
