import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { labels, manager } from "../../crds/names.ts";
import {
  digestIn,
  madeBesides,
  type SnapshotHead,
  snapshotHead,
  snapshotLabels,
  snapshotSelector,
  snapshotsOf,
} from "../../crds/snapshot/head.ts";
import { Conflict, NotFound } from "../../kit/errors.ts";
import type { Kube, KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import { entriesOf, KeyStore } from "./key-store.ts";
import {
  type Adopted,
  type Adopter,
  type MadeBesides,
  parseSnapshot,
  readMadeBesides,
  type Snapshot,
  writeMadeBesides,
} from "./snapshot.ts";
import type { WatchedRecords } from "./watched-records.ts";

interface Owner {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The most snapshots in the cache, for couplings that run at the same time.
 * They are stored compressed; a few large ones replace the rest.
 */
const rememberedAtMost = 5_000;
const rememberedBytes = 8_388_608;

/**
 * Snapshots and stored keys, as Secrets of the operator's own namespace.
 * Snapshots never change, so they are cached.
 */
export class SnapshotStore {
  /** The keys that templates made for couplings. */
  readonly keys: KeyStore;
  readonly #kube: Kube;
  readonly #namespace: string;
  readonly #records: WatchedRecords | undefined;
  readonly #remembered: LRUCache<string, Snapshot>;

  /** `records`: what the source in the same process watches; absent: everything is read. */
  constructor(kube: Kube, namespace: string, records?: WatchedRecords) {
    this.keys = new KeyStore(kube, namespace, records);
    this.#records = records;
    this.#kube = kube;
    this.#namespace = namespace;
    this.#remembered = new LRUCache({ max: rememberedAtMost, maxSize: rememberedBytes });
  }

  /** Writes the Secret of a snapshot. */
  async write(secret: KubeObject, snapshot: Snapshot): Promise<void> {
    const { metadata } = await this.#kube.create(secret);
    this.#records?.wrote(metadata);
    this.#remember(secret, snapshot);
  }

  /** The snapshot of that name; undefined if it was deleted. */
  async read(name: string): Promise<Snapshot | undefined> {
    const known = this.#remembered.get(name);
    if (known !== undefined) return known;
    const secret = await this.#kube.get(this.#key(name));
    if (secret === undefined) return undefined;
    const snapshot = await parseSnapshot(secret);
    this.#remember(secret, snapshot);
    return snapshot;
  }

  /**
   * The snapshot of that name if it belongs to this plug; undefined if it was deleted, or belongs to another plug of
   * this name.
   */
  async readOf(plug: { readonly uid: string }, name: string | undefined): Promise<Snapshot | undefined> {
    const snapshot = name === undefined ? undefined : await this.read(name);
    return snapshot?.plug.uid === plug.uid ? snapshot : undefined;
  }

  #remember(secret: KubeObject, snapshot: Snapshot): void {
    this.#remembered.set(secret.metadata.name, snapshot, { size: JSON.stringify(secret["data"]).length });
  }

  /** Whether a snapshot of that name still exists. A deleted one is removed from the cache. */
  async isThere(name: string): Promise<boolean> {
    if ((await this.#kube.getMetadata(this.#key(name))) !== undefined) return true;
    this.#remembered.delete(name);
    return false;
  }

  /** Whether a snapshot of that name belongs to a coupling that has not ended. */
  async isInUse(name: string): Promise<boolean> {
    const found = await this.#kube.getMetadata(this.#key(name));
    return found !== undefined && found.metadata.labels?.[snapshotLabels.finishedAt] === undefined;
  }

  /** Removes a snapshot that no plug names any more. */
  async remove(name: string): Promise<void> {
    this.#remembered.delete(name);
    await this.#kube.delete(this.#key(name));
    this.#records?.removed(digestIn(name), name);
  }

  /** The heads of all snapshots made for a plug of that name. */
  heads(plug: Owner): Promise<readonly SnapshotHead[]> {
    return this.#heads(`${snapshotLabels.of}=${snapshotsOf(plug)}`);
  }

  /**
   * The heads of all snapshots made for a plug of that name, as far as this process knows: what it wrote, and what is
   * watched.
   */
  async knownHeads(plug: Owner): Promise<readonly SnapshotHead[]> {
    return this.#records?.heads(snapshotsOf(plug)) ?? (await this.heads(plug));
  }

  /** The heads of all unfinished snapshots of couplings to a socket of that name. */
  headsAt(socket: Owner): Promise<readonly SnapshotHead[]> {
    return this.#heads(`${snapshotLabels.socket}=${snapshotsOf(socket)},!${snapshotLabels.finishedAt}`);
  }

  /** The uids of the plugs whose coupling to a socket of that name an unfinished snapshot records. */
  async recordedAt(socket: Owner): Promise<ReadonlySet<string>> {
    const ofOlder = `${snapshotSelector},!${snapshotLabels.socket},!${snapshotLabels.finishedAt}`;
    const heads = await Promise.all([this.headsAt(socket), this.#heads(ofOlder)]);
    return new Set(heads.flat().map(({ plugUid }) => plugUid));
  }

  async #heads(labelSelector: string): Promise<readonly SnapshotHead[]> {
    const heads: SnapshotHead[] = [];
    let next: string | undefined;
    do {
      const page = await this.#kube.list({
        ...this.#key(""),
        labelSelector,
        metadataOnly: true,
        limit: 500,
        continue: next,
      });
      heads.push(...page.items.map((item) => snapshotHead(item.metadata)));
      next = page.continue;
    } while (next !== undefined);
    return heads;
  }

  /**
   * The marks of the objects that a plug's coupling shares with others, by its snapshots, as far as this process knows.
   */
  async marksOf(plug: Owner, names: readonly string[]): Promise<readonly string[]> {
    const known = this.#records?.heads(snapshotsOf(plug));
    const heads = known?.filter(({ name }) => names.includes(name)) ?? (await this.#headsNamed(new Set(names)));
    return [...new Set(heads.flatMap(({ marks }) => marks))];
  }

  async #headsNamed(names: ReadonlySet<string>): Promise<readonly SnapshotHead[]> {
    const found = await Promise.all([...names].map((name) => this.#kube.getMetadata(this.#key(name))));
    return found.flatMap((one) => (one === undefined ? [] : [snapshotHead(one.metadata)]));
  }

  /** The snapshots in use of one plug. */
  async ofPlugUid(plugUid: string): Promise<readonly SnapshotHead[]> {
    const found: SnapshotHead[] = [];
    for await (const one of this.#inUse(`${snapshotLabels.plugUid}=${plugUid}`)) found.push(one);
    return found;
  }

  /** The unfinished snapshots of one plug that have a mark. */
  markedOf(plugUid: string, mark: string): AsyncIterable<SnapshotHead> {
    return this.#inUse(`${mark},${snapshotLabels.plugUid}=${plugUid}`);
  }

  /** The unfinished snapshots of other plugs that have a mark; read in small pages. */
  markedOfOthers(plugUid: string, mark: string): AsyncIterable<SnapshotHead> {
    return this.#inUse(`${mark},${snapshotLabels.plugUid}!=${plugUid}`);
  }

  async *#inUse(selector: string): AsyncIterable<SnapshotHead> {
    const labelSelector = `${selector},!${snapshotLabels.finishedAt}`;
    let next: string | undefined;
    do {
      const query = { ...this.#key(""), labelSelector, metadataOnly: true, limit: 10, continue: next };
      const page = await this.#kube.list(query);
      for (const { metadata } of page.items) yield snapshotHead(metadata);
      next = page.continue;
    } while (next !== undefined);
  }

  /** Adds marks to a snapshot; does nothing if it was deleted. */
  async mark(name: string, marks: readonly string[]): Promise<void> {
    await this.#relabel(name, Object.fromEntries(marks.map((mark) => [mark, "true"])));
  }

  /** The objects that its coupling made and the snapshot does not render. */
  async madeBesides(name: string): Promise<readonly MadeBesides[]> {
    const found = await this.#kube.getMetadata(this.#key(name));
    return found === undefined ? [] : readMadeBesides(found.metadata);
  }

  /** Names on a snapshot the objects that its coupling makes and it does not render; does nothing if it was deleted. */
  async nameMade(name: string, made: readonly MadeBesides[]): Promise<void> {
    await this.#patch(name, { annotations: { [madeBesides]: writeMadeBesides(made) } });
  }

  /** Removes a mark. */
  async unmark(name: string, mark: string): Promise<void> {
    await this.#relabel(name, { [mark]: null });
  }

  async #relabel(name: string, labels: { readonly [label: string]: string | null }): Promise<void> {
    await this.#patch(name, { labels });
  }

  async #patch(name: string, metadata: object): Promise<void> {
    try {
      const patched = await this.#kube.patch(this.#key(name), { metadata });
      this.#records?.wrote(patched.metadata);
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
  }

  /** Marks a snapshot as finished: it is checked once more, and removed, one resync later. */
  async finish(name: string, now: number): Promise<void> {
    await this.#relabel(name, { [snapshotLabels.finishedAt]: String(now) });
  }

  /**
   * Marks a snapshot as superseded: its coupling continues with a later one.
   * It is removed one resync later, without a check of its objects.
   */
  async supersede(name: string, now: number): Promise<void> {
    await this.#relabel(name, { [snapshotLabels.finishedAt]: String(now), [snapshotLabels.superseded]: "true" });
  }

  /**
   * Records the objects that an owner took over from integration-operator.
   * Replaces the record of a former owner of that name.
   */
  async keepAdopted(owner: Adopter, adopted: Adopted): Promise<void> {
    const key = this.#key(adoptedName(owner));
    const record = { uid: owner.metadata.uid, objects: Object.fromEntries(adopted) };
    const data = { adopted: Buffer.from(JSON.stringify(record)).toString("base64") };
    this.#records?.wrote({ name: key.name });
    if ((await this.#kube.getMetadata(key)) !== undefined) {
      await this.#kube.patch(key, { data });
      return;
    }
    const { name, namespace } = key;
    const metadata = { name, namespace, labels: { [labels.managedBy]: manager } };
    await this.#kube.create({ apiVersion: "v1", kind: "Secret", metadata, data });
  }

  /** The objects that this owner took over; empty if the record belongs to another of its name. */
  async adopted(owner: Adopter): Promise<Adopted> {
    const key = this.#key(adoptedName(owner));
    if (this.#records?.isAbsent(key.name) === true) return new Map();
    const record = recordIn(await this.#kube.get(key));
    return new Map(record?.uid === owner.metadata.uid ? Object.entries(record.objects) : []);
  }

  /** Deletes the record, if it exists and belongs to this owner. */
  async forgetAdopted(owner: Adopter): Promise<void> {
    const key = this.#key(adoptedName(owner));
    if (this.#records?.isAbsent(key.name) === true) return;
    const found = await this.#kube.get(key);
    if (found === undefined || recordIn(found)?.uid !== owner.metadata.uid) return;
    const { uid, resourceVersion } = found.metadata;
    try {
      await this.#kube.delete(key, { uid, resourceVersion });
    } catch (error) {
      // Written since, for a later owner of that name.
      if (!(error instanceof Conflict)) throw error;
    }
  }

  #key(name: string): ObjectKey & { readonly namespace: string } {
    return { apiVersion: "v1", kind: "Secret", namespace: this.#namespace, name };
  }
}

function recordIn(secret: KubeObject | undefined): AdoptionRecord | undefined {
  const { adopted: text = "" } = entriesOf(secret);
  return text === "" ? undefined : JSON.parse(Buffer.from(text, "base64").toString());
}

/** The objects that an owner took over from integration-operator: the uid of each, by key. */
interface AdoptionRecord {
  readonly uid: string;
  readonly objects: { readonly [key: string]: string };
}

function adoptedName({ kind, metadata: { namespace, name } }: Adopter): string {
  const digest = hash("sha256", `${kind}/${namespace}/${name}`);
  return `plugboard-adopted-${digest.slice(0, 32)}`;
}
