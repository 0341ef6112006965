import { statSync } from "node:fs";
import { type Clock, systemClock } from "../../kit/clock.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster } from "../../kit/memory/cluster.ts";
import { tellThrown } from "../../kit/outlet/outlet.ts";
import { type RunningOperator, startOperator } from "../../operator/loop/start.ts";
import type { Operator } from "../../operator/operator.ts";
import { isPassing } from "../../operator/sync/carry-out.ts";
import type { SyncReport } from "../../operator/sync/sync-run.ts";
import { manifestFiles, objectName, readManifests } from "../cluster/manifest-files.ts";
import { ManifestSet } from "../cluster/manifest-set.ts";
import { followFiles } from "../dev/follow-files.ts";
import { Timeline, timeOfDay } from "../dev/timeline.ts";
import { aborted, type Terminal } from "../invocation.ts";
import { type ObjectFormat, printObjects } from "../print-objects.ts";
import { sayBug } from "../report-failure.ts";
import { linesOfSync, parentOf } from "./describe-sync.ts";
import { loadOperators, sortPaths } from "./load-operators.ts";
import { runWorkloads } from "./workloads.ts";

export interface DevOptions {
  readonly once: boolean;
  readonly output: ObjectFormat | undefined;
  /** Leaves Pods and workloads as they are made. */
  readonly holdPods: boolean;
}

/** Most time that `--once` waits. */
const patienceMilliseconds = 30_000;

/**
 * `plugboard operator dev`: runs operators on an in-memory cluster with the objects of files. Returns the exit code.
 * @throws UsageError
 */
export async function devOperators(paths: readonly string[], options: DevOptions, terminal: Terminal): Promise<number> {
  const { operators: files, manifests } = sortPaths(paths);
  const operators = await loadOperators(files);
  const development = new Development({ ...options, files, manifests }, terminal);
  try {
    await development.start(operators);
    return options.once ? await development.once() : await development.follow();
  } finally {
    await development.stop();
  }
}

interface DevelopmentOptions extends DevOptions {
  readonly files: readonly string[];
  readonly manifests: readonly string[];
}

class Development {
  readonly #options: DevelopmentOptions;
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #cluster: MemoryCluster;
  readonly #set: ManifestSet;
  readonly #timeline: Timeline;
  readonly #workloads: ReturnType<typeof runWorkloads> | undefined;
  readonly #said = new Map<string, string>();
  readonly #failed = new Map<string, string>();
  #running: readonly RunningOperator[] = [];
  #edition = 0;
  #times: string;

