import { basename, dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";
import { deferPackages, lazyBuiltins } from "./deferred-loading.ts";
import { embedFiles } from "./embed-files.ts";
import { leanDependencies } from "./lean-dependencies.ts";

/** The folder of this project. */
export const root: string = join(import.meta.dirname, "../..");

/** Packages that only some templates, interfaces and versions use. */
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

/** An entry point that is bundled with everything that it imports. */
export interface Bundling {
  /** The path from the project's root. */
  readonly entryPoint: string;
  readonly outfile: string;
}

/**
 * Makes one file, with a source map, that runs without node_modules; and one file for each worker that it can start.
 * The file also contains modules that are imported dynamically; each is evaluated at its first import.
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
    // Names are kept, so that people can read a stack trace without the source map.
    minifyWhitespace: true,
    minifySyntax: true,
    // An uncaught error shows its source line.
    lineLimit: 160,
    sourcemap: "linked",
    sourcesContent: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    // This tells undici that it is bundled. Then it leaves out an experimental parser.
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
