import { apiVersion } from "../../../crds/names.ts";
import type { Kube, KubeObject, ObjectKey } from "../../../kit/kube/port.ts";
import { apply } from "../../worlds/worlds.ts";

/** What a person does at once. */
export type Act = (kube: Kube) => Promise<void>;

/** A spec, or part of one. */
export type Spec = { readonly [field: string]: unknown };

/** A plug at socket db/pg, unless its spec says otherwise. */
export function plug(name: string, spec: Spec, ns = "app"): KubeObject {
  return {
    apiVersion,
    kind: "Plug",
    metadata: { name, namespace: ns },
    spec: { socket: { name: "pg", namespace: "db" }, ...spec },
  };
}

/** A socket in namespace db. */
export function socket(name: string, spec: Spec): KubeObject {
  return { apiVersion, kind: "Socket", metadata: { name, namespace: "db" }, spec };
}

/** A ConfigMap, to be made by a template or put into a namespace. */
export function configMap(name: string, data: { readonly [key: string]: string }): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
}

/** A Secret, likewise. */
export function secret(name: string, stringData: { readonly [key: string]: string }): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData };
}

/** The object in a namespace. */
export function inNamespace(object: KubeObject, ns: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace: ns } };
}

/** Applies objects as a person does. */
export function make(...objects: readonly KubeObject[]): Act {
  return (kube) => apply(kube, ...objects);
}

/** Merges into a spec; nothing where the object is not there. */
export function edit(key: ObjectKey, spec: Spec): Act {
  return patch(key, { spec });
}

/** Merges into an object; nothing where it is not there. */
export function patch(key: ObjectKey, body: Spec): Act {
  return async (kube) => {
    if ((await kube.get(key)) !== undefined) await kube.patch(key, body);
  };
}

/** Deletes what is there. */
export function remove(...keys: readonly ObjectKey[]): Act {
  return async (kube) => {
    for (const key of keys) await kube.delete(key, { propagation: "Background" });
  };
}

/** Several acts at once. */
export function together(...acts: readonly Act[]): Act {
  return async (kube) => {
    for (const act of acts) await act(kube);
  };
}

/** The key of a ConfigMap. */
export function configMapKey(name: string, ns: string): ObjectKey {
  return { apiVersion: "v1", kind: "ConfigMap", namespace: ns, name };
}

/** The key of a Secret. */
export function secretKey(name: string, ns: string): ObjectKey {
  return { apiVersion: "v1", kind: "Secret", namespace: ns, name };
}