  constructor(options: DevelopmentOptions, terminal: Terminal) {
    const { clock = systemClock, stdout, stderr } = terminal;
    const begun = clock.now();
    const print = options.output === undefined ? stdout : stderr;
    this.#options = options;
    this.#times = timesOf(options.files);
    this.#terminal = terminal;
    this.#clock = clock;
    this.#cluster = createMemoryCluster({ clock, jobMilliseconds: 300 });
    this.#set = new ManifestSet(this.#cluster.kube);
    this.#workloads = options.holdPods ? undefined : runWorkloads(this.#cluster, clock);
    this.#timeline = new Timeline({
      clock,
      write: (line) => print(`${line}\n`),
      time: options.once ? (now) => `${((now - begun) / 1_000).toFixed(2).padStart(6)} s` : timeOfDay,
    });
  }

  async start(operators: readonly Operator[]): Promise<void> {
    this.#edition += 1;
    this.#running = await Promise.all(
      operators.map((operator) =>
        startOperator(operator, {
          kube: this.#cluster.kube,
          clock: this.#clock,
          holder: `dev-${this.#edition}`,
          formerHolder: `dev-${this.#edition - 1}`,
          caughtUp: () => this.#cluster.quiet(),
          synced: (report) => this.#synced(report),
          unexpected: (error) => this.#terminal.stderr(`${sayBug(error)}\n`),
        }),
      ),
    );
  }

  async stop(): Promise<void> {
    this.#workloads?.stop();
    await this.#end();
  }

  /** Loads the files once, and waits until nothing is left to do. */
  async once(): Promise<number> {
    const { stdout, stderr } = this.#terminal;
    const problems = await this.#load();
    if (problems.length > 0) {
      stderr(`${problems.join("\n")}\n`);
      return 1;
    }
    await this.#rest();
    const { output } = this.#options;
    if (output !== undefined) stdout(printObjects(this.#cluster.objects().filter(isWorthPrinting), output));
    (output === undefined ? stdout : stderr)(`\n${this.#summary()}\n`);
    return this.#failed.size === 0 ? 0 : 1;
  }

  /** Follows the files until it is stopped. */
  async follow(): Promise<number> {
    const { files, manifests } = this.#options;
    const { signal, stderr } = this.#terminal;
    let busy = this.#load().then((problems) => problems.forEach((problem) => void stderr(`${problem}\n`)));
    const soon = (work: () => Promise<void>): void => {
      busy = busy.then(work).catch((error: unknown) => stderr(`${tellThrown(error)}\n`));
    };
    const stopFollowing = [
      followFiles(files, { clock: this.#clock, changed: () => soon(() => this.#reload()) }),
      ...(manifests.length === 0
        ? []
        : [followFiles(manifests, { clock: this.#clock, changed: () => soon(() => this.#followManifests()) })]),
    ];
    await busy;
    this.#timeline.say(
      `watching ${[...files, ...manifests].join(", ")}: edit them to see what changes; press Ctrl-C to end`,
    );
    await aborted(signal);
    for (const stop of stopFollowing) stop();
    await busy;
    return 0;
  }

  /** Loads the operators anew, if it is one of their files that changed. */
  async #reload(): Promise<void> {
    const times = timesOf(this.#options.files);
    if (times === this.#times) return;
    this.#times = times;
    const operators = await loadOperators(this.#options.files, this.#edition);
    await this.#end();
    await this.start(operators);
    this.#timeline.say("loaded the operators anew");
  }

  async #followManifests(): Promise<void> {
    const problems = await this.#load();
    for (const problem of problems) this.#terminal.stderr(`${problem}\n`);
  }

  async #load(): Promise<readonly string[]> {
    const { manifests } = this.#options;
    if (manifests.length === 0) return [];
    const read = readManifests(manifestFiles(manifests));
    if (read.problems.length > 0) return read.problems;
    const { applied, removed, problems } = await this.#set.apply(read.manifests);
    if (!this.#options.once)
      for (const { object, known } of applied)
        this.#timeline.say(`${known ? "edited" : "added"} ${objectName(object)}`);
    for (const { kind, name } of removed) this.#timeline.say(`removed ${kind} ${name}: no file has it any more`);
    return problems;
  }

  async #end(): Promise<void> {
    await Promise.all(this.#running.map((running) => running.stop()));
  }

  #synced(report: SyncReport): void {
    const about = parentOf(report);
    if (report.error === undefined) this.#failed.delete(about);
    else this.#failed.set(about, report.error);
    const lines = linesOfSync(report);
    const text = lines.join("\n");
    if (text === this.#said.get(about)) return;
    this.#said.set(about, text);
    if (lines.length === 0) this.#timeline.say("ready", about);
    for (const line of lines) this.#timeline.say(line, about);
    if (report.thrown instanceof Error) this.#terminal.stderr(`${report.thrown.stack ?? report.thrown.message}\n`);
  }

  /** Waits until nothing is due, everything runs, and no passing failure waits for a retry. */
  async #rest(): Promise<void> {
    const { signal } = this.#terminal;
    const end = this.#clock.now() + patienceMilliseconds;
    const settled = (): Promise<unknown> => Promise.all(this.#running.map(({ source }) => source.settled()));
    await Promise.race([settled(), aborted(signal)]);
    while (this.#clock.now() < end && !signal.aborted && this.#goesOn()) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      await Promise.race([settled(), aborted(signal)]);
    }
  }

  #goesOn(): boolean {
    const retries = this.#running.some(({ source }) =>
      source
        .waiting()
        .some(({ attempt, lastError }) => attempt < 3 && (lastError === undefined || isPassing(lastError))),
    );
    return retries || (this.#workloads?.pending() ?? false);
  }

  #summary(): string {
    const kinds = this.#running.map(({ operator }) => operator.parent);
    const parents = this.#cluster
      .objects()
      .filter(({ apiVersion, kind }) => kinds.some((one) => one.apiVersion === apiVersion && one.kind === kind));
    const count = parents.length === 1 ? "1 parent" : `${parents.length} parents`;
    if (this.#failed.size === 0) return `Done: ${count}, no error.`;
    return [
      `${this.#failed.size} of ${count} failed:`,
      ...[...this.#failed].map(([name, why]) => `  ${name}: ${why}`),
    ].join("\n");
  }
}

/** When files were changed last; one that is being replaced counts as changed. */
function timesOf(files: readonly string[]): string {
  return files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? "gone").join(" ");
}

const everyCluster = ["default", "kube-node-lease", "kube-public", "kube-system"];

function isWorthPrinting({ kind, metadata }: KubeObject): boolean {
  if (kind === "CustomResourceDefinition") return false;
  return kind !== "Namespace" || !everyCluster.includes(metadata.name);
}
