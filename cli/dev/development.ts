import type { MissingValues } from "../../crds/coupling/defaults.ts";
import { awaitedBy, opensAtOf } from "../../crds/deferred-resource/next-stage.ts";
import { parseDeferredResource } from "../../crds/deferred-resource/parse.ts";
import { crdDocuments } from "../../crds/documents.ts";
import { type Clock, systemClock } from "../../kit/clock.ts";
import { Conflict, Timeout, Unavailable } from "../../kit/errors.ts";
import { observedKube } from "../../kit/kube/intercept.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster } from "../../kit/memory/cluster.ts";
import { manifestFiles, readManifests } from "../cluster/manifest-files.ts";
import { type Applied, ManifestSet } from "../cluster/manifest-set.ts";
import { aborted, type Terminal } from "../invocation.ts";
import { type InProcess, type InProcessOptions, startInProcess } from "../operate/in-process.ts";
import type { ObjectFormat } from "../print-objects.ts";
import { CommandFailed, sayBug } from "../report-failure.ts";
import type { BrokerFlags } from "./dev-broker.ts";
import { type LocalApparatuses, parseLocalApparatus, startLocalApparatuses } from "./local-apparatuses.ts";
import { operatorNamespace, unresolvedOf } from "./outcome.ts";
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

/** Plugboard at work on an in-memory cluster. */
export interface Development {
  readonly local: LocalApparatuses;
  readonly cluster: MemoryCluster;
  readonly set: ManifestSet;
  readonly running: InProcess;
  readonly timeline: Timeline;
  readonly clock: Clock;
}

export interface StartOptions extends DevOptions {
  readonly broker: BrokerFlags | undefined;
}

/** Starts Plugboard on an empty in-memory cluster. @throws UsageError */
export async function start(
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

/** Applies the files to the cluster; if a file cannot be read, nothing changes. */
export async function load({ set, timeline }: Development, files: readonly string[]): Promise<Applied> {
  const { manifests, problems } = readManifests(files);
  if (problems.length > 0) return { applied: [], removed: [], problems };
  const outcome = await set.apply(manifests);
  for (const { object } of outcome.applied) timeline.edited(object);
  return outcome;
}

/** Waits until nothing is due, no Job runs, and no passing failure waits for a retry. */
export async function comeToRest(
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

/** A cluster in memory on which nothing is due any more. */
export interface CoupledFiles {
  readonly cluster: MemoryCluster;
  readonly clock: Clock;
  readonly operatorNamespace: string;
}

/**
 * Couples the plugs in files as `plugboard dev --once` does, and prints nothing.
 * @throws UsageError, CommandFailed naming all refused objects
 */
export async function coupleFiles(
  paths: readonly string[],
  options: Pick<DevOptions, "holdJobs" | "rbac" | "serveNamespaces" | "missingValues">,
  terminal: Terminal,
): Promise<CoupledFiles> {
  const files = manifestFiles(paths);
  const settings: StartOptions = { ...options, once: true, output: undefined, broker: undefined };
  const development = await start(settings, { ...terminal, stdout: () => {} });
  try {
    const { problems } = await load(development, files);
    if (problems.length > 0) throw new CommandFailed(problems.join("\n"));
    await comeToRest(development, { holdJobs: options.holdJobs, signal: terminal.signal });
  } finally {
    await development.running.stop();
    development.local.stop();
  }
  return { cluster: development.cluster, clock: development.clock, operatorNamespace };
}
