import type { Json } from "../kube/port.ts";

/** Digits that may be a whole number larger than a JavaScript number holds exactly (2^53 has 16). */
const manyDigits = /[0-9]{16}/;

/**
 * Parses JSON like Kubernetes: a whole number of up to 64 bits keeps all digits, as a bigint if a JavaScript number
 * would round it.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return manyDigits.test(text) ? JSON.parse(text, readExactly) : JSON.parse(text);
}

/** Writes the values that `parseJson` returns, with all digits of bigints. */
export function writeJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    // JSON.stringify refuses bigints and cycles; a cycle fails again below.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, inner) => asWritten(inner), indent);
  }
}

/** The value as it would be read back, without the parts that JSON cannot express. */
export function copyJson(value: unknown): unknown {
  return parseJson(writeJson(value) ?? "null");
}

/** A value that JSON.stringify writes as a bigint with all its digits; other values unchanged. */
export function asWritten(value: unknown): unknown {
  return typeof value === "bigint" ? rawJSON(String(value)) : value;
}

/**
 * A whole number as in JSON values: a bigint only if a JavaScript number would round it.
 * More than 64 bits are rounded, as in Kubernetes.
 */
export function wholeNumber(exact: bigint): number | bigint {
  const value = Number(exact);
  return Number.isSafeInteger(value) || BigInt.asIntN(64, exact) !== exact ? value : exact;
}

/** The whole number of decimal digits, as in JSON values. */
export function readWholeNumber(digits: string): number | bigint {
  // An exact reading takes more than linear time, and is useless for more than 64 bits.
  return digits.length <= 20 ? wholeNumber(BigInt(digits)) : Number(digits);
}

/** JSON.rawJSON, which TypeScript's library does not declare yet: text that JSON.stringify writes unchanged. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => object };

/** `source` is the text of the number. JSON.parse passes it; TypeScript's library does not declare it yet. */
function readExactly(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const { source } = context ?? {};
  return typeof value === "number" && source !== undefined && /^-?[0-9]+$/.test(source)
    ? readWholeNumber(source)
    : value;
}

/** The own member of a map or list under a key; undefined if there is none. */
export function memberOf(value: Json | undefined, key: string | number): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === String(key))?.[1];
}

/** Every text and number of a value, and every key of its maps. */
export function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "bigint") return [String(value)];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}
