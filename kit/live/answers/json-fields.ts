/** Whether a parsed value is a JSON object. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value if it is text that says something. */
export function readText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value if it is a number. */
export function readNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
