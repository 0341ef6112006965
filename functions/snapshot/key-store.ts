import { labels, manager } from "../../crds/names.ts";
import { snapshotsOf } from "../../crds/snapshot/head.ts";
import { type KeyOwner, keptKeysLabel, keptKeysName, keptKeysOwner } from "../../crds/snapshot/kept-keys.ts";
import { AlreadyExists, Conflict, NotFound } from "../../kit/errors.ts";
import type { Kube, KubeObject, ObjectKey, ObjectMeta } from "../../kit/kube/port.ts";
import type { WatchedRecords } from "./watched-records.ts";

/** The keys of a coupling as they were read. */
export interface KeptKeys {
  /** Keys and certificates, by what templates call them. */
  readonly values: ReadonlyMap<string, string>;
  /** Their Secret; undefined if there is none. */
  readonly seen: ObjectMeta | undefined;
}

/** Keys that are stored before anything is applied that was rendered with them. */
export interface KeysToStore {
  readonly plug: KeyOwner;
  /** The key of their Secret. */
  readonly key: ObjectKey;
  /** All keys of the coupling: those that were read, and new ones. */
  readonly values: ReadonlyMap<string, string>;
  /** The keys as they were read. */
  readonly before: KeptKeys;
}

/** The keys and certificates that templates made, in one Secret of the operator's own namespace per coupling. */
export class KeyStore {
  readonly #kube: Kube;
  readonly #namespace: string;
  readonly #records: WatchedRecords | undefined;

  constructor(kube: Kube, namespace: string, records?: WatchedRecords) {
    this.#kube = kube;
    this.#records = records;
    this.#namespace = namespace;
  }

  /** The key of the Secret that holds the keys of a plug's coupling. */
  keyFor(plug: KeyOwner): ObjectKey {
    return { apiVersion: "v1", kind: "Secret", namespace: this.#namespace, name: keptKeysName(plug) };
  }

  /** The keys of a plug's coupling. */
  async read(plug: KeyOwner): Promise<KeptKeys> {
    const found = await this.#kube.get(this.keyFor(plug));
    return { values: new Map(Object.values(entriesOf(found)).map(entry)), seen: found?.metadata };
  }

  /**
   * Stores new keys beside those that were read.
   * @throws Conflict if others are stored by now: what was rendered must be rendered again, with those
   */
  async store({ plug, key, values, before: { seen } }: KeysToStore): Promise<void> {
    const marks = {
      labels: { [labels.managedBy]: manager, [keptKeysLabel]: snapshotsOf(plug) },
      annotations: { [keptKeysOwner]: `${plug.namespace}/${plug.name}` },
    };
    const data = Object.fromEntries(
      [...values].map((pair, index) => [String(index), Buffer.from(JSON.stringify(pair)).toString("base64")]),
    );
    this.#records?.wrote({ name: key.name });
    try {
      if (seen === undefined) {
        const metadata = { name: key.name, namespace: this.#namespace, ...marks };
        await this.#kube.create({ apiVersion: "v1", kind: "Secret", metadata, data });
      } else {
        const { uid, resourceVersion } = seen;
        await this.#kube.patch(key, { metadata: { uid, resourceVersion, ...marks }, data });
      }
    } catch (error) {
      if (error instanceof AlreadyExists || error instanceof Conflict || error instanceof NotFound)
        throw new Conflict(`the keys of plug ${plug.namespace}/${plug.name} changed after they were read`);
      throw error;
    }
  }

  /** The Secret of the keys as it is now, so that exactly this version is deleted later. */
  async seen(plug: KeyOwner): Promise<ObjectMeta | undefined> {
    if (this.#records?.isAbsent(keptKeysName(plug)) === true) return undefined;
    return (await this.#kube.getMetadata(this.keyFor(plug)))?.metadata;
  }

  /** Deletes the keys of an ended coupling, as they were read: not those that another coupling made since. */
  async forget(plug: KeyOwner, seen: ObjectMeta | undefined): Promise<void> {
    if (seen === undefined) return;
    const { uid, resourceVersion } = seen;
    try {
      await this.#kube.delete(this.keyFor(plug), { uid, resourceVersion });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

/** The data of a Secret. */
export function entriesOf(secret: KubeObject | undefined): { readonly [key: string]: string } {
  const data: unknown = secret?.["data"];
  if (typeof data !== "object" || data === null) return {};
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, text]) => (typeof text === "string" ? [[key, text]] : [])),
  );
}

function entry(text: string): [string, string] {
  const pair: unknown = JSON.parse(Buffer.from(text, "base64").toString());
  return Array.isArray(pair) ? [String(pair[0]), String(pair[1])] : ["", ""];
}
