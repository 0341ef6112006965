import { apparatusSelector } from "../crds/apparatus-pod.ts";
import type { DeferredResource } from "../crds/generated/deferredresource.ts";
import type { Plug, PlugRef } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { apiVersion } from "../crds/names.ts";
import { namespaceByName } from "../crds/namespaces.ts";
import { awaitedBy } from "../crds/next-deferred-resource-stage.ts";
import { parseDeferredResource } from "../crds/parse-deferred-resource.ts";
import { readPlug } from "../crds/parse-plug.ts";
import { readSocket } from "../crds/parse-socket.ts";
import { type Evidence, type Sight, unknown, versionOfSocket } from "../crds/references.ts";
import type { Serving } from "../crds/served-namespaces.ts";
import { snapshotSelector } from "../crds/snapshot-head.ts";
import { socketAwaits } from "../crds/socket-status.ts";
import { sameVersion } from "../crds/versions.ts";
import type { Clock } from "../kit/clock.ts";
import type { Kube, KubeObject } from "../kit/kube.ts";
import type { Random } from "./backoff.ts";
import type { Followed, FollowTarget } from "./follow.ts";
import { Following } from "./following.ts";
import { lagsBehind } from "./kind-watch.ts";
import { KindWatches } from "./kind-watches.ts";
import { MetadataStore } from "./metadata-store.ts";
import { PlugIndex, socketsOf } from "./plug-index.ts";
import { indexedRefs, isWhole, kindOf, RefIndex } from "./ref-index.ts";
import type { Tell } from "./report.ts";
import { SnapshotHeads, sortSecrets } from "./snapshot-heads.ts";
import { ObjectStore } from "./store.ts";
import { namespacedName, subjectKey } from "./subject.ts";

/** Why a subject is looked at: something of its own changed, or its plugs did (which for a socket can wait a moment). */
export type DirtyCause = "own" | "census";

export interface WorldOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: Tell;
  readonly operatorNamespace: string;
  readonly namespaces: readonly string[] | undefined;
  /** Which of kube-system and the operator's own namespace to serve; absent: neither. */
  readonly serveNamespaces?: readonly string[] | undefined;
  /** Whether couplings of the seed's operator are taken over. Default true. */
  readonly adopts?: boolean | undefined;
  /** After how long a kind that may not be watched is tried again. */
  readonly retryMilliseconds: number;
  readonly dirty: (key: string, cause: DirtyCause) => void;
  /** A kind may be served now that was not. */
  readonly kindsChanged: () => void;
  /** The state of a watch changed. */
  readonly changed: () => void;
}

const kinds = {
  plug: { apiVersion, kind: "Plug" },
  socket: { apiVersion, kind: "Socket" },
  deferred: { apiVersion, kind: "DeferredResource" },
  apparatus: { apiVersion: "v1", kind: "Pod", metadataOnly: true, labelSelector: apparatusSelector },
  namespace: { apiVersion: "v1", kind: "Namespace" },
  definition: { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadataOnly: true },
} as const;

/** How long a watch may lag behind what was recorded. */
export const lagPatienceMilliseconds = 30_000;

/** All that is watched, and who depends on what: every change marks dirty the subjects it concerns. */
export class World {
  readonly plugs: ObjectStore<Plug>;
  readonly sockets: ObjectStore<Socket>;
  readonly deferreds: ObjectStore<DeferredResource>;
  /** The Pods of apparatuses, as metadata. */
  readonly apparatuses: ObjectStore<KubeObject>;
  readonly namespaces: ObjectStore<KubeObject>;
  readonly snapshots: SnapshotHeads;
  readonly index: PlugIndex = new PlugIndex();
  readonly kinds: KindWatches;
  readonly #refs: RefIndex;
  readonly #laggingSince = new Map<string, number>();
  readonly #snapshotless = new Map<string, number>();
  readonly #options: WorldOptions;
  readonly #followings: ReadonlyMap<string, Following>;

