import { keyOf } from "../../kit/kube/keys.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { heldBy } from "../../kit/performing/held-by.ts";
import type { Step } from "../../kit/performing/steps.ts";
import type { ChildOutcome, ChildResult } from "../definition/operator.ts";
import { type Comparing, isAsDesired } from "./as-desired.ts";
import type { Desired } from "./desired.ts";

/** What to do with one child: a step, or nothing because it is as it should be, or must be waited for. */
export interface ChildAction {
  readonly as: string;
  readonly object: KubeObject;
  readonly desired?: Desired | undefined;
  /** Absent: nothing is done. */
  readonly step?: Step | undefined;
  /** The outcome if nothing is done, or if the step succeeds and changes the object. */
  readonly outcome: ChildOutcome;
  readonly why?: string | undefined;
}

export interface Planning extends Comparing {
  /** Children that stay although they are not desired. */
  readonly keep: readonly KubeObject[];
  readonly parentUid: string;
}

/** The children that exist, by kind. */
export type Existing = readonly { readonly as: string; readonly object: KubeObject }[];

/**
 * Compares the children that should be there with those that are.
 * First what is made and changed, then what is made anew, last what is removed.
 * `desired` undefined: nothing is changed.
 */
export function planChildren(
  desired: readonly Desired[] | undefined,
  existing: Existing,
  planning: Planning,
): readonly ChildAction[] {
  if (desired === undefined) return existing.map(({ as, object }) => ({ as, object, outcome: "unchanged" }));
  const found = new Map(existing.map((one) => [keyIn(one.as, one.object), one.object]));
  const wanted = desired.map((one) => planChild(one, found.get(keyIn(one.declared.as, one.object)), planning));
  const keys = new Set(desired.map(({ declared, object }) => keyIn(declared.as, object)));
  const removed = existing
    .filter(({ as, object }) => !keys.has(keyIn(as, object)))
    .map(({ as, object }) => (isKept(object, planning) ? kept(as, object) : removal(as, object, planning)));
  const rank = ({ step }: ChildAction): number => (step?.kind === "recreate" ? 1 : 0);
  return [...wanted.toSorted((one, other) => rank(one) - rank(other)), ...removed];
}

function keyIn(as: string, { metadata }: KubeObject): string {
  return `${as} ${metadata.namespace ?? ""}/${metadata.name}`;
}

function planChild(desired: Desired, found: KubeObject | undefined, planning: Planning): ChildAction {
  const { declared, object } = desired;
  const base = { as: declared.as, object, desired };
  const { fieldManager } = planning.names;
  if (found === undefined)
    return {
      ...base,
      outcome: "created",
      step: { kind: "apply", object, expects: { kind: "nothing" }, fieldManager, tolerance: "none" },
    };
  if (found.metadata.deletionTimestamp !== undefined) return { ...base, outcome: "awaited", why: gone(found) };
  if (isAsDesired(desired, found, planning)) return { ...base, outcome: "unchanged" };
  if (declared.update === "onDelete")
    return { ...base, outcome: "unchanged", why: "it differs, and changes only after it is deleted" };
  return { ...base, outcome: "updated", step: update(desired, found, fieldManager) };
}

function update({ declared, object }: Desired, found: KubeObject, fieldManager: string): Step {
  if (declared.update === "recreate")
    return { kind: "recreate", object, seen: found.metadata, fieldManager, tolerance: "none" };
  const { uid = "" } = found.metadata;
  const was = declared.view === "whole" ? { was: found } : {};
  return { kind: "apply", object, expects: { kind: "uid", uid }, fieldManager, tolerance: "none", sole: true, ...was };
}

function kept(as: string, object: KubeObject): ChildAction {
  return { as, object, outcome: "unchanged", why: "it is kept" };
}

function isKept({ apiVersion, kind, metadata }: KubeObject, { keep }: Planning): boolean {
  return keep.some(
    (one) =>
      one.apiVersion === apiVersion &&
      one.kind === kind &&
      one.metadata.name === metadata.name &&
      (one.metadata.namespace ?? metadata.namespace) === metadata.namespace,
  );
}

function removal(as: string, object: KubeObject, { names, parentUid }: Planning): ChildAction {
  const { uid = "", deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined) return { as, object, outcome: "awaited", why: gone(object) };
  const ours = [[{ label: names.parentUid, is: parentUid }, { uid }]];
  return { as, object, outcome: "deleted", step: { kind: "remove", target: keyOf(object), ours, tolerance: "none" } };
}

function gone({ metadata }: KubeObject): string {
  const held = heldBy(metadata);
  return held === undefined ? "it is being deleted" : `it is being deleted and waits for its ${held}`;
}

/** The result of an action that did nothing. */
export function resultOf({ object, outcome, why }: ChildAction): ChildResult {
  const { namespace, name } = object.metadata;
  return {
    kind: object.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    outcome,
    ...(why === undefined ? {} : { why }),
  };
}
