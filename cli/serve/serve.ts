import { targetOf } from "../../crds/stage-names.ts";
import { type CallReport, createEndpoint, type Endpoint } from "../../eventing/http/serving/function-endpoint.ts";
import {
  createFunctionServer,
  type FunctionServer,
  httpFunction,
} from "../../eventing/http/serving/function-server.ts";
import { networkAccess } from "../../functions/apparatus/use-apparatus.ts";
import { type Clock, systemClock } from "../../kit/clock.ts";
import { Unreachable } from "../../kit/live/transport/network-failure.ts";
import { shared } from "../../kit/shared.ts";
import type { ClusterOptions } from "../cluster/connect.ts";
import { aborted, type Terminal } from "../invocation.ts";
import { type MetricsPage, onceATurn } from "../operate/health-server.ts";
import { listen, portOf } from "../operate/listen.ts";
import { createLog, errorFacts, type Log, logBug } from "../operate/log.ts";
import { CommandFailed, UsageError } from "../report-failure.ts";
import { type ServedCluster, toCluster } from "./served-cluster.ts";
import {
  type FunctionName,
  type FunctionSettings,
  functionNames,
  loadFunctions,
  servedFunctions,
} from "./served-functions.ts";

export interface ServeOptions extends ClusterOptions, FunctionSettings {
  /** Hosts and networks that apparatuses may be at beside Services. */
  readonly allowHosts: readonly string[] | undefined;
  readonly hookTimeoutSeconds: number;
  /** A stage, lifecycle, or all; the stage's dot may be a dash. */
  readonly target: string | undefined;
  readonly port: number;
  /** Absent: every address. */
  readonly host: string | undefined;
  /** Work on an in-memory cluster that holds these, instead of on a real one. */
  readonly files: readonly string[] | undefined;
  /** Audience of the tokens of callers; absent: callers need no token. */
  readonly audience: string | undefined;
  readonly subjects: readonly string[];
  /** Absent: the cluster. */
  readonly issuer: string | undefined;
  readonly logLevel: string;
  readonly readable: boolean;
}

/** Most time for running requests to end: no claim lasts longer. */
const drainMilliseconds = 60_000;

/**
 * `plugboard serve`: answers CloudEvents until stopped.
 * Listens at once, and connects to the cluster when needed.
 * The exit code: 1 if a request was cut off.
 * @throws UsageError, CommandFailed
 */
export async function serve(options: ServeOptions, { signal, clock = systemClock }: Terminal): Promise<number> {
  const log = await createLog({ readable: options.readable, level: options.logLevel });
  const { names, endpoint, cluster, loaded, tell, renderTimeouts } = await openFunctions(options, log, clock);
  const unready = saying(log, async () => {
    await loaded();
    return cluster.unready();
  });
  try {
    // Unreadable files are a wrong call; a cluster may become available later.
    if (options.files !== undefined) await cluster.kube();
    const served = createFunctionServer({
      function: httpFunction(endpoint),
      clock,
      tell,
      unready,
      metrics: metricsOf(renderTimeouts),
    });
    await listen(served.server, options, (why, cause) => cannotListen(options, why, cause));
    log.info({ functions: names, port: portOf(served.server) }, "serving");
    // Prepare for the first requests.
    void unready();
    await aborted(signal);
    return await end(served, log, clock);
  } finally {
    await cluster.close();
  }
}

/** The functions, independent of the server that receives requests. */
export interface OpenFunctions {
  readonly names: readonly FunctionName[];
  readonly endpoint: Endpoint;
  /** Loads what the first requests need. A single function is loaded from the start. */
  readonly loaded: () => Promise<void>;
  /** To be closed when no more requests come. */
  readonly cluster: ServedCluster;
  readonly tell: (report: CallReport) => void;
  /** The number of renderings that exceeded the time limit of the worker. */
  readonly renderTimeouts: () => number;
}

/** Prepares the functions of a target; sends no request to a cluster yet. @throws UsageError */
export async function openFunctions(options: ServeOptions, log: Log, clock: Clock): Promise<OpenFunctions> {
  const names = parseTarget(options.target);
  checkTokens(options);
  const { allowHosts, hookTimeoutSeconds } = options;
  const apparatus = networkAccess({ allowHosts, timeoutMilliseconds: hookTimeoutSeconds * 1_000 });
  const cluster = toCluster(options, clock);
  const tell = (report: CallReport): void => logCall(log, report);
  const failed = (error: unknown): void => eventLost(log, error);
  const unexpected = (error: unknown, stage: string): void => logBug(log, error, stage);
  let timeouts = 0;
  const renderTimedOut = (): void => {
    timeouts += 1;
  };
  const functions = servedFunctions(names, {
    ...options,
    cluster,
    clock,
    apparatus,
    failed,
    unexpected,
    renderTimedOut,
  });
  const loaded = shared(() => loadFunctions(names));
  if (names.length === 1) void loaded();
  const authenticate = await authenticator(options, cluster, clock);
  const endpoint = createEndpoint({ functions, clock, authenticate, tell });
  return { names, endpoint, cluster, loaded, tell, renderTimeouts: () => timeouts };
}

