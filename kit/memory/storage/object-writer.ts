import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../clock.ts";
import type { DeleteOptions, KubeObject, ManagedFieldsEntry } from "../../kube/port.ts";
import { type Manager, managedFields } from "../apply/managed-fields.ts";
import { asMap, type JsonMap, mapAt, parseObject, withField, withoutFields } from "../json.ts";
import type { KindDefinition } from "../kinds/built-in-kinds.ts";
import type { Store } from "./store.ts";

/** An admitted object, with its managers. */
export interface Draft {
  readonly object: JsonMap;
  readonly managers: readonly Manager[];
}

const foreground = "foregroundDeletion";
const orphan = "orphan";

/** Stores admitted objects, and sets the fields that only the server writes: uid, times, generation, version. */
export class ObjectWriter {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The present time, in the format of metadata. */
  now(): string {
    return `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`;
  }

  /** Stores a new object. */
  insert(kind: KindDefinition, draft: Draft): KubeObject {
    const system = {
      uid: randomUUID(),
      creationTimestamp: this.now(),
      ...(kind.hasGeneration ? { generation: 1 } : {}),
    };
    return this.#store.put(kind.resource, assembled(kind, draft, system, managedFields(draft.managers)));
  }

  /**
   * Stores a new version of an object, unless it equals the present one.
   * Removes the object if it is being deleted and has no finalizers any more.
   */
  replace(kind: KindDefinition, current: KubeObject, draft: Draft): KubeObject {
    const next = assembled(kind, draft, systemMetadata(current), managedFields(draft.managers));
    if (isDeepStrictEqual(comparable(next), comparable(current))) return current;
    const { generation } = current.metadata;
    const counted =
      generation !== undefined && specDiffers(kind, current, next) ? withGeneration(next, generation + 1) : next;
    return this.#settle(kind, counted);
  }

  /** Deletes an object: marks it as being deleted, or removes it at once if it has no finalizers. */
  delete(kind: KindDefinition, current: KubeObject, propagation: DeleteOptions["propagation"]): void {
    if (current.metadata.deletionTimestamp !== undefined) return;
    const held = [...(current.metadata.finalizers ?? []), ...finalizersOf(propagation)];
    const finalizers = held.length === 0 ? {} : { finalizers: [...new Set(held)] };
    const { generation } = current.metadata;
    const metadata = {
      ...current.metadata,
      ...finalizers,
      ...(generation === undefined ? {} : { generation: generation + 1 }),
      deletionTimestamp: this.now(),
      deletionGracePeriodSeconds: 0,
    };
    if (held.length === 0 && kind.resource !== "namespaces") this.#store.remove(kind.resource, current);
    else this.#settle(kind, { ...current, metadata });
  }

  /** Removes an object, even if it has finalizers. */
  remove(kind: KindDefinition, current: KubeObject): void {
    this.#store.remove(kind.resource, current);
  }

  /** Changes the metadata of an object, as the controllers of the cluster do. */
  amend(kind: KindDefinition, current: KubeObject, metadata: Partial<KubeObject["metadata"]>): void {
    const { ownerReferences, finalizers, ...rest } = { ...current.metadata, ...metadata };
    const held = finalizers?.length ? { finalizers } : {};
    const owned = ownerReferences?.length ? { ownerReferences } : {};
    this.#settle(kind, { ...current, metadata: { ...rest, ...held, ...owned } });
  }

  /** Sets the status of an object, as the controllers of the cluster do. */
  report(kind: KindDefinition, current: KubeObject, status: JsonMap): void {
    this.#store.put(kind.resource, { ...current, status });
  }

  #settle(kind: KindDefinition, object: KubeObject): KubeObject {
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    const released = deletionTimestamp !== undefined && finalizers.length === 0 && kind.resource !== "namespaces";
    if (!released) return this.#store.put(kind.resource, object);
    this.#store.remove(kind.resource, object);
    return object;
  }
}

function finalizersOf(propagation: DeleteOptions["propagation"]): readonly string[] {
  if (propagation === "Foreground") return [foreground];
  return propagation === "Orphan" ? [orphan] : [];
}

const keptBySystem = ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"];
const notGiven = [...keptBySystem, "resourceVersion", "managedFields", "selfLink", "generateName"];

function systemMetadata(current: KubeObject): JsonMap {
  const metadata = mapAt(asMap(current), "metadata");
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => keptBySystem.includes(name)));
}

function assembled(
  kind: KindDefinition,
  { object }: Draft,
  system: JsonMap,
  entries: readonly ManagedFieldsEntry[],
): KubeObject {
  const given = withoutFields(mapAt(object, "metadata"), notGiven);
  const named = kind.namespaced ? given : withField(given, "namespace", undefined);
  const metadata = { ...named, ...system };
  const rest = withoutFields(object, ["apiVersion", "kind", "metadata"]);
  const whole = { apiVersion: kind.apiVersion, kind: kind.kind, metadata, ...rest };
  const parsed = parseObject(whole);
  return { ...parsed, metadata: { ...parsed.metadata, ...(entries.length === 0 ? {} : { managedFields: entries }) } };
}

/** The part of an object that a write must change. As on the real server, new times in managedFields are no change. */
function comparable(object: KubeObject): unknown {
  const { resourceVersion: _version, managedFields: entries, ...metadata } = object.metadata;
  return { ...object, metadata, managedFields: (entries ?? []).map(({ time: _time, ...entry }) => entry) };
}

function withGeneration(object: KubeObject, generation: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, generation } };
}

function specDiffers(kind: KindDefinition, current: KubeObject, next: KubeObject): boolean {
  const apart = ["apiVersion", "kind", "metadata", ...(kind.hasStatus ? ["status"] : [])];
  return !isDeepStrictEqual(withoutFields(asMap(next), apart), withoutFields(asMap(current), apart));
}
