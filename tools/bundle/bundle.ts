import { basename, dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";
import { deferPackages, lazyBuiltins } from "./deferred-loading.ts";
import { embedFiles } from "./embed-files.ts";
import { leanDependencies } from "./lean-dependencies.ts";

/** The folder of this project. */
export const root: string = join(import.meta.dirname, "../..");

/** What is used by some templates, interfaces and versions only. */
const seldomUsed = [
  "@peculiar/asn1-schema",
  "@peculiar/asn1-x509",
  "ajv",
  "ajv-formats",
  "bcryptjs",
  "handlebars",
  "re2js",
  "semver",
];

/** A module to be made of an entry point and all that it imports. */
export interface Bundling {
  /** Below the project's root. */
  readonly entryPoint: string;
  readonly outfile: string;
}

/**
 * Makes one file, with a source map beside it, that runs without node_modules; and beside it one for each worker that
 * it may start.
 * What is imported dynamically is in it, too, and evaluated only when it is asked for.
 * The same sources give the same bytes.
 */
export async function bundle({ entryPoint, outfile }: Bundling): Promise<Metafile> {
  const workers = new Set<string>();
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    // Names stay, so that a stack trace can be read without the map.
    minifyWhitespace: true,
    minifySyntax: true,
    // An uncaught error shows the line that it comes from.
    lineLimit: 160,
    sourcemap: "linked",
    sourcesContent: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    // By this undici is told that it is bundled, and leaves out an experimental parser.
    define: { esbuildDetection: "true" },
    plugins: [
      deferPackages(seldomUsed),
      lazyBuiltins(),
      embedFiles(root, (worker) => workers.add(worker)),
      leanDependencies(root),
    ],
  });
  for (const worker of workers)
    await bundle({ entryPoint: worker, outfile: join(dirname(outfile), `${basename(worker, ".ts")}.mjs`) });
  return metafile;
}
