import { InvalidInput, unexpectedValue } from "../../kit/errors.ts";

/** A mapping of serverless.yaml. */
export type Fields = { readonly [name: string]: unknown };

/** A mapping. @throws InvalidInput naming the field, like all functions here */
export function fields(value: unknown, at: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(at, "a mapping", value);
  return value as Fields;
}

/** A list. @throws InvalidInput */
export function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(at, "a list", value);
  return value;
}

/** A non-empty text. @throws InvalidInput */
export function text(value: unknown, at: string): string {
  if (typeof value !== "string" || value === "") throw wrong(at, "a text", value);
  return value;
}

/** A whole number, 0 or more. @throws InvalidInput */
export function number(value: unknown, at: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) throw wrong(at, "a whole number", value);
  return value;
}

/** The error for a field with an unexpected value. */
export function wrong(at: string, expected: string, found: unknown): InvalidInput {
  return unexpectedValue(`serverless.yaml: ${at}`, expected, found);
}

const form = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/;

/**
 * The milliseconds of an ISO 8601 duration in hours, minutes and seconds, as Knative writes delays.
 * @throws InvalidInput
 */
export function parseIsoDuration(text: string): number {
  const match = form.exec(text);
  if (match === null || text === "PT")
    throw new InvalidInput(`expected a duration such as PT0.5S or PT1M, found ${JSON.stringify(text)}`);
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return ((hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000;
}
