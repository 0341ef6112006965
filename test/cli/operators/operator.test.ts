import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { root, typed } from "../terminal.ts";

const samples = join(root, "samples/operators");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "operators-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function sample(name: string): readonly [operator: string, manifests: string] {
  return [join(samples, name, `${name}.ts`), join(samples, name)];
}

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("plugboard operator dev --once", () => {
  test.each(["echo-server", "temp-namespace", "memcached"])("runs the sample %s to its end", async (name) => {
    const { code, stdout } = await typed("operator", "dev", ...sample(name), "--once");
    expect(stdout).toMatch(/ready\n\nDone: 1 parent, no error\.\n$/);
    expect(code).toBe(0);
  });

  test("-o yaml prints the objects to stdout, and the timeline to stderr", async () => {
    const { stdout, stderr } = await typed("operator", "dev", ...sample("echo-server"), "--once", "-o", "yaml");
    const objects = loadAll(stdout) as readonly KubeObject[];
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "EchoServer hello",
      "Namespace shop",
      "Pod hello",
      "Service hello",
    ]);
    expect(stderr).toContain("created Pod hello, Service hello");
  });

  test("ends with 1 and says why if a sync fails", async () => {
    const operator = {
      name: "bad",
      parent: { apiVersion: "example.com/v1alpha1", kind: "EchoServer" },
      children: [],
      reads: [],
      retryAtMostSeconds: 1,
      timeoutSeconds: 1,
    };
    const text = `export default { ...${JSON.stringify(operator)}, related: () => ({}), sync() { throw new Error("no idea"); } };`;
    const [, manifests] = sample("echo-server");
    const { code, stdout } = await typed("operator", "dev", written("bad.js", text), manifests, "--once");
    expect(code).toBe(1);
    expect(stdout).toContain("1 of 1 parent failed:\n  EchoServer shop/hello: sync() threw: no idea");
  });

  test.each([
    ["a file that does not exist", () => "nowhere.ts", "nowhere.ts: no such file"],
    ["a file without an operator", () => written("none.js", "export const x = 1;"), "exports no operator"],
    ["a file that throws", () => written("throws.js", 'throw new Error("oops");'), "cannot be loaded: oops"],
    [
      "manifests alone",
      () => join(samples, "echo-server/crd.yaml"),
      "no operator: name a TypeScript or JavaScript file",
    ],
  ])("%s is a wrong call", async (_, path, message) => {
    const { code, stderr } = await typed("operator", "dev", path(), "--once");
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

test.each(["echo-server", "temp-namespace", "memcached"])(
  "the types of the sample %s are those of its CRD",
  async (name) => {
    const { stdout } = await typed("operator", "types", join(samples, name, "crd.yaml"));
    expect(stdout).toBe(readFileSync(join(samples, name, `${name}.generated.ts`), "utf8"));
  },
);

describe("plugboard operator manifests", () => {
  const [operator, manifests] = sample("echo-server");
  const objectsFor = async (...options: readonly string[]): Promise<readonly KubeObject[]> => {
    const line = [
      "operator",
      "manifests",
      operator,
      join(manifests, "crd.yaml"),
      "--image",
      "registry/echo:1",
      ...options,
    ];
    return loadAll((await typed(...line)).stdout) as readonly KubeObject[];
  };

  test("grants what the declared kinds need, and nothing more", async () => {
    const role = (await objectsFor()).find(({ kind }) => kind === "ClusterRole");
    const rules = role?.["rules"] as readonly {
      readonly resources: readonly string[];
      readonly verbs: readonly string[];
    }[];
    expect(Object.fromEntries(rules.map(({ resources, verbs }) => [resources.join(), verbs.join()]))).toEqual({
      echoservers: "get,list,watch,patch",
      "echoservers/status": "update",
      "echoservers/finalizers": "update",
      pods: "get,list,watch,create,patch,delete",
      services: "get,list,watch,create,patch,delete",
      customresourcedefinitions: "get,list,watch",
      namespaces: "get",
    });
  });

  test("--target knative has a trigger for each stage", async () => {
    const objects = await objectsFor("--target", "knative", "--path", "/operator/echo.ts");
    const triggers = objects.filter(({ kind }) => kind === "Trigger");
    expect(triggers.map(({ metadata }) => metadata.name)).toEqual(["echo-operator-sync", "echo-operator-finalize"]);
    expect(JSON.stringify(triggers)).toContain('{"exact":{"type":"com.example.echo-operator.sync"}}');
    expect(JSON.stringify(objects.find(({ metadata }) => metadata.name === "echo-operator-source"))).toContain(
      "/operator/echo.ts",
    );
  });

  test("a kind without its CRD is a wrong call", async () => {
    const { code, stderr } = await typed("operator", "manifests", operator, "--image", "x");
    expect(code).toBe(2);
    expect(stderr).toContain("example.com/v1alpha1/EchoServer is not a built-in kind: name the file of its CRD, too");
  });
});
