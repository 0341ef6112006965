import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { kindNames } from "../../crds/due/kind-names.ts";
import type { ApiSource } from "../../eventing/loop/source.ts";
import type { SourceReport } from "../../eventing/report.ts";
import type { RequestFact } from "../../kit/live/api-caller.ts";
import type { Readiness } from "./readiness.ts";

/** Metrics of `plugboard run` and `plugboard source`. No label has a value that users choose. */
export interface Metrics {
  readonly contentType: string;
  /** The registry, for further metrics. */
  readonly register: Registry;
  text(): Promise<string>;
  request(fact: RequestFact): void;
  report(report: SourceReport): void;
  /** Counts an unexpected error; without `stage`: outside a stage. */
  unexpected(stage?: string): void;
  /** Counts templates that exceeded the time or memory of the worker. */
  renderTimedOut(): void;
  leads(leading: boolean): void;
}

/** Values that are read at each scrape. */
export interface Measured {
  /** Undefined while another instance leads. */
  readonly source: () => ApiSource | undefined;
  readonly readiness: () => Iterable<Readiness>;
}

/** Buckets for what takes between a moment and a minute. */
export const seconds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Metrics of their own registry, with those of the process. */
export function createMetrics(measured: Measured): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  gaugesOf(register, measured);
  const leader = gauge(register, "plugboard_leader", "1 if this instance leads and works, 0 if it stands by");
  leader.set(0);
  const stages = new Histogram({
    name: "plugboard_stage_seconds",
    help: "Duration of stages, by stage and outcome: fact, nothing or retry",
    labelNames: ["stage", "outcome"],
    buckets: [...seconds],
    registers: [register],
  });
  const failures = counter(register, "plugboard_stage_failures_total", "Failed stages that are retried, by failure", [
    "stage",
    "failure",
  ]);
  const requests = new Histogram({
    name: "plugboard_api_request_seconds",
    help: "Requests to the Kubernetes API by verb, kind and HTTP status (0: no answer)",
    labelNames: ["verb", "kind", "code"],
    buckets: [...seconds],
    registers: [register],
  });
  const bugs = counter(
    register,
    "plugboard_unexpected_errors_total",
    "Unexpected errors (bugs in Plugboard) by stage; the log has their stack frames",
    ["stage"],
  );
  bugs.inc({ stage: "" }, 0);
  const renderTimeouts = renderTimeoutsCounter(register);
  const watches = counter(
    register,
    "plugboard_watches_lost_total",
    "Watches that were interrupted and started again",
    [],
  );
  return {
    contentType: register.contentType,
    register,
    text: () => register.metrics(),
    request: ({ verb, kind, code, seconds: took }) => requests.observe({ verb, kind: kindLabel(kind), code }, took),
    report: (report) => {
      if (report.kind === "watch lost") watches.inc();
      if (report.kind !== "ended" || report.delivery.kind !== "answered") return;
      const { reply } = report.delivery;
      stages.observe({ stage: report.stage, outcome: reply.kind }, report.seconds);
      if (reply.kind === "retry") failures.inc({ stage: report.stage, failure: reply.error.name });
    },
    unexpected: (stage = "") => bugs.inc({ stage }),
    renderTimedOut: () => renderTimeouts.inc(),
    leads: (leading) => leader.set(leading ? 1 : 0),
  };
}

/** Counts templates that exceeded the time or memory of the worker. */
function renderTimeoutsCounter(register: Registry): Counter {
  const help = "Templates that were not rendered within 10 seconds and 256 MiB, although they kept their limits";
  return counter(register, "plugboard_render_timeouts_total", help, []);
}

/** Metrics of `plugboard serve`: of the process, and templates that were not rendered in time. */
export function functionMetrics(renderTimeouts: () => number): Pick<Metrics, "contentType" | "text"> {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const counted = renderTimeoutsCounter(register);
  return {
    contentType: register.contentType,
    async text() {
      counted.reset();
      counted.inc(renderTimeouts());
      return register.metrics();
    },
  };
}

/** Templates can name any kind; more than this many share one label, to limit the number of series. */
const kindsAtMost = 100;
const knownKinds = new Set<string>();

function kindLabel(kind: string): string {
  if (knownKinds.size < kindsAtMost) knownKinds.add(kind);
  return knownKinds.has(kind) ? kind : "other";
}

function gaugesOf(register: Registry, { source, readiness }: Measured): void {
  const figure = (name: string, help: string, of: (source: ApiSource) => number): Gauge =>
    gauge(register, name, help, (self) => {
      const now = source();
      self.set(now === undefined ? 0 : of(now));
    });
  figure("plugboard_queue_depth", "Objects that wait for the source to look at them", (now) => now.figures().queued);
  figure("plugboard_stages_in_flight", "Stages that run now", (now) => now.figures().inFlight);
  figure("plugboard_stages_waiting", "Due stages that wait for a retry", (now) => now.figures().waiting);
  figure(
    "plugboard_restless_plugs",
    "Plugs whose stages run repeatedly without an edit",
    (now) => now.figures().restless,
  );
  figure("plugboard_sockets", "Sockets watched", (now) => now.figures().objects[kindNames.socket.name] ?? 0);
  figure(
    "plugboard_kinds_not_watched",
    "Kinds that Plugboard has no right to watch; it finds their changes at the resync",
    (now) => now.figures().mayNotWatch.length,
  );
  new Gauge({
    name: "plugboard_watch_down_seconds",
    help: "Seconds since the watch of a required kind was interrupted (Plug, Socket, Namespace, CustomResourceDefinition)",
    labelNames: ["kind"],
    registers: [register],
    collect() {
      this.reset();
      for (const [kind, down] of Object.entries(source()?.figures().watchesDown ?? {})) this.set({ kind }, down);
    },
  });
  new Gauge({
    name: "plugboard_plugs",
    help: "Plugs watched, by readiness and its reason",
    labelNames: ["ready", "reason"],
    registers: [register],
    collect() {
      this.reset();
      for (const { ready, reason } of readiness()) this.inc({ ready: String(ready), reason });
    },
  });
}

function gauge(register: Registry, name: string, help: string, measure?: (self: Gauge) => void): Gauge {
  return new Gauge({
    name,
    help,
    registers: [register],
    ...(measure === undefined
      ? {}
      : {
          collect() {
            measure(this);
          },
        }),
  });
}

function counter(register: Registry, name: string, help: string, labelNames: readonly string[]): Counter {
  return new Counter({ name, help, labelNames: [...labelNames], registers: [register] });
}
