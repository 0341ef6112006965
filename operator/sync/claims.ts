import type { ConditionClaim } from "../../kit/conditions.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { ChildResult } from "../definition/operator.ts";
import { isReady } from "../definition/readiness.ts";
import { restlessFrom } from "./due.ts";
import type { ChildAction } from "./plan.ts";

/** The conditions after a sync, what the parent waits for, and a sentence for the log. */
export interface Said {
  readonly conditions: readonly ConditionClaim[];
  readonly waiting: string | undefined;
  readonly message: string;
}

interface Synced {
  readonly actions: readonly ChildAction[];
  readonly results: readonly ChildResult[];
  /** The children as they were before, by kind. */
  readonly existing: ReadonlyMap<string, readonly KubeObject[]>;
  /** What the handler said. */
  readonly waiting: string | undefined;
  /** How many syncs in a row changed children, without an edit of the parent. */
  readonly runs: number;
}

/** The conditions after a sync that succeeded. */
export function claimsOfSuccess({ actions, results, existing, waiting: given, runs }: Synced): Said {
  const awaited = results.find(({ outcome }) => outcome === "awaited");
  const waiting = given ?? unreadyIn(actions, existing);
  const message = awaited === undefined ? counted(results) : `Waiting for ${named(awaited)}: ${awaited.why ?? ""}.`;
  return {
    waiting: waiting ?? (awaited === undefined ? undefined : message),
    message,
    conditions: [
      contested(results, runs) ??
        (awaited === undefined
          ? { type: "Synced", status: "True", reason: "UpToDate", message }
          : { type: "Synced", status: "False", reason: "Waiting", message }),
      waiting === undefined
        ? { type: "Ready", status: "True", reason: "Ready", message: "All children are ready." }
        : { type: "Ready", status: "False", reason: "Waiting", message: waiting },
      { type: "Failed", status: "False", reason: "Synced", message: "" },
    ],
  };
}

/** The condition if this sync, too, changed children that nobody may expect to change. */
function contested(results: readonly ChildResult[], runs: number): ConditionClaim | undefined {
  const changed = results.filter(({ outcome }) => ["created", "updated", "deleted"].includes(outcome));
  const [first] = changed;
  if (first === undefined || runs < restlessFrom) return undefined;
  const message = `${runs} syncs in a row changed children, now ${named(first)}: another client changes them, or the handler does not return the same each time. The next one is delayed.`;
  return { type: "Synced", status: "False", reason: "Contested", message };
}

/** The conditions after a sync that failed. `Ready` stays: the children do what they did before. */
export function claimsOfFailure(reason: string, message: string): readonly ConditionClaim[] {
  return [
    { type: "Synced", status: "False", reason, message },
    { type: "Failed", status: "True", reason, message },
  ];
}

/** The first child that is desired and not ready, in words. */
function unreadyIn(
  actions: readonly ChildAction[],
  existing: ReadonlyMap<string, readonly KubeObject[]>,
): string | undefined {
  const unready = actions
    .filter(({ desired }) => desired !== undefined)
    .find(({ as, object }) => {
      const found = existing.get(as)?.find(({ metadata }) => {
        const { name, namespace } = object.metadata;
        return metadata.name === name && metadata.namespace === namespace;
      });
      return !isReady(found);
    });
  return unready === undefined ? undefined : `waiting for ${nameOf(unready.object)}`;
}

/** An object in words: its kind, namespace and name. */
export function nameOf({ kind, metadata }: Pick<KubeObject, "kind" | "metadata">): string {
  return named({ kind, ...metadata });
}

function named({
  kind,
  namespace,
  name,
}: {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function counted(results: readonly ChildResult[]): string {
  const present = results.filter(({ outcome }) => outcome !== "deleted").length;
  return present === 1 ? "1 child is up to date." : `${present} children are up to date.`;
}
