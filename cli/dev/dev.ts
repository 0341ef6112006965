import type { MissingValues } from "../../crds/coupling/defaults.ts";
import { awaitedBy, opensAtOf } from "../../crds/deferred-resource/next-stage.ts";
import { parseDeferredResource } from "../../crds/deferred-resource/parse.ts";
import { crdDocuments } from "../../crds/documents.ts";
import { type Clock, systemClock } from "../../kit/clock.ts";
import { Conflict, Timeout, Unavailable } from "../../kit/errors.ts";
import { observedKube } from "../../kit/kube/intercept.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster } from "../../kit/memory/cluster.ts";
import { tellThrown } from "../../kit/outlet/outlet.ts";
import { manifestFiles, objectName, readManifests } from "../cluster/manifest-files.ts";
import { type Applied, ManifestSet } from "../cluster/manifest-set.ts";
import { aborted, type Terminal } from "../invocation.ts";
import { type InProcess, type InProcessOptions, startInProcess } from "../operate/in-process.ts";
import { readinessOf } from "../operate/readiness.ts";
import { type ObjectFormat, printObjects } from "../print-objects.ts";
import { sayBug, UsageError } from "../report-failure.ts";
import type { BrokerFlags } from "./dev-broker.ts";
import { followFiles } from "./follow-files.ts";
import { type LocalApparatuses, parseLocalApparatus, startLocalApparatuses } from "./local-apparatuses.ts";
import { linesOf, operatorNamespace, outcomeOf, plugsOf, summaryOf, unresolvedOf } from "./outcome.ts";
import { Timeline, timeOfDay } from "./timeline.ts";

export interface DevOptions {
  readonly once: boolean;
  readonly output: ObjectFormat | undefined;
  readonly holdJobs: boolean;
  readonly rbac: boolean;
  /** Commands that replace apparatuses, as `NAME=COMMAND`. */
  readonly apparatuses?: readonly string[] | undefined;
  /** Which of kube-system and the operator's own namespace to serve; absent: neither. */
  readonly serveNamespaces?: readonly string[] | undefined;
  /** What templates do with missing values, if nothing else decides. Absent: print them. */
  readonly missingValues?: MissingValues | undefined;
  /** Options of a broker over HTTP; without a port there is none. */
  readonly broker?: Partial<BrokerFlags> | undefined;
}

/** Most time that `--once` waits for Jobs and retries. */
const patienceMilliseconds = 30_000;

interface Development {
  readonly local: LocalApparatuses;
  readonly cluster: MemoryCluster;
  readonly set: ManifestSet;
  readonly running: InProcess;
  readonly timeline: Timeline;
  readonly clock: Clock;
}

/**
 * `plugboard dev`: runs Plugboard on an in-memory cluster with the objects of files. Returns the exit code.
 * @throws UsageError
 */
export async function dev(paths: readonly string[], options: DevOptions, terminal: Terminal): Promise<number> {
  const broker = brokerOf(options.broker);
  if (paths.length === 0 && broker !== undefined && !options.once) {
    const { devBroker } = await import("./dev-broker.ts");
    return devBroker(broker, terminal);
  }
  if (paths.length === 0)
    throw new UsageError("no manifests: name files or folders, for example: plugboard dev samples/hello");
  const files = manifestFiles(paths);
  const development = await start({ ...options, broker }, terminal);
  try {
    return options.once
      ? await runOnce(development, files, options, terminal)
      : await runLive(development, paths, terminal);
  } finally {
    await development.running.stop();
    development.local.stop();
  }
}

/** @throws UsageError for broker options without --broker-port */
function brokerOf({
  port,
  subscribers = [],
  hostile,
  synchronous = false,
}: Partial<BrokerFlags> = {}): BrokerFlags | undefined {
  if (port !== undefined) return { port, subscribers, hostile, synchronous };
  if (subscribers.length === 0 && hostile === undefined && !synchronous) return undefined;
  throw new UsageError("--subscriber, --hostile and --synchronous need a broker: add --broker-port PORT");
}

interface StartOptions extends DevOptions {
  readonly broker: BrokerFlags | undefined;
}

async function start(
  { once, output, holdJobs, rbac, apparatuses = [], serveNamespaces, missingValues, broker }: StartOptions,
  terminal: Terminal,
): Promise<Development> {
  const clock = terminal.clock ?? systemClock;
  const begun = clock.now();
  const cluster = createMemoryCluster({ clock, holdJobs, rbac, jobMilliseconds: 300 });
  const print = output === undefined ? terminal.stdout : terminal.stderr;
  const timeline = new Timeline({
    clock,
    write: (line) => print(`${line}\n`),
    time: once ? (now) => `${((now - begun) / 1_000).toFixed(2).padStart(6)} s` : (now) => timeOfDay(now),
  });
  await cluster.load(crdDocuments());
  await cluster.load([{ apiVersion: "v1", kind: "Namespace", metadata: { name: operatorNamespace } }]);
  const local = await startLocalApparatuses(apparatuses.map(parseLocalApparatus), (line) => print(`${line}\n`));
  const options: InProcessOptions = {
    apparatus: local.access,
    kube: observedKube(cluster.kube, timeline.heard),
    clock,
    holder: "dev",
    operatorNamespace,
    serveNamespaces,
    missingValues,
    censusMilliseconds: 50,
    caughtUp: () => cluster.quiet(),
    tell: timeline.told,
    failed: (error) => terminal.stderr(`${sayBug(error)}\n`),
    untold: (error) => terminal.stderr(`an Event could not be written: ${String(error)}\n`),
  };
  const begin = async (): Promise<InProcess> => {
    if (broker === undefined) return startInProcess(options);
    const { startOverHttp } = await import("./over-http.ts");
    return startOverHttp({ ...options, broker, say: (line) => timeline.say(line) });
  };
  const running = await begin().catch((error: unknown) => {
    local.stop();
    throw error;
  });
  await running.source.synced;
  local.attend(cluster.kube);
  return { local, cluster, set: new ManifestSet(cluster.kube), running, timeline, clock };
}

