import { LRUCache } from "lru-cache";
import { parseJson, writeJson } from "../../kit/encoding/exact-json.ts";
import type { KubeObject, ObjectMeta } from "../../kit/kube/port.ts";
import { namespacedName } from "../../kit/loop/stage.ts";
import { applyEntry } from "../../kit/loop/versions.ts";
import type { FollowTarget } from "./follow.ts";

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
  /** @throws any error if the object cannot be parsed: it is stored, and `malformed` is called. */
  readonly parse: (object: KubeObject) => T;
  /** Called for new, changed and deleted objects; both are absent if the object cannot be parsed. */
  readonly changed: (name: string, before: T | undefined, after: T | undefined) => void;
  readonly malformed: (name: string, error: unknown) => void;
}

export interface ObjectStoreOptions<T extends object> extends StoreOptions<T> {
  /** The field manager whose entry in managedFields is stored. */
  readonly fieldManager: string;
}

/** Objects of a kind by name, parsed by its definition. */
export interface Store<T extends object> extends FollowTarget {
  /** The parsed object; undefined if it does not exist, or cannot be parsed. */
  get(name: string): T | undefined;
  /**
   * The object as the API server sent it, with only the operator's entry of managedFields; undefined if it does not
   * exist, or if only its parsed form is stored.
   */
  object(name: string): KubeObject | undefined;
  /** The resourceVersion at which it was seen. */
  version(name: string): string | undefined;
  names(): Iterable<string>;
  readonly size: number;
}

/** Whole objects as compact text, parsed on demand: ten thousand must fit into memory with everything else. */
export class ObjectStore<T extends object> implements Store<T> {
  readonly #options: ObjectStoreOptions<T>;
  readonly #stored = new Map<string, Stored>();
  readonly #opened: LRUCache<string, Opened<T>>;

  /** `opened`: the number of objects that stay parsed. */
  constructor(opened: number, options: ObjectStoreOptions<T>) {
    this.#options = options;
    this.#opened = new LRUCache({ max: opened });
  }

  put(received: KubeObject): void {
    const name = namespacedName(received.metadata);
    const { resourceVersion } = received.metadata;
    if (this.#stored.get(name)?.resourceVersion === resourceVersion && resourceVersion !== undefined) return;
    const before = this.get(name);
    const object = withoutBookkeeping(received, this.#options.fieldManager);
    this.#stored.set(name, { resourceVersion, text: writeJson(object) });
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

  get(name: string): T | undefined {
    return this.#open(name)?.parsed;
  }

  version(name: string): string | undefined {
    return this.#stored.get(name)?.resourceVersion;
  }

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
    const object = parseJson(stored.text) as KubeObject;
    const opened = { object, parsed: this.#parse(name, object) };
    this.#opened.set(name, opened);
    return opened;
  }

  #parse(name: string, object: KubeObject): T | undefined {
    return parsed(this.#options, name, object);
  }

  #drop(name: string): void {
    const before = this.get(name);
    if (!this.#stored.delete(name)) return;
    this.#opened.delete(name);
    this.#options.changed(name, before, undefined);
  }
}

/** Parsed objects only: for kinds of which little is needed. */
export class ItemStore<T extends object> implements Store<T> {
  readonly #options: StoreOptions<T>;
  readonly #items = new Map<string, { readonly resourceVersion: string | undefined; readonly item: T | undefined }>();

  constructor(options: StoreOptions<T>) {
    this.#options = options;
  }

  put(received: KubeObject): void {
    const name = namespacedName(received.metadata);
    const { resourceVersion } = received.metadata;
    const before = this.#items.get(name);
    if (before !== undefined && before.resourceVersion === resourceVersion) return;
    const item = parsed(this.#options, name, received);
    this.#items.set(name, { resourceVersion, item });
    this.#options.changed(name, before?.item, item);
  }

  remove({ metadata }: { readonly metadata: ObjectMeta }): void {
    this.#drop(namespacedName(metadata));
  }

  retain(listed: ReadonlySet<string>, covers: (name: string) => boolean): void {
    for (const name of [...this.#items.keys()]) if (!listed.has(name) && covers(name)) this.#drop(name);
  }

  get(name: string): T | undefined {
    return this.#items.get(name)?.item;
  }

  object(): undefined {
    return undefined;
  }

  version(name: string): string | undefined {
    return this.#items.get(name)?.resourceVersion;
  }

  names(): Iterable<string> {
    return this.#items.keys();
  }

  get size(): number {
    return this.#items.size;
  }

  #drop(name: string): void {
    const before = this.#items.get(name);
    if (before === undefined) return;
    this.#items.delete(name);
    this.#options.changed(name, before.item, undefined);
  }
}

function parsed<T extends object>(
  { parse, malformed }: StoreOptions<T>,
  name: string,
  object: KubeObject,
): T | undefined {
  try {
    return parse(object);
  } catch (error) {
    malformed(name, error);
    return undefined;
  }
}

/** Removes fields that no stage and no decision reads: they are most of an object's size. */
function withoutBookkeeping(object: KubeObject, fieldManager: string): KubeObject {
  const { managedFields: _, annotations, ...rest } = object.metadata;
  const ours = applyEntry(object.metadata, fieldManager);
  const metadata = ours === undefined ? rest : { ...rest, managedFields: [ours] };
  if (annotations === undefined) return { ...object, metadata };
  const { [lastApplied]: __, ...kept } = annotations;
  return { ...object, metadata: { ...metadata, annotations: kept } };
}
