import { type InvalidInput, OperatorError, unexpectedValue } from "../../kit/errors.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { GiveUp, HandlerFailed, InvalidResult } from "../definition/failures.ts";
import type { Names } from "../definition/names.ts";
import type { Operator } from "../definition/operator.ts";
import { digest, parseRecord, type SyncRecord } from "./record.ts";

/** Related objects to read: one by name, or those with labels. Without a namespace: everywhere. */
export interface Selected {
  readonly as: string;
  readonly namespace: string | undefined;
  readonly name?: string | undefined;
  readonly labels?: { readonly [label: string]: string } | undefined;
}

/** A parent, as far as decisions need it. */
export interface ParentItem {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly deleting: boolean;
  /** Whether the operator's finalizer is on it. */
  readonly held: boolean;
  /** A digest of everything but its status and what the operator writes: it changes with each edit. */
  readonly edits: string;
  readonly record: SyncRecord;
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Reads a parent. */
export function parseParent(object: KubeObject, names: Names): ParentItem {
  const { metadata } = object;
  const { uid = "", resourceVersion = "", generation, namespace, name, deletionTimestamp, finalizers = [] } = metadata;
  return {
    uid,
    resourceVersion,
    generation,
    namespace,
    name,
    deleting: deletionTimestamp !== undefined,
    held: finalizers.includes(names.finalizer),
    edits: editsOf(object, names),
    record: parseRecord(object, names.record),
  };
}

/** Not the generation: it also counts writes of the status where a CRD has no status subresource. */
function editsOf({ status: _status, metadata, ...rest }: KubeObject, names: Names): string {
  const { uid = "", labels = {}, annotations = {}, deletionTimestamp = "" } = metadata;
  const others = Object.entries(annotations).filter(([key]) => key !== names.record && key !== lastApplied);
  return digest([
    uid,
    deletionTimestamp,
    JSON.stringify(sorted(labels)),
    JSON.stringify(others.toSorted()),
    JSON.stringify(sorted(rest)),
  ]);
}

/** The value with the fields of all maps in one order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? String(value) : value;
  const fields = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(fields.map(([name, inner]) => [name, sorted(inner)]));
}

/** What a parent wants to read. @throws InvalidResult, HandlerFailed */
export function selectionsOf(operator: Operator, parent: KubeObject): readonly Selected[] {
  const given = relatedOf(operator, parent);
  const at = "related()";
  if (typeof given !== "object" || given === null) throw wrong(at, "an object of selections", given);
  return Object.entries(given).flatMap(([as, selections]) => {
    if (!operator.reads.some((kind) => kind.as === as))
      throw new InvalidResult(`${at}: ${as} is not among the kinds in reads`);
    if (selections === undefined) return [];
    return (Array.isArray(selections) ? selections : [selections]).map((one, index) =>
      parseSelection(one, { as, at: `${at}.${as}[${index}]`, parent }),
    );
  });
}

function relatedOf(operator: Operator, parent: KubeObject): unknown {
  try {
    return operator.related(structuredClone(parent));
  } catch (thrown) {
    throw thrownBy("related", thrown);
  }
}

/** A value thrown by a function of the operator's author, as a failure. */
export function thrownBy(name: string, thrown: unknown): OperatorError {
  if (thrown instanceof OperatorError) return thrown;
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  // By its name, not by its class: the author may have another copy of the package.
  if (thrown instanceof Error && thrown.name === "GiveUp") return new GiveUp(said, { cause: thrown });
  return new HandlerFailed(`${name}() threw: ${said}`, { cause: thrown });
}

function parseSelection(
  value: unknown,
  { as, at, parent }: { readonly as: string; readonly at: string; readonly parent: KubeObject },
): Selected {
  if (typeof value !== "object" || value === null) throw wrong(at, "{ name } or { labels }", value);
  const { name, labels, namespace = parent.metadata.namespace } = value as { readonly [field: string]: unknown };
  if (namespace !== undefined && typeof namespace !== "string") throw wrong(`${at}.namespace`, "a text", namespace);
  if (typeof name === "string" && name !== "") return { as, namespace, name };
  if (isLabels(labels)) return { as, namespace, labels };
  throw wrong(at, "{ name } or { labels: { … } }", value);
}

function isLabels(value: unknown): value is { readonly [label: string]: string } {
  if (typeof value !== "object" || value === null) return false;
  const texts: readonly unknown[] = Object.values(value);
  return texts.length > 0 && texts.every((text) => typeof text === "string");
}

function wrong(at: string, expected: string, found: unknown): InvalidResult {
  return asInvalidResult(unexpectedValue(at, expected, found));
}

/** The same message as a failure of a handler. */
export function asInvalidResult({ message }: InvalidInput): InvalidResult {
  return new InvalidResult(message);
}