async function runOnce(
  development: Development,
  files: readonly string[],
  { output, holdJobs }: DevOptions,
  { stdout, stderr, signal }: Terminal,
): Promise<number> {
  const { cluster, local } = development;
  const { problems } = await load(development, files);
  if (problems.length > 0) {
    stderr(`${problems.join("\n")}\n`);
    return 1;
  }
  const unmatched = local.unmatched(cluster.objects());
  if (unmatched !== undefined) throw new UsageError(unmatched);
  await comeToRest(development, { holdJobs, signal });
  const [plugs, unresolved] = [plugsOf(cluster), unresolvedOf(cluster)];
  const summarize = output === undefined ? stdout : stderr;
  if (output !== undefined) stdout(printObjects(outcomeOf(cluster), output));
  summarize(`\n${[summaryOf(plugs), ...linesOf(unresolved)].join("\n")}\n`);
  return plugs.every((plug) => readinessOf(plug).ready) && unresolved.length === 0 ? 0 : 1;
}

async function runLive(
  development: Development,
  paths: readonly string[],
  { stderr, signal }: Terminal,
): Promise<number> {
  const { timeline, clock, local, cluster } = development;
  let busy = load(development, manifestFiles(paths)).then(({ problems }) => {
    for (const problem of problems) stderr(`${problem}\n`);
    const unmatched = local.unmatched(cluster.objects());
    if (unmatched !== undefined) stderr(`${unmatched}\n`);
  });
  const reload = (): void => {
    busy = busy
      .then(() => follow(development, paths, stderr))
      .catch((error: unknown) => stderr(`${tellThrown(error)}\n`));
  };
  const stopFollowing = followFiles(paths, { clock, changed: reload });
  await busy;
  timeline.say(`watching ${paths.join(", ")}: edit the files to see what changes; press Ctrl-C to end`);
  await aborted(signal);
  stopFollowing();
  await busy;
  return 0;
}

/** Applies the changes of the files, and prints them. */
async function follow(development: Development, paths: readonly string[], stderr: Terminal["stderr"]): Promise<void> {
  const { timeline } = development;
  const { applied, removed, problems } = await load(development, manifestFiles(paths));
  for (const { object, known } of applied) timeline.say(`${known ? "edited" : "added"} ${objectName(object)}`);
  for (const { kind, namespace, name } of removed)
    timeline.say(`removed ${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}: no file has it any more`);
  for (const problem of problems) stderr(`${problem}\n`);
}

/** Applies the files to the cluster; if a file cannot be read, nothing changes. */
async function load({ set, timeline }: Development, files: readonly string[]): Promise<Applied> {
  const { manifests, problems } = readManifests(files);
  if (problems.length > 0) return { applied: [], removed: [], problems };
  const outcome = await set.apply(manifests);
  for (const { object } of outcome.applied) timeline.edited(object);
  return outcome;
}

/** Waits until nothing is due, no Job runs, and no passing failure waits for a retry. */
async function comeToRest(
  { cluster, running, clock }: Development,
  { holdJobs, signal }: { readonly holdJobs: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const end = clock.now() + patienceMilliseconds;
  const somethingComes = (): boolean =>
    isTriedAgain(running) ||
    (!holdJobs && cluster.objects().some(isRunningJob)) ||
    unresolvedOf(cluster).some((deferred) => opensUntil(deferred, end));
  const ended = aborted(signal);
  await Promise.race([running.source.settled(), ended]);
  while (clock.now() < end && !signal.aborted && somethingComes()) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    await Promise.race([running.source.settled(), ended]);
  }
}

/** Whether a DeferredResource waits only for a time before `end`. */
function opensUntil(object: KubeObject, end: number): boolean {
  const deferred = parseDeferredResource(object);
  return awaitedBy(deferred).length === 0 && opensAtOf(deferred) < end;
}

function isTriedAgain({ source }: InProcess): boolean {
  return source
    .waiting()
    .some(({ attempt, lastError }) => attempt < 3 && (lastError === undefined || passes(lastError)));
}

function passes(error: unknown): boolean {
  return error instanceof Conflict || error instanceof Timeout || error instanceof Unavailable;
}

/** A Job that the in-memory cluster is about to complete. */
function isRunningJob({ apiVersion: version, kind, status, spec }: KubeObject): boolean {
  if (kind !== "Job" || version !== "batch/v1") return false;
  const finished = typeof status === "object" && status !== null && "completionTime" in status;
  const suspended = typeof spec === "object" && spec !== null && "suspend" in spec && spec.suspend === true;
  return !finished && !suspended;
}
