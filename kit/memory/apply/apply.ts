import { Conflict } from "../../errors.ts";
import type { Json } from "../../kube/port.ts";
import { isList, isMap, type JsonMap } from "../json.ts";
import { refusal } from "../messages.ts";
import {
  changedFields,
  difference,
  type FieldSet,
  fieldsOf,
  intersection,
  noFields,
  pathsOf,
  removedFields,
  unclaimed,
  union,
  withoutSet,
} from "./field-set.ts";
import { type FieldType, itemName } from "./field-type.ts";
import { type Manager, ownable, sameWriter, type Writer } from "./managed-fields.ts";

/** The result of a server-side apply. */
export interface Applied {
  readonly object: JsonMap;
  readonly managers: readonly Manager[];
}

export interface Application {
  readonly live: JsonMap;
  readonly managers: readonly Manager[];
  readonly configuration: JsonMap;
  readonly writer: Writer;
  readonly force: boolean;
  readonly type: FieldType;
}

/**
 * Merges a configuration into the object. Removes the fields that this writer set before and does not set now.
 * @throws Conflict naming every field that another manager owns with another value, unless forced
 */
export function applyConfiguration(application: Application): Applied {
  const { live, managers, writer, type } = application;
  const configuration = ownable(application.configuration);
  const given = Object.keys(configuration).length === 0 ? noFields : fieldsOf(configuration, type);
  const merged = asJsonMap(merge(live, configuration, type));
  const others = managers.filter((manager) => !sameWriter(manager, writer));
  const changed = changedFields(ownable(live), ownable(merged), type);
  if (!application.force) refuseConflicts(others, changed);
  const removed = removedFields(ownable(live), ownable(merged), type);
  const taken = union(changed, removed);
  const kept = others.map((manager) => ({ ...manager, fields: difference(manager.fields, taken) }));
  const before = managers.find((manager) => sameWriter(manager, writer));
  const dropped = difference(before?.fields ?? noFields, given);
  const held = [given, ...kept.map(({ fields }) => fields)].reduce(union, noFields);
  const pruned = asJsonMap(withoutSet(merged, unclaimed(dropped, held), type) ?? {});
  return { object: pruned, managers: [...kept, { ...writer, fields: given }] };
}

function refuseConflicts(others: readonly Manager[], changed: FieldSet): void {
  const conflicts = others
    .map((manager) => ({ holder: named(manager), paths: pathsOf(intersection(manager.fields, changed)) }))
    .filter(({ paths }) => paths.length > 0);
  const count = conflicts.reduce((sum, { paths }) => sum + paths.length, 0);
  if (count === 0) return;
  const [one] = conflicts;
  if (count === 1) throw conflicting(`Apply failed with 1 conflict: conflict with ${one?.holder}: ${one?.paths[0]}`);
  const said = conflicts.map(({ holder, paths }) => `conflicts with ${holder}:\n- ${paths.join("\n- ")}`);
  throw conflicting(`Apply failed with ${count} conflicts: ${said.join("\n")}`);
}

function conflicting(words: string): Conflict {
  return new Conflict(...refusal(409, "Conflict", words));
}

function named({ manager, operation, subresource, apiVersion }: Manager): string {
  const part = subresource === undefined ? "" : ` with subresource "${subresource}"`;
  return operation === "Update" ? `"${manager}"${part} using ${apiVersion}` : `"${manager}"${part}`;
}

function merge(live: Json | undefined, given: Json, type: FieldType): Json {
  if (live === undefined) return given;
  if (isMap(live) && isMap(given) && !type.atomic) return mergeMaps(live, given, type);
  if (!isList(live) || !isList(given) || type.list.by === "whole") return given;
  return mergeLists(live, given, type);
}

function mergeMaps(live: JsonMap, given: JsonMap, type: FieldType): JsonMap {
  const merged = Object.entries(given).map(([name, value]) => {
    const present = Object.hasOwn(live, name) ? live[name] : undefined;
    return [name, merge(present, value, type.field(name))] as const;
  });
  return { ...live, ...Object.fromEntries(merged) };
}

function mergeLists(live: readonly Json[], given: readonly Json[], type: FieldType): readonly Json[] {
  const wanted = new Map(given.map((item) => [itemName(item, type.list), item]));
  const merged = live.map((item) => {
    const name = itemName(item, type.list);
    const configured = wanted.get(name);
    wanted.delete(name);
    return configured === undefined ? item : merge(item, configured, type.item());
  });
  return [...merged, ...wanted.values()];
}

function asJsonMap(value: Json): JsonMap {
  return isMap(value) ? value : {};
}
