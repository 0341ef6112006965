import { spawnSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Built, build, type Running, root, sampleEvent, start, structured } from "./built.ts";
import { type EmptyApiServer, startEmptyApiServer } from "./empty-api-server.ts";

/** What the Dockerfile says of the image, as far as it can be had without an engine. */
interface Image {
  readonly copied: readonly string[];
  readonly to: string;
  readonly user: number;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

let built: Built;
let api: EmptyApiServer;
let image: Image;
let folder: string;
beforeAll(async () => {
  [built, api, image] = await Promise.all([build(), startEmptyApiServer(), readImage()]);
  folder = await assemble(image, built.folder);
});
afterAll(async () => {
  await built[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Its last stage. */
async function readImage(): Promise<Image> {
  const text = (await readFile(join(root, "Dockerfile"), "utf8")).replaceAll("\\\n", " ");
  const stage = text.slice(text.lastIndexOf("\nFROM "));
  const instruction = (name: string): string => new RegExp(`^${name} (.*)$`, "m").exec(stage)?.[1] ?? "";
  const paths = instruction("COPY")
    .split(/\s+/)
    .filter((word) => !word.startsWith("--"));
  return {
    copied: paths.slice(0, -1).map((path) => path.replace("/build/dist/", "")),
    to: paths.at(-1) ?? "",
    user: Number(instruction("USER").split(":")[0]),
    entrypoint: JSON.parse(instruction("ENTRYPOINT")),
    command: JSON.parse(instruction("CMD")),
  };
}

/** The same files in the same folder, below a root of its own, that nobody may write to. */
async function assemble({ copied, to }: Image, from: string): Promise<string> {
  const newRoot = await mkdtemp(join(tmpdir(), "image-"));
  const target = join(newRoot, to);
  await mkdir(target, { recursive: true });
  for (const file of copied) {
    await cp(join(from, file), join(target, basename(file)));
    await chmod(join(target, basename(file)), 0o444);
  }
  for (const path of [target, newRoot]) await chmod(path, 0o555);
  return newRoot;
}

/** As Kubernetes would start it, with a root that is read-only: nothing may be written anywhere, and no other program run. */
function startImage(environment: { readonly [name: string]: string }): Promise<Running> {
  const [, ...words] = [...image.entrypoint, ...image.command];
  return start({
    commandLine: ["--permission", "--allow-fs-read=*", ...words.map(inside)],
    environment: { KUBECONFIG: api.kubeconfigPath, ...environment },
    folder: inside(image.to),
    user: canRunAs(image.user) ? image.user : undefined,
  });
}

/** The modules that esbuild put into it, by the functions that it put around them. */
async function modulesIn(dist: string): Promise<readonly string[]> {
  const text = (await readFile(join(dist, "plugboard.mjs"), "utf8")).replaceAll("\\\n", "");
  return [...text.matchAll(/"([^"\n]+\.(?:ts|c?js|json))"\(/g)].map(([, module = ""]) => module);
}

/** Only root can become somebody else, who may not be let into this folder. */
function canRunAs(user: number): boolean {
  return process.getuid?.() === 0 && spawnSync(process.execPath, ["--version"], { uid: user, gid: user }).status === 0;
}

function inside(path: string): string {
  return path.startsWith("/plugboard") ? join(folder, path) : path;
}

describe("the image", () => {
  test("is the bundle and its map, and runs as somebody who is not root", async () => {
    expect(await readdir(join(folder, image.to))).toEqual([
      "LICENSE",
      "NOTICE",
      "plugboard.mjs",
      "plugboard.mjs.map",
      "render-worker.mjs",
      "render-worker.mjs.map",
    ]);
    expect(image.user).toBeGreaterThan(0);
    expect(image.entrypoint.at(-1)).toBe(join(image.to, "plugboard.mjs"));
    expect(dirname(image.entrypoint[0] ?? "")).toBe("/nodejs/bin");
  });

  test("starts Node with the flags of cli/plugboard", async () => {
    const launcher = await readFile(join(root, "cli/plugboard"), "utf8");
    const [, flags] = /^memory="(.*)"$/m.exec(launcher) ?? [];
    expect(image.entrypoint.filter((word) => word.startsWith("--")).join(" ")).toBe(flags);
  });

  test("has the same modules in it when it is built of no more than .dockerignore lets in", async () => {
    const ignore = await readFile(join(root, ".dockerignore"), "utf8");
    const letIn = ignore.split("\n").flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));
    const context = await mkdtemp(join(tmpdir(), "context-"));
    for (const path of letIn) await cp(join(root, path), join(context, path), { recursive: true });
    await symlink(join(root, "node_modules"), join(context, "node_modules"));
    const { status, stderr } = spawnSync(process.execPath, [join(context, "tools/build.ts")], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(await readdir(join(context, "dist"))).toEqual(expect.arrayContaining([...image.copied]));
    const [inContext, here] = await Promise.all([join(context, "dist"), built.folder].map(modulesIn));
    expect(inContext?.map((module) => module.replace(`${relative(context, root)}/`, ""))).toEqual(here);
    await rm(context, { recursive: true });
  });

  test("answers for a stage with a root that is read-only, as a user who owns nothing", async () => {
    await using running = await startImage({ FUNCTION_TARGET: "plug-resolve-config" });
    expect(await running.ask(structured, sampleEvent("plug-resolve-config"))).toMatchObject({ status: 204 });
    expect(await running.stop()).toBe(0);
  });
});
