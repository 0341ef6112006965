import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { functionNames } from "../../../cli/serve/served-functions.ts";
import { targetOf } from "../../../crds/stage-names.ts";
import { type Built, binary, build, root, type Start, sampleEvent, start, structured } from "./built.ts";
import { type EmptyApiServer, startEmptyApiServer } from "./empty-api-server.ts";

const targets = functionNames.map(targetOf);

let built: Built;
let api: EmptyApiServer;
beforeAll(async () => {
  [built, api] = await Promise.all([build(), startEmptyApiServer()]);
});
afterAll(async () => {
  await built[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

/** As `functions-framework` is called by Google's buildpack and by hand. */
const functionsFramework = (target: string): Start => ({
  commandLine: [
    join(root, "node_modules/@google-cloud/functions-framework/build/src/main.js"),
    `--target=${target}`,
    `--source=${built.folder}`,
  ],
  environment: { KUBECONFIG: api.kubeconfigPath },
  folder: built.folder,
});

/** As `npm start` does in the project of a function, with what its func.yaml sets. */
const knativeFunc = (target: string): Start => ({
  commandLine: [join(root, "node_modules/faas-js-runtime/bin/cli.js"), "./index.mjs"],
  environment: { KUBECONFIG: api.kubeconfigPath, FUNCTION_TARGET: target },
  folder: join(built.folder, "func", target),
  portVariable: "FUNC_PORT",
});

describe.each([
  ["the Functions Framework", functionsFramework],
  ["the runtime of Knative func", knativeFunc],
])("through %s", (_name, startOf) => {
  test.each(targets)("%s answers an event in either mode, and refuses what is none of its own", async (target) => {
    await using running = await start(startOf(target));
    const event = sampleEvent(target);
    const { headers, body } = binary(event);
    const other = sampleEvent(target === "plug-create" ? "plug-couple" : "plug-create");
    expect(await running.ask(structured, event)).toMatchObject({ status: 204, body: "" });
    expect(await running.ask(headers, body)).toMatchObject({ status: 204, body: "" });
    expect(await running.ask(structured, other)).toMatchObject({
      status: 400,
      body: expect.stringContaining("attribute type"),
    });
    expect(await running.stop()).toBe(0);
  });

  test("a body is refused by its size, and without a token by its headers", async () => {
    const { environment, ...rest } = startOf("plug-create");
    await using open = await start(startOf("plug-create"));
    const large = JSON.stringify({ pad: "x".repeat(70_000) });
    expect(await open.ask(structured, large)).toMatchObject({
      status: 413,
      body: expect.stringContaining("larger than 64 KiB"),
    });
    const tokens = { PLUGBOARD_OIDC_AUDIENCE: "ours", PLUGBOARD_OIDC_SUBJECTS: "system:serviceaccount:a:b" };
    await using closed = await start({ ...rest, environment: { ...environment, ...tokens } });
    expect(await closed.ask(structured, large)).toMatchObject({ status: 401 });
  });
});

test("a target that is told nonsense does not start", async () => {
  const { environment, ...rest } = functionsFramework("plug-couple");
  const told = { ...environment, FUNCTION_TARGET: "plug-couple", PLUGBOARD_ADOPT: "perhaps" };
  await expect(start({ ...rest, environment: told })).rejects.toThrow(/perhaps.*PLUGBOARD_ADOPT/);
});

test("every function is exported under its target, and Knative func finds its own", async () => {
  const list = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(built.functions)}))))`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", list]);
  expect(JSON.parse(stdout).sort()).toEqual([...targets, "handle", "shutdown"].sort());
});

test("every folder that is deployed has the licence, and those of the packages in it", async () => {
  const files = await readdir(built.folder, { recursive: true });
  const folders = files.filter((file) => basename(file) === "package.json").map(dirname);
  expect(folders.length).toBeGreaterThan(10);
  for (const folder of folders)
    for (const name of ["LICENSE", "NOTICE"])
      expect(await readFile(join(built.folder, folder, name))).toEqual(await readFile(join(root, name)));
});

test("the same sources make the same bytes", async () => {
  await using again = await build();
  for (const file of [
    "plugboard.mjs",
    "functions.mjs",
    "render-worker.mjs",
    "package.json",
    "func/plug-couple/func.yaml",
  ])
    expect((await readFile(join(again.folder, file))).equals(await readFile(join(built.folder, file)))).toBe(true);
});
