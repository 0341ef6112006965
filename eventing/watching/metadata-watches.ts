import type { Clock } from "../../kit/clock.ts";
import { Forbidden, KindNotServed, TooLarge } from "../../kit/errors.ts";
import type { Kube } from "../../kit/kube/port.ts";
import { lagsBehind, type Reference, type Sight, sightOf, unknown } from "../../kit/loop/references.ts";
import { namespacedName } from "../../kit/loop/stage.ts";
import type { Random } from "../backoff.ts";
import type { Tell } from "../report.ts";
import { Following, type FollowTarget } from "./follow.ts";
import { MetadataStore, type OwnerMark } from "./metadata-store.ts";
import { type KindUse, kindOf, parseKind } from "./ref-index.ts";

/** The watched part of a kind: all objects, or only those with our label. */
export type WatchScope = "all" | "ours";

export interface MetadataWatchOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  readonly namespaces: readonly string[] | undefined;
  readonly retryMilliseconds: number;
  /** An object may have changed; with its owners before and after, if known. */
  readonly touched: (kind: string, name: string, owners: readonly (OwnerMark | undefined)[]) => void;
  /** A list is complete, or the state of the watch changed. */
  readonly changed: (kind: string, why: "listed" | "event" | "state") => void;
  /** Selects the objects that the operator made. */
  readonly madeSelector: string;
  /** Labels that name the owner of an object. */
  readonly ownerLabels: readonly string[];
  /** The field manager under which the operator applies. */
  readonly fieldManager: string;
  /** Returns the target of the watch of a kind. It may keep some objects and must give all others to `others`. */
  readonly sort?: ((kind: string, others: FollowTarget) => FollowTarget) | undefined;
}

/** The versions of one kind's objects, from a watch of their metadata. */
export class MetadataWatch {
  readonly scope: WatchScope;
  readonly #kind: string;
  readonly #options: MetadataWatchOptions;
  readonly #store: MetadataStore;
  readonly #following: Following;
  /** Objects that a watch of our label does not show, read one by one. */
  readonly #read = new Map<string, Sight>();
  #reading = 0;

