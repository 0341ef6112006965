import type { KubeObject } from "../../kit/kube/port.ts";
import { applyEntry, versionOfApplied } from "../../kit/loop/versions.ts";
import { isSecret } from "../../kit/outlet/outlet.ts";
import { covers } from "../../kit/performing/covers.ts";
import { isRecordLost } from "../../kit/performing/field-record.ts";
import type { Names } from "../definition/names.ts";
import type { Desired } from "./desired.ts";
import type { AppliedNote } from "./memory.ts";
import { entryOf, type Inventory } from "./record.ts";

/** What is known of what was applied. */
export interface Comparing {
  readonly names: Names;
  /** What this process applied, by the uids of children. */
  readonly applied: ReadonlyMap<string, AppliedNote>;
  readonly inventory: Inventory | undefined;
}

/**
 * Whether a child is as it was applied, and what was applied is what is desired.
 * Values are compared only if no version is known: the API server and its webhooks rewrite and add some.
 */
export function isAsDesired({ declared, digest, object }: Desired, found: KubeObject, comparing: Comparing): boolean {
  const { names, applied, inventory } = comparing;
  const note = applied.get(found.metadata.uid ?? "");
  const mark = found.metadata.annotations?.[names.desired] ?? note?.desired;
  // What cannot be changed in place is not made anew because somebody else changed it.
  if (declared.update === "recreate" && mark !== undefined) return mark === digest;
  if (isRecordLost(found.metadata, names.fieldManager)) return false;
  if (mark === undefined && isSecret(object)) return isSameSecret(object, found, names);
  if (mark !== digest) return false;
  const known = note?.version ?? entryOf(inventory, found)?.version;
  if (versionOf(found, names) === known) return true;
  return declared.view === "metadata" ? known === undefined : covers(found, comparable(object));
}

/** The version of a child as applied, shortened. */
export function versionOf({ metadata }: KubeObject, { fieldManager }: Names): string {
  return versionOfApplied(metadata, fieldManager).slice(1, 9);
}

/** The API server keeps the status of most kinds whatever is applied, and drops what is empty; owners have an order. */
function comparable({ status: _status, ...object }: KubeObject): unknown {
  const { ownerReferences: _owners, ...metadata } = object.metadata;
  return withoutEmpty({ ...object, metadata });
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, inner]) => [name, withoutEmpty(inner)] as const);
  return Object.fromEntries(fields.filter(([, inner]) => !isEmpty(inner)));
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

/** No digest of a Secret is written anywhere: values and the names of the applied fields are compared. */
function isSameSecret(object: KubeObject, found: KubeObject, { fieldManager }: Names): boolean {
  const { stringData = {}, data = {}, ...rest } = object;
  const encoded = Object.entries(stringData as object).map(([key, text]) => [key, encode(String(text))] as const);
  const folded = { ...rest, data: { ...(data as object), ...Object.fromEntries(encoded) } };
  const fields: unknown = applyEntry(found.metadata, fieldManager)?.fieldsV1;
  const { labels = {}, annotations = {} } = object.metadata;
  const same = (path: readonly string[], wanted: object): boolean =>
    JSON.stringify(keysAt(fields, path)) === JSON.stringify(Object.keys(wanted).toSorted());
  return (
    covers(found, comparable(folded)) &&
    same(["f:data"], folded.data) &&
    same(["f:metadata", "f:labels"], labels) &&
    same(["f:metadata", "f:annotations"], annotations)
  );
}

function encode(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** The names of the fields at a path of fieldsV1. */
function keysAt(fields: unknown, path: readonly string[]): readonly string[] {
  const found = path.reduce<unknown>(
    (inner, name) => (inner instanceof Object ? Reflect.get(inner, name) : undefined),
    fields,
  );
  const names = found instanceof Object ? Object.keys(found) : [];
  return names
    .filter((name) => name.startsWith("f:"))
    .map((name) => name.slice(2))
    .toSorted();
}
