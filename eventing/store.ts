import { LRUCache } from "lru-cache";
import type { KubeObject, ObjectMeta } from "../kit/kube.ts";
import type { FollowTarget } from "./follow.ts";
import { namespacedName } from "./subject.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

interface Stored {
  readonly resourceVersion: string | undefined;
  readonly text: string;
}

interface Opened<T> {
  readonly object: KubeObject;
  readonly parsed: T | undefined;
}

export interface StoreOptions<T extends object> {
  /** @throws whatever makes an object unreadable: it is kept, and `malformed` is told. */
  readonly parse: (object: KubeObject) => T;
  /** How many are kept parsed. */
  readonly opened: number;
  /** Told of what is new, different or gone; both absent where the object cannot be read. */
  readonly changed: (name: string, before: T | undefined, after: T | undefined) => void;
  readonly malformed: (name: string, error: unknown) => void;
}

/** Whole objects as compact text, parsed when they are asked for: ten thousand must fit beside everything else. */
export class ObjectStore<T extends object> implements FollowTarget {
  readonly #options: StoreOptions<T>;
  readonly #stored = new Map<string, Stored>();
  readonly #opened: LRUCache<string, Opened<T>>;

  constructor(options: StoreOptions<T>) {
    this.#options = options;
    this.#opened = new LRUCache({ max: options.opened });
  }

  put(received: KubeObject): void {
    const name = namespacedName(received.metadata);
    const { resourceVersion } = received.metadata;
    if (this.#stored.get(name)?.resourceVersion === resourceVersion && resourceVersion !== undefined) return;
    const before = this.get(name);
    const object = withoutBookkeeping(received);
    this.#stored.set(name, { resourceVersion, text: JSON.stringify(object) });
    const after = this.#parse(name, object);
    this.#opened.set(name, { object, parsed: after });
    this.#options.changed(name, before, after);
  }

  remove({ metadata }: { readonly metadata: ObjectMeta }): void {
    this.#drop(namespacedName(metadata));
  }

  retain(listed: ReadonlySet<string>, covers: (name: string) => boolean): void {
    for (const name of [...this.#stored.keys()]) if (!listed.has(name) && covers(name)) this.#drop(name);
  }

  /** As its kind has it; undefined where there is none, or none that can be read. */
  get(name: string): T | undefined {
    return this.#open(name)?.parsed;
  }

  /** As the API server sent it, without managedFields. */
  object(name: string): KubeObject | undefined {
    return this.#open(name)?.object;
  }

  names(): Iterable<string> {
    return this.#stored.keys();
  }

  get size(): number {
    return this.#stored.size;
  }

  #open(name: string): Opened<T> | undefined {
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const stored = this.#stored.get(name);
    if (stored === undefined) return undefined;
    const object = JSON.parse(stored.text) as KubeObject;
    const opened = { object, parsed: this.#parse(name, object) };
    this.#opened.set(name, opened);
    return opened;
  }

  #parse(name: string, object: KubeObject): T | undefined {
    try {
      return this.#options.parse(object);
    } catch (error) {
      this.#options.malformed(name, error);
      return undefined;
    }
  }

  #drop(name: string): void {
    const before = this.get(name);
    if (!this.#stored.delete(name)) return;
    this.#opened.delete(name);
    this.#options.changed(name, before, undefined);
  }
}

/** What no stage and no decision reads is most of an object's size. */
function withoutBookkeeping(object: KubeObject): KubeObject {
  const { managedFields: _, annotations, ...metadata } = object.metadata;
  if (annotations === undefined) return { ...object, metadata };
  const { [lastApplied]: __, ...kept } = annotations;
  return { ...object, metadata: { ...metadata, annotations: kept } };
}
