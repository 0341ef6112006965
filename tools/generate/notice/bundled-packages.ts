import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** A package that is in a bundle, in whole or in part. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  /** Its licence and notices, word for word, by file; empty if it has none. */
  readonly texts: readonly string[];
}

/** Licences that allow a package in a bundle if its licence and notices are included. */
const passable = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "ISC", "MIT"]);

/**
 * The packages of which bundles contain at least one byte, by name and version.
 * @throws Error naming a package whose licence is not allowed
 */
export function bundledPackages(root: string, metafiles: readonly Metafile[]): readonly BundledPackage[] {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) => Object.entries(output.inputs)),
  );
  const folders = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput === 0 ? [] : folderOf(path)));
  return [...new Set(folders)]
    .map((folder) => readPackage(join(root, folder)))
    .toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
}

function idOf({ name, version }: BundledPackage): string {
  return `${name} ${version}`;
}

/** The folder of the package of a module. It can be within the folder of another package. */
function folderOf(path: string): readonly string[] {
  const [folder] = /^.*\/?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? [];
  return folder === undefined ? [] : [folder];
}

/** @throws Error naming the package, if its licence is not allowed */
function readPackage(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (typeof name !== "string" || typeof version !== "string") throw new Error(`${folder}: no name and version`);
  if (!passable.has(license))
    throw new Error(`${name} ${version} is in the bundle under ${JSON.stringify(license)}: find out whether it may be`);
  const files = readdirSync(folder).filter(
    (file) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(file) && !/\.(json|[cm]?[jt]s)$/.test(file),
  );
  const texts = files.toSorted().map((file) => readFileSync(join(folder, file), "utf8"));
  return { name, version, license, texts: texts.map((text) => text.replaceAll("\r\n", "\n").trim()) };
}
