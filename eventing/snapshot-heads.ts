import { type SnapshotHead, snapshotHead, snapshotLabels } from "../crds/snapshot-head.ts";
import type { KubeObject, ObjectMeta } from "../kit/kube.ts";
import type { FollowTarget } from "./follow.ts";
import { namespacedName } from "./subject.ts";

interface Entry {
  readonly version: string | undefined;
  readonly uid: string | undefined;
  readonly head: SnapshotHead;
}

/** The snapshots there are, by name and by the digest of the plug's name they bear. */
export class SnapshotHeads implements FollowTarget {
  readonly #entries = new Map<string, Entry>();
  readonly #byPlug = new Map<string, Set<string>>();
  readonly #namespace: string;
  readonly #changed: (name: string, head: SnapshotHead) => void;

  constructor(namespace: string, changed: (name: string, head: SnapshotHead) => void) {
    this.#namespace = namespace;
    this.#changed = changed;
  }

  /** Whether a Secret is a snapshot. */
  takes({ metadata }: KubeObject): boolean {
    return metadata.namespace === this.#namespace && metadata.labels?.[snapshotLabels.of] !== undefined;
  }

  put({ metadata }: KubeObject): void {
    const name = namespacedName(metadata);
    if (this.#entries.get(name)?.version === metadata.resourceVersion) return;
    this.#forget(name);
    const head = snapshotHead(metadata);
    this.#entries.set(name, { version: metadata.resourceVersion, uid: metadata.uid, head });
    this.#byPlug.set(head.of, (this.#byPlug.get(head.of) ?? new Set()).add(name));
    this.#changed(name, head);
  }

  remove({ metadata }: { readonly metadata: ObjectMeta }): void {
    this.#drop(namespacedName(metadata));
  }

  retain(listed: ReadonlySet<string>, covers: (name: string) => boolean): void {
    for (const name of [...this.#entries.keys()]) if (!listed.has(name) && covers(name)) this.#drop(name);
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** The names of the snapshots that bear a plug's digest. */
  namesOf(digest: string): readonly string[] {
    return [...(this.#byPlug.get(digest) ?? [])];
  }

  /** The heads of the snapshots that bear a plug's digest. */
  of(digest: string): readonly SnapshotHead[] {
    return this.namesOf(digest).flatMap((name) => this.#entries.get(name)?.head ?? []);
  }

  #drop(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#forget(name);
    this.#changed(name, entry.head);
  }

  #forget(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    const names = this.#byPlug.get(entry.head.of);
    names?.delete(name);
    if (names?.size === 0) this.#byPlug.delete(entry.head.of);
  }
}

/** Gives every Secret to whom it belongs: snapshots are known by their heads, all others by their versions. */
export function sortSecrets(snapshots: SnapshotHeads, others: FollowTarget): FollowTarget {
  return {
    put: (object) => (snapshots.takes(object) ? snapshots : others).put(object),
    remove(object) {
      snapshots.remove(object);
      others.remove(object);
    },
    retain(listed, covers) {
      snapshots.retain(listed, covers);
      others.retain(listed, covers);
    },
  };
}
