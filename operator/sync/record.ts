import { createHash } from "node:crypto";
import type { Kind, KubeObject, ObjectKey } from "../../kit/kube/port.ts";
import type { Claim } from "../../kit/performing/claim.ts";
import { groupOf } from "../definition/kinds.ts";
import type { LastSync } from "../definition/operator.ts";

/** The versions of everything that a sync saw, by kind: one digest each. */
export interface Seen {
  readonly [kind: string]: string;
}

/** What a sync saw when everything was as its handler wants it. */
export interface Noted {
  readonly stage: string;
  /** The digest of the parent without what others may write. */
  readonly edits: string;
  readonly seen: Seen;
  /** When the handler wants to be called again, in milliseconds since the epoch. */
  readonly resyncAt?: number | undefined;
  /** How often `finalize` was called in vain. */
  readonly waits?: number | undefined;
}

/** Why the last sync failed, and when the next one is due. */
export interface FailureNote extends Pick<Noted, "stage" | "edits" | "seen"> {
  readonly name: string;
  /** Equal for equal errors. */
  readonly of: string;
  readonly attempts: number;
  readonly at: number;
  /** Milliseconds since the epoch; absent: only after an edit of the parent. */
  readonly until?: number | undefined;
}

/**
 * Children by kind and place: the uid and the version as applied, both shortened, with a dot between.
 * Empty while they are not known. "many": too many to list.
 */
export type Inventory = { readonly [kind: string]: { readonly [place: string]: string } } | "many";

/** What an operator keeps in an annotation of a parent. `stage` is the claim. */
export interface SyncRecord {
  readonly stage?: Claim | undefined;
  readonly children?: Inventory | undefined;
  readonly noted?: Noted | undefined;
  readonly failure?: FailureNote | undefined;
  /** How often children were changed without an edit of the parent in between, and when last. */
  readonly runs?: { readonly edits: string; readonly count: number; readonly at: number } | undefined;
  readonly last?: LastSync | undefined;
}

/** The most bytes of a record. */
const largestRecord = 8_192;
const longestError = 400;
const resultsAtMost = 20;

/** Reads the record of a parent. One that cannot be read counts as lost: nothing depends on it alone. */
export function parseRecord({ metadata }: KubeObject, annotation: string): SyncRecord {
  const text = metadata.annotations?.[annotation];
  if (text === undefined || text.length > 2 * largestRecord) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Writes a record. What does not fit is left out: first results, then the names of children. */
export function writeRecord(record: SyncRecord): string | null {
  const { last, children, ...rest } = record;
  const shortened = last === undefined ? undefined : shortenedLast(last);
  const texts = [
    { ...rest, children, last: shortened },
    { ...rest, children },
    { ...rest, children: children === undefined ? undefined : "many" },
  ].map((one) => JSON.stringify(one));
  const fitting = texts.find((text) => Buffer.byteLength(text) <= largestRecord) ?? texts.at(-1) ?? "{}";
  return fitting === "{}" ? null : fitting;
}

function shortenedLast({ results, error }: LastSync): LastSync {
  const kept = [...results.filter(({ outcome }) => outcome !== "unchanged")].slice(0, resultsAtMost);
  return {
    results: kept.map(({ why, ...result }) => ({ ...result, ...(why === undefined ? {} : { why: cut(why) }) })),
    ...(error === undefined ? {} : { error: cut(error) }),
  };
}

function cut(text: string): string {
  return text.length <= longestError ? text : `${text.slice(0, longestError)}…`;
}

function isRecord(value: unknown): value is SyncRecord {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { stage, children, noted, failure, runs, last } = value as { readonly [field: string]: unknown };
  return (
    isOptional(stage, { holder: "string", until: "string" }) &&
    (children === "many" || isOptional(children, {})) &&
    isOptional(noted, { stage: "string", edits: "string", seen: "object" }) &&
    isOptional(failure, { stage: "string", edits: "string", seen: "object", attempts: "number", at: "number" }) &&
    isOptional(runs, { edits: "string", count: "number", at: "number" }) &&
    isOptional(last, { results: "object" })
  );
}

function isOptional(value: unknown, fields: { readonly [field: string]: string }): boolean {
  if (value === undefined) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(fields).every(([field, type]) => typeof Reflect.get(value, field) === type);
}

/** A child's place in an inventory: its name, with its namespace where the parent has none. */
export function placeOf({ namespace, name }: Pick<ObjectKey, "namespace" | "name">): string {
  return `${namespace ?? ""}/${name}`;
}

/** The entry of an object in an inventory; undefined if it has none. An entry without a uid is not complete yet. */
export function entryOf(
  inventory: Inventory | undefined,
  { apiVersion, kind, metadata }: KubeObject,
): { readonly uid: string | undefined; readonly version: string | undefined } | undefined {
  if (inventory === undefined || inventory === "many") return undefined;
  const entry = inventory[inventoryKey({ apiVersion, kind })]?.[placeOf(metadata)];
  if (entry === undefined) return undefined;
  const [uid, version] = entry.split(".");
  return { uid: uid || undefined, version: version || undefined };
}

/** The entry for an object that was applied at a version. */
export function entryFor(metadata: Pick<KubeObject["metadata"], "uid">, version: string): string {
  return `${shortUid(metadata)}.${version}`;
}

/** A uid as an inventory has it. */
export function shortUid({ uid = "" }: Pick<KubeObject["metadata"], "uid">): string {
  return uid.slice(0, 8);
}

/** A kind as an inventory has it, whatever its version. */
export function inventoryKey(kind: Kind): string {
  const group = groupOf(kind);
  return group === "" ? kind.kind : `${kind.kind}.${group}`;
}

/** A short digest of texts. */
export function digest(texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("base64url").slice(0, 11);
}
