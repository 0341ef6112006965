import type { Json } from "../kube/port.ts";

/** Digits that may be a whole number past what a JavaScript number holds exactly (2^53 has 16). */
const manyDigits = /[0-9]{16}/;

/**
 * Reads JSON as Kubernetes does: a whole number of up to 64 bits keeps all its digits, as a bigint where a JavaScript number would round
 * it. @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return manyDigits.test(text) ? JSON.parse(text, readExactly) : JSON.parse(text);
}

/** Writes what `parseJson` reads, the digits of bigints included. */
export function writeJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    // JSON.stringify refuses bigints and cycles; a cycle fails again below.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, inner) => asWritten(inner), indent);
  }
}

/** The value as it would be read back: what JSON cannot say is left out. */
export function copyJson(value: unknown): unknown {
  return parseJson(writeJson(value) ?? "null");
}

/** A replacement by which JSON.stringify writes a bigint with all its digits; any other value as it is. */
export function asWritten(value: unknown): unknown {
  return typeof value === "bigint" ? rawJSON(String(value)) : value;
}

/** A whole number as JSON values hold it: a bigint only where a JavaScript number would round it; past 64 bits it is rounded, as in Kubernetes. */
export function wholeNumber(exact: bigint): number | bigint {
  const value = Number(exact);
  return Number.isSafeInteger(value) || BigInt.asIntN(64, exact) !== exact ? value : exact;
}

/** The whole number that decimal digits say, as JSON values hold it. */
export function readWholeNumber(digits: string): number | bigint {
  // Text that is too long for 64 bits is not worth an exact reading, which takes more than linear time.
  return digits.length <= 20 ? wholeNumber(BigInt(digits)) : Number(digits);
}

/** JSON.rawJSON, which TypeScript's library does not know yet: text that JSON.stringify writes as it is. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => object };

/** `source` is the number's text: JSON.parse passes it, which TypeScript's library does not know yet. */
function readExactly(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const { source } = context ?? {};
  return typeof value === "number" && source !== undefined && /^-?[0-9]+$/.test(source)
    ? readWholeNumber(source)
    : value;
}

/** The member of a map or list under a key of its own; undefined where there is none. */
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
