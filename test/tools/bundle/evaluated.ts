import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface FunctionCoverage {
  readonly functionName: string;
  readonly ranges: readonly { readonly count: number }[];
}

/** The modules of a bundle that a process evaluated, by their paths in the project: esbuild names the function around each so, and V8 counts
 * calls. @param folder what NODE_V8_COVERAGE named when the process ran, which has ended */
export async function evaluatedModules(folder: string, bundle: string): Promise<readonly string[]> {
  const reports = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), "utf8")));
  const scripts = reports.flatMap((report) => JSON.parse(report).result);
  const functions: readonly FunctionCoverage[] = scripts
    .filter(({ url }: { readonly url: string }) => url === `file://${bundle}`)
    .flatMap((script: { readonly functions: readonly FunctionCoverage[] }) => script.functions);
  return functions
    .filter(({ functionName, ranges }) => /[/:]/.test(functionName) && (ranges[0]?.count ?? 0) > 0)
    .map(({ functionName }) => functionName);
}
