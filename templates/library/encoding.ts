import type { Json } from "../../kit/kube.ts";
import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { byteLength, bytesOf, textOf } from "../values/bytes.ts";
import { fromData } from "../values/data.ts";
import { readJson, toJsonValue, writeJson } from "../values/json.ts";
import { Laid } from "../values/laid.ts";
import type { Value } from "../values/value.ts";
import { define, type TemplateFunction } from "./function.ts";
import { any, text } from "./param.ts";
import { readYaml, writeYaml } from "./yaml-text.ts";

/** JSON, YAML and the base encodings. */
export const encodings: readonly TemplateFunction[] = [
  define("b64enc", [text], (call, value) => sized(bytesOf(value).toString("base64"), call)),
  define("b64dec", [text], (_, value) => decode64(value)),
  define("b32enc", [text], (call, value) => sized(encode32(bytesOf(value)), call)),
  define("b32dec", [text], (_, value) => decode32(value)),
  define("toJson", [any], (call, value) => json(value, { html: true, indent: "" }, call)),
  define("mustToJson", [any], (call, value) => json(value, { html: true, indent: "" }, call)),
  define("toPrettyJson", [any], (call, value) => json(value, { html: true, indent: "  " }, call)),
  define("mustToPrettyJson", [any], (call, value) => json(value, { html: true, indent: "  " }, call)),
  define("toRawJson", [any], (call, value) => json(value, { html: false, indent: "" }, call)),
  define("mustToRawJson", [any], (call, value) => json(value, { html: false, indent: "" }, call)),
  define("fromJson", [text], (call, value) => readOrNothing(value, call)),
  define("mustFromJson", [text], (call, value) => received(readJson(value), value, call)),
  define("toYaml", [any], (call, value) => yaml(value, call)),
  define("fromYaml", [text], (call, value) => {
    call.bounds.spend(Math.ceil(value.length / 16));
    return received(readYaml(value), value, call);
  }),
];

function sized(value: string, call: Call): string {
  call.bounds.make(value.length);
  return value;
}

function json(value: Value, style: { readonly html: boolean; readonly indent: string }, call: Call): Value {
  return new Laid({ form: "json", text: writeJson(value, style, call), value: toJsonValue(value, call) });
}

function yaml(value: Value, call: Call): Value {
  const written = toJsonValue(value, call);
  const content = writeYaml(written);
  call.bounds.make(content.length);
  return new Laid({ form: "yaml", text: content, value: written });
}

function readOrNothing(value: string, call: Call): Value {
  try {
    return received(readJson(value), value, call);
  } catch (error) {
    if (error instanceof Fault && error.message.startsWith("not JSON")) return null;
    throw error;
  }
}

function received(value: Json, source: string, call: Call): Value {
  call.bounds.make(4 * source.length);
  return fromData(value);
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What the text encodes, or, as sprig has it, the sentence that says what is wrong. */
function decode64(value: string): string {
  const compact = value.replace(/[\r\n]/g, "");
  if (base64.test(compact)) return textOf(Buffer.from(compact, "base64"));
  return `illegal base64 data at input byte ${byteLength(value.slice(0, wrongAt(value)))}`;
}

/** The byte at which Go's decoder gives up. */
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
  const digits = compact.replace(/=+$/, "");
  const padded = compact.length % 8 === 0 && [0, 2, 4, 5, 7].includes(digits.length % 8);
  const wrong = /[^A-Z2-7]/.exec(digits);
  if (wrong !== null || !padded)
    return `illegal base32 data at input byte ${wrong?.index ?? compact.length - (compact.length % 8)}`;
  return textOf(bytes32(digits));
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
