import type { KubeObject, ManagedFieldsEntry } from "../../kube/port.ts";
import { isMap, type JsonMap, mapAt, withoutFields } from "../json.ts";
import {
  changedFields,
  difference,
  type FieldSet,
  fromFieldsV1,
  heldFields,
  isEmpty,
  removedFields,
  toFieldsV1,
  union,
} from "./field-set.ts";
import type { FieldType } from "./field-type.ts";

/** A client that wrote fields of an object, with these fields. */
export interface Manager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly subresource?: string | undefined;
  readonly apiVersion: string;
  readonly time: string;
  readonly fields: FieldSet;
}

/** A client that writes. The fields are not known yet. */
export type Writer = Omit<Manager, "fields">;

/** The managers in the metadata of an object. */
export function managersOf(object: KubeObject): readonly Manager[] {
  return (object.metadata.managedFields ?? []).map((entry) => ({
    manager: entry.manager ?? "",
    operation: entry.operation === "Apply" ? "Apply" : "Update",
    subresource: entry.subresource,
    apiVersion: entry.apiVersion ?? object.apiVersion,
    time: entry.time ?? "",
    fields: fromFieldsV1(entry.fieldsV1),
  }));
}

/** The manager of fields without a recorded manager, at the first apply of an object; as on the real server. */
export function beforeFirstApply(object: JsonMap, { apiVersion, time }: Writer, type: FieldType): Manager {
  const fields = { ...changedFields(undefined, ownable(object), type), self: false };
  return { manager: "before-first-apply", operation: "Update", apiVersion, time, fields };
}

/** The managers in the format of an object's metadata, without those that own nothing. */
export function managedFields(managers: readonly Manager[]): readonly ManagedFieldsEntry[] {
  return managers
    .filter(({ fields }) => !isEmpty(fields))
    .map(({ manager, operation, subresource, apiVersion, time, fields }) => ({
      manager,
      operation,
      apiVersion,
      time,
      fieldsType: "FieldsV1",
      fieldsV1: toFieldsV1(fields),
      ...(subresource === undefined ? {} : { subresource }),
    }));
}

/** Whether two writers share one entry of managed fields. */
export function sameWriter(one: Writer, other: Writer): boolean {
  return (
    one.manager === other.manager &&
    one.operation === other.operation &&
    one.subresource === other.subresource &&
    one.apiVersion === other.apiVersion
  );
}

const systemMetadata = [
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
];

/** The part of an object that a manager can own: without its identity and the fields that the server sets. */
export function ownable(object: JsonMap): JsonMap {
  const metadata = withoutFields(mapAt(object, "metadata"), systemMetadata);
  const rest = withoutFields(object, ["apiVersion", "kind", "metadata"]);
  return Object.keys(metadata).length === 0 ? rest : { ...rest, metadata };
}

/** Records a create, patch or replaceStatus: the writer takes over the fields that it changes. */
export function recordUpdate(
  managers: readonly Manager[],
  writer: Writer,
  change: { readonly from: JsonMap | undefined; readonly to: JsonMap; readonly type: FieldType },
): readonly Manager[] {
  const from = change.from && ownable(change.from);
  const to = ownable(change.to);
  // As on the real server: if no manager of the earlier version is recorded, neither is this one.
  if (from !== undefined && managers.length === 0) return managers;
  const changed = isMap(to) && Object.keys(to).length > 0 ? changedFields(from, to, change.type) : fieldsOfNothing;
  const removed = from === undefined ? fieldsOfNothing : removedFields(from, to, change.type);
  if (isEmpty(changed) && isEmpty(removed)) return managers;
  const others = managers.filter((manager) => !sameWriter(manager, writer));
  const own = managers.find((manager) => sameWriter(manager, writer))?.fields ?? fieldsOfNothing;
  const kept = others.map((manager) => ({
    ...manager,
    fields: difference(difference(manager.fields, changed), removed),
  }));
  return [...kept, { ...writer, fields: union(difference(own, removed), heldFields(changed)) }];
}

const fieldsOfNothing: FieldSet = { self: false, children: new Map() };
