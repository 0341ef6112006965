import { parseEvents, YAMLException } from "js-yaml";
import { byteLength, bytesOf, hasBytes, textOf } from "../../kit/encoding/bytes.ts";
import { writeYaml as write } from "../../kit/encoding/exact-yaml.ts";
import type { Json } from "../../kit/kube/port.ts";
import type { Bounds } from "../evaluate/bounds.ts";
import type { Call } from "../evaluate/rendering.ts";
import { readJson, toJsonValue, writeJson } from "../printing/json.ts";
import { Fault } from "../problems.ts";
import { fromData } from "../values/data.ts";
import { Laid } from "../values/laid.ts";
import type { Value } from "../values/value.ts";
import { Composer } from "../yaml/compose.ts";
import { jsonOf } from "../yaml/node.ts";
import { YamlSink } from "../yaml/sink.ts";
import { reads, writes } from "./cost.ts";
import { type Cost, define, type TemplateFunction } from "./function.ts";
import { any, text } from "./param.ts";

/** JSON, YAML and the base encodings. */
export const encodings: readonly TemplateFunction[] = [
  define("b64enc", [text], reads, (_, value) => bytesOf(value).toString("base64")),
  define("b64dec", [text], reads, (_, value) => decode64(value)),
  define("b32enc", [text], expanding, (_, value) => encode32(bytesOf(value))),
  define("b32dec", [text], reads, (_, value) => decode32(value)),
  define("toJson", [any], writes(4), (call, value) => json(value, { html: true, indent: "" }, call)),
  define("mustToJson", [any], writes(4), (call, value) => json(value, { html: true, indent: "" }, call)),
  define("toPrettyJson", [any], writes(4), (call, value) => json(value, { html: true, indent: "  " }, call)),
  define("mustToPrettyJson", [any], writes(4), (call, value) => json(value, { html: true, indent: "  " }, call)),
  define("toRawJson", [any], writes(4), (call, value) => json(value, { html: false, indent: "" }, call)),
  define("mustToRawJson", [any], writes(4), (call, value) => json(value, { html: false, indent: "" }, call)),
  define("fromJson", [text], reading, (call, value) => readOrNothing(value, call)),
  define("mustFromJson", [text], reading, (call, value) => fromData(readJson(value), call.bounds)),
  define("toYaml", [any], writes(8), (call, value) => yaml(value, call)),
  define("fromYaml", [text], reading, (call, value) => fromData(readYaml(value, call.bounds), call.bounds)),
];

/** Each byte becomes up to two characters, one after the other. */
function expanding(given: readonly [string]): Cost {
  return { units: 4 * reads(given).units };
}

/** A parsed value takes several times the memory of its text. */
function reading([value]: readonly [string]): Cost {
  return { units: value.length / 4, makes: 4 * value.length };
}

function json(value: Value, style: { readonly html: boolean; readonly indent: string }, call: Call): Value {
  return new Laid({ form: "json", text: writeJson(value, style, call), value: toJsonValue(value, call) });
}

function yaml(value: Value, call: Call): Value {
  const written = toJsonValue(value, call);
  const content = writeYaml(written);
  return new Laid({ form: "yaml", text: content, value: written });
}

function readOrNothing(value: string, call: Call): Value {
  try {
    return fromData(readJson(value), call.bounds);
  } catch (error) {
    if (error instanceof Fault && error.message.startsWith("not JSON")) return null;
    throw error;
  }
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The decoded text or, like sprig, the sentence of the error. */
function decode64(value: string): string {
  const compact = value.replace(/[\r\n]/g, "");
  if (base64.test(compact)) return textOf(Buffer.from(compact, "base64"));
  return `illegal base64 data at input byte ${byteLength(value.slice(0, wrongAt(value)))}`;
}

/** The byte at which Go's decoder stops. */
function wrongAt(value: string): number {
  const digit = /[A-Za-z0-9+/]/;
  let inQuantum = 0;
  for (let at = 0; at < value.length; at++) {
    const character = value[at] ?? "";
    if (character === "\n" || character === "\r") continue;
    if (character === "=" && inQuantum >= 2) return afterPadding(value, at, inQuantum);
    if (!digit.test(character)) return at;
    inQuantum = (inQuantum + 1) % 4;
  }
  return value.length - inQuantum;
}

function afterPadding(value: string, at: number, inQuantum: number): number {
  const [skipped = "", next] = /^[\r\n]*([\s\S])?/.exec(value.slice(at + 1)) ?? [];
  const after = at + 1 + skipped.length - (next === undefined ? 0 : 1);
  if (inQuantum === 3) return after;
  if (next === undefined) return value.length;
  return next === "=" ? after + 1 : after - 1;
}

const alphabet32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function encode32(bytes: Uint8Array): string {
  let encoded = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) encoded += alphabet32[(held >> (bits - 5)) & 31] ?? "";
  }
  if (bits > 0) encoded += alphabet32[(held << (5 - bits)) & 31] ?? "";
  return encoded.padEnd(Math.ceil(encoded.length / 8) * 8, "=");
}

function decode32(value: string): string {
  const compact = value.replace(/[\r\n]/g, "");
  const digits = compact.slice(0, endOfDigits(compact));
  const padded = compact.length % 8 === 0 && [0, 2, 4, 5, 7].includes(digits.length % 8);
  const wrong = /[^A-Z2-7]/.exec(digits);
  if (wrong !== null || !padded)
    return `illegal base32 data at input byte ${wrong?.index ?? compact.length - (compact.length % 8)}`;
  return textOf(bytes32(digits));
}

/** The start of the padding. */
function endOfDigits(text: string): number {
  let end = text.length;
  while (text[end - 1] === "=") end -= 1;
  return end;
}

function bytes32(digits: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const digit of digits) {
    held = ((held << 5) | alphabet32.indexOf(digit)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return Uint8Array.from(bytes);
}

/** JSON as YAML text the way Kubernetes' tools write it: keys in order, lists not indented, no newline at the end. */
export function writeYaml(value: Json): string {
  return write(value, { seqNoIndent: true, sortKeys: true, lineWidth: -1, quoteStyle: "double" }).replace(/\n$/, "");
}

/** The first document of a YAML text, parsed like Kubernetes. @throws Fault */
export function readYaml(text: string, bounds: Bounds): Json {
  if (hasBytes(text)) throw new Fault("not YAML: bytes that are not UTF-8", { ours: true });
  const sink = new YamlSink(text, bounds);
  sink.literal(text, 0);
  try {
    const [root] = new Composer(sink, parseEvents(text, {})).documents();
    return root === undefined ? null : jsonOf(root);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new Fault(`not YAML: ${error.reason}`);
  }
}
