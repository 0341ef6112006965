import type { KubeObject, ObjectKey } from "./port.ts";

/** The key of an object. */
export function keyOf({ apiVersion, kind, metadata }: KubeObject): ObjectKey {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

/** A key as text: equal for equal objects, whatever version their group was asked in. */
export function keyText({ apiVersion, kind, namespace, name }: ObjectKey): string {
  const slash = apiVersion.indexOf("/");
  return [slash < 0 ? "" : apiVersion.slice(0, slash), kind, namespace ?? "", name].join("/");
}
