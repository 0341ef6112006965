import { InvalidInput } from "../../errors.ts";
import type { ServedKind } from "../../kube/port.ts";

/** The target of a request: a kind everywhere, in a namespace, or one object. */
export interface Target {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: "status";
}

/** The path of a group and version. */
export function groupVersionPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/**
 * The path of a kind's collection or object.
 * @throws InvalidInput if a name would change the path, or the namespace does not fit the kind
 */
export function resourcePath(served: ServedKind, target: Target): string {
  if (!served.namespaced && target.namespace !== undefined) {
    throw new InvalidInput(
      `${served.kind} of ${served.apiVersion} is cluster-scoped: leave the namespace "${target.namespace}" out`,
    );
  }
  const namespace = target.namespace === undefined ? "" : `/namespaces/${segment(target.namespace, "namespace")}`;
  const name = target.name === undefined ? "" : `/${segment(target.name, "name")}`;
  const subresource = target.subresource === undefined ? "" : `/${target.subresource}`;
  return `${groupVersionPath(served.apiVersion)}${namespace}/${served.plural}${name}${subresource}`;
}

/**
 * The path of one object, or of the collection for a create.
 * A namespaced kind needs its namespace.
 * @throws InvalidInput
 */
export function objectPath(served: ServedKind, target: Target): string {
  if (served.namespaced && target.namespace === undefined) {
    throw new InvalidInput(`${served.kind} ${target.name ?? ""} of ${served.apiVersion} needs a namespace`);
  }
  return resourcePath(served, target);
}

/** Appends the given parameters as a query string. */
export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) parameters.append(key, value);
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** A path segment that the API server allows: not empty, and not a step to another path. */
function segment(text: string, what: string): string {
  if (text === "" || text === "." || text === ".." || /[/%]/.test(text)) {
    throw new InvalidInput(`"${text}" cannot be a ${what}`);
  }
  return encodeURIComponent(text);
}
