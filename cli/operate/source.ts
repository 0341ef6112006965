import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { type EventExtensions, unfilterable } from "../../eventing/http/sink/event-overrides.ts";
import { createHttpSender, type HttpSender } from "../../eventing/http/sink/http-sender.ts";
import { HttpSink, type SinkReport } from "../../eventing/http/sink/http-sink.ts";
import type { ApiSource } from "../../eventing/loop/source.ts";
import { systemClock } from "../../kit/clock.ts";
import { Unavailable } from "../../kit/errors.ts";
import { readClusterUid } from "../../kit/kube/every-object.ts";
import { type ClusterOptions, connect } from "../cluster/connect.ts";
import type { Terminal } from "../invocation.ts";
import { parseAddress } from "./health-server.ts";
import { leadUntilEnded } from "./lead.ts";
import { Leader, type Leadership, type Work } from "./leader.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { healthOf, ourSource } from "./our-source.ts";
import { PlugJournal } from "./plug-journal.ts";
import { addSourceMetrics, type SourceMetrics } from "./source-metrics.ts";

export interface SourceOptions extends ClusterOptions {
  readonly sink: URL;
  readonly extensions: EventExtensions;
  /** File with the bearer token; without this file, events have no token. */
  readonly tokenFile: string;
  /** Certificate authorities for the sink. Undefined: the system's. */
  readonly authorities: readonly string[] | undefined;
  readonly namespaces: readonly string[] | undefined;
  /** Which of kube-system and the operator's own namespace to serve; absent: neither. */
  readonly serveNamespaces: readonly string[] | undefined;
  /** How many stages of one namespace may run at once while other namespaces wait; absent: half of all. */
  readonly slotsPerNamespace?: number | undefined;
  readonly adopts: boolean;
  readonly operatorNamespace: string;
  readonly answerTimeoutSeconds: number;
  readonly sinkTimeoutSeconds: number;
  readonly listen: string;
  readonly logLevel: string;
  readonly readable: boolean;
}

interface Sending extends Work {
  readonly source: ApiSource;
}

interface Parts {
  readonly options: SourceOptions;
  readonly log: Log;
  readonly journal: PlugJournal;
  readonly metrics: Metrics;
  readonly counted: SourceMetrics;
  readonly sender: HttpSender;
}

/**
 * `plugboard source`: sends the events of due stages to a sink while it leads, until stopped. Returns the exit code.
 * @throws CommandFailed, UsageError
 */
export async function source(options: SourceOptions, terminal: Terminal): Promise<number> {
  const { operatorNamespace, namespaces } = options;
  const address = parseAddress(options.listen);
  const log = await createLog({ readable: options.readable, level: options.logLevel });
  const journal = new PlugJournal(log);
  const working = (): ApiSource | undefined => leader.working?.source;
  const metrics = createMetrics({ source: working, readiness: () => journal.readiness() });
  const counted = addSourceMetrics(metrics.register, { source: working, now: () => systemClock.now() });
  const sender = createHttpSender({
    timeoutMilliseconds: options.sinkTimeoutSeconds * 1_000,
    authorities: options.authorities,
  });
  const parts = { options, log, journal, metrics, counted, sender };
  const leads = (leading: boolean): void => {
    metrics.leads(leading);
    if (!leading) journal.clear();
  };
  const { kube, server: cluster } = await connect(options, metrics.request);
  const begin = (leadership: Leadership): Promise<Sending> => send(leadership, parts);
  const leader = new Leader({ kube, log, operatorNamespace, begin, leads });
  try {
    const extensions = unfilterable(options.extensions);
    if (extensions.length > 0)
      log.warn(
        { extensions },
        "Triggers cannot filter on these extensions, because some characters of their values are sent percent-encoded",
      );
    log.info({ sink: `${options.sink.origin}${options.sink.pathname}` }, "sends events to the sink while it leads");
    await leadUntilEnded({ kube, cluster, leader, log, metrics, address, operatorNamespace, namespaces }, terminal);
    return 0;
  } finally {
    await sender.close();
    await kube.close();
  }
}

async function send({ kube, signal }: Leadership, parts: Parts): Promise<Sending> {
  const { options, journal, metrics, counted } = parts;
  const sink = createSink(signal, parts);
  const working = ourSource({
    kube: journal.reading(kube),
    clock: systemClock,
    sink: sink.send,
    handsOver: true,
    publish: sink.send,
    clusterUid: await readClusterUid(kube),
    operatorNamespace: options.operatorNamespace,
    namespaces: options.namespaces,
    serveNamespaces: options.serveNamespaces,
    slotsPerNamespace: options.slotsPerNamespace,
    adopts: options.adopts,
    answerMilliseconds: options.answerTimeoutSeconds * 1_000,
    tell: (report) => {
      metrics.report(report);
      counted.report(report);
      journal.told(report);
    },
  });
  working.start();
  return {
    source: working,
    synced: working.synced,
    ...healthOf(working),
    async stop() {
      await working.stop();
      await sink.stop();
    },
  };
}

function createSink(signal: AbortSignal, { options, counted, sender, log }: Parts): HttpSink {
  return new HttpSink({
    // As with the cluster: after losing the Lease, this instance sends nothing.
    post: async (message) => {
      if (signal.aborted) throw new Unavailable("this instance is no longer the leader");
      return await sender.post(options.sink, message);
    },
    clock: systemClock,
    random: Math.random,
    extensions: options.extensions,
    token: () => readToken(options.tokenFile),
    tell: (report) => {
      counted.sink(report);
      logSink(log, report);
    },
  });
}

function logSink(log: Log, report: SinkReport): void {
  if (report.kind === "not taken") log.warn({ code: report.code, why: report.why }, "the sink does not accept events");
  if (report.kind === "taken again") log.info({ afterSeconds: report.afterSeconds }, "the sink accepts events again");
  if (report.kind === "subscriber fails")
    log.warn(
      { code: report.code, why: report.why },
      "a subscriber of the broker fails; the cluster shows which stages are done",
    );
  if (report.kind === "no subscriber fails")
    log.info({ afterSeconds: report.afterSeconds }, "no subscriber of the broker failed in the last minute");
}

/** Read for each request, because the kubelet renews it. Undefined without this file. */
function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Unavailable(`the token in ${file} cannot be read`, { cause: error });
  }
}

/** Whom a sink's certificate may be signed by beside the system's authorities. */
export interface AuthoritySources {
  /** Certificates as PEM. */
  readonly pem: string | undefined;
  /** A folder of PEM files, as Knative mounts its trust bundles; it need not be there. */
  readonly folder: string;
}

/** All authorities to trust; undefined if only those of the system. */
export function sinkAuthorities({ pem, folder }: AuthoritySources): readonly string[] | undefined {
  const given = [...(pem === undefined ? [] : [pem]), ...filesIn(folder).map((file) => readFileSync(file, "utf8"))];
  return given.length === 0 ? undefined : [...rootCertificates, ...given];
}

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(pem|crt)$/.test(path))
    .map((path) => join(folder, path));
}
