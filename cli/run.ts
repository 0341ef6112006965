import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { ApparatusAccess } from "../functions/apparatus/call-apparatus.ts";
import { networkAccess } from "../functions/apparatus/use-apparatus.ts";
import { systemClock } from "../kit/clock.ts";
import { Unavailable } from "../kit/errors.ts";
import type { Kube } from "../kit/kube.ts";
import { type Campaign, campaign, type Term } from "../kit/leader-election.ts";
import { type ClusterOptions, connect } from "./connect.ts";
import type { Surroundings } from "./dev.ts";
import { addressOf, parseAddress, serveHealth } from "./health-server.ts";
import { type InProcess, startInProcess } from "./in-process.ts";
import { createLog, errorFacts, type Log } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { fencedKube } from "./observed-kube.ts";
import { PlugJournal } from "./plug-journal.ts";
import { preflight } from "./preflight.ts";
import { refuseBesideSeed } from "./seed-operator.ts";

export interface RunOptions extends ClusterOptions {
  readonly namespaces: readonly string[] | undefined;
  /** Whether couplings of the seed's operator are taken over. */
  readonly adopts: boolean;
  /** Hosts and networks that apparatuses may be at beside Services. */
  readonly allowHosts: readonly string[] | undefined;
  readonly hookTimeoutSeconds: number;
  readonly operatorNamespace: string;
  readonly listen: string;
  readonly logLevel: string;
  /** Log lines for people instead of JSON. */
  readonly readable: boolean;
}

/** How long what is in flight may take when the process is asked to end: kubelet kills after 30 s. */
const drainMilliseconds = 20_000;

/** `plugboard run`: couples on a cluster while it leads, stands by while another does, until asked to end. The exit code. @throws CommandFailed, UsageError */
export async function run(options: RunOptions, { signal }: Surroundings): Promise<number> {
  const address = parseAddress(options.listen);
  const apparatus = networkAccess({
    allowHosts: options.allowHosts,
    timeoutMilliseconds: options.hookTimeoutSeconds * 1_000,
  });
  const log = await createLog({ readable: options.readable, level: options.logLevel });
  const journal = new PlugJournal(log);
  const metrics = createMetrics({ source: () => operator.working?.source, readiness: () => journal.readiness() });
  const { kube, server: cluster } = await connect(options, metrics.request);
  const operator = new Operator({ ...options, apparatus, kube, log, metrics, journal });
  try {
    await preflight(kube, options);
    const { namespaces = [], operatorNamespace } = options;
    await refuseBesideSeed(kube, { now: systemClock.now(), namespaces: [...namespaces, operatorNamespace] });
    const server = await serveHealth(address, {
      unready: () => operator.unready(),
      metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
    });
    log.info({ cluster, listen: addressOf(server), namespaces: options.namespaces ?? "all" }, "started, standing by");
    operator.start();
    await Promise.race([aborted(signal), operator.failure]);
    log.info({}, "ending");
    await operator.stop();
    server.close();
    server.closeAllConnections();
    log.info({}, "ended");
    return 0;
  } finally {
    await kube.close();
  }
}

interface OperatorParts extends RunOptions {
  readonly kube: Kube;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly journal: PlugJournal;
  readonly apparatus: ApparatusAccess;
}

/** One candidate: works while it leads, and stops as soon as it does not. */
class Operator {
  readonly #parts: OperatorParts;
  readonly #identity = `${hostname()}_${randomUUID()}`;
  #campaign: Campaign | undefined;
  #starting: Promise<void> = Promise.resolve();
  #working: InProcess | undefined;
  #standing: "standing by" | "starting" | "working" = "standing by";
  readonly #failure: PromiseWithResolvers<never> = Promise.withResolvers<never>();

  constructor(parts: OperatorParts) {
    this.#parts = parts;
    this.#failure.promise.catch(() => {});
  }

  get working(): InProcess | undefined {
    return this.#working;
  }

  /** Rejected when the work could not even begin. */
  get failure(): Promise<never> {
    return this.#failure.promise;
  }

  /** Why it is not ready; undefined when it works or stands by. */
  unready(): string | undefined {
    return this.#standing === "starting" ? "the watches are not synced yet" : undefined;
  }

  start(): void {
    const { kube, operatorNamespace, log } = this.#parts;
    this.#campaign = campaign({
      kube,
      clock: systemClock,
      lease: { namespace: operatorNamespace, name: "plugboard" },
      identity: this.#identity,
      onElected: (term) => {
        this.#starting = this.#starting.then(() => this.#lead(term));
      },
      onLost: () => {
        this.#starting = this.#starting.then(() => this.#resign());
      },
      onError: (error) => log.warn(errorFacts(error), "leader election failed and is tried again"),
    });
  }

  /** Stops asking, lets what is in flight end, and gives the Lease back so that another need not wait for it. */
  async stop(): Promise<void> {
    await within(
      drainMilliseconds,
      this.#starting.then(() => this.#working?.stop()),
    );
    await within(5_000, this.#campaign?.stop());
  }

  async #lead({ former, signal }: Term): Promise<void> {
    if (signal.aborted) return;
    const { kube, log, metrics, journal, operatorNamespace, namespaces, adopts, apparatus } = this.#parts;
    this.#standing = "starting";
    metrics.leads(true);
    log.info({ holder: this.#identity, former }, "leading");
    try {
      const fenced = fencedKube(kube, signal, () => new Unavailable("this instance does not lead any more"));
      this.#working = await startInProcess({
        kube: journal.reading(fenced),
        clock: systemClock,
        holder: this.#identity,
        formerHolder: former,
        operatorNamespace,
        namespaces,
        adopts,
        apparatus,
        tell: (report) => {
          metrics.report(report);
          journal.told(report);
        },
        failed: (error) => log.error(errorFacts(error), "something failed that no stage accounts for"),
      });
      void this.#working.source.synced.then(() => {
        if (!signal.aborted) this.#standing = "working";
        log.info({ ...this.#working?.source.figures() }, "synced");
      });
    } catch (error) {
      if (!signal.aborted) this.#failure.reject(error);
    }
  }

  async #resign(): Promise<void> {
    const { log, metrics, journal } = this.#parts;
    log.warn({}, "lost the lease: stopped working");
    metrics.leads(false);
    this.#standing = "standing by";
    const working = this.#working;
    this.#working = undefined;
    journal.clear();
    await working?.stop();
  }
}

/** Waits for it, but not for ever. */
async function within(milliseconds: number, work: Promise<unknown> | undefined): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
  await Promise.race([work, late]);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
