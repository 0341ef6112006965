import type { SocketInterfaceProperty } from "../../crds/socket/socket.generated.ts";
import { readWholeNumber, writeJson } from "../../kit/encoding/exact-json.ts";

export type PropertyType = NonNullable<SocketInterfaceProperty["type"]>;

/** The value of a text, read as the type of its property. */
export type Typed =
  | { readonly kind: "typed"; readonly value: unknown }
  | { readonly kind: "mistyped"; readonly expected: string };

const integer = /^-?(0|[1-9]\d*)$/;
const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** Reads the text of a value in the JSON syntax of its type. */
export function readTyped(type: PropertyType, text: string): Typed {
  switch (type) {
    case "string":
      return typed(text);
    case "integer":
      return integer.test(text) ? typed(readWholeNumber(text)) : mistyped("must be an integer, such as 5432");
    case "number":
      return number.test(text) ? typed(Number(text)) : mistyped("must be a number, such as 0.5");
    case "boolean":
      return text === "true" || text === "false" ? typed(text === "true") : mistyped("must be true or false");
    case "json":
      return readJson(text);
  }
}

/** An allowed value of an `enum`, converted to the type: authors write both 1 and "1". */
export function allowedAs(type: PropertyType, allowed: unknown): unknown {
  // JSON is compared with the numbers that ajv knows.
  if (type === "json") return JSON.parse(writeJson(allowed));
  const text = typeof allowed === "string" ? allowed : writeJson(allowed);
  const read = readTyped(type, text);
  return read.kind === "typed" ? read.value : allowed;
}

function readJson(text: string): Typed {
  try {
    return typed(JSON.parse(text));
  } catch {
    return mistyped("must be JSON");
  }
}

function typed(value: unknown): Typed {
  return { kind: "typed", value };
}

function mistyped(expected: string): Typed {
  return { kind: "mistyped", expected };
}
