import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { tellThrown } from "../../kit/outlet/outlet.ts";
import type { Operator } from "../../operator/operator.ts";
import { UsageError } from "../report-failure.ts";

const modules = /\.[cm]?[jt]s$/;

/** The paths that name operators, and those that name manifests. */
export function sortPaths(paths: readonly string[]): {
  readonly operators: readonly string[];
  readonly manifests: readonly string[];
} {
  return {
    operators: paths.filter((path) => modules.test(path)),
    manifests: paths.filter((path) => !modules.test(path)),
  };
}

/**
 * The operators that files export, by default or by name.
 * `edition`: another one loads the files anew, but not what they import.
 * @throws UsageError
 */
export async function loadOperators(files: readonly string[], edition = 0): Promise<readonly Operator[]> {
  if (files.length === 0)
    throw new UsageError(
      "no operator: name a TypeScript or JavaScript file, for example: plugboard operator dev echo.ts",
    );
  const loaded = await Promise.all(files.map((file) => load(file, edition)));
  const operators = [...new Set(loaded.flat())];
  const names = operators.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`there are two operators with the name ${twice}`);
  return operators;
}

async function load(file: string, edition: number): Promise<readonly Operator[]> {
  if (!existsSync(file)) throw new UsageError(`${file}: no such file`);
  const url = pathToFileURL(resolve(file));
  if (edition > 0) url.searchParams.set("edition", String(edition));
  const exported = await importFrom(url, file);
  const operators = Object.values(exported).filter(isOperator);
  if (operators.length === 0)
    throw new UsageError(`${file} exports no operator: add \`export default defineOperator({ … })\``);
  return operators;
}

async function importFrom(url: URL, file: string): Promise<object> {
  try {
    const module: unknown = await import(url.href);
    return module instanceof Object || typeof module === "object" ? (module ?? {}) : {};
  } catch (error) {
    throw new UsageError(`${file} cannot be loaded: ${tellThrown(error)}`, { cause: error });
  }
}

/** Not by class: the file may have another copy of the package. */
function isOperator(value: unknown): value is Operator {
  if (typeof value !== "object" || value === null) return false;
  const { name, parent, children, reads, sync } = value as Partial<Operator>;
  const isDefined = typeof name === "string" && typeof parent === "object" && typeof sync === "function";
  return isDefined && Array.isArray(children) && Array.isArray(reads);
}
