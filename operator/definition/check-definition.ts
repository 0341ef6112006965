import { InvalidInput, unexpectedValue } from "../../kit/errors.ts";
import { kindText } from "./kinds.ts";

type Fields = { readonly [field: string]: unknown };

const known: readonly string[] = [
  "name",
  "parent",
  "children",
  "reads",
  "related",
  "validate",
  "sync",
  "finalize",
  "retryAtMostSeconds",
  "timeoutSeconds",
];

/** Checks a definition, which JavaScript may have written. @throws InvalidInput naming the field */
export function checkDefinition(definition: unknown): void {
  const at = "defineOperator";
  const fields = fieldsOf(definition, `${at}()`);
  const { name, parent, children = {}, reads = {}, related } = fields;
  const unknown = Object.keys(fields).find((field) => !known.includes(field));
  if (unknown !== undefined)
    throw new InvalidInput(`${at}: there is no field ${unknown}; the fields are ${known.join(", ")}`);
  if (typeof name !== "string" || !/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name))
    throw unexpectedValue(`${at}: name`, "a DNS label of at most 40 characters", name);
  checkKind(parent, `${at}: parent`);
  checkKinds(children, `${at}: children`, parent);
  checkKinds(reads, `${at}: reads`);
  if (related !== undefined && Object.keys(fieldsOf(reads, `${at}: reads`)).length === 0)
    throw new InvalidInput(`${at}: related needs the kinds that it selects: add them to reads`);
  checkFunction(fields["sync"], `${at}: sync`);
  for (const field of ["related", "validate", "finalize"])
    if (fields[field] !== undefined) checkFunction(fields[field], `${at}: ${field}`);
  checkSeconds(fields["retryAtMostSeconds"], `${at}: retryAtMostSeconds`, 21_600);
  checkSeconds(fields["timeoutSeconds"], `${at}: timeoutSeconds`, 50);
}

function checkKinds(kinds: unknown, at: string, parent?: unknown): void {
  const seen = new Map<string, string>();
  for (const [as, kind] of Object.entries(fieldsOf(kinds, at))) {
    const text = checkKind(kind, `${at}.${as}`);
    const { update = "apply", view = "whole" } = fieldsOf(kind, at);
    if (!["apply", "recreate", "onDelete"].includes(String(update)))
      throw unexpectedValue(`${at}.${as}.update`, "apply, recreate or onDelete", update);
    if (!["whole", "metadata"].includes(String(view)))
      throw unexpectedValue(`${at}.${as}.view`, "whole or metadata", view);
    const before = seen.get(text);
    if (before !== undefined) throw new InvalidInput(`${at}: ${before} and ${as} are both ${text}`);
    if (parent !== undefined && text === checkKind(parent, at))
      throw new InvalidInput(`${at}.${as}: the parent's own kind, ${text}, cannot be a child`);
    seen.set(text, as);
  }
}

function checkKind(value: unknown, at: string): string {
  const { apiVersion, kind } = fieldsOf(value, at);
  if (typeof apiVersion !== "string" || !/^([a-z0-9.-]+\/)?[a-z0-9]+$/.test(apiVersion))
    throw unexpectedValue(`${at}.apiVersion`, "a version such as v1 or example.com/v1", apiVersion);
  if (typeof kind !== "string" || !/^[A-Z][A-Za-z0-9]{0,62}$/.test(kind))
    throw unexpectedValue(`${at}.kind`, "a kind such as Pod", kind);
  return kindText({ apiVersion, kind });
}

function checkFunction(value: unknown, at: string): void {
  if (typeof value !== "function") throw unexpectedValue(at, "a function", value);
}

function checkSeconds(value: unknown, at: string, most: number): void {
  if (value !== undefined && !(typeof value === "number" && value >= 1 && value <= most))
    throw unexpectedValue(at, `a number of seconds from 1 to ${most}`, value);
}

function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw unexpectedValue(at, "an object", value);
  return value as Fields;
}
