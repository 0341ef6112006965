import type { KubeObject, OwnerReference } from "../../kube/port.ts";
import type { KindDefinition } from "../kinds/built-in-kinds.ts";
import type { Server } from "../server.ts";
import type { Change } from "../storage/store.ts";
import { inBackground } from "./controllers.ts";

/**
 * The garbage collector, in the background: deletes objects that have no owner any more.
 * For a deletion with propagation Foreground, the owner waits for its objects; with Orphan, the objects stay.
 */
export function collectGarbage(server: Server): void {
  const collector = new GarbageCollector(server);
  server.store.onChange((change) => collector.observe(change));
}

class GarbageCollector {
  readonly #server: Server;
  readonly #dependents = new Map<string, Set<string>>();
  readonly #examine = inBackground<string>((uid) => this.#look(uid));

  constructor(server: Server) {
    this.#server = server;
  }

  observe({ type, object, previous }: Change): void {
    const uid = object.metadata.uid ?? "";
    const before = owners(previous);
    const after = type === "DELETED" ? [] : owners(object);
    for (const owner of before) this.#forget(owner.uid, uid);
    for (const owner of after) this.#dependentsOf(owner.uid).add(uid);
    if (type !== "DELETED" && (after.length > 0 || object.metadata.deletionTimestamp !== undefined)) this.#examine(uid);
    if (type !== "DELETED") return;
    for (const dependent of this.#dependents.get(uid) ?? []) this.#examine(dependent);
    for (const owner of before) this.#examine(owner.uid);
    this.#dependents.delete(uid);
  }

  #forget(owner: string, dependent: string): void {
    const known = this.#dependents.get(owner);
    known?.delete(dependent);
    if (known?.size === 0) this.#dependents.delete(owner);
  }

  #dependentsOf(uid: string): Set<string> {
    const known = this.#dependents.get(uid) ?? new Set<string>();
    this.#dependents.set(uid, known);
    return known;
  }

  #look(uid: string): void {
    const found = this.#server.store.find(uid);
    const kind = found && this.#server.kinds.ofResource(found.resource);
    if (found === undefined || kind === undefined) return;
    const { finalizers = [], deletionTimestamp } = found.object.metadata;
    if (deletionTimestamp !== undefined && finalizers.includes("orphan")) this.#orphan(kind, found.object);
    else if (deletionTimestamp !== undefined && finalizers.includes("foregroundDeletion"))
      this.#foreground(kind, found.object);
    else this.#collect(kind, found.object);
  }

  #collect(kind: KindDefinition, object: KubeObject): void {
    const all = owners(object);
    const present = all.filter((owner) => this.#isThere(owner, object));
    if (present.length === all.length) return;
    if (present.length === 0) this.#server.writer.delete(kind, object, "Background");
    else this.#server.writer.amend(kind, object, { ownerReferences: present });
  }

  #isThere(owner: OwnerReference, dependent: KubeObject): boolean {
    const found = this.#server.store.find(owner.uid)?.object;
    if (found === undefined || found.metadata.name !== owner.name || found.kind !== owner.kind) return false;
    const { namespace } = found.metadata;
    return namespace === undefined || namespace === dependent.metadata.namespace;
  }

  #orphan(kind: KindDefinition, owner: KubeObject): void {
    for (const [dependentKind, dependent] of this.#presentDependents(owner)) {
      const left = owners(dependent).filter(({ uid }) => uid !== owner.metadata.uid);
      this.#server.writer.amend(dependentKind, dependent, { ownerReferences: left });
    }
    this.#release(kind, owner, "orphan");
  }

  #foreground(kind: KindDefinition, owner: KubeObject): void {
    const dependents = this.#presentDependents(owner);
    for (const [dependentKind, dependent] of dependents)
      this.#server.writer.delete(dependentKind, dependent, "Background");
    const blocking = this.#presentDependents(owner).filter(([, dependent]) =>
      owners(dependent).some(
        ({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion === true,
      ),
    );
    if (blocking.length === 0) this.#release(kind, owner, "foregroundDeletion");
  }

  #presentDependents(owner: KubeObject): readonly (readonly [KindDefinition, KubeObject])[] {
    const uids = [...(this.#dependents.get(owner.metadata.uid ?? "") ?? [])];
    return uids.flatMap((uid) => {
      const found = this.#server.store.find(uid);
      const kind = found && this.#server.kinds.ofResource(found.resource);
      return found && kind ? [[kind, found.object] as const] : [];
    });
  }

  #release(kind: KindDefinition, object: KubeObject, finalizer: string): void {
    const finalizers = object.metadata.finalizers?.filter((each) => each !== finalizer) ?? [];
    this.#server.writer.amend(kind, object, { finalizers });
  }
}

function owners(object: KubeObject | undefined): readonly OwnerReference[] {
  return object?.metadata.ownerReferences ?? [];
}
