import { createHash, createHmac } from "node:crypto";
import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { int } from "../values/value.ts";
import { takes } from "./cost.ts";
import { type Cost, define, type TemplateFunction } from "./function.ts";
import { text, wholeNumber } from "./param.ts";

const small = "abcdefghijklmnopqrstuvwxyz";
const letters = small.toUpperCase() + small;
const digits = "0123456789";
const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));

/** Random values: derived from the rendering's seed, so that each place keeps its value. */
export const random: readonly TemplateFunction[] = [
  drawing("randAlphaNum", letters + digits),
  drawing("randAlpha", letters),
  drawing("randNumeric", digits),
  drawing("randAscii", ascii),
  define("randBytes", [wholeNumber], drawingBytes, (call, count) =>
    randomBytes(call, "randBytes", [String(count)], count).toString("base64"),
  ),
  define("randInt", [wholeNumber, wholeNumber], takes(16), (call, least, end) => {
    if (end <= least) throw new Fault("randInt: the end must be above the least");
    const drawn = randomBytes(call, "randInt", [String(least), String(end)], 8).readBigUInt64BE();
    return int(least + Number(drawn % BigInt(end - least)));
  }),
  define("uuidv4", [], takes(16), (call) => uuid(randomBytes(call, "uuidv4", [], 16))),
  define("shuffle", [text], shuffling, (call, value) => shuffled(value, call)),
];

/** Bytes that are the same for the same call at the same place with the same seed, and cannot be guessed otherwise. */
export function randomBytes(call: Call, name: string, given: readonly string[], count: number): Buffer {
  if (count < 0) throw new Fault(`${name}: a negative count`);
  const key = createHmac("sha256", call.memory.seed).update(call.identify(name, given)).digest();
  if (count === 0) return Buffer.alloc(0);
  return createHash("shake256", { outputLength: count }).update(key).digest();
}

function drawingBytes([count]: readonly [number]): Cost {
  const bytes = Math.max(0, count);
  return { units: 16 + bytes / 4, makes: 4 * bytes };
}

function shuffling([value]: readonly [string]): Cost {
  return { units: 16 + value.length / 2, makes: 4 * value.length };
}

function drawing(name: string, alphabet: string): TemplateFunction {
  return define(name, [wholeNumber], drawingBytes, (call, count) => {
    const bytes = randomBytes(call, name, [String(count)], 4 * count);
    return Array.from({ length: count }, (_, index) => alphabet[bytes.readUInt32BE(4 * index) % alphabet.length]).join(
      "",
    );
  });
}

function uuid(bytes: Buffer): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function shuffled(value: string, call: Call): string {
  const characters = [...value];
  const bytes = randomBytes(call, "shuffle", [value], 4 * characters.length);
  for (let index = characters.length - 1; index > 0; index--) {
    const other = bytes.readUInt32BE(4 * index) % (index + 1);
    [characters[index], characters[other]] = [characters[other] ?? "", characters[index] ?? ""];
  }
  return characters.join("");
}
