import { InvalidInput } from "../../../kit/errors.ts";
import { encodeHeader } from "../header-value.ts";

/** Extension attributes to set on every event. */
export type EventExtensions = Readonly<Record<string, string>>;

/**
 * Parses the value of K_CE_OVERRIDES that Knative gives to a source: `{"extensions":{"name":"value"}}`.
 * @throws InvalidInput naming the expected form
 */
export function parseEventOverrides(text: string): EventExtensions {
  const { extensions = {}, ...rest } = mapping(parseJson(text), "the value");
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw wrong(`${unknown} is not a field of it; the only field is extensions`);
  return Object.fromEntries(
    Object.entries(mapping(extensions, "extensions")).map(([name, value]) => [
      attributeName(name),
      textOf(name, value),
    ]),
  );
}

/**
 * The names of extensions that no Trigger of Knative can filter: their values are percent-encoded, and Knative does not
 * decode them.
 */
export function unfilterable(extensions: EventExtensions): readonly string[] {
  return Object.entries(extensions).flatMap(([name, value]) => (encodeHeader(value) === value ? [] : [name]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong("it is not JSON", { cause });
  }
}

function mapping(value: unknown, what: string): { readonly [field: string]: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(`${what} is not an object`);
  return { ...value };
}

function attributeName(name: string): string {
  if (!/^[a-z0-9]+$/.test(name) || name === "data")
    throw wrong(`${JSON.stringify(name)} is not a name of a CloudEvent attribute (lower-case letters and digits)`);
  return name;
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== "string" || value === "") throw wrong(`extension ${name} is not text`);
  return value;
}

function wrong(why: string, options?: ErrorOptions): InvalidInput {
  return new InvalidInput(`K_CE_OVERRIDES: expected {"extensions":{"name":"value"}}, but ${why}`, options);
}
