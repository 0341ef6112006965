import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../clock.ts";
import type { DeleteOptions, KubeObject, ManagedFieldsEntry } from "../../kube/port.ts";
import { type Manager, managedFields } from "../apply/managed-fields.ts";
import { asMap, type JsonMap, mapAt, parseObject, withField, withoutFields } from "../json.ts";
import type { KindDefinition } from "../kinds/built-in-kinds.ts";
import type { Store } from "./store.ts";

/** An object as admitted, with who owns what of it. */
export interface Draft {
  readonly object: JsonMap;
  readonly managers: readonly Manager[];
}

const foreground = "foregroundDeletion";
const orphan = "orphan";

/** Stores what was admitted, with what the server alone writes: uid, times, generation, version. */
export class ObjectWriter {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Now, as metadata has times. */
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
   * Stores the next form of an object, unless nothing of it differs; it goes when it is deleting and nothing holds it
   * any more.
   */
  replace(kind: KindDefinition, current: KubeObject, draft: Draft): KubeObject {
    const next = assembled(kind, draft, systemMetadata(current), managedFields(draft.managers));
    if (isDeepStrictEqual(comparable(next), comparable(current))) return current;
    const { generation } = current.metadata;
    const counted =
      generation !== undefined && specDiffers(kind, current, next) ? withGeneration(next, generation + 1) : next;
    return this.#settle(kind, counted);
  }

  /** Marks an object as deleting, or takes it away at once where nothing holds it. */
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

  /** Takes an object away, whatever holds it. */
  remove(kind: KindDefinition, current: KubeObject): void {
    this.#store.remove(kind.resource, current);
  }

  /** Stores an object with other metadata, as the server's own controllers do. */
  amend(kind: KindDefinition, current: KubeObject, metadata: Partial<KubeObject["metadata"]>): void {
    const { ownerReferences, finalizers, ...rest } = { ...current.metadata, ...metadata };
    const held = finalizers?.length ? { finalizers } : {};
    const owned = ownerReferences?.length ? { ownerReferences } : {};
    this.#settle(kind, { ...current, metadata: { ...rest, ...held, ...owned } });
  }

  /** Stores an object with another status, as the server's own controllers do. */
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

/** What makes a write one: as on the real server, other times in managedFields alone do not. */
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
