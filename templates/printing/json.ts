import { printable } from "../../kit/encoding/bytes.ts";
import { parseJson, wholeNumber } from "../../kit/encoding/exact-json.ts";
import type { Json } from "../../kit/kube/port.ts";
import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { fromData } from "../values/data.ts";
import { Laid } from "../values/laid.ts";
import { Absent, Dict, Int, List, Opaque, type Plain, type Value } from "../values/value.ts";
import { jsonNumber } from "./number.ts";
import { quoteJson } from "./quote.ts";

/**
 * The value as JSON; everything in it is opened.
 * The caller has charged for it.
 * @throws Fault for a value that JSON cannot express
 */
export function toJsonValue(value: Value, call: Call): Json {
  const plain = call.open(value);
  if (plain instanceof List && plain.isNil) return null;
  if (plain instanceof List || plain instanceof Dict) return collectionToJson(plain, call);
  if (typeof plain === "string") return printable(plain);
  if (plain instanceof Laid) return printable(plain.text);
  if (plain === null || plain instanceof Absent) return null;
  if (typeof plain === "number" && !Number.isFinite(plain))
    throw new Fault(`json: unsupported value: ${jsonNumber(plain)}`);
  if (plain instanceof Int) return wholeNumber(plain.value);
  return plain instanceof Opaque ? plain.toJson() : plain;
}

function collectionToJson(plain: List | Dict, call: Call): Json {
  call.bounds.deepen();
  const json = plain instanceof List ? plain.items.map((item) => toJsonValue(item, call)) : entriesToJson(plain, call);
  call.bounds.rise();
  return json;
}

function entriesToJson(dict: Dict, call: Call): Json {
  return Object.fromEntries(dict.keys().map((key) => [printable(key), toJsonValue(dict.get(key) ?? null, call)]));
}

/** The format of JSON: its indentation, and whether `<`, `>` and `&` are escaped. */
export interface JsonStyle {
  readonly html: boolean;
  readonly indent: string;
}

/** The value as JSON in Go's format: keys sorted, numbers exact. @throws Fault */
export function writeJson(value: Value, style: JsonStyle, call: Call): string {
  return write(value, style, "", call);
}

function write(value: Value, style: JsonStyle, padding: string, call: Call): string {
  const plain = call.open(value);
  if (plain instanceof List && plain.isNil) return "null";
  if (plain instanceof List || plain instanceof Dict) return writeCollection(plain, style, padding, call);
  return writeScalar(plain, style, call);
}

function writeScalar(plain: Plain, style: JsonStyle, call: Call): string {
  if (plain instanceof Int) return plain.value.toString();
  const json = toJsonValue(plain, call);
  if (json !== null && typeof json === "object") return write(fromData(json, call.bounds), style, "", call);
  return typeof json === "string"
    ? quoteJson(json, style.html)
    : typeof json === "number"
      ? jsonNumber(json)
      : String(json);
}

function writeCollection(plain: List | Dict, style: JsonStyle, padding: string, call: Call): string {
  const inner = padding + style.indent;
  const [open, close] = plain instanceof List ? ["[", "]"] : ["{", "}"];
  call.bounds.deepen();
  const parts =
    plain instanceof List
      ? plain.items.map((item) => write(item, style, inner, call))
      : writeEntries(plain, style, inner, call);
  call.bounds.rise();
  if (parts.length === 0 || style.indent === "") return sized(open + parts.join(",") + close, call);
  return sized(`${open}\n${inner}${parts.join(`,\n${inner}`)}\n${padding}${close}`, call);
}

function writeEntries(dict: Dict, style: JsonStyle, padding: string, call: Call): readonly string[] {
  const space = style.indent === "" ? "" : " ";
  return dict
    .keys()
    .map((key) => `${quoteJson(key, style.html)}:${space}${write(dict.get(key) ?? null, style, padding, call)}`);
}

function sized(written: string, call: Call): string {
  call.bounds.make(written.length);
  return written;
}

/** The value with half surrogates replaced by U+FFFD, as Go reads them. */
function wellFormed(value: Json): Json {
  if (typeof value === "string") return value.toWellFormed();
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormed(inner)]));
}

/** Parses JSON text to a value of templates. @throws Fault with the place of the syntax error */
export function readJson(text: string): Json {
  try {
    const value = parseJson(printable(text)) as Json;
    return /\\u[dD][89a-fA-F]/.test(text) ? wellFormed(value) : value;
  } catch (error) {
    throw new Fault(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
