import { type Answer, answered, Conflict, Forbidden, InvalidInput, NotFound } from "../errors.ts";
import { type KindDefinition, qualified } from "./kinds/built-in-kinds.ts";

/** The arguments of an error for an answer of the API server: our message, and apart from it the server's own. */
export function refusal(
  code: number,
  reason: string,
  quote: string,
  fields: readonly string[] = [],
): [message: string, answer: Answer] {
  const named = [...new Set(fields)];
  return [answered(code, reason), { quote, fields: named, verdict: { code, reason, fields: named } }];
}

/** The API server's error for an invalid object. Each cause has the form `field: message`. */
export function invalid(kind: KindDefinition, name: string, causes: readonly string[]): InvalidInput {
  const said = causes.length === 1 ? causes[0] : `[${causes.join(", ")}]`;
  const fields = causes.map((cause) => cause.split(": ", 1)[0] ?? "");
  return new InvalidInput(
    ...refusal(422, "Invalid", `${qualified(kind.kind, kind.group)} "${name}" is invalid: ${said}`, fields),
  );
}

/** The API server's error for a namespace or object that does not exist. */
export function notFound(resource: string, name: string): NotFound {
  return new NotFound(...refusal(404, "NotFound", `${resource} "${name}" not found`));
}

/** The API server's error for a write with another resourceVersion or uid than the object has. */
export function conflict(kind: KindDefinition, name: string, why: string): Conflict {
  const words = `Operation cannot be fulfilled on ${kind.resource} "${name}": ${why}`;
  return new Conflict(...refusal(409, "Conflict", words));
}

/** The API server's error for a new object in a namespace that is being deleted. */
export function terminating(kind: KindDefinition, name: string, namespace: string): Forbidden {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const [message, answer] = refusal(403, "Forbidden", `${kind.resource} "${name}" is forbidden: ${why}`);
  return new Forbidden(message, { ...answer, namespaceTerminating: true });
}

/** The cause for a write with another resourceVersion than the object has. */
export const modified = "the object has been modified; please apply your changes to the latest version and try again";

/** The cause for a change of a field that no update may change. */
export const immutableField = "field is immutable";
