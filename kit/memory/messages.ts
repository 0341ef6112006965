import { Conflict, Forbidden, InvalidInput, NotFound } from "../errors.ts";
import { type KindDefinition, qualified } from "./kinds.ts";

/** The API server's words for an object that breaks rules, each said as `field: what is wrong`. */
export function invalid(kind: KindDefinition, name: string, causes: readonly string[]): InvalidInput {
  const said = causes.length === 1 ? causes[0] : `[${causes.join(", ")}]`;
  const fields = causes.map((cause) => cause.slice(0, Math.max(0, cause.indexOf(": "))));
  return new InvalidInput(`${qualified(kind.kind, kind.group)} "${name}" is invalid: ${said}`, {
    answer: { code: 422, reason: "Invalid", fields },
  });
}

/** The API server's words for a namespace or object that is not there. */
export function notFound(resource: string, name: string): NotFound {
  return new NotFound(`${resource} "${name}" not found`);
}

/** The API server's words for a write meant for another version or another object of that name. */
export function conflict(kind: KindDefinition, name: string, why: string): Conflict {
  return new Conflict(`Operation cannot be fulfilled on ${kind.resource} "${name}": ${why}`);
}

/** The API server's words for a new object in a namespace that is going. */
export function terminating(kind: KindDefinition, name: string, namespace: string): Forbidden {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  return new Forbidden(`${kind.resource} "${name}" is forbidden: ${why}`, { namespaceTerminating: true });
}

/** Why a version or uid given with a write does not match. */
export const modified = "the object has been modified; please apply your changes to the latest version and try again";

/** Why an update must not touch this field. */
export const immutableField = "field is immutable";
