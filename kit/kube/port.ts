/** JSON as the API server sends it: own properties only. */
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
  /** Whether its status is written through the subresource only. */
  readonly hasStatus: boolean;
}

export interface ListQuery extends Kind {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Requests PartialObjectMetadata: the object's own apiVersion and kind, and its metadata. */
  readonly metadataOnly?: boolean | undefined;
  /** The most objects in a page; the rest follow through `continue`. */
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
}

export interface ObjectList {
  readonly items: readonly KubeObject[];
  /** The version after which a watch can continue. */
  readonly resourceVersion: string;
  /** Present if more pages follow. */
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
  /** Called when the API server has accepted the watch, before any event. */
  readonly opened?: (() => void) | undefined;
}

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string };

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Takes over fields of other managers instead of failing with Conflict. */
  readonly force: boolean;
}

export interface DeleteOptions {
  /** Deletes only the object with this uid; else Conflict. */
  readonly uid?: string | undefined;
  /** Deletes only this version of the object; else Conflict. */
  readonly resourceVersion?: string | undefined;
  readonly propagation?: "Background" | "Foreground" | "Orphan" | undefined;
}

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The port to the Kubernetes API.
 * Two implementations, live and in-memory, pass one contract suite.
 *
 * Every call may throw Forbidden, KindNotServed, Unavailable, Throttled or Timeout besides what its sentence names.
 * Objects that come back carry apiVersion and kind (also as items of a list) and are the caller's to keep, never to
 * change.
 */
export interface Kube {
  /** How the cluster serves the kind. @throws KindNotServed */
  served(kind: Kind): Promise<ServedKind>;

  /** The object; undefined if it, or its namespace, does not exist. */
  get(key: ObjectKey): Promise<KubeObject | undefined>;

  /** Only its apiVersion, kind and metadata. */
  getMetadata(key: ObjectKey): Promise<KubeObject | undefined>;

  /** One page. @throws Expired if `continue` is too old */
  list(query: ListQuery): Promise<ObjectList>;

  /** Creates the object. @throws AlreadyExists, InvalidInput, NotFound (its namespace does not exist) */
  create(object: KubeObject, options?: { readonly fieldManager?: string }): Promise<KubeObject>;

  /**
   * Server-side apply: creates the object or merges the given fields, and removes fields that this manager gave before.
   * With `metadata.uid`: only the object with that uid.
   * With `metadata.resourceVersion`: only at that version, or if no object exists.
   * @throws Conflict, InvalidInput, NotFound (its namespace does not exist)
   */
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;

  /**
   * JSON merge patch (RFC 7386).
   * `metadata.resourceVersion` and `metadata.uid` in it are preconditions.
   * @throws Conflict, InvalidInput, NotFound
   */
  patch(key: ObjectKey, patch: { readonly [field: string]: unknown }): Promise<KubeObject>;

  /**
   * Replaces the status; writes nothing else of the object.
   * `metadata.resourceVersion`, if given, is a precondition.
   * @throws Conflict, InvalidInput, NotFound
   */
  replaceStatus(object: KubeObject): Promise<KubeObject>;

  /**
   * Requests the deletion; false if no such object exists.
   * An object with finalizers stays until they are removed.
   * @throws Conflict
   */
  delete(key: ObjectKey, options?: DeleteOptions): Promise<boolean>;

  /**
   * Changes after a version, in order, until the signal is aborted or the server ends the watch.
   * Then it returns: watch again from the last version seen.
   * @throws Expired if the version is not kept any more
   */
  watch(query: WatchQuery): AsyncIterable<WatchEvent>;

  /** The same cluster, acting as a service account (impersonation). */
  as(serviceAccount: ServiceAccountName): Kube;
}
