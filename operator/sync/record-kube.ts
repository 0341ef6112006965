import { keyOf, keyText } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { parseRecord, type SyncRecord, writeRecord } from "./record.ts";

/**
 * The record of a parent, where plans expect a status.
 * CRDs of others may drop what they do not know from a status, so the record is kept in an annotation.
 */
export class RecordPlace {
  readonly #kube: Kube;
  readonly #annotation: string;
  #parent: KubeObject;

  constructor(kube: Kube, annotation: string, parent: KubeObject) {
    this.#kube = kube;
    this.#annotation = annotation;
    this.#parent = parent;
  }

  /** The parent as last read or written, with its own status. */
  get parent(): KubeObject {
    return this.#parent;
  }

  /** The parent with its record in place of its status, as plans take it. */
  get recorded(): KubeObject {
    return { ...this.#parent, status: parseRecord(this.#parent, this.#annotation) };
  }

  /** The parent was written otherwise: later writes are on this version. */
  wrote(parent: KubeObject): void {
    this.#parent = parent;
  }

  /** Writes the record, on the version of the parent. @throws Conflict, NotFound */
  async write(record: SyncRecord): Promise<void> {
    await this.#write(this.#parent, record);
  }

  /** The cluster, in which the status of the parent is its record. */
  readonly kube = (): Kube => {
    const kube = this.#kube;
    const isParent = (key: Parameters<Kube["get"]>[0]): boolean => keyText(key) === keyText(keyOf(this.#parent));
    return {
      get: async (key) => {
        const found = await kube.get(key);
        if (found === undefined || !isParent(key)) return found;
        this.#parent = found;
        return this.recorded;
      },
      replaceStatus: async (object) => {
        if (!isParent(keyOf(object))) return kube.replaceStatus(object);
        return this.#write(object, (object["status"] ?? {}) as SyncRecord);
      },
      served: (kind) => kube.served(kind),
      getMetadata: (key) => kube.getMetadata(key),
      list: (query) => kube.list(query),
      create: (object, options) => kube.create(object, options),
      apply: (object, options) => kube.apply(object, options),
      patch: (key, patch) => kube.patch(key, patch),
      delete: (key, options) => kube.delete(key, options),
      watch: (query) => kube.watch(query),
      as: (serviceAccount) => kube.as(serviceAccount),
    };
  };

  async #write({ metadata: { uid, resourceVersion } }: KubeObject, record: SyncRecord): Promise<KubeObject> {
    const annotations = { [this.#annotation]: writeRecord(record) };
    this.#parent = await this.#kube.patch(keyOf(this.#parent), { metadata: { uid, resourceVersion, annotations } });
    return this.recorded;
  }
}
