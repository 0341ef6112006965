import { Environment, type ParseResult } from "@marcbachmann/cel-js";
import { writeJson } from "../../encoding/exact-json.ts";
import type { Json } from "../../kube/port.ts";
import { fieldAt, isList, isMap, type JsonMap, listAt, mapAt, textAt } from "../json.ts";

/** A value with its schema, and the value that was in its place before. */
interface Place {
  readonly schema: Json;
  readonly value: Json;
  readonly before: Json | undefined;
  readonly path: string;
}

/**
 * The violations of the `x-kubernetes-validations` of a schema, as `spec: Invalid value: …: message`.
 * Rules with `oldSelf` apply only to updates.
 */
export function celFaults(schema: JsonMap, object: JsonMap, current: JsonMap | undefined): readonly string[] {
  return faultsAt({ schema, value: object, before: current, path: "" });
}

function faultsAt(place: Place): readonly string[] {
  const rules = listAt(place.schema, "x-kubernetes-validations");
  return [...rules.flatMap((rule) => faultsOfRule(rule, place)), ...below(place).flatMap(faultsAt)];
}

function below({ schema, value, before, path }: Place): readonly Place[] {
  if (isList(value)) {
    const items = fieldAt(schema, "items");
    if (items === undefined) return [];
    return value.map((item, index) => ({
      schema: items,
      value: item,
      before: counterpart(schema, item, before),
      path: `${path}[${index}]`,
    }));
  }
  if (!isMap(value)) return [];
  const additional = fieldAt(schema, "additionalProperties");
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = fieldAt(schema, "properties", name) ?? additional;
    if (!isMap(known)) return [];
    return [
      { schema: known, value: inner, before: fieldAt(before, name), path: path === "" ? name : `${path}.${name}` },
    ];
  });
}

/** The item that had the same keys before; undefined in lists that do not merge by keys. */
function counterpart(schema: Json, item: Json, before: Json | undefined): Json | undefined {
  const keys = listAt(schema, "x-kubernetes-list-map-keys").filter((key) => typeof key === "string");
  if (keys.length === 0 || !isList(before)) return undefined;
  return before.find((old) => keys.every((key) => fieldAt(old, key) === fieldAt(item, key)));
}

function faultsOfRule(rule: Json, { schema, value, before, path }: Place): readonly string[] {
  const text = textAt(rule, "rule") ?? "true";
  const comparesChange = /\boldSelf\b/.test(text);
  if (comparesChange && before === undefined) return [];
  const given = {
    self: celValue(value, schema),
    ...(comparesChange ? { oldSelf: celValue(before ?? null, schema) } : {}),
  };
  const verdict = evaluate(text, given);
  if (verdict === true) return [];
  const where = `${path}${textAt(rule, "fieldPath") ?? ""}`;
  const fault = typeof verdict === "string" ? `rule evaluation error: ${verdict}` : messageOf(rule, text, given);
  return [`${where === "" ? "<nil>" : where}: ${reason(textAt(rule, "reason"), value)}${fault}`];
}

function messageOf(rule: Json, text: string, given: object): string {
  const expression = textAt(rule, "messageExpression");
  const made: unknown = expression === undefined ? undefined : programOf(expression)(given);
  return typeof made === "string" ? made : (textAt(rule, "message") ?? `failed rule: ${text}`).trim();
}

function reason(name: string | undefined, value: Json): string {
  if (name === "FieldValueForbidden") return "Forbidden: ";
  if (name === "FieldValueRequired") return "Required value: ";
  if (name === "FieldValueDuplicate") return `Duplicate value: ${writeJson(value)}: `;
  return "Invalid value: ";
}

function evaluate(text: string, given: object): boolean | string {
  try {
    const verdict: unknown = programOf(text)(given);
    return verdict === true;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  }
}

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
});
const programs = new Map<string, ParseResult>();

function programOf(text: string): ParseResult {
  const known = programs.get(text);
  if (known !== undefined) return known;
  const program = environment.parse(text);
  programs.set(text, program);
  return program;
}

/** The value for CEL. Whole numbers are of CEL's type int, unless the schema says number. */
function celValue(value: Json, schema: Json | undefined): unknown {
  if (typeof value === "number")
    return Number.isInteger(value) && fieldAt(schema, "type") !== "number" ? BigInt(value) : value;
  if (typeof value === "bigint") return fieldAt(schema, "type") === "number" ? Number(value) : value;
  if (isList(value)) return value.map((item) => celValue(item, fieldAt(schema, "items")));
  if (!isMap(value)) return value;
  const properties = mapAt(schema, "properties");
  const additional = fieldAt(schema, "additionalProperties");
  const entries = Object.entries(value).map(([name, inner]) => {
    const known = Object.hasOwn(properties, name);
    return [known ? escaped(name) : name, celValue(inner, known ? properties[name] : additional)] as const;
  });
  return new Map(entries);
}

const reserved = new Set([
  "true",
  "false",
  "null",
  "in",
  "as",
  "break",
  "const",
  "continue",
  "else",
  "for",
  "function",
  "if",
  "import",
  "let",
  "loop",
  "package",
  "namespace",
  "return",
  "var",
  "void",
  "while",
]);

/** The name of a property in CEL rules. Names that are not identifiers are escaped as the API server does. */
function escaped(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}
