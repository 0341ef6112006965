import type { PlugRef } from "../crds/generated/plug.ts";
import { labels, manager } from "../crds/names.ts";
import { type Sight, unknown } from "../crds/references.ts";
import { recordedAt } from "../crds/versions.ts";
import type { Clock } from "../kit/clock.ts";
import { Forbidden, KindNotServed } from "../kit/errors.ts";
import type { Kube, ObjectMeta } from "../kit/kube.ts";
import type { Random } from "./backoff.ts";
import type { FollowTarget } from "./follow.ts";
import { Following } from "./following.ts";
import { MetadataStore } from "./metadata-store.ts";
import { parseKind } from "./ref-index.ts";
import type { Tell } from "./report.ts";
import { namespacedName } from "./subject.ts";

/** What of a kind is watched: all of it, or only what carries our label. */
export type WatchScope = "all" | "ours";

export interface KindWatchOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  readonly namespaces: readonly string[] | undefined;
  readonly retryMilliseconds: number;
  /** An object may have changed; its owners before and after, as far as they are known. */
  readonly touched: (kind: string, name: string, owners: readonly (string | undefined)[]) => void;
  /** A list is complete, or the state of the watch changed. */
  readonly changed: (kind: string, why: "listed" | "event" | "state") => void;
  /** Takes what it wants for itself and gives the rest on. */
  readonly sort?: ((kind: string, others: FollowTarget) => FollowTarget) | undefined;
}

/** The versions of one kind's objects, from a watch of their metadata alone. */
export class KindWatch {
  readonly scope: WatchScope;
  readonly #kind: string;
  readonly #options: KindWatchOptions;
  readonly #store: MetadataStore;
  readonly #following: Following;
  /** What a watch of our label alone does not show, as read one by one. */
  readonly #read = new Map<string, Sight>();
  #reading = 0;

  constructor(kind: string, scope: WatchScope, options: KindWatchOptions) {
    this.#kind = kind;
    this.scope = scope;
    this.#options = options;
    this.#store = new MetadataStore((name, owners) => {
      this.#read.delete(name);
      options.touched(kind, name, owners);
    });
    const ours = scope === "ours" ? { labelSelector: `${labels.managedBy}=${manager}` } : {};
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

  get busy(): boolean {
    return this.#following.busy || this.#reading > 0;
  }

  /** Whether changes in a namespace cannot be seen, so that only asking tells. */
  get refused(): boolean {
    return this.#following.refused;
  }

  has(name: string): boolean {
    return this.#store.has(name);
  }

  /** Forgets what it read one by one, so that it is read again. */
  refresh(): void {
    this.#read.clear();
  }

  /** What is known of the object of a reference; nothing while the watch lags behind what the reference recorded. */
  see(ref: PlugRef): Sight {
    const highWater = this.#following.highWater(ref.namespace ?? "");
    if (highWater === undefined) return unknown;
    const metadata = this.#store.get(namespacedName(ref));
    if (lagsBehind(ref, metadata, highWater)) return unknown;
    if (metadata !== undefined || this.scope === "all") return { known: true, metadata };
    return this.#readOnce(ref);
  }

  /** An object that lacks our label (the seed's, or stripped of it) is not gone: before it is said so it is read. */
  #readOnce(ref: PlugRef): Sight {
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

  async #readMetadata(ref: PlugRef): Promise<Sight> {
    const { kube, tell } = this.#options;
    try {
      const object = await kube.getMetadata({ ...parseKind(this.#kind), namespace: ref.namespace, name: ref.name });
      return { known: true, metadata: object?.metadata };
    } catch (error) {
      if (!(error instanceof Forbidden || error instanceof KindNotServed))
        tell({ kind: "watch lost", apiVersion: parseKind(this.#kind).apiVersion, watched: ref.kind, error });
      return unknown;
    }
  }
}

/** Whether a watch has not seen yet what the reference recorded (resourceVersions of one kind compare as integers). */
export function lagsBehind(ref: PlugRef, metadata: ObjectMeta | undefined, highWater: number): boolean {
  const recorded = ref.version === undefined ? undefined : recordedAt(ref.version);
  if (recorded === undefined) return false;
  const seen = metadata?.resourceVersion === undefined ? -1 : Number(metadata.resourceVersion);
  return recorded > Math.max(seen, highWater);
}
