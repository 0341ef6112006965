import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { Plugin } from "esbuild";

const read = /readFileSync\(\s*new URL\(\s*"([^"]+)",\s*import\.meta\.url,?\s*\),\s*"utf8",?\s*\)/g;

const worker = /new URL\(\s*"\.\/([^"]+)\.ts",\s*import\.meta\.url,?\s*\)/g;

/**
 * Embeds the text of files that our code reads from its own folder, so that the bundle needs no files but its workers.
 * `found` bundles each worker.
 * Any other use of `import.meta.url` fails the build, because a bundle is in another folder than its sources.
 */
export function embedFiles(root: string, found: (worker: string) => void): Plugin {
  return {
    name: "embed-files",
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, "utf8");
        if (!source.includes("import.meta")) return undefined;
        const watchFiles: string[] = [];
        const contents = source.replace(read, (_, file: string) => {
          const embedded = join(dirname(path), file);
          watchFiles.push(embedded);
          return JSON.stringify(textOf(embedded));
        });
        if (contents.replace(worker, "").includes("import.meta"))
          return { errors: [{ text: `${relative(root, path)}: ${advice}` }] };
        for (const [, name] of contents.matchAll(worker)) found(relative(root, join(dirname(path), `${name}.ts`)));
        const placed = contents.replace(worker, 'new URL("./$1.mjs", import.meta.url)');
        return { contents: placed, loader: "ts", watchFiles };
      });
    },
  };
}

const advice =
  'a bundle lies elsewhere than its sources; read a file as readFileSync(new URL("literal", import.meta.url), "utf8"), which is embedded';

/** The fields of package.json that the program prints. */
function textOf(file: string): string {
  const text = readFileSync(file, "utf8");
  if (basename(file) !== "package.json") return text;
  const { name, version } = JSON.parse(text);
  return JSON.stringify({ name, version });
}
