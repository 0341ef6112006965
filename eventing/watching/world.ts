import type { Clock } from "../../kit/clock.ts";
import type { Kube, KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import type { Change, Kept, KindName, KindSet, LoopKind, Referred, View } from "../../kit/loop/kind.ts";
import { lagsBehind, type Reference, type Sight, sightOf, unknown } from "../../kit/loop/references.ts";
import { namespacedName, subjectKey } from "../../kit/loop/stage.ts";
import { isOfApplied } from "../../kit/loop/versions.ts";
import type { Random } from "../backoff.ts";
import type { Tell } from "../report.ts";
import { Following, type FollowTarget } from "./follow.ts";
import { type AnyKept, KeptKind } from "./kept-kind.ts";
import { MetadataStore, type OwnerMark } from "./metadata-store.ts";
import { MetadataWatches } from "./metadata-watches.ts";
import { kindOf, RefIndex } from "./ref-index.ts";

export interface WorldOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  readonly kinds: KindSet;
  /** Absent: all namespaces. */
  readonly namespaces: readonly string[] | undefined;
  /** Time before another attempt to watch a kind that may not be watched. */
  readonly retryMilliseconds: number;
  /** A subject needs a look; `paced`: it can wait for the pace of its kind. */
  readonly woken: (key: string, paced: boolean) => void;
  /** A subject was deleted, or cannot be parsed any more: everything remembered about it is void. */
  readonly gone: (key: string) => void;
  /** Another kind may be served now. */
  readonly kindsChanged: () => void;
  /** The state of a watch changed. */
  readonly changed: () => void;
}

const definitions = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadataOnly: true,
} as const;

/** How long a watch may take to reach a recorded version, in milliseconds. */
export const lagPatienceMilliseconds = 30_000;

/** A kind and its watch. */
interface Followed {
  readonly kept: AnyKept;
  /** Absent: it uses a shared metadata watch. */
  readonly following: Following | undefined;
  /** Whether all objects of the kind are stored whole, so that `see` finds referenced objects here. */
  readonly whole: boolean;
}

/** All watched objects and their dependencies. Every change wakes the subjects that depend on it. */
export class World implements View {
  readonly metadata: MetadataWatches;
  readonly #options: WorldOptions;
  readonly #kinds = new Map<string, Followed>();
  readonly #whole = new Map<string, Followed>();
  readonly #refs: RefIndex;
  readonly #definitions: Following;
  readonly #laggingSince = new Map<string, number>();

