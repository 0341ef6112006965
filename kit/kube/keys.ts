import { InvalidInput } from "../errors.ts";
import type { KubeObject, ObjectKey, ServiceAccountName } from "./port.ts";

/** The key of an object. */
export function keyOf({ apiVersion, kind, metadata }: KubeObject): ObjectKey {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

/** A key as text: equal for equal objects, whatever version their group was asked in. */
export function keyText({ apiVersion, kind, namespace, name }: ObjectKey): string {
  const slash = apiVersion.indexOf("/");
  return [slash < 0 ? "" : apiVersion.slice(0, slash), kind, namespace ?? "", name].join("/");
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const subdomain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

const longestSubdomain = 253;

/**
 * The user name of a service account.
 * Any text that is not a Kubernetes name, above all one with a colon, could name another user.
 * @throws InvalidInput
 */
export function serviceAccountUser({ namespace, name }: ServiceAccountName): string {
  if (!label.test(namespace)) throw new InvalidInput(`${quoted(namespace)} is not a valid name of a namespace`);
  if (!subdomain.test(name) || name.length > longestSubdomain)
    throw new InvalidInput(`${quoted(name)} is not a valid name of a service account`);
  return `system:serviceaccount:${namespace}:${name}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= longestSubdomain ? text : `${text.slice(0, longestSubdomain)}…`);
}
