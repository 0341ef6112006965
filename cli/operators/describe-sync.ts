import type { ChildOutcome, ChildResult } from "../../operator/operator.ts";
import type { SyncReport } from "../../operator/sync/sync-run.ts";

const shown: readonly ChildOutcome[] = ["created", "updated", "deleted", "awaited", "failed"];

/** What became of a sync, as lines for people: nothing where nothing was done. */
export function linesOfSync({ results, error, waiting }: SyncReport): readonly string[] {
  const done = shown.flatMap((outcome) => {
    const of = results.filter((result) => result.outcome === outcome);
    return of.length === 0 ? [] : [`${outcome} ${of.map(nameOf).join(", ")}`];
  });
  return [...done, ...(error === undefined ? [] : [`failed: ${error}`]), ...(waiting === undefined ? [] : [waiting])];
}

function nameOf({ kind, name, outcome, why }: ChildResult): string {
  return why === undefined || outcome === "failed" ? `${kind} ${name}` : `${kind} ${name} (${why})`;
}

/** The parent of a sync, in words. */
export function parentOf({ parent: { kind, namespace, name } }: SyncReport): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
