import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { root } from "../cli/terminal.ts";

const run = promisify(execFile);
const node = process.execPath;
let folder: string;

/** An empty folder with the tarball of the package installed, and the packages that it depends on. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "package-"));
  const made = join(folder, "made");
  await run(node, [join(root, "tools/package.ts"), "--out", made]);
  await run("npm", ["pack", made, "--pack-destination", folder], { cwd: folder });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  const installed = join(folder, "app/node_modules/plugboard");
  mkdirSync(installed, { recursive: true });
  await run("tar", ["-xzf", join(folder, tarball), "-C", installed, "--strip-components=1"]);
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    mkdirSync(join(folder, "app/node_modules", name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(folder, "app/node_modules", name));
  }
  for (const file of ["echo-server.ts", "echo-server.generated.ts", "crd.yaml", "hello.yaml"])
    cpSync(join(root, "samples/operators/echo-server", file), join(folder, "app", file));
  writeFileSync(join(folder, "app/package.json"), '{ "type": "module" }');
});

afterAll(() => rmSync(folder, { recursive: true }));

test("a test of an operator runs with the package alone", async () => {
  const text = `
    import test from "node:test";
    import assert from "node:assert/strict";
    import { GiveUp, steps } from "plugboard/operator";
    import { createWorld } from "plugboard/testkit";
    import echoOperator from "./echo-server.ts";
    test("echo", async () => {
      assert.equal(typeof steps, "function");
      assert.equal(new GiveUp("x").name, "GiveUp");
      await using world = await createWorld({ operators: [echoOperator], crds: ["crd.yaml"] });
      await world.apply({ apiVersion: "example.com/v1alpha1", kind: "EchoServer", metadata: { name: "a", namespace: "shop" }, spec: {} });
      await world.settled();
      assert.ok(await world.get({ apiVersion: "v1", kind: "Pod", namespace: "shop", name: "a" }));
    });`;
  writeFileSync(join(folder, "app/echo.test.ts"), text);
  const { stdout } = await run(node, ["--test", "echo.test.ts"], { cwd: join(folder, "app") });
  expect(stdout).toMatch(/pass 1\n/);
});

test("the operator is typed with the package alone", async () => {
  const settings = {
    compilerOptions: {
      strict: true,
      module: "nodenext",
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      types: ["node"],
      lib: ["es2024", "esnext.disposable"],
    },
    files: ["echo-server.ts", "wrong.ts"],
  };
  writeFileSync(join(folder, "app/tsconfig.json"), JSON.stringify(settings));
  const wrong = `
    import { defineOperator } from "plugboard/operator";
    import type {} from "./echo-server.generated.ts";
    defineOperator({
      name: "x",
      parent: { apiVersion: "example.com/v1alpha1", kind: "EchoServer" },
      sync: ({ parent }) => ({ children: [], status: { port: parent.spec.prot } }),
    });`;
  writeFileSync(join(folder, "app/wrong.ts"), wrong);
  const tsc = run(join(root, "node_modules/.bin/tsc"), ["--project", "tsconfig.json"], { cwd: join(folder, "app") });
  const { stdout } = await tsc.catch((error: { readonly stdout: string }) => error);
  expect(stdout.trim().split("\n")).toEqual([expect.stringContaining("Property 'prot' does not exist")]);
});

test("its command runs the operator", async () => {
  const line = [
    "node_modules/plugboard/bin.mjs",
    "operator",
    "dev",
    "echo-server.ts",
    "crd.yaml",
    "hello.yaml",
    "--once",
  ];
  const { stdout } = await run(node, line, { cwd: join(folder, "app") });
  expect(stdout).toContain("Done: 1 parent, no error.");
});
