import type { KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import { namespacedName } from "../../kit/loop/stage.ts";
import { versionOfApplied } from "../../kit/loop/versions.ts";
import type { FollowTarget } from "./follow.ts";

/** The stored metadata of one object: enough to detect changes. Versions are numbers within one kind (KEP-5504). */
interface Entry {
  readonly uid: string | undefined;
  readonly version: number;
  readonly generation: number | undefined;
  readonly owner: OwnerMark | undefined;
  readonly applied: string;
  /** Absent: none. */
  readonly finalizers?: readonly string[] | undefined;
}

/** A label that names the owner of an object: the one that applied it last. */
export interface OwnerMark {
  readonly label: string;
  readonly value: string;
}

export interface MetadataStoreOptions {
  /** Labels that name the owner of an object. */
  readonly ownerLabels: readonly string[];
  /** The field manager whose fields in an object count for its version as applied. */
  readonly fieldManager: string;
}

/** Called when an object changed, with its owners before and after; undefined: none. */
type Changed = (name: string, owners: readonly (OwnerMark | undefined)[]) => void;

/** The versions of the objects of one kind. */
export class MetadataStore implements FollowTarget {
  readonly #entries = new Map<string, Entry>();
  readonly #changed: Changed;
  readonly #options: MetadataStoreOptions;

  constructor(options: MetadataStoreOptions, changed: Changed) {
    this.#options = options;
    this.#changed = changed;
  }

  put({ metadata }: KubeObject): void {
    const name = namespacedName(metadata);
    const version = Number(metadata.resourceVersion ?? 0);
    const before = this.#entries.get(name);
    if (before?.version === version) return;
    const owner = this.#ownerOf(metadata);
    const { uid, generation, finalizers = [] } = metadata;
    const kept = finalizers.length === 0 ? undefined : finalizers;
    const applied = versionOfApplied(metadata, this.#options.fieldManager);
    this.#entries.set(name, { uid, version, generation, owner, applied, finalizers: kept });
    this.#changed(name, before === undefined ? [owner] : [before.owner, owner]);
  }

  remove({ metadata }: { readonly metadata: ObjectMeta }): void {
    this.#drop(namespacedName(metadata));
  }

  retain(listed: ReadonlySet<string>, covers: (name: string) => boolean): void {
    for (const name of [...this.#entries.keys()]) if (!listed.has(name) && covers(name)) this.#drop(name);
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** The object's version as applied: see `versionOfApplied`. */
  applied(name: string): string | undefined {
    return this.#entries.get(name)?.applied;
  }

  get(name: string): ObjectMeta | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const { uid, version, generation, owner, finalizers } = entry;
    return {
      name: name.slice(name.indexOf("/") + 1),
      resourceVersion: String(version),
      ...(uid === undefined ? {} : { uid }),
      ...(generation === undefined ? {} : { generation }),
      ...(owner === undefined ? {} : { labels: { [owner.label]: owner.value } }),
      ...(finalizers === undefined ? {} : { finalizers }),
    };
  }

  #ownerOf({ labels = {} }: ObjectMeta): OwnerMark | undefined {
    for (const label of this.#options.ownerLabels) {
      const value = labels[label];
      if (value !== undefined) return { label, value };
    }
    return undefined;
  }

  #drop(name: string): void {
    const before = this.#entries.get(name);
    if (before === undefined) return;
    this.#entries.delete(name);
    this.#changed(name, [before.owner]);
  }
}
