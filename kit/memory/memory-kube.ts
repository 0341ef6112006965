import { OperatorError } from "../errors.ts";
import { serviceAccountUser } from "../kube/keys.ts";
import type {
  ApplyOptions,
  DeleteOptions,
  Kind,
  Kube,
  KubeObject,
  ListQuery,
  ObjectKey,
  ObjectList,
  ServedKind,
  ServiceAccountName,
  WatchEvent,
  WatchQuery,
} from "../kube/port.ts";
import { isSecret, withheld } from "../outlet/outlet.ts";
import { overTheWire } from "./json.ts";
import { follow, readMany, readOne } from "./requests/reads.ts";
import {
  applyObject,
  createObject,
  defaultManager,
  deleteObject,
  patchObject,
  replaceStatusOf,
} from "./requests/writes.ts";
import type { Caller, Server } from "./server.ts";

/** As the live client: errors about a Secret that was sent do not contain the API server's text. */
function quietAbout<Result>(kind: Kind, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw error instanceof OperatorError && isSecret(kind) ? withheld(error) : error;
  }
}

/** The Kube port on an in-memory server. A call takes effect before it returns its promise. */
export class MemoryKube implements Kube {
  readonly #caller: Caller;

  constructor(server: Server, serviceAccount?: ServiceAccountName) {
    this.#caller = { server, as: serviceAccount };
  }

  async served(kind: Kind): Promise<ServedKind> {
    const { apiVersion, kind: name, plural, namespaced, hasStatus } = this.#caller.server.kinds.find(kind);
    return { apiVersion, kind: name, plural, namespaced, hasStatus };
  }

  async get(key: ObjectKey): Promise<KubeObject | undefined> {
    return readOne(this.#caller, key, false);
  }

  async getMetadata(key: ObjectKey): Promise<KubeObject | undefined> {
    return readOne(this.#caller, key, true);
  }

  async list(query: ListQuery): Promise<ObjectList> {
    return readMany(this.#caller, query);
  }

  async create(object: KubeObject, options?: { readonly fieldManager?: string }): Promise<KubeObject> {
    return quietAbout(object, () => createObject(this.#caller, object, options?.fieldManager ?? defaultManager));
  }

  async apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    return quietAbout(object, () => applyObject(this.#caller, object, options));
  }

  async patch(key: ObjectKey, patch: { readonly [field: string]: unknown }): Promise<KubeObject> {
    return quietAbout(key, () => patchObject(this.#caller, key, overTheWire(patch)));
  }

  async replaceStatus(object: KubeObject): Promise<KubeObject> {
    return replaceStatusOf(this.#caller, object);
  }

  async delete(key: ObjectKey, options?: DeleteOptions): Promise<boolean> {
    return deleteObject(this.#caller, key, options ?? {});
  }

  async *watch(query: WatchQuery): AsyncGenerator<WatchEvent> {
    const events = follow(this.#caller, query);
    query.opened?.();
    yield* events;
  }

  as(serviceAccount: ServiceAccountName): Kube {
    serviceAccountUser(serviceAccount);
    return new MemoryKube(this.#caller.server, serviceAccount);
  }
}
