import type { ConditionClaim } from "../../kit/conditions.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { ChildResult } from "../definition/operator.ts";
import { isReady } from "../definition/readiness.ts";
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
}

/** The conditions after a sync that succeeded. */
export function claimsOfSuccess({ actions, results, existing, waiting: given }: Synced): Said {
  const awaited = results.find(({ outcome }) => outcome === "awaited");
  const waiting = given ?? unreadyIn(actions, existing);
  const message = awaited === undefined ? counted(results) : `Waiting for ${named(awaited)}: ${awaited.why ?? ""}.`;
  return {
    waiting: waiting ?? (awaited === undefined ? undefined : message),
    message,
    conditions: [
      awaited === undefined
        ? { type: "Synced", status: "True", reason: "UpToDate", message }
        : { type: "Synced", status: "False", reason: "Waiting", message },
      waiting === undefined
        ? { type: "Ready", status: "True", reason: "Ready", message: "All children are ready." }
        : { type: "Ready", status: "False", reason: "Waiting", message: waiting },
      { type: "Failed", status: "False", reason: "Synced", message: "" },
    ],
  };
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
