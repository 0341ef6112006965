import type { MissingValues } from "../../crds/coupling/defaults.ts";
import { networkAccess } from "../../functions/apparatus/use-apparatus.ts";
import { Renderer } from "../../functions/render-jobs/renderer.ts";
import { systemClock } from "../../kit/clock.ts";
import { OperatorError } from "../../kit/errors.ts";
import { type ClusterOptions, connect } from "../cluster/connect.ts";
import type { Terminal } from "../invocation.ts";
import { parseAddress } from "./health-server.ts";
import { type InProcess, startInProcess } from "./in-process.ts";
import { leadUntilEnded } from "./lead.ts";
import { Leader, type Leadership, type Work } from "./leader.ts";
import { createLog, errorFacts, logBug } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { healthOf } from "./our-source.ts";
import { PlugJournal } from "./plug-journal.ts";

export interface RunOptions extends ClusterOptions {
  readonly namespaces: readonly string[] | undefined;
  /** Which of kube-system and the operator's own namespace to serve; absent: neither. */
  readonly serveNamespaces: readonly string[] | undefined;
  /** How many stages of one namespace may run at once while other namespaces wait; absent: half of all. */
  readonly slotsPerNamespace?: number | undefined;
  /** Whether couplings of integration-operator are taken over. */
  readonly adopts: boolean;
  /** What templates do with missing values, if nothing else decides. Absent: print them. */
  readonly missingValues?: MissingValues | undefined;
  /** Hosts and networks that apparatuses may be at beside Services. */
  readonly allowHosts: readonly string[] | undefined;
  readonly hookTimeoutSeconds: number;
  readonly operatorNamespace: string;
  readonly listen: string;
  readonly logLevel: string;
  /** Log lines for people instead of JSON. */
  readonly readable: boolean;
}

interface Running extends Work, InProcess {}

/**
 * `plugboard run`: couples on a cluster while it leads, otherwise stands by, until stopped. Returns the exit code.
 * @throws CommandFailed, UsageError
 */
export async function run(options: RunOptions, terminal: Terminal): Promise<number> {
  const { operatorNamespace, namespaces, serveNamespaces, slotsPerNamespace, adopts, missingValues } = options;
  const address = parseAddress(options.listen);
  const apparatus = networkAccess({
    allowHosts: options.allowHosts,
    timeoutMilliseconds: options.hookTimeoutSeconds * 1_000,
  });
  const log = await createLog({ readable: options.readable, level: options.logLevel });
  const journal = new PlugJournal(log);
  const metrics = createMetrics({ source: () => leader.working?.source, readiness: () => journal.readiness() });
  const unexpected = (error: unknown, stage?: string): void => {
    metrics.unexpected(stage);
    logBug(log, error, stage);
  };
  const renderer = new Renderer({ timedOut: () => metrics.renderTimedOut() });
  const begin = async ({ kube: fenced, holder, former }: Leadership): Promise<Running> => {
    const running = await startInProcess({
      kube: journal.reading(fenced),
      clock: systemClock,
      holder,
      formerHolder: former,
      operatorNamespace,
      namespaces,
      serveNamespaces,
      slotsPerNamespace,
      adopts,
      missingValues,
      apparatus,
      tell: (report) => {
        metrics.report(report);
        journal.told(report);
      },
      failed: (error) => {
        if (error instanceof OperatorError) log.error(errorFacts(error), "failed outside a stage");
        else unexpected(error);
      },
      untold: (error) => {
        if (error instanceof OperatorError) log.warn(errorFacts(error), "an Event could not be written");
        else unexpected(error);
      },
      unexpected,
      renderer,
    });
    return { ...running, synced: running.source.synced, ...healthOf(running.source) };
  };
  const leads = (leading: boolean): void => {
    metrics.leads(leading);
    if (!leading) journal.clear();
  };
  const { kube, server: cluster } = await connect(options, metrics.request);
  const leader = new Leader({ kube, log, operatorNamespace, begin, leads });
  try {
    await leadUntilEnded({ kube, cluster, leader, log, metrics, address, operatorNamespace, namespaces }, terminal);
    return 0;
  } finally {
    await kube.close();
  }
}
