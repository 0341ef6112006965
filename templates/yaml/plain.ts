import { wholeNumber } from "../../kit/encoding/exact-json.ts";
import type { Json } from "../../kit/kube/port.ts";

const words: ReadonlyMap<string, Json> = new Map([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);

/**
 * The value of an unquoted scalar in Kubernetes (sigs.k8s.io/yaml): null, a boolean (also `yes` and `on`), a number,
 * else its text.
 */
export function resolvePlain(text: string): Json {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[+\-.0-9]/.test(text)) return text;
  return resolveNumber(text.replaceAll("_", "")) ?? text;
}

function resolveNumber(text: string): number | bigint | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[+-]/, "");
  if (/^0[xX][0-9a-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$/.test(digits)) return signed(sign, digits.toLowerCase());
  if (/^0[0-7]+$/.test(digits)) return signed(sign, `0o${digits.slice(1)}`);
  if (/^[1-9][0-9]*$/.test(digits)) return signed(sign, digits);
  if (!/^(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(digits)) return undefined;
  return finite(sign * Number(digits));
}

/** A whole number, exact to 64 bits; longer ones are rounded, and undefined if not finite. */
function signed(sign: number, digits: string): number | bigint | undefined {
  if (digits.length > longestWhole) return finite(sign * Number(digits));
  return wholeNumber(BigInt(sign) * BigInt(digits));
}

/** 64 binary digits and their prefix. */
const longestWhole = 66;

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? withoutNegativeZero(value) : undefined;
}

function withoutNegativeZero(value: number): number {
  return value === 0 ? 0 : value;
}
