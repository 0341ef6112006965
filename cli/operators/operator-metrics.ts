import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ApiSource } from "../../eventing/loop/source.ts";
import type { SourceReport } from "../../eventing/report.ts";
import type { RequestFact } from "../../kit/live/api-caller.ts";
import type { SyncReport } from "../../operator/sync/sync-run.ts";
import { seconds } from "../operate/metrics.ts";

/** Metrics of `plugboard operator run`. No label has a value that users of the parents choose. */
export interface OperatorMetrics {
  readonly contentType: string;
  text(): Promise<string>;
  request(fact: RequestFact): void;
  report(operator: string, report: SourceReport): void;
  synced(report: SyncReport): void;
  unexpected(): void;
  leads(leading: boolean): void;
}

/** Metrics of their own registry, with those of the process. */
export function operatorMetrics(sources: () => readonly (readonly [operator: string, ApiSource])[]): OperatorMetrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const perOperator = (name: string, help: string, value: (source: ApiSource) => number): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: ["operator"],
      registers,
      collect() {
        this.reset();
        for (const [operator, source] of sources()) this.set({ operator }, value(source));
      },
    });
  perOperator("plugboard_operator_queued", "Parents that wait for a decision", (source) => source.figures().queued);
  perOperator("plugboard_operator_in_flight", "Syncs that run", (source) => source.figures().inFlight);
  perOperator("plugboard_operator_waiting", "Parents whose sync is retried", (source) => source.figures().waiting);
  perOperator(
    "plugboard_operator_kinds_not_watched",
    "Kinds that may not be watched",
    (source) => source.figures().mayNotWatch.length,
  );
  perOperator("plugboard_operator_objects", "Watched parents, children and related objects", (source) =>
    Object.values(source.figures().objects).reduce((sum, count) => sum + count, 0),
  );
  const leader = new Gauge({
    name: "plugboard_leader",
    help: "1 if this instance leads and works, 0 if it stands by",
    registers,
  });
  leader.set(0);
  const stages = new Histogram({
    name: "plugboard_operator_stage_seconds",
    help: "Duration of syncs and finalizations, by outcome: fact, nothing or retry",
    labelNames: ["operator", "stage", "outcome"],
    buckets: [...seconds],
    registers,
  });
  const syncs = new Counter({
    name: "plugboard_operator_syncs_total",
    help: "Calls of handlers, by outcome: ok or failed",
    labelNames: ["operator", "stage", "outcome"],
    registers,
  });
  const children = new Counter({
    name: "plugboard_operator_children_total",
    help: "What became of children: created, updated, unchanged, deleted, awaited, failed",
    labelNames: ["operator", "kind", "outcome"],
    registers,
  });
  const requests = new Histogram({
    name: "plugboard_api_request_seconds",
    help: "Requests to the Kubernetes API by verb, kind and HTTP status (0: no answer)",
    labelNames: ["verb", "kind", "code"],
    buckets: [...seconds],
    registers,
  });
  const watches = new Counter({
    name: "plugboard_watches_lost_total",
    help: "Watches that were interrupted and started again",
    registers,
  });
  const bugs = new Counter({ name: "plugboard_unexpected_errors_total", help: "Unexpected errors (bugs)", registers });
  return {
    contentType: register.contentType,
    text: () => register.metrics(),
    request: ({ verb, kind, code, seconds: took }) => requests.observe({ verb, kind, code }, took),
    report(operator, report) {
      if (report.kind === "watch lost") watches.inc();
      if (report.kind !== "ended" || report.delivery.kind !== "answered") return;
      stages.observe({ operator, stage: report.stage, outcome: report.delivery.reply.kind }, report.seconds);
    },
    synced({ operator, stage, error, results }) {
      syncs.inc({ operator, stage, outcome: error === undefined ? "ok" : "failed" });
      for (const { kind, outcome } of results) children.inc({ operator, kind, outcome });
    },
    unexpected: () => bugs.inc(),
    leads: (leading) => leader.set(leading ? 1 : 0),
  };
}