/** Loads the metrics library at the first scrape: most functions end before one. */
function metricsOf(renderTimeouts: () => number): () => Promise<MetricsPage> {
  const opened = shared(async () => (await import("../operate/metrics.ts")).functionMetrics(renderTimeouts));
  return onceATurn(async () => {
    const { contentType, text } = await opened();
    return { contentType, text: await text() };
  });
}

async function end(served: FunctionServer, log: Log, clock: Clock): Promise<number> {
  const drained = served.drain();
  log.info({}, "ending");
  const late = Promise.withResolvers<"late">();
  const cancel = clock.after(drainMilliseconds, () => late.resolve("late"));
  const ended = await Promise.race([drained, late.promise]);
  cancel();
  if (ended === "late") {
    served.server.closeAllConnections();
    log.warn({ seconds: drainMilliseconds / 1_000 }, "ended; requests that took too long were cut off");
    return 1;
  }
  log.info({}, "ended");
  return 0;
}

/** Parses the target of FUNCTION_TARGET or the command line. @throws UsageError naming the valid ones */
function parseTarget(target: string | undefined): readonly FunctionName[] {
  if (target === "all") return functionNames;
  const found = functionNames.find((name) => name === target || targetOf(name) === target);
  if (found !== undefined) return [found];
  const asked = target === undefined || target === "" ? "no stage named" : `unknown stage ${target}`;
  throw new UsageError(
    `${asked}; expected one of ${functionNames.join(", ")}, as argument or in FUNCTION_TARGET, or --all`,
  );
}

/** An audience without users would look like an outage, and users without an audience like protection. */
function checkTokens({ audience, subjects, issuer, files }: ServeOptions): void {
  if (audience !== undefined && subjects.length === 0)
    throw new UsageError(
      "--oidc-audience is set, but no user may call: name the users with --oidc-subject (PLUGBOARD_OIDC_SUBJECTS), for example system:serviceaccount:knative-eventing:mt-broker-filter-oidc",
    );
  if (audience === undefined && (subjects.length > 0 || issuer !== undefined))
    throw new UsageError(
      "--oidc-subject and --oidc-issuer have no effect without --oidc-audience (PLUGBOARD_OIDC_AUDIENCE): set it too",
    );
  if (audience !== undefined && issuer === undefined && files !== undefined)
    throw new UsageError("--files has no cluster that issues tokens: name the issuer with --oidc-issuer");
  if (issuer !== undefined && URL.parse(issuer)?.protocol !== "https:")
    throw new UsageError(`--oidc-issuer ${issuer}: expected an https:// address`);
}

async function authenticator(
  { audience, subjects, issuer }: ServeOptions,
  cluster: ServedCluster,
  clock: Clock,
): Promise<((authorization: string | undefined) => Promise<void>) | undefined> {
  if (audience === undefined) return undefined;
  const { clusterIssuer, createAuthenticator, remoteIssuer } = await import("../../eventing/http/serving/oidc.ts");
  const findIssuer = () => (issuer === undefined ? clusterIssuer(cluster.readPath) : remoteIssuer(issuer));
  return createAuthenticator({ audience, subjects, findIssuer, clock });
}

/** Logs only the name of a failure: its message may quote secrets. The message of Unreachable is our own. */
function logCall(log: Log, { error, ...report }: CallReport): void {
  const facts = { ...report, ...(error instanceof Unreachable ? errorFacts(error) : {}) };
  if (report.status === 500) log.error({ ...facts, ...errorFacts(error) }, "call failed");
  else if (report.status > 500 || report.status === 429) log.warn(facts, "stage failed; the caller should retry");
  else if (report.status >= 400) log.warn(facts, "call refused");
  // The failure is final: the status of the object has it, and the stage is not requested again.
  else if (error instanceof Error) log.warn({ ...facts, error: error.name }, "stage failed and is not retried");
  else if (report.status === 200) log.info(facts, "call answered");
  else log.debug(facts, "call answered");
}

/** Logs why it is not ready when the reason changes: nobody reads the answers to probes. */
function saying(log: Log, unready: ServedCluster["unready"]): ServedCluster["unready"] {
  let said: string | undefined;
  return async () => {
    const why = await unready();
    if (why !== undefined && why !== said) log.warn({ why }, "not ready");
    said = why;
    return why;
  };
}

function eventLost(log: Log, error: unknown): void {
  log.warn(errorFacts(error), "an Event could not be written");
}

function cannotListen({ host, port }: ServeOptions, why: string, options: ErrorOptions): CommandFailed {
  return new CommandFailed(`cannot listen on ${host ?? ""}:${port} (${why}); choose another port with --port`, options);
}
