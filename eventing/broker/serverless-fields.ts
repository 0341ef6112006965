import { type InvalidInput, unexpectedValue } from "../../kit/errors.ts";

/** A mapping of serverless.yaml. */
export type Fields = { readonly [name: string]: unknown };

/** A mapping. @throws InvalidInput naming the field, as all here do */
export function fields(value: unknown, at: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(at, "a mapping", value);
  return value as Fields;
}

/** A list. @throws InvalidInput */
export function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(at, "a list", value);
  return value;
}

/** A text that is not empty. @throws InvalidInput */
export function text(value: unknown, at: string): string {
  if (typeof value !== "string" || value === "") throw wrong(at, "a text", value);
  return value;
}

/** A whole number, 0 or more. @throws InvalidInput */
export function number(value: unknown, at: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) throw wrong(at, "a whole number", value);
  return value;
}

/** A field with something else than it may have. */
export function wrong(at: string, expected: string, found: unknown): InvalidInput {
  return unexpectedValue(`serverless.yaml: ${at}`, expected, found);
}
