import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundle, root } from "./bundle/bundle.ts";
import { knativeFuncProjects } from "./bundle/knative-func.ts";

/**
 * `npm run build` makes:
 * dist/plugboard.mjs, all commands in one file;
 * dist/functions.mjs, all stages as cloud functions;
 * dist/render-worker.mjs, the worker that both start;
 * dist/package.json, so that the folder is a source for `gcloud functions deploy --source`;
 * dist/func, a project of Knative func for each function.
 */
const { values } = parseArgs({ options: { out: { type: "string", default: "dist" } } });
const folder = resolve(root, values.out);

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await bundle({ entryPoint: "cli/main.ts", outfile: join(folder, "plugboard.mjs") });
await bundle({ entryPoint: "cli/cloud/function-module.ts", outfile: join(folder, "functions.mjs") });
await writeFile(join(folder, "package.json"), await packageFile());
await writeFile(join(folder, ".gcloudignore"), "plugboard.mjs*\nfunc/\n");
await knativeFuncProjects(folder);
// Every folder that people can pass on contains the licences of Plugboard and of the packages in its bundle.
// Apache-2.0 requires both files.
for (const project of [".", ...(await readdir(join(folder, "func"))).map((name) => join("func", name))])
  for (const file of ["LICENSE", "NOTICE"]) await copyFile(join(root, file), join(folder, project, file));

async function packageFile(): Promise<string> {
  const { name, version, description, license } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const module = { main: "functions.mjs", type: "module", engines: { node: ">=24" } };
  return `${JSON.stringify({ name, version, description, license, private: true, ...module }, undefined, 2)}\n`;
}
