import type { KubeObject } from "../kube.ts";
import { ByName } from "./by-name.ts";
import { freeze } from "./json.ts";

/** One change of one object. */
export interface Change {
  readonly resource: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly version: number;
  readonly object: KubeObject;
  /** As it was before; absent when it was added. */
  readonly previous: KubeObject | undefined;
}

/** Every object of the cluster, by kind, namespace and name, under one version that only grows. */
export class Store {
  #version = 1;
  readonly #byResource = new Map<string, Map<string, ByName>>();
  readonly #byUid = new Map<string, { readonly resource: string; readonly object: KubeObject }>();
  readonly #listeners: ((change: Change) => void)[] = [];

  /** The version of the last change. */
  get version(): number {
    return this.#version;
  }

  /** Calls back with every change, in order, before the write returns. */
  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#byResource
      .get(resource)
      ?.get(namespace ?? "")
      ?.get(name);
  }

  /** The object of a uid with the resource it is stored under. */
  find(uid: string): { readonly resource: string; readonly object: KubeObject } | undefined {
    return this.#byUid.get(uid);
  }

  /** Stores it at a new version. */
  put(resource: string, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const names = this.#names(resource, namespace ?? "");
    const previous = names.get(name);
    const stored = this.#stamp(object);
    names.set(name, stored);
    this.#byUid.set(stored.metadata.uid ?? "", { resource, object: stored });
    this.#tell({ resource, type: previous ? "MODIFIED" : "ADDED", version: this.#version, object: stored, previous });
    return stored;
  }

  /** Takes it away, at a new version. */
  remove(resource: string, object: KubeObject): void {
    const { namespace, name, uid } = object.metadata;
    const names = this.#names(resource, namespace ?? "");
    const previous = names.get(name);
    if (previous === undefined) return;
    names.delete(name);
    this.#byUid.delete(uid ?? "");
    if (names.size === 0) this.#byResource.get(resource)?.delete(namespace ?? "");
    this.#tell({ resource, type: "DELETED", version: this.#version + 1, object: this.#stamp(object), previous });
  }

  /** The objects of a kind, of one namespace or of all, in order of namespace and name. */
  list(resource: string, namespace?: string): readonly KubeObject[] {
    const namespaces = this.#byResource.get(resource);
    if (namespaces === undefined) return [];
    const among =
      namespace === undefined ? [...namespaces].sort(byKey).map(([, names]) => names) : [namespaces.get(namespace)];
    return among.flatMap((names) => names?.list() ?? []);
  }

  /** How many objects of a kind there are in a namespace. */
  count(resource: string, namespace: string): number {
    return this.#byResource.get(resource)?.get(namespace)?.size ?? 0;
  }

  /** The resources of which there is anything. */
  resources(): readonly string[] {
    return [...this.#byResource.keys()];
  }

  #names(resource: string, namespace: string): ByName {
    const namespaces = this.#byResource.get(resource) ?? new Map<string, ByName>();
    this.#byResource.set(resource, namespaces);
    const names = namespaces.get(namespace) ?? new ByName();
    namespaces.set(namespace, names);
    return names;
  }

  #stamp(object: KubeObject): KubeObject {
    this.#version += 1;
    return freeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } });
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
