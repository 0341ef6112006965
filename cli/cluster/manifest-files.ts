import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { defineScalarTag, FAILSAFE_SCHEMA, load, mergeTag, NOT_RESOLVED, YAMLException } from "js-yaml";
import { InvalidInput } from "../../kit/errors.ts";
import type { Json, KubeObject } from "../../kit/kube/port.ts";
import { resolvePlain } from "../../templates/yaml/plain.ts";
import { UsageError } from "../report-failure.ts";

/** An object of a file, and its place. */
export interface Manifest {
  readonly object: KubeObject;
  /** `file:line`, for messages. */
  readonly place: string;
}

/** The objects of files, and the problems that occurred while reading them. */
export interface Manifests {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly string[];
}

const fileNames = /\.(ya?ml|json)$/i;
/** As kubectl reads YAML: yes and on are booleans, 0400 is octal, dates are text, whole numbers are exact. */
const schema = FAILSAFE_SCHEMA.withTags(
  mergeTag,
  scalarTag("null", (value) => value === null),
  scalarTag("bool", (value) => typeof value === "boolean"),
  scalarTag("int", (value) => typeof value === "bigint" || Number.isInteger(value)),
  scalarTag("float", (value) => typeof value === "number"),
);

function scalarTag(name: string, fits: (value: Json) => boolean): ReturnType<typeof defineScalarTag> {
  return defineScalarTag(`tag:yaml.org,2002:${name}`, {
    implicit: true,
    resolve(source) {
      const value = resolvePlain(source);
      return fits(value) ? value : NOT_RESOLVED;
    },
    identify: () => false,
  });
}

/**
 * The files that paths name; for a folder its own .yaml, .yml and .json files, ordered by name.
 * @throws UsageError
 */
export function manifestFiles(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap(filesAt))];
}

function filesAt(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`${path}: no such file or folder`);
  if (!found.isDirectory()) return [path];
  const files = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && fileNames.test(entry.name))
    .map((entry) => join(path, entry.name));
  if (files.length === 0)
    throw new UsageError(`${path}: the folder has no .yaml, .yml or .json file (subfolders are not searched)`);
  return files.toSorted();
}

/**
 * Reads all documents of the files; Lists become their items.
 * A file with errors gives its problems and its valid documents.
 */
export function readManifests(files: readonly string[]): Manifests {
  const read = files.map((file) => parseManifests(readFileSync(file, "utf8"), file));
  const manifests = read.flatMap((one) => one.manifests);
  return { manifests, problems: [...read.flatMap((one) => one.problems), ...duplicates(manifests)] };
}

/** Reads the documents of one text, which `file` names in messages. */
export function parseManifests(text: string, file: string): Manifests {
  const manifests: Manifest[] = [];
  const problems: string[] = [];
  for (const document of documentsOf(text)) {
    const place = `${file}:${document.line}`;
    try {
      const content = load(document.text, { schema });
      for (const object of objectsIn(content, place)) manifests.push({ object, place });
    } catch (error) {
      if (error instanceof InvalidInput) problems.push(error.message);
      else if (error instanceof YAMLException) problems.push(yamlProblem(error, file, document.firstLine));
      else throw error;
    }
  }
  return { manifests, problems };
}

interface DocumentText {
  readonly text: string;
  /** The line its text begins on, counted from 1. */
  readonly firstLine: number;
  /** The line of its first content. */
  readonly line: number;
}

/**
 * Splits at document markers, which only occur at the start of a line.
 * Leaves out documents that have only comments.
 */
function documentsOf(text: string): readonly DocumentText[] {
  const documents: string[][] = [[]];
  const firstLines = [1];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const marker = /^(---|\.\.\.)(\s+(?<rest>.*))?$/.exec(line);
    if (marker === null) documents.at(-1)?.push(line);
    else {
      firstLines.push(index + 1);
      documents.push([marker.groups?.["rest"] ?? ""]);
    }
  }
  return documents.flatMap((lines, index) => {
    const content = lines.findIndex((line) => !/^\s*(#.*|%.*)?$/.test(line));
    const firstLine = firstLines[index] ?? 1;
    return content < 0 ? [] : [{ text: lines.join("\n"), firstLine, line: firstLine + content }];
  });
}

function yamlProblem({ reason, mark }: YAMLException, file: string, firstLine: number): string {
  if (mark === undefined) return `${file}:${firstLine}: invalid YAML: ${reason}`;
  const { line, column, buffer } = mark;
  const excerpt = (buffer.split("\n")[line] ?? "").slice(0, 120);
  const caret = column < 120 ? `\n  ${" ".repeat(column)}^` : "";
  return `${file}:${firstLine + line}:${column + 1}: invalid YAML: ${reason}\n  ${excerpt}${caret}`;
}

function objectsIn(content: unknown, place: string): readonly KubeObject[] {
  if (content === null || content === undefined) return [];
  if (!isRecord(content))
    throw new InvalidInput(
      `${place}: this document is not a Kubernetes object; expected apiVersion, kind and metadata`,
    );
  const { items, kind } = content;
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) {
    return items.flatMap((item: unknown, index) => objectsIn(item, `${place} items[${index}]`));
  }
  return [objectOf(content, place)];
}

function objectOf(content: { readonly [field: string]: unknown }, place: string): KubeObject {
  const { apiVersion, kind, metadata } = content;
  const name = isRecord(metadata) ? metadata["name"] : undefined;
  const missing = [
    ...(isText(apiVersion) ? [] : ["apiVersion"]),
    ...(isText(kind) ? [] : ["kind"]),
    ...(isText(name) || isUnquoted(name) ? [] : ["metadata.name"]),
  ];
  if (missing.length === 0 && isUnquoted(name))
    throw new InvalidInput(
      `${place}: metadata.name is the ${typeof name === "boolean" ? "boolean" : "number"} ${name}; a name must be text: write it in quotes`,
    );
  if (missing.length > 0 || !isText(apiVersion) || !isText(kind) || !isText(name) || !isRecord(metadata))
    throw new InvalidInput(`${place}: this document is not a Kubernetes object: it has no ${missing.join(", ")}`);
  return { ...content, apiVersion, kind, metadata: { ...metadata, name } };
}

function duplicates(manifests: readonly Manifest[]): readonly string[] {
  const first = new Map<string, string>();
  return manifests.flatMap(({ object, place }) => {
    const name = objectName(object);
    const earlier = first.get(`${object.apiVersion} ${name}`);
    if (earlier !== undefined) return [`${place}: ${name} is already in ${earlier}; change the name of one of them`];
    first.set(`${object.apiVersion} ${name}`, place);
    return [];
  });
}

/** An object as messages name it: `Plug shop/orders`. */
export function objectName({ kind, metadata }: Pick<KubeObject, "kind" | "metadata">): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}

/** Whether YAML read a name without quotes, such as 8080 or yes, as something else than text. */
function isUnquoted(value: unknown): value is number | bigint | boolean {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isRecord(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
