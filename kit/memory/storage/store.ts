import type { KubeObject } from "../../kube/port.ts";
import { freeze } from "../json.ts";
import { Kept, type LabelledPart } from "./kept.ts";

/** A change of an object. */
export interface Change {
  readonly resource: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly version: number;
  readonly object: KubeObject;
  /** The version before the change; undefined if the object is new. */
  readonly previous: KubeObject | undefined;
}

/** All objects of the cluster, by kind, namespace and name. Each change has a version; versions only increase. */
export class Store {
  #version = 1;
  readonly #byResource = new Map<string, Kept>();
  readonly #byUid = new Map<string, { readonly resource: string; readonly object: KubeObject }>();
  readonly #listeners: ((change: Change) => void)[] = [];

  /** The version of the last change. */
  get version(): number {
    return this.#version;
  }

  /** Calls back for every change, in order, before the write returns. */
  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#byResource.get(resource)?.get(namespace, name);
  }

  /** The object with a uid, and the resource under which it is stored. */
  find(uid: string): { readonly resource: string; readonly object: KubeObject } | undefined {
    return this.#byUid.get(uid);
  }

  /** Stores an object, with a new version. */
  put(resource: string, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const kept = this.#kept(resource);
    const previous = kept.get(namespace, name);
    const stored = this.#stamp(object);
    kept.set(stored);
    this.#byUid.set(stored.metadata.uid ?? "", { resource, object: stored });
    this.#tell({ resource, type: previous ? "MODIFIED" : "ADDED", version: this.#version, object: stored, previous });
    return stored;
  }

  /** Removes an object, with a new version. */
  remove(resource: string, object: KubeObject): void {
    const { namespace, name, uid } = object.metadata;
    const kept = this.#kept(resource);
    const previous = kept.get(namespace, name);
    if (previous === undefined) return;
    kept.delete(previous);
    this.#byUid.delete(uid ?? "");
    this.#tell({ resource, type: "DELETED", version: this.#version + 1, object: this.#stamp(object), previous });
  }

  /**
   * The objects of a kind, of one namespace or of all, in the order of namespace and name.
   * With labels: all objects that have them, and possibly others.
   */
  list(resource: string, part: LabelledPart = {}): readonly KubeObject[] {
    return this.#byResource.get(resource)?.list(part) ?? [];
  }

  /** The number of objects of a kind in a namespace. */
  count(resource: string, namespace: string): number {
    return this.#byResource.get(resource)?.count(namespace) ?? 0;
  }

  /** The resources that have objects. */
  resources(): readonly string[] {
    return [...this.#byResource.keys()];
  }

  #kept(resource: string): Kept {
    const kept = this.#byResource.get(resource) ?? new Kept();
    this.#byResource.set(resource, kept);
    return kept;
  }

  #stamp(object: KubeObject): KubeObject {
    this.#version += 1;
    return freeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } });
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
