import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { chartFiles } from "../../cli/deploy/chart.ts";
import { readDescriptor } from "../../cli/deploy/descriptor.ts";
import { printManifests } from "../../cli/deploy/render.ts";
import { targets } from "../../cli/deploy/values/values.ts";

const folder = join(import.meta.dirname, "../../deploy");
const head = "# Made by `npm run generate`: plugboard manifests --target";

/** The files of deploy/, by their paths in it. */
function generate(): ReadonlyMap<string, string> {
  const manifests = targets.map(
    (target) => [`${target}.yaml`, `${head} ${target}\n${printManifests({ target, settings: [] }, "yaml")}`] as const,
  );
  const chart = [...chartFiles(readDescriptor())].map(([path, text]) => [`chart/${path}`, text] as const);
  return new Map([...manifests, ...chart]);
}

function present(): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

const wanted = generate();
const leftOver = present().filter((path) => !wanted.has(path));
const wrong = [...wanted].filter(([path, text]) => {
  const file = join(folder, path);
  return !existsSync(file) || readFileSync(file, "utf8") !== text;
});

if (process.argv.includes("--check")) {
  const paths = [...wrong.map(([path]) => path), ...leftOver];
  if (paths.length > 0) {
    console.error(
      `deploy/ does not fit serverless.yaml and cli/deploy any more (${paths.join(", ")}): run \`npm run generate\``,
    );
    process.exitCode = 1;
  }
} else {
  for (const path of leftOver) rmSync(join(folder, path));
  for (const [path, text] of wrong) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
