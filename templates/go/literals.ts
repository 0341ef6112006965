import { textOf } from "../../kit/encoding/bytes.ts";
import { Int } from "../values/value.ts";

/** The value of a number literal in Go, or its problem. */
export type ReadNumber = { readonly value: number | Int } | { readonly problem: string };

/** Reads all number literals of Go except imaginary ones. */
export function readNumber(literal: string): ReadNumber {
  if (literal.endsWith("i") && !/^[+-]?0[xX]/.test(literal))
    return { problem: `imaginary numbers are not supported: ${literal}` };
  const sign = literal.startsWith("-") ? -1 : 1;
  const unsigned = literal.replace(/^[+-]/, "");
  if (!underscoresStand(unsigned)) return { problem: `illegal number syntax: ${literal}` };
  const digits = unsigned.replaceAll("_", "");
  const whole = readWhole(digits);
  if (whole !== undefined) return inRange(BigInt(sign) * whole, literal);
  const float = readFloat(digits);
  if (float === undefined || !Number.isFinite(float)) return { problem: `illegal number syntax: ${literal}` };
  return { value: sign * float };
}

/** Underscores must be single, between digits or after the base prefix. */
function underscoresStand(literal: string): boolean {
  if (!literal.includes("_")) return true;
  return !/__|_$|^_|_[.eEpP]|[.eEpP+-]_/.test(literal.replace(/^0[xXbBoO]_/, "0")) && !/_[xXbBoO]/.test(literal);
}

function readWhole(digits: string): bigint | undefined {
  if (/^0[xX][0-9a-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$|^(?:0|[1-9][0-9]*)$/.test(digits))
    return BigInt(digits.toLowerCase());
  return /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : undefined;
}

function inRange(value: bigint, literal: string): ReadNumber {
  if (BigInt.asIntN(64, value) !== value) return { problem: `integer overflow: ${literal}` };
  return { value: new Int(value, "int") };
}

function readFloat(digits: string): number | undefined {
  const hex = /^0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/.exec(digits);
  if (hex !== null) return readHexFloat(hex[1] ?? "", hex[2] ?? "", Number(hex[3]));
  if (!/^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(digits)) return undefined;
  return /^[0-9]+$/.test(digits) ? undefined : Number(digits);
}

function readHexFloat(whole: string, fraction: string, exponent: number): number | undefined {
  if (whole + fraction === "") return undefined;
  return Number.parseInt(whole + fraction, 16) * 2 ** (exponent - 4 * fraction.length);
}

const simple: ReadonlyMap<string, string> = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);
const escaped = /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/gy;

/** The text of a quoted Go string, without its quotes; undefined if an escape is not one of Go's. */
export function unquote(body: string, mark: '"' | "'"): string | undefined {
  if (!body.includes("\\")) return body;
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const next = body.indexOf("\\", at);
    parts.push(Buffer.from(body.slice(at, next < 0 ? body.length : next), "utf8"));
    if (next < 0) break;
    escaped.lastIndex = next;
    const part = decodeEscape(escaped.exec(body), mark);
    if (part === undefined) return undefined;
    parts.push(part);
    at = escaped.lastIndex;
  }
  return textOf(Buffer.concat(parts));
}

function decodeEscape(found: RegExpExecArray | null, mark: string): Buffer | undefined {
  const [, byte, octal, short, long, letter] = found ?? [];
  if (byte !== undefined) return Buffer.from([Number.parseInt(byte, 16)]);
  if (octal !== undefined) return octal < "400" ? Buffer.from([Number.parseInt(octal, 8)]) : undefined;
  if (letter !== undefined) return quoteFits(letter, mark) ? bufferOf(simple.get(letter)) : undefined;
  const code = Number.parseInt(short ?? long ?? "", 16);
  const valid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return valid ? Buffer.from(String.fromCodePoint(code), "utf8") : undefined;
}

function quoteFits(letter: string, mark: string): boolean {
  return (letter !== "'" && letter !== '"') || letter === mark;
}

function bufferOf(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text, "utf8");
}
