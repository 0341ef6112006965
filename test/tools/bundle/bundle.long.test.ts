import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Built, build, root } from "./built.ts";

/** Nothing may be written, and no other program run: as on a read-only root without a shell. */
const confined = ["--permission", "--allow-fs-read=*"];

let built: Built;
let empty: string;
beforeAll(async () => {
  [built, empty] = await Promise.all([build(), mkdtemp(join(tmpdir(), "empty-"))]);
});
afterAll(async () => {
  await built[Symbol.asyncDispose]();
  await rm(empty, { recursive: true });
});

async function run(...commandLine: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return promisify(execFile)(process.execPath, [...confined, built.plugboard, ...commandLine], {
    cwd: empty,
    env: { PATH: process.env["PATH"], HOME: empty },
  });
}

describe("the bundle, alone in an empty folder, without a right to write", () => {
  test("knows its version", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    expect((await run("--version")).stdout).toBe(`${version}\n`);
  });

  test.each([
    "dev",
    "run",
    "serve",
    "source",
    "render",
    "invoke",
    "crds",
    "manifests",
    "rbac",
    "takeover",
    "uninstall",
  ])("explains %s", async (command) => {
    expect((await run(command, "--help")).stdout).toContain(`Usage: plugboard ${command}`);
  });

  test("has the CRDs in it", async () => {
    const { stdout } = await run("crds");
    expect(stdout.match(/^kind: CustomResourceDefinition$/gm)).toHaveLength(3);
  });

  test.each(["knative", "standalone"])("makes the manifests of %s", async (target) => {
    expect((await run("manifests", "--target", target)).stdout).toMatch(/^kind: ClusterRole$/m);
  });

  test("couples a sample", async () => {
    const { stderr, stdout } = await run("dev", join(root, "samples/postgres"), "--once");
    expect(stdout + stderr).toMatch(/Done: .* coupled/);
  });

  test("renders in the worker beside it what takes long", async () => {
    const manifests = join(root, "test/tools/bundle/heavy-template.yaml");
    const command = [...confined, "--allow-worker", built.plugboard, "dev", manifests, "--once", "-o", "yaml"];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd: empty });
    expect(stdout + stderr).toMatch(/Done: .* coupled/);
    expect(stdout).toMatch(/length: .?1000000/);
  });

  test("renders the Handlebars kind of templates", async () => {
    const template = join(root, "test/tools/bundle/handlebars.template");
    const { stdout } = await run(
      ...["render", "--engine", "handlebars", "--template", template],
      ...["--data", join(root, "test/tools/bundle/data.json")],
    );
    expect(stdout).toBe("ooo o o \n");
  });

  test("renders templates, with every library that they may call", async () => {
    const template = join(root, "test/tools/bundle/every-library.template");
    const { stdout } = await run("render", "--template", template, "--data", join(root, "test/tools/bundle/data.json"));
    expect(stdout).toMatch(/^\$2a\$10\$.*\n-----BEGIN CERTIFICATE-----\n[\s\S]*\ntrue true\n$/);
  });

  test("fails with a line that can be read, and exit code 2, where it is called in the wrong way", async () => {
    const failure = expect.objectContaining({ code: 2, stderr: expect.stringMatching(/^plugboard: .{10,400}\n$/s) });
    await expect(run("serve", "plug.dance")).rejects.toEqual(failure);
  });
});
