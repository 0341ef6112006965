import type { Kube, KubeObject, ObjectKey } from "../../../kit/kube/port.ts";
import { apply } from "../../worlds/worlds.ts";

/** What a person does at once. */
export type Act = (kube: Kube) => Promise<void>;

/** A spec, or part of one. */
export type Spec = { readonly [field: string]: unknown };

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
