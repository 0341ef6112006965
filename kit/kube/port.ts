/** JSON as the API server sends it: own properties only, never a prototype's. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: { readonly [key: string]: unknown };
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** Any Kubernetes object. Fields beside apiVersion, kind and metadata are unknown until a parser has read them. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** Names a kind as manifests do. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Names one object. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectKey extends Kind {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** How the cluster serves a kind. */
export interface ServedKind extends Kind {
  readonly plural: string;
  readonly namespaced: boolean;
  /** Its status is written through the subresource alone. */
  readonly hasStatus: boolean;
}

export interface ListQuery extends Kind {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Asks for PartialObjectMetadata: apiVersion and kind of the object itself, and its metadata, nothing else. */
  readonly metadataOnly?: boolean | undefined;
  /** At most this many objects a page; the rest through `continue`. */
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
}

export interface ObjectList {
  readonly items: readonly KubeObject[];
  /** Where a watch may go on from. */
  readonly resourceVersion: string;
  /** Present when there are more pages. */
  readonly continue?: string | undefined;
}

export interface WatchQuery extends Kind {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly metadataOnly?: boolean | undefined;
  /** Events after this version are sent, with bookmarks. */
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  /** Called when the API server has taken the watch, before any event. */
  readonly opened?: (() => void) | undefined;
}

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string };

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Takes fields over from other managers instead of answering Conflict. */
  readonly force: boolean;
}

export interface DeleteOptions {
  /** Deletes only the object of this uid; Conflict otherwise. */
  readonly uid?: string | undefined;
  /** Deletes only if it is still at this version; Conflict otherwise. */
  readonly resourceVersion?: string | undefined;
  readonly propagation?: "Background" | "Foreground" | "Orphan" | undefined;
}

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The port to the Kubernetes API. Two implementations, live and in-memory, pass one contract suite.
 *
 * Every call may throw Forbidden, KindNotServed, Unavailable, Throttled or Timeout besides what its sentence names. Objects that
 * come back carry apiVersion and kind (also as items of a list) and are the caller's to keep, never to change.
 */
export interface Kube {
  /** How the cluster serves the kind. @throws KindNotServed */
  served(kind: Kind): Promise<ServedKind>;

  /** The object, or undefined when there is none of that name (or no such namespace). */
  get(key: ObjectKey): Promise<KubeObject | undefined>;

  /** Its apiVersion, kind and metadata alone. */
  getMetadata(key: ObjectKey): Promise<KubeObject | undefined>;

  /** One page. @throws Expired when `continue` is too old */
  list(query: ListQuery): Promise<ObjectList>;

  /** Creates it. @throws AlreadyExists, InvalidInput, NotFound (its namespace is not there) */
  create(object: KubeObject, options?: { readonly fieldManager?: string }): Promise<KubeObject>;

  /** Server-side apply: creates it or merges the fields given, and drops fields this manager gave before and no longer gives.
   * With `metadata.uid` only the object of that uid; with `metadata.resourceVersion` only at that version, or where there is none.
   * @throws Conflict, InvalidInput, NotFound (its namespace is not there) */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;

  /** JSON merge patch (RFC 7386). `metadata.resourceVersion` and `metadata.uid` in it are preconditions. @throws Conflict, InvalidInput, NotFound */
  patch(key: ObjectKey, patch: { readonly [field: string]: unknown }): Promise<KubeObject>;

  /** Replaces the status; `metadata.resourceVersion`, where given, is a precondition. Nothing else of the object is written.
   * @throws Conflict, InvalidInput, NotFound */
  replaceStatus(object: KubeObject): Promise<KubeObject>;

  /** Asks for its deletion; false when there is no such object. An object with finalizers stays until they are gone. @throws Conflict */
  delete(key: ObjectKey, options?: DeleteOptions): Promise<boolean>;

  /** Changes after a version, in order, until the signal aborts or the server ends the watch (then it simply returns: watch again from
   * the last version seen). @throws Expired when the version is no longer kept */
  watch(query: WatchQuery): AsyncIterable<WatchEvent>;

  /** The same cluster, acting as a service account (impersonation). */
  as(serviceAccount: ServiceAccountName): Kube;
}
