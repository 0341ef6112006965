import type { ApiSource } from "../../eventing/loop/source.ts";
import type { Operator } from "../../operator/operator.ts";
import { type ClusterOptions, connect } from "../cluster/connect.ts";
import { aborted, type Terminal } from "../invocation.ts";
import { addressOf, parseAddress, serveHealth } from "../operate/health-server.ts";
import { Leader, type Leadership, type Work } from "../operate/leader.ts";
import { createLog, type Log } from "../operate/log.ts";
import { type OperatorMetrics, operatorMetrics } from "./operator-metrics.ts";

export interface LeadOptions extends ClusterOptions {
  readonly operatorNamespace: string;
  readonly listen: string;
  readonly logLevel: string;
  readonly readable: boolean;
}

/** One operator at work. */
export interface AtWork {
  readonly name: string;
  readonly source: ApiSource;
  stop(): Promise<void>;
}

/** What a leader does with its operators. */
export type Begin = (
  operator: Operator,
  with_: { readonly leadership: Leadership; readonly log: Log; readonly metrics: OperatorMetrics },
) => Promise<AtWork>;

interface Working extends Work {
  readonly operators: readonly AtWork[];
}

/**
 * Works on operators while this instance leads, until it is stopped; serves health and metrics.
 * All operators of a process share one Lease.
 * @throws UsageError, CommandFailed
 */
export async function leadOperators(
  operators: readonly Operator[],
  options: LeadOptions,
  terminal: Terminal,
  begin: Begin,
): Promise<void> {
  const address = parseAddress(options.listen);
  const log = await createLog({ readable: options.readable, level: options.logLevel });
  const metrics = operatorMetrics(() => (leader.working?.operators ?? []).map(({ name, source }) => [name, source]));
  const { kube, server: cluster } = await connect(options, metrics.request);
  const leader = new Leader<Working>({
    kube,
    log,
    operatorNamespace: options.operatorNamespace,
    lease: operators
      .map(({ name }) => name)
      .toSorted()
      .join("."),
    leads: metrics.leads,
    begin: async (leadership) =>
      workOf(await Promise.all(operators.map((one) => begin(one, { leadership, log, metrics })))),
  });
  try {
    const server = await serveHealth(address, {
      unready: () => leader.unready(),
      metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
    });
    log.info(
      { cluster, listen: addressOf(server), operators: operators.map(({ name }) => name) },
      "started, standing by",
    );
    leader.start();
    await Promise.race([aborted(terminal.signal), leader.failure]);
    log.info({}, "ending");
    await leader.stop();
    server.close();
    server.closeAllConnections();
  } finally {
    await kube.close();
  }
}

function workOf(operators: readonly AtWork[]): Working {
  return {
    operators,
    synced: Promise.all(operators.map(({ source }) => source.synced)).then(() => {}),
    facts: () => Object.fromEntries(operators.map(({ name, source }) => [name, source.figures()])),
    unready() {
      const down = operators.flatMap(({ source }) => Object.keys(source.figures().watchesDown));
      return down.length === 0 ? undefined : `the watch of ${down.join(", ")} is interrupted; it retries automatically`;
    },
    async stop() {
      await Promise.all(operators.map((one) => one.stop()));
    },
  };
}
