import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { build } from "esbuild";
import { bundle, root } from "./bundle/bundle.ts";

/**
 * `npm run package`: dist/package, what `npm pack ./dist/package` makes a tarball of: the command in one file, and
 * `plugboard/operator` and `plugboard/testkit` as JavaScript with types.
 * Node runs no TypeScript below node_modules.
 */
const { values } = parseArgs({ options: { out: { type: "string", default: "dist/package" } } });
const folder = resolve(root, values.out);
/** The entry points, by the names under which packages import them. */
const entries = { operator: "operator/operator.ts", testkit: "operator/testkit/testkit.ts" };

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await bundle({ entryPoint: "cli/main.ts", outfile: join(folder, "plugboard.mjs") });
await build({
  absWorkingDir: root,
  entryPoints: entries,
  outdir: folder,
  bundle: true,
  // What both have in common is one module: an error of one is an error of the other.
  splitting: true,
  packages: "external",
  platform: "node",
  target: "node24",
  format: "esm",
  logLevel: "warning",
});
await declarations();
await writeFile(join(folder, "bin.mjs"), '#!/usr/bin/env node\nimport "./plugboard.mjs";\n', { mode: 0o755 });
await writeFile(join(folder, "package.json"), await packageFile());
for (const file of ["LICENSE", "NOTICE", "README.md"]) await copyFile(join(root, file), join(folder, file));

/** The types of the entry points and of all that they name. */
async function declarations(): Promise<void> {
  const settings = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      emitDeclarationOnly: true,
      rootDir: root,
      outDir: join(folder, "types"),
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [],
    files: Object.values(entries).map((entry) => join(root, entry)),
  };
  const file = join(folder, "tsconfig.json");
  await writeFile(file, JSON.stringify(settings));
  await promisify(execFile)(join(root, "node_modules/.bin/tsc"), ["--project", file]);
  await rm(file);
  // Importers without allowImportingTsExtensions read them, too.
  for (const name of await readdir(join(folder, "types"), { recursive: true })) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(folder, "types", name);
    await writeFile(path, (await readFile(path, "utf8")).replaceAll(/(["'])(\.{1,2}\/[^"']+)\.ts\1/g, "$1$2.js$1"));
  }
}

async function packageFile(): Promise<string> {
  const { name, version, description, license, dependencies } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  );
  const exports = Object.entries(entries).map(([entry, source]) => [
    `./${entry}`,
    { types: `./types/${source.replace(/\.ts$/, ".d.ts")}`, default: `./${entry}.js` },
  ]);
  const needed = await dependenciesOf(["operator.js", "testkit.js"], dependencies);
  const module = { type: "module", engines: { node: ">=24" }, bin: { plugboard: "bin.mjs" } };
  const made = { name, version, description, license, ...module };
  return `${JSON.stringify({ ...made, exports: Object.fromEntries(exports), dependencies: needed }, undefined, 2)}\n`;
}

/** The packages that the modules import, and those that the types name. */
async function dependenciesOf(
  files: readonly string[],
  all: { readonly [name: string]: string },
): Promise<{ readonly [name: string]: string }> {
  const chunks = (await readdir(folder)).filter((file) => files.includes(file) || file.startsWith("chunk-"));
  const texts = await Promise.all(chunks.map((file) => readFile(join(folder, file), "utf8")));
  const used = Object.entries(all).filter(
    ([name]) => name === "@kubernetes/client-node" || texts.some((text) => new RegExp(`["']${name}["'/]`).test(text)),
  );
  return Object.fromEntries(used);
}