  constructor(kind: string, scope: WatchScope, options: MetadataWatchOptions) {
    this.#kind = kind;
    this.scope = scope;
    this.#options = options;
    this.#store = new MetadataStore(options, (name, owners) => {
      this.#read.delete(name);
      options.touched(kind, name, owners);
    });
    const ours = scope === "ours" ? { labelSelector: options.madeSelector } : {};
    this.#following = new Following({
      ...options,
      followed: { ...parseKind(kind), metadataOnly: true, ...ours },
      target: options.sort?.(kind, this.#store) ?? this.#store,
      changed: (why) => options.changed(kind, why),
    });
  }

  start(): void {
    this.#following.start();
  }

  stop(): Promise<void> {
    return this.#following.stop();
  }

  wake(): void {
    this.#following.wake();
  }

  get settled(): boolean {
    return this.#following.settled;
  }

  get synced(): boolean {
    return this.#following.synced;
  }

  syncedIn(namespace: string): boolean {
    return this.#following.highWater(namespace) !== undefined;
  }

  get busy(): boolean {
    return this.#following.busy || this.#reading > 0;
  }

  /** Whether changes in a namespace cannot be watched, so that only requests find them. */
  get refused(): boolean {
    return this.#following.refused;
  }

  has(name: string): boolean {
    return this.#store.has(name);
  }

  /** Forgets the objects that were read one by one, so that they are read again. */
  refresh(): void {
    this.#read.clear();
  }

  /** What is known about the object of a reference; nothing while the watch has not reached the recorded version. */
  see(ref: Reference): Sight {
    const highWater = this.#following.highWater(ref.namespace ?? "");
    if (highWater === undefined) return unknown;
    const metadata = this.#store.get(namespacedName(ref));
    if (lagsBehind(ref, metadata, highWater)) return unknown;
    const applied = this.#store.applied(namespacedName(ref));
    if (metadata !== undefined || this.scope === "all") return { known: true, metadata, applied };
    return this.#readOnce(ref);
  }

  /**
   * Reads an object that the watch of our label does not show.
   * It may exist without the label: integration-operator made it, or a user removed the label.
   */
  #readOnce(ref: Reference): Sight {
    const name = namespacedName(ref);
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    this.#read.set(name, unknown);
    this.#reading += 1;
    void this.#readMetadata(ref).then((sight) => {
      this.#reading -= 1;
      if (this.#read.has(name)) this.#read.set(name, sight);
      this.#options.touched(this.#kind, name, [undefined]);
      this.#options.changed(this.#kind, "event");
    });
    return unknown;
  }

  async #readMetadata(ref: Reference): Promise<Sight> {
    const { kube, tell } = this.#options;
    try {
      const object = await kube.getMetadata({ ...parseKind(this.#kind), namespace: ref.namespace, name: ref.name });
      return sightOf(object?.metadata, this.#options.fieldManager);
    } catch (error) {
      if (!(error instanceof Forbidden || error instanceof KindNotServed))
        tell({ kind: "watch lost", apiVersion: parseKind(this.#kind).apiVersion, watched: ref.kind, error });
      return unknown;
    }
  }
}

/**
 * The most kinds that are watched for all subjects together: more than a cluster serves, and fewer than statuses can
 * name.
 */
export const watchedKindsAtMost = 500;

/**
 * One metadata watch for each kind that subjects use, opened at the first use and closed when unused.
 * If there would be too many, one that is refused anyway makes room.
 * The rest count as kinds that may not be watched.
 */
export class MetadataWatches {
  readonly #options: MetadataWatchOptions;
  /** Kinds on which any object may come to depend. */
  readonly #always: readonly string[];
  readonly #useOf: (kind: string) => KindUse;
  readonly #watches = new Map<string, MetadataWatch>();
  /** Watches that replace a narrower one when they have read everything. */
  readonly #successors = new Map<string, MetadataWatch>();
  readonly #unused = new Set<string>();
  /** Kinds that exceeded the limit. */
  readonly #leftOver = new Set<string>();
  #stopped = false;

  constructor(
    options: Omit<MetadataWatchOptions, "changed"> & {
      readonly changed: () => void;
      readonly listed: (kind: string) => void;
      readonly alwaysWatched: readonly string[];
    },
    useOf: (kind: string) => KindUse,
  ) {
    this.#useOf = useOf;
    this.#always = options.alwaysWatched;
    this.#options = {
      ...options,
      changed: (kind, why) => {
        if (why === "listed") this.#succeed(kind);
        if (why === "listed") options.listed(kind);
        options.changed();
      },
    };
  }

  start(): void {
    for (const kind of this.#always) this.#open(kind, "all");
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#all().map((watch) => watch.stop()));
  }

  /** What is known about the object of a reference. */
  see(ref: Reference): Sight {
    return this.#watches.get(kindOf(ref))?.see(ref) ?? unknown;
  }

  /** Whether changes of a referenced object can only be found by requests. */
  refused(ref: Reference): boolean {
    const kind = kindOf(ref);
    return this.#watches.get(kind)?.refused ?? this.#leftOver.has(kind);
  }

  /** Whether an object of that name exists, as far as the watch of its kind shows. */
  shows(kind: string, name: string): boolean {
    return this.#watches.get(kind)?.has(name) ?? false;
  }

  /** Whether all existing objects of a kind have been read: in one namespace, or wherever it is watched. */
  synced(kind: string, namespace?: string): boolean {
    const watch = this.#watches.get(kind);
    return namespace === undefined ? (watch?.synced ?? false) : (watch?.syncedIn(namespace) ?? false);
  }

  /** The kinds that may not be watched. */
  get refusedKinds(): readonly string[] {
    return [...[...this.#watches].filter(([, watch]) => watch.refused).map(([kind]) => kind), ...this.#leftOver];
  }

  /** Whether everything that was referenced so far has been read, as far as possible. */
  get settled(): boolean {
    return this.#always.every((kind) => this.#watches.get(kind)?.settled) && !this.busy;
  }

  get busy(): boolean {
    return this.#all().some((watch) => watch.busy);
  }

  /** Opens the watches that the use of a kind needs. */
  use(kind: string): void {
    if (this.#stopped || this.#always.includes(kind)) return;
    const { labelled, read } = this.#useOf(kind);
    if (labelled + read === 0) return;
    this.#unused.delete(kind);
    const watch = this.#watches.get(kind);
    const scope: WatchScope = read > 0 ? "all" : "ours";
    if (watch === undefined) this.#openWhereThereIsRoom(kind, scope);
    else if (scope === "all" && watch.scope === "ours" && !this.#successors.has(kind)) this.#widen(kind);
  }

  /**
   * Closes the watches of kinds that were also unused at the last resync, and forgets objects that were read one by
   * one, so that they are read again.
   */
  resync(): void {
    for (const [kind, watch] of this.#watches) {
      watch.refresh();
      const { labelled, read } = this.#useOf(kind);
      if (labelled + read > 0 || this.#always.includes(kind)) this.#unused.delete(kind);
      else if (this.#unused.delete(kind)) this.#close(kind);
      else this.#unused.add(kind);
    }
    const waiting = [...this.#leftOver];
    this.#leftOver.clear();
    for (const kind of waiting) this.use(kind);
  }

  /** Tries again to watch refused kinds: a CRD may have added them. */
  wake(): void {
    for (const watch of this.#all()) watch.wake();
  }

  #openWhereThereIsRoom(kind: string, scope: WatchScope): void {
    if (this.#leftOver.has(kind)) return;
    if (this.#watches.size >= watchedKindsAtMost) {
      const [refused] = [...this.#watches].find(([one, { refused }]) => refused && !this.#always.includes(one)) ?? [];
      this.#leaveOver(refused ?? kind);
      if (refused === undefined) return;
      this.#close(refused);
    }
    this.#open(kind, scope);
  }

  #leaveOver(kind: string): void {
    this.#leftOver.add(kind);
    const { apiVersion, kind: watched } = parseKind(kind);
    const why = `more than ${watchedKindsAtMost} kinds are referred to; changes of ${watched} of ${apiVersion} are found at each resync`;
    this.#options.tell({ kind: "may not watch", apiVersion, watched, error: new TooLarge(why) });
  }

  #open(kind: string, scope: WatchScope): void {
    const watch = new MetadataWatch(kind, scope, this.#options);
    this.#watches.set(kind, watch);
    watch.start();
  }

  #widen(kind: string): void {
    const watch = new MetadataWatch(kind, "all", this.#options);
    this.#successors.set(kind, watch);
    watch.start();
  }

  #succeed(kind: string): void {
    const successor = this.#successors.get(kind);
    if (!successor?.synced) return;
    this.#successors.delete(kind);
    void this.#watches.get(kind)?.stop();
    this.#watches.set(kind, successor);
  }

  #close(kind: string): void {
    for (const watches of [this.#watches, this.#successors]) {
      void watches.get(kind)?.stop();
      watches.delete(kind);
    }
  }

  #all(): readonly MetadataWatch[] {
    return [...this.#watches.values(), ...this.#successors.values()];
  }
}
