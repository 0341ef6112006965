import { systemClock } from "../../kit/clock.ts";
import type { LiveKube } from "../../kit/live/live-kube.ts";
import { aborted, type Terminal } from "../invocation.ts";
import { refuseBesideIntegrationOperator } from "../takeover/integration-operator.ts";
import { type Address, addressOf, serveHealth } from "./health-server.ts";
import type { Leader, Work } from "./leader.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { preflight, sayOlderKubernetes } from "./preflight.ts";

export interface LeadOptions {
  readonly kube: LiveKube;
  /** The cluster's address, for the log. */
  readonly cluster: string;
  readonly leader: Leader<Work>;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly address: Address;
  readonly operatorNamespace: string;
  readonly namespaces: readonly string[] | undefined;
}

/**
 * Takes part in leader election and works while it leads, until stopped; serves health and metrics.
 * @throws CommandFailed, UsageError
 */
export async function leadUntilEnded(options: LeadOptions, { signal }: Terminal): Promise<void> {
  const { cluster, leader, log, metrics, address, namespaces } = options;
  const ending = aborted(signal);
  // A silent API server must not delay the end.
  await Promise.race([lookFirst(options), ending]);
  if (signal.aborted) return;
  const server = await serveHealth(address, {
    unready: () => leader.unready(),
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
  });
  log.info({ cluster, listen: addressOf(server), namespaces: namespaces ?? "all" }, "started, standing by");
  leader.start();
  await Promise.race([ending, leader.failure]);
  log.info({}, "ending");
  await leader.stop();
  server.close();
  server.closeAllConnections();
  log.info({}, "ended");
}

/** Checks that Plugboard may run on this cluster. @throws CommandFailed, UsageError */
async function lookFirst(options: LeadOptions): Promise<void> {
  const { kube, log, operatorNamespace, namespaces } = options;
  await preflight(kube, options);
  const older = await sayOlderKubernetes(kube.readPath);
  if (older !== undefined) log.warn({}, older);
  const looked = [...(namespaces ?? []), operatorNamespace];
  await refuseBesideIntegrationOperator(kube, { now: systemClock.now(), namespaces: looked });
}
