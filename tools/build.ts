import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundle, root } from "./bundle/bundle.ts";
import { knativeFuncProjects } from "./bundle/knative-func.ts";

/**
 * `npm run build`: dist/plugboard.mjs, every command in one file; dist/render-worker.mjs, what both start as a
 * worker; dist/functions.mjs, every stage as a cloud function; dist/package.json, which makes the folder what `gcloud
 * functions deploy --source` takes; dist/func, one project of Knative func for each.
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
// Every folder that can be passed on has the licence of Plugboard, and those of the packages in its bundle:
// Apache-2.0 asks for both files.
for (const project of [".", ...(await readdir(join(folder, "func"))).map((name) => join("func", name))])
  for (const file of ["LICENSE", "NOTICE"]) await copyFile(join(root, file), join(folder, project, file));

async function packageFile(): Promise<string> {
  const { name, version, description, license } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const module = { main: "functions.mjs", type: "module", engines: { node: ">=24" } };
  return `${JSON.stringify({ name, version, description, license, private: true, ...module }, undefined, 2)}\n`;
}
