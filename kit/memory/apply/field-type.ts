import { writeJson } from "../../encoding/exact-json.ts";
import type { Json } from "../../kube/port.ts";
import { fieldAt, isMap, type JsonMap, listAt, textAt } from "../json.ts";

/** How server-side apply merges a list: item by item on keys, as a set, or as a whole. */
export type ListMerge =
  | { readonly by: "keys"; readonly keys: readonly string[] }
  | { readonly by: "value" }
  | { readonly by: "whole" };

/** How server-side apply merges the value at one place of an object. */
export interface FieldType {
  readonly list: ListMerge;
  /** The value is a map that one manager owns as a whole. */
  readonly atomic: boolean;
  field(name: string): FieldType;
  /** Whether the schema names the field. Other fields are owned apart from those below them, like items of lists. */
  declares(name: string): boolean;
  item(): FieldType;
}

const whole: ListMerge = { by: "whole" };
const keys = (...names: readonly string[]): ListMerge => ({ by: "keys", keys: names });

/** Lists of built-in kinds that merge, by the end of their path. The keys of `ports` depend on the kind. */
const builtInLists: { readonly [place: string]: ListMerge } = {
  "metadata.ownerReferences": keys("uid"),
  "metadata.finalizers": { by: "value" },
  "status.conditions": keys("type"),
  "spec.containers": keys("name"),
  "spec.initContainers": keys("name"),
  "spec.ephemeralContainers": keys("name"),
  "spec.volumes": keys("name"),
  "spec.imagePullSecrets": keys("name"),
  "spec.hostAliases": keys("ip"),
  "spec.schedulingGates": keys("name"),
  "spec.topologySpreadConstraints": keys("topologyKey", "whenUnsatisfiable"),
  "spec.ports": keys("port", "protocol"),
  "[].ports": keys("containerPort", "protocol"),
  "[].env": keys("name"),
  "[].volumeMounts": keys("mountPath"),
  "[].volumeDevices": keys("devicePath"),
  imagePullSecrets: keys("name"),
  secrets: keys("name"),
  webhooks: keys("name"),
};

/** Maps of built-in kinds that one manager owns as a whole. */
const atomicMaps: ReadonlySet<string> = new Set([
  "labelSelector",
  "podSelector",
  "namespaceSelector",
  "nodeSelector",
  "configMapKeyRef",
  "secretKeyRef",
  "fieldRef",
  "resourceFieldRef",
  "roleRef",
]);
const atomicSelectors: ReadonlySet<string> = new Set([
  "Service",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "Job",
]);

/** How a built-in kind merges, by a table of merge keys. Lists that are not in the table merge as a whole. */
export function builtInType(kind: string): FieldType {
  return placed(
    [],
    (name, path) => atomicMaps.has(name) || (name === "selector" && path.length === 2 && atomicSelectors.has(kind)),
  );
}

function placed(path: readonly string[], atomicAt: (name: string, path: readonly string[]) => boolean): FieldType {
  const name = path.at(-1) ?? "";
  return {
    get list() {
      return builtInLists[path.slice(-2).join(".")] ?? whole;
    },
    get atomic() {
      return atomicAt(name, path);
    },
    declares: () => true,
    field: (next) => placed([...path, next], atomicAt),
    item: () => placed([...path, "[]"], atomicAt),
  };
}

/** How a custom resource merges: by its schema; its metadata as that of all kinds. */
export function customType(schema: JsonMap): FieldType {
  const root = schemaType(schema);
  const metadata = builtInType("").field("metadata");
  return {
    ...root,
    declares: (name) => name === "metadata" || root.declares(name),
    field: (name) => (name === "metadata" ? metadata : root.field(name)),
  };
}

/** The types of schemas. They are kept because every write needs the type of each field. */
const schemaTypes = new WeakMap<JsonMap, FieldType>();

function schemaType(schema: Json | undefined): FieldType {
  if (!isMap(schema)) return makeSchemaType(schema);
  const known = schemaTypes.get(schema) ?? makeSchemaType(schema);
  schemaTypes.set(schema, known);
  return known;
}

function makeSchemaType(schema: Json | undefined): FieldType {
  const properties = fieldAt(schema, "properties");
  const additional = fieldAt(schema, "additionalProperties");
  return {
    list: listMerge(schema),
    atomic: textAt(schema, "x-kubernetes-map-type") === "atomic",
    declares: (name) => fieldAt(properties, name) !== undefined,
    field: (name) => schemaType(fieldAt(properties, name) ?? (isMap(additional) ? additional : undefined)),
    item: () => schemaType(fieldAt(schema, "items")),
  };
}

function listMerge(schema: Json | undefined): ListMerge {
  const listType = textAt(schema, "x-kubernetes-list-type");
  if (listType === "set") return { by: "value" };
  if (listType !== "map") return whole;
  return keys(...listAt(schema, "x-kubernetes-list-map-keys").filter((key) => typeof key === "string"));
}

/** Values of merge keys that an item can leave out. */
const keyDefaults: JsonMap = { protocol: "TCP" };

/** The keys by which an item of a list merges; in a set, the item itself. */
export function keysOf(item: Json, list: ListMerge): Json {
  if (list.by !== "keys") return item;
  const named = list.keys.toSorted().flatMap((key) => {
    const value = fieldAt(item, key) ?? keyDefaults[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(named);
}

/** The name of an item of a list in managed fields: `k:{"name":"main"}` or `v:"x"`. */
export function itemName(item: Json, list: ListMerge): string {
  return `${list.by === "keys" ? "k" : "v"}:${writeJson(keysOf(item, list))}`;
}
