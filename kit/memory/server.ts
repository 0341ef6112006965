import { InvalidInput } from "../errors.ts";
import type { KubeObject, ObjectKey, ServiceAccountName } from "../kube/port.ts";
import { asMap } from "./json.ts";
import type { KindDefinition } from "./kinds/built-in-kinds.ts";
import type { KindRegistry } from "./kinds/kind-registry.ts";
import type { Access } from "./requests/rbac.ts";
import type { ObjectWriter } from "./storage/object-writer.ts";
import type { Store } from "./storage/store.ts";
import type { WatchHistory } from "./storage/watch-history.ts";

/** The state that the verbs of the in-memory API server use. */
export interface Server {
  readonly store: Store;
  readonly kinds: KindRegistry;
  readonly writer: ObjectWriter;
  readonly history: WatchHistory;
  /** Checks a request. @throws Forbidden naming the missing permission */
  authorize(serviceAccount: ServiceAccountName | undefined, access: Access): void;
}

/** The sender of a request, and its server. */
export interface Caller {
  readonly server: Server;
  readonly as: ServiceAccountName | undefined;
}

/** The place of an object, with its namespace if the kind has them. @throws InvalidInput if it is missing */
export function placeOf(kind: KindDefinition, namespace: string | undefined, name: string): string | undefined {
  if (!kind.namespaced) return undefined;
  if (namespace === undefined || namespace === "") throw new InvalidInput(`${kind.kind} "${name}" needs a namespace`);
  return namespace;
}

/** The stored object of a key; undefined if it does not exist. */
export function stored(server: Server, kind: KindDefinition, key: ObjectKey): KubeObject | undefined {
  return server.store.get(kind.resource, placeOf(kind, key.namespace, key.name), key.name);
}

/** An object in the requested apiVersion. */
export function shownAs(kind: KindDefinition): (object: KubeObject) => KubeObject {
  return (object) =>
    object.apiVersion === kind.apiVersion ? object : Object.freeze({ ...object, apiVersion: kind.apiVersion });
}

/** Only the identity and metadata of an object. */
export function metadataOf(kind: KindDefinition): (object: KubeObject) => KubeObject {
  return ({ metadata }) => Object.freeze({ apiVersion: kind.apiVersion, kind: kind.kind, metadata });
}

/** The key by which an object is read. */
export function keyOf(object: KubeObject): ObjectKey {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

/** The status of an object as stored. */
export function statusOf(object: KubeObject | undefined): ReturnType<typeof asMap>[string] | undefined {
  return object === undefined ? undefined : asMap(object)["status"];
}