  constructor(options: WorldOptions) {
    this.#options = options;
    for (const kind of options.kinds.kinds) {
      if (this.#kinds.has(kind.name)) throw new RangeError(`there are two kinds ${kind.name}`);
      this.#kinds.set(kind.name, this.#follow(kind));
    }
    for (const { definition } of this.kinds) for (const { on } of definition.wakes ?? []) this.kind(on);
    for (const followed of this.#kinds.values())
      if (followed.whole) this.#whole.set(kindOf(followed.kept.definition.watched), followed);
    this.#refs = new RefIndex((kind) => {
      if (!this.#whole.has(kind)) this.metadata.use(kind);
    });
    this.metadata = new MetadataWatches(
      {
        ...options,
        ...options.kinds,
        alwaysWatched: options.kinds.alwaysWatched.map(kindOf),
        ownerLabels: this.#owners().map(({ label }) => label),
        touched: (kind, name, owners) => this.#markTouched(kind, name, owners),
        listed: (kind) => this.#listed(kind),
        sort: (kind, others) => this.#sort(kind, others),
      },
      (kind) => this.#refs.use(kind),
    );
    this.#definitions = new Following({
      ...options,
      followed: definitions,
      target: new MetadataStore({ ownerLabels: [], fieldManager: options.kinds.fieldManager }, () =>
        this.#definitionsChanged(),
      ),
      namespaces: undefined,
      essential: "once watched",
    });
  }

  start(): void {
    for (const following of this.#followings()) following.start();
    this.metadata.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.metadata.stop(), ...this.#followings().map((following) => following.stop())]);
  }

  of<Item extends object, Card>({ name }: KindName<Item, Card>): Kept<Item, Card> {
    // Only a definition of that name made it, with these types.
    return this.kind(name) as unknown as Kept<Item, Card>;
  }

  /** The stored state of a kind, without its types. @throws RangeError for an unknown kind */
  kind(name: string): AnyKept {
    const followed = this.#kinds.get(name);
    if (followed === undefined) throw new RangeError(`no kind ${name} is followed`);
    return followed.kept;
  }

  /** Every kind, in the given order. */
  get kinds(): readonly AnyKept[] {
    return [...this.#kinds.values()].map(({ kept }) => kept);
  }

  /** Whether everything that decisions need at the start has been read, as far as possible. */
  get settled(): boolean {
    return this.metadata.settled && this.#followings().every((following) => following.settled);
  }

  /** Whether missed changes are being read. */
  get busy(): boolean {
    return this.metadata.busy || this.#followings().some((following) => following.busy);
  }

  /** The essential kinds that are not watched now, and since when (milliseconds since the epoch). */
  get downSince(): ReadonlyMap<string, number> {
    const times = this.#namedFollowings().map(([kind, { downSince }]) => [kind, downSince] as const);
    return new Map(times.flatMap(([kind, since]) => (since === undefined ? [] : [[kind, since] as const])));
  }

  /** The kinds that may not be watched. */
  get refusedKinds(): readonly string[] {
    const own = this.#namedFollowings().filter(([, following]) => following.refused);
    return [...own.map(([kind]) => kind), ...this.metadata.refusedKinds];
  }

  /** The keys of the subjects that refer to an object of a kind that may not be watched. */
  *subjectsOfRefusedKinds(): Iterable<string> {
    const whole = [...this.#whole].filter(([, { following }]) => following?.refused).map(([kind]) => kind);
    for (const kind of [...this.metadata.refusedKinds, ...whole])
      for (const name of this.#refs.names(kind)) yield* this.#refs.dependents(kind, name);
  }

  /** Tries again to watch refused kinds. */
  wake(): void {
    for (const following of this.#followings()) following.wake();
    this.metadata.wake();
  }

  /** An object of an essential kind, as last watched; undefined if it does not exist, or while that is not known. */
  read({ apiVersion, kind, namespace, name }: ObjectKey): KubeObject | undefined {
    const followed = this.#whole.get(kindOf({ apiVersion, kind }));
    if (followed?.kept.definition.essential === undefined || !this.#synced) return undefined;
    return followed.kept.object(namespacedName({ namespace, name }));
  }

  see(ref: Reference): Sight {
    const followed = this.#whole.get(kindOf(ref));
    if (followed === undefined) return this.metadata.see(ref);
    const highWater = followed.following?.highWater(ref.namespace ?? ref.name);
    if (highWater === undefined) return unknown;
    const metadata = followed.kept.object(namespacedName(ref))?.metadata;
    if (lagsBehind(ref, metadata, highWater)) return unknown;
    const applied = ref.version !== undefined && isOfApplied(ref.version);
    return applied ? sightOf(metadata, this.#options.kinds.fieldManager) : { known: true, metadata };
  }

  /** Whether an object that bears our label exists, as the watch of its kind shows; undefined if it is not watched. */
  shows(key: ObjectKey): boolean | undefined {
    const kind = kindOf(key);
    if (!this.metadata.synced(kind, key.namespace)) return undefined;
    const name = namespacedName(key);
    const takers = this.kinds.filter(({ definition }) => kindOf(definition.watched) === kind);
    return this.metadata.shows(kind, name) || takers.some((kept) => kept.version(name) !== undefined);
  }

  /** Whether a change of a referenced object can only be found by a request. */
  refuses(ref: Reference): boolean {
    const followed = this.#whole.get(kindOf(ref));
    return followed === undefined ? this.metadata.refused(ref) : (followed.following?.refused ?? false);
  }

  /**
   * Whether a subject recorded a version that its watch has not shown yet.
   * The version should arrive soon.
   * If it does not arrive in time, it never will (the status comes from a backup of another cluster), and the subject
   * counts as current.
   */
  lags(kind: string, name: string): boolean {
    const key = subjectKey(kind, name);
    if (
      !this.kind(kind)
        .recorded(name)
        .some((ref) => this.#isAhead(ref))
    ) {
      this.#laggingSince.delete(key);
      return false;
    }
    const now = this.#options.clock.now();
    const since = this.#laggingSince.get(key) ?? now;
    this.#laggingSince.set(key, since);
    return now - since < lagPatienceMilliseconds;
  }

  #isAhead(ref: Reference): boolean {
    const followed = this.#whole.get(kindOf(ref));
    const highWater = followed?.following?.highWater(ref.namespace ?? ref.name);
    if (highWater === undefined) return false;
    return lagsBehind(ref, followed?.kept.object(namespacedName(ref))?.metadata, highWater);
  }

  /** Whether all essential objects have been read. */
  get #synced(): boolean {
    const essential = [...this.#kinds.values()].filter(({ kept }) => kept.definition.essential !== undefined);
    return essential.every(({ following }) => following?.synced);
  }

  #followings(): readonly Following[] {
    return this.#namedFollowings().map(([, following]) => following);
  }

  #namedFollowings(): readonly (readonly [string, Following])[] {
    const own = [...this.#kinds].flatMap(([name, { following }]) =>
      following === undefined ? [] : [[name, following] as const],
    );
    return [...own, [definitions.kind, this.#definitions]];
  }

  #follow(kind: LoopKind): Followed {
    const { tell } = this.#options;
    return kind.open((definition) => {
      const { watched } = definition;
      const { where, ...query } = watched;
      const kept: AnyKept = new KeptKind(definition, {
        view: this,
        synced: () => this.#isSynced(kind.name),
        refused: () => this.#refused(kind.name),
        fieldManager: this.#options.kinds.fieldManager,
        malformed: (name, error) => tell({ kind: "malformed", what: `${kind.name} ${name}`, error }),
        changed: (change, before, after) => this.#changed(kept, change, before, after),
      });
      if (this.#isShared(kept)) return { kept, following: undefined, whole: false };
      const { namespaces } = this.#options;
      const following = new Following({
        ...this.#options,
        followed: query,
        target: kept,
        namespaces: where === undefined ? namespaces : where === "everywhere" ? undefined : [where.namespace],
        essential: definition.essential,
      });
      const whole = definition.essential !== undefined && definition.parsed !== "all" && query.metadataOnly !== true;
      return { kept, following, whole };
    });
  }

  /** Whether a permanent watch shows the objects of the kind, too. */
  #isShared({ definition }: AnyKept): boolean {
    const { watched, takes } = definition;
    const { namespaces, kinds } = this.#options;
    if (takes === undefined || !kinds.alwaysWatched.map(kindOf).includes(kindOf(watched))) return false;
    const where = typeof watched.where === "object" ? watched.where.namespace : undefined;
    return where === undefined || namespaces === undefined || namespaces.includes(where);
  }

  /** Whether all existing objects of a kind have been read, in the namespace in which it is watched. */
  #isSynced(name: string): boolean {
    const { kept, following } = this.#kinds.get(name) ?? {};
    if (kept === undefined) return false;
    const { watched } = kept.definition;
    const namespace = typeof watched.where === "object" ? watched.where.namespace : undefined;
    if (following === undefined) return this.metadata.synced(kindOf(watched), namespace);
    return namespace === undefined ? following.synced : following.highWater(namespace) !== undefined;
  }

  #refused(name: string): boolean {
    const { kept, following } = this.#kinds.get(name) ?? {};
    if (following !== undefined) return following.refused;
    return kept !== undefined && this.metadata.refused({ ...kept.definition.watched, name: "" });
  }

  /** Returns a target for a shared watch. It gives each object to the kind that stores it, or else to `others`. */
  #sort(watched: string, others: FollowTarget): FollowTarget {
    const takers = this.kinds.filter((kept) => this.#isShared(kept) && kindOf(kept.definition.watched) === watched);
    if (takers.length === 0) return others;
    const targets = [...takers, others];
    return {
      put: (object) => (takers.find(({ definition }) => definition.takes?.(object)) ?? others).put(object),
      remove: (object) => {
        for (const target of targets) target.remove(object);
      },
      retain: (listed, covers) => {
        for (const target of targets) target.retain(listed, covers);
      },
    };
  }

  #changed(
    { definition }: AnyKept,
    change: Change<object, unknown>,
    before: readonly Referred[],
    after: readonly Referred[],
  ): void {
    const { name } = change;
    const key = subjectKey(definition.name, name);
    this.#refs.replace(key, before, after);
    if (change.after === undefined) this.#forget(key);
    if (definition.stages !== undefined) this.#options.woken(key, false);
    for (const { definition: other } of this.kinds)
      for (const { on, names, paced } of other.wakes ?? [])
        if (on === definition.name)
          for (const woken of new Set(names(change, this))) this.#options.woken(subjectKey(other.name, woken), paced);
    if (this.#kinds.get(definition.name)?.whole) this.#markDependents(kindOf(definition.watched), name);
  }

  #forget(key: string): void {
    this.#laggingSince.delete(key);
    this.#options.gone(key);
  }

  /** Wakes the subjects that refer to an object which the list does not contain: it was deleted, or never existed. */
  #listed(kind: string): void {
    for (const name of this.#refs.names(kind)) if (!this.metadata.shows(kind, name)) this.#markDependents(kind, name);
  }

  #owners(): readonly { readonly kind: string; readonly label: string; readonly index: string }[] {
    return this.kinds.flatMap(({ definition: { name, owns } }) =>
      owns === undefined ? [] : [{ kind: name, ...owns }],
    );
  }

  /**
   * Wakes the owners of a changed object, before and after the change, and the subjects that read it.
   * Without an owner, wakes every subject that refers to it.
   */
  #markTouched(kind: string, name: string, marks: readonly (OwnerMark | undefined)[]): void {
    const owners = marks.map((mark) => this.#ownersOf(mark));
    if (owners.some((keys) => keys.length === 0)) {
      this.#markDependents(kind, name);
      return;
    }
    for (const key of new Set([...owners.flat(), ...this.#refs.readers(kind, name)])) this.#options.woken(key, false);
  }

  #ownersOf(mark: OwnerMark | undefined): readonly string[] {
    const owner = this.#owners().find(({ label }) => label === mark?.label);
    if (mark === undefined || owner === undefined) return [];
    return this.of<object, unknown>({ name: owner.kind })
      .by(owner.index, mark.value)
      .map((name) => subjectKey(owner.kind, name));
  }

  #markDependents(kind: string, name: string): void {
    for (const key of this.#refs.dependents(kind, name)) this.#options.woken(key, false);
  }

  #definitionsChanged(): void {
    if (!this.#definitions.synced) return;
    this.wake();
    this.#options.kindsChanged();
  }
}
