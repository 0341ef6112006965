import { systemClock } from "../../kit/clock.ts";
import { startOperator } from "../../operator/loop/start.ts";
import type { SyncReport } from "../../operator/sync/sync-run.ts";
import type { Terminal } from "../invocation.ts";
import { errorFacts, type Log, logBug } from "../operate/log.ts";
import { linesOfSync, parentOf } from "./describe-sync.ts";
import { type LeadOptions, leadOperators } from "./lead-operators.ts";
import { loadOperators } from "./load-operators.ts";

export interface RunOptions extends LeadOptions {
  readonly namespaces: readonly string[] | undefined;
}

/**
 * `plugboard operator run`: runs operators on a cluster while this instance leads, until stopped.
 * Returns the exit code.
 * @throws UsageError, CommandFailed
 */
export async function runOperators(files: readonly string[], options: RunOptions, terminal: Terminal): Promise<number> {
  const operators = await loadOperators(files);
  await leadOperators(operators, options, terminal, async (operator, { leadership, log, metrics }) => {
    const { kube, holder, former } = leadership;
    const running = await startOperator(operator, {
      kube,
      clock: systemClock,
      holder,
      formerHolder: former,
      namespaces: options.namespaces,
      tell: (report) => {
        metrics.report(operator.name, report);
        if (report.kind === "may not watch" || report.kind === "watch lost")
          log.warn({ operator: operator.name, kind: report.watched, ...errorFacts(report.error) }, report.kind);
        if (report.kind === "malformed") log.warn({ operator: operator.name, what: report.what }, "cannot be read");
      },
      synced: (report) => {
        metrics.synced(report);
        logSync(log, report);
      },
      unexpected: (error, stage) => {
        metrics.unexpected();
        logBug(log, error, stage);
      },
    });
    return { name: operator.name, source: running.source, stop: () => running.stop() };
  });
  return 0;
}

function logSync(log: Log, report: SyncReport): void {
  const { operator, error, results } = report;
  const facts = { operator, parent: parentOf(report), did: linesOfSync(report) };
  if (error !== undefined) log.warn({ ...facts, error }, "sync failed");
  else if (results.some(({ outcome }) => outcome !== "unchanged")) log.info(facts, "synced");
  else log.debug(facts, "nothing to do");
}