  constructor(options: WorldOptions) {
    this.#options = options;
    const store = <T extends object>(
      kind: string,
      opened: number,
      parse: (object: KubeObject) => T,
      changed: (name: string, before: T | undefined, after: T | undefined) => void,
    ) =>
      new ObjectStore({
        parse,
        opened,
        changed,
        malformed: (name, error) => options.tell({ kind: "malformed", what: `${kind} ${name}`, error }),
      });
    this.plugs = store("Plug", 500, readPlug, (name, before, after) => this.#plugChanged(name, before, after));
    this.sockets = store("Socket", 1_000, readSocket, (name, before, after) =>
      this.#socketChanged(name, before, after),
    );
    this.deferreds = store("DeferredResource", 500, parseDeferredResource, (name, before, after) =>
      this.#deferredChanged(name, before, after),
    );
    this.apparatuses = store(
      "Pod",
      1_000,
      (object) => object,
      (name) => options.dirty(subjectKey("Apparatus", name), "own"),
    );
    this.namespaces = store(
      "Namespace",
      5_000,
      (object) => object,
      (name) => this.#namespaceChanged(name),
    );
    this.snapshots = new SnapshotHeads(options.operatorNamespace, (name, head) => this.#snapshotChanged(name, head.of));
    this.#refs = new RefIndex((kind) => this.kinds.use(kind));
    this.kinds = new KindWatches(
      {
        ...options,
        touched: (kind, name, owners) => this.#markTouched(kind, name, owners),
        listed: (kind) => this.#listed(kind),
        sort: (kind, others) => (kind === "v1/Secret" ? sortSecrets(this.snapshots, others) : others),
      },
      (kind) => this.#refs.use(kind),
    );
    this.#followings = this.#follow();
  }

  start(): void {
    for (const following of this.#followings.values()) following.start();
    this.kinds.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.kinds.stop(), ...[...this.#followings.values()].map((following) => following.stop())]);
  }

  /** Whether all that decisions need at the beginning has been seen, as far as it may be. */
  get settled(): boolean {
    return this.kinds.settled && [...this.#followings.values()].every((following) => following.settled);
  }

  /** Whether plugs, sockets and namespaces are known. */
  get synced(): boolean {
    return ["Plug", "Socket", "Namespace"].every((kind) => this.#followings.get(kind)?.synced);
  }

  /** Whether something is being read right now that was missed. */
  get busy(): boolean {
    return this.kinds.busy || [...this.#followings.values()].some((following) => following.busy);
  }

  /** The kinds without which nothing can be decided and that are not seen now, and since when (milliseconds since the epoch). */
  get downSince(): ReadonlyMap<string, number> {
    const times = [...this.#followings].map(([kind, { downSince }]) => [kind, downSince] as const);
    return new Map(times.flatMap(([kind, since]) => (since === undefined ? [] : [[kind, since] as const])));
  }

  /** The kinds that may not be watched. */
  get refusedKinds(): readonly string[] {
    const own = [...this.#followings].filter(([, following]) => following.refused).map(([kind]) => kind);
    return [...own, ...this.kinds.refusedKinds];
  }

  /** The keys of the subjects that refer to something of a kind that may not be watched. */
  *subjectsInTheDark(): Iterable<string> {
    for (const kind of this.kinds.refusedKinds)
      for (const name of this.#refs.names(kind)) yield* this.#refs.dependents(kind, name);
  }

  /** Tries again to watch what could not be watched. */
  wake(): void {
    for (const following of this.#followings.values()) following.wake();
    this.kinds.wake();
  }

  /** Whether couplings of the seed's operator are taken over. */
  get adopts(): boolean {
    return this.#options.adopts ?? true;
  }

  get serving(): Serving {
    return this.#options;
  }

  /** What is watched, as decisions ask for it. */
  readonly evidence: Evidence = { kind: "seen", see: (ref) => this.see(ref) };

  /** What is known of the object of a reference. */
  see(ref: PlugRef): Sight {
    if (!isWhole(ref)) return this.kinds.see(ref);
    const store = this.#storeOf(ref);
    const highWater = this.#followings.get(ref.kind)?.highWater(ref.namespace ?? ref.name);
    if (store === undefined || highWater === undefined) return unknown;
    const metadata = store.object(namespacedName(ref))?.metadata;
    return lagsBehind(ref, metadata, highWater) ? unknown : { known: true, metadata };
  }

  /** Whether a change of a referred object can only be found by asking. */
  refuses(ref: PlugRef): boolean {
    return isWhole(ref) ? (this.#followings.get(ref.kind)?.refused ?? false) : this.kinds.refused(ref);
  }

  /**
   * Whether the plug recorded of its socket or namespace what is yet to be seen here: its change is on its way. What has not come
   * after a while will not come (the versions are another cluster's, from a backup), and nothing waits for it any more.
   */
  lagsBehind(plug: Plug): boolean {
    const name = namespacedName(plug.metadata);
    if (!(plug.status?.refs ?? []).some((ref) => this.#isAhead(ref))) {
      this.#laggingSince.delete(name);
      return false;
    }
    const now = this.#options.clock.now();
    const since = this.#laggingSince.get(name) ?? now;
    this.#laggingSince.set(name, since);
    return now - since < lagPatienceMilliseconds;
  }

  /**
   * Since when the snapshot that the plug's status names is not seen (milliseconds since the epoch); undefined where it is, or none is
   * named. A plug may be seen before its snapshot is: only what stays away for a while is gone.
   */
  snapshotlessSince(plug: Plug): number | undefined {
    const name = namespacedName(plug.metadata);
    const { snapshot } = plug.status ?? {};
    const key = { namespace: this.#options.operatorNamespace, name: snapshot ?? "" };
    if (snapshot === undefined || !this.#seesSnapshots() || this.snapshots.get(namespacedName(key)) !== undefined) {
      this.#snapshotless.delete(name);
      return undefined;
    }
    const since = this.#snapshotless.get(name) ?? this.#options.clock.now();
    this.#snapshotless.set(name, since);
    return since;
  }

  #seesSnapshots(): boolean {
    const { operatorNamespace } = this.#options;
    const own = this.#followings.get("Snapshot");
    if (own !== undefined) return own.highWater(operatorNamespace) !== undefined;
    return this.kinds.see({ role: "applied", apiVersion: "v1", kind: "Secret", namespace: operatorNamespace, name: "" })
      .known;
  }

  #isAhead(ref: PlugRef): boolean {
    if (ref.kind !== "Socket" && ref.kind !== "Namespace") return false;
    const highWater = this.#followings.get(ref.kind)?.highWater(ref.namespace ?? ref.name);
    const metadata = this.#storeOf(ref)?.object(namespacedName(ref))?.metadata;
    return highWater !== undefined && lagsBehind(ref, metadata, highWater);
  }

  namespaceOf(plug: Plug): KubeObject | undefined {
    const { namespace } = plug.metadata;
    const readable = this.#followings.get("Namespace")?.refused !== true;
    return this.namespaces.get(`/${namespace}`) ?? (readable ? undefined : namespaceByName(namespace));
  }

  #storeOf(ref: PlugRef): ObjectStore<Plug> | ObjectStore<Socket> | ObjectStore<KubeObject> | undefined {
    if (ref.kind === "Plug") return this.plugs;
    if (ref.kind === "Socket") return this.sockets;
    return ref.kind === "Namespace" ? this.namespaces : undefined;
  }

  #follow(): ReadonlyMap<string, Following> {
    const { operatorNamespace, namespaces } = this.#options;
    const definitions: FollowTarget = new MetadataStore(() => this.#kindsChanged());
    const followings = new Map([
      ["Namespace", this.#following(kinds.namespace, this.namespaces, namespaces, "once watched")],
      ["Socket", this.#following(kinds.socket, this.sockets, namespaces, "always")],
      ["Plug", this.#following(kinds.plug, this.plugs, namespaces, "always")],
      ["DeferredResource", this.#following(kinds.deferred, this.deferreds, namespaces)],
      ["Apparatus", this.#following(kinds.apparatus, this.apparatuses, namespaces)],
      ["CustomResourceDefinition", this.#following(kinds.definition, definitions, undefined, "once watched")],
    ]);
    if (namespaces === undefined || namespaces.includes(operatorNamespace)) return followings;
    const own = { apiVersion: "v1", kind: "Secret", metadataOnly: true, labelSelector: snapshotSelector };
    return followings.set("Snapshot", this.#following(own, this.snapshots, [operatorNamespace]));
  }

  #following(
    followed: Followed,
    target: FollowTarget,
    namespaces: readonly string[] | undefined,
    essential?: "always" | "once watched",
  ): Following {
    const changed = (): void => this.#options.changed();
    return new Following({ ...this.#options, followed, target, namespaces, essential, changed });
  }

  #plugChanged(name: string, before: Plug | undefined, after: Plug | undefined): void {
    this.#refs.replace(subjectKey("Plug", name), indexedRefs(before), indexedRefs(after));
    if (after === undefined) this.#laggingSince.delete(name);
    if (after === undefined) this.#snapshotless.delete(name);
    for (const socket of this.index.replace(name, after)) this.#options.dirty(subjectKey("Socket", socket), "census");
    this.#options.dirty(subjectKey("Plug", name), "own");
    this.#markDependents(kindOf(kinds.plug), name);
    const digest = this.index.digestOf(name);
    for (const snapshot of digest === undefined ? [] : this.snapshots.namesOf(digest))
      this.#options.dirty(subjectKey("Snapshot", snapshot), "own");
  }

  #deferredChanged(name: string, before: DeferredResource | undefined, after: DeferredResource | undefined): void {
    const key = subjectKey("DeferredResource", name);
    const refsOf = (deferred: DeferredResource | undefined) => (deferred === undefined ? [] : awaitedBy(deferred));
    this.#refs.replace(key, refsOf(before), refsOf(after));
    this.#options.dirty(key, "own");
  }

  #socketChanged(name: string, before: Socket | undefined, after: Socket | undefined): void {
    const awaits = (socket: Socket | undefined) => (socket === undefined ? [] : socketAwaits(socket));
    this.#refs.replace(subjectKey("Socket", name), awaits(before), awaits(after));
    this.#options.dirty(subjectKey("Socket", name), "own");
    for (const plug of this.index.namesAt(name, concerned(before, after)))
      this.#options.dirty(subjectKey("Plug", plug), "own");
    this.#markDependents(kindOf(kinds.socket), name);
  }

  #namespaceChanged(name: string): void {
    for (const plugName of this.index.namesIn(name.slice(1))) {
      this.#options.dirty(subjectKey("Plug", plugName), "own");
      const plug = this.plugs.get(plugName);
      for (const socket of plug === undefined ? [] : socketsOf(plug))
        this.#options.dirty(subjectKey("Socket", socket), "census");
    }
    this.#markDependents(kindOf(kinds.namespace), name);
  }

  #snapshotChanged(name: string, digest: string): void {
    this.#options.dirty(subjectKey("Snapshot", name), "own");
    const plug = this.index.nameOf(digest);
    if (plug !== undefined) this.#options.dirty(subjectKey("Plug", plug), "own");
  }

  /** What is referred to and was not listed is gone, or never was: who refers to it has to know. */
  #listed(kind: string): void {
    for (const name of this.#refs.names(kind)) if (!this.kinds.shows(kind, name)) this.#markDependents(kind, name);
  }

  /** An object that several applied concerns the one that owns it, before and after; the others only if they read it. */
  #markTouched(kind: string, name: string, owners: readonly (string | undefined)[]): void {
    const plugs = owners.map((uid) => (uid === undefined ? undefined : this.index.nameOfUid(uid)));
    if (plugs.includes(undefined)) {
      this.#markDependents(kind, name);
      return;
    }
    const owning = plugs.flatMap((plug) => (plug === undefined ? [] : [subjectKey("Plug", plug)]));
    for (const key of new Set([...owning, ...this.#refs.readers(kind, name)])) this.#options.dirty(key, "own");
  }

  #markDependents(kind: string, name: string): void {
    for (const key of this.#refs.dependents(kind, name)) this.#options.dirty(key, "own");
  }

  #kindsChanged(): void {
    if (this.#followings.get("CustomResourceDefinition")?.synced !== true) return;
    this.wake();
    this.#options.kindsChanged();
  }
}

/** Whom a socket's change concerns: all its plugs, or where only its census was written, those that gained or lost a place. */
function concerned(before: Socket | undefined, after: Socket | undefined): (plug: Plug) => boolean {
  const sameToAll =
    before?.metadata.uid === after?.metadata.uid && sameVersion(versionOfSocket(before), versionOfSocket(after));
  if (!sameToAll) return () => true;
  const [held, holds] = [new Set(before?.status?.places), new Set(after?.status?.places)];
  return ({ metadata }) => held.has(metadata.uid) !== holds.has(metadata.uid);
}
