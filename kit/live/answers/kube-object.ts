import { parseJson } from "../../encoding/exact-json.ts";
import { Unavailable } from "../../errors.ts";
import type { Kind, KubeObject, ObjectList, ObjectMeta } from "../../kube/port.ts";

type Fields = { readonly [key: string]: unknown };

/** Parses an object of the API server. @throws Unavailable if it is not an object: another server answered */
export function parseObject(value: unknown, request: string): KubeObject {
  const fields = parseFields(value, request);
  const { apiVersion, kind } = fields;
  if (typeof apiVersion !== "string" || typeof kind !== "string") throw unexpected(request, "apiVersion and kind");
  return { ...fields, apiVersion, kind, metadata: parseMetadata(fields["metadata"], request) };
}

/** Parses an object without its own apiVersion and kind: an item of a list. */
export function parseItem(value: unknown, kind: Kind, request: string): KubeObject {
  const fields = parseFields(value, request);
  const metadata = parseMetadata(fields["metadata"], request);
  return { apiVersion: kind.apiVersion, kind: kind.kind, ...without(fields), metadata };
}

/** Parses a PartialObjectMetadata as its object. */
export function parseMetadataOf(value: unknown, kind: Kind, request: string): KubeObject {
  const { metadata } = parseFields(value, request);
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata: parseMetadata(metadata, request) };
}

/** Parses one page of a list, each item with the given function. */
export function parseList(value: unknown, parse: (item: unknown) => KubeObject, request: string): ObjectList {
  const { items, metadata } = parseFields(value, request);
  const about = isRecord(metadata) ? metadata : {};
  const resourceVersion = readText(about["resourceVersion"]);
  if (resourceVersion === undefined) throw unexpected(request, "metadata.resourceVersion");
  if (!Array.isArray(items) && items !== undefined && items !== null) throw unexpected(request, "items");
  return {
    items: Array.isArray(items) ? items.map(parse) : [],
    resourceVersion,
    continue: readText(about["continue"]),
  };
}

/** Parses the text of an answer as JSON. @throws Unavailable if it is not JSON, for example the page of a proxy */
export function parseAnswer(text: string, request: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new Unavailable(`the answer to ${request} is not JSON: something other than the API server answered`, {
      cause,
    });
  }
}

function parseFields(value: unknown, request: string): Fields {
  if (!isRecord(value)) throw unexpected(request, "an object");
  return value;
}

function parseMetadata(value: unknown, request: string): ObjectMeta {
  if (!isRecord(value) || typeof value["name"] !== "string") throw unexpected(request, "metadata.name");
  return value as unknown as ObjectMeta;
}

function without({ apiVersion: _apiVersion, kind: _kind, ...fields }: Fields): Fields {
  return fields;
}

function unexpected(request: string, expected: string): Unavailable {
  return new Unavailable(`the answer to ${request} lacks ${expected}: something other than the API server answered`);
}

/** Whether a parsed value is a JSON object. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value if it is non-empty text. */
export function readText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value if it is a number. */
export function readNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
