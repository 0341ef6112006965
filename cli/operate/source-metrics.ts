import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { SinkReport } from "../../eventing/http/sink/http-sink.ts";
import type { ApiSource } from "../../eventing/loop/source.ts";
import type { Awaited, SourceReport, Waiting } from "../../eventing/report.ts";
import { seconds } from "./metrics.ts";

/** Metrics of a source with a sink, in addition to those of `plugboard run`. */
export interface SourceMetrics {
  sink(report: SinkReport): void;
  report(report: SourceReport): void;
}

export interface MeasuredSource {
  /** Undefined while another instance leads. */
  readonly source: () => ApiSource | undefined;
  readonly now: () => number;
}

/** Adds them to a registry. */
export function addSourceMetrics(register: Registry, measured: MeasuredSource): SourceMetrics {
  addWaits(register, measured);
  const requests = new Histogram({
    name: "plugboard_sink_request_seconds",
    help: "Events sent to the sink, by HTTP status (0: no answer); without a 2xx an event is sent again",
    labelNames: ["code"],
    buckets: [...seconds],
    registers: [register],
  });
  const done = new Histogram({
    name: "plugboard_stage_done_seconds",
    help: "Time from the request of a stage until the cluster showed that it was done or no longer due",
    labelNames: ["stage"],
    buckets: [...seconds, 120, 300, 900],
    registers: [register],
  });
  const facts = new Counter({
    name: "plugboard_facts_sent_total",
    help: "Facts that the source sent because the broker may not have them, by outcome: taken, given up",
    labelNames: ["fact", "outcome"],
    registers: [register],
  });
  return {
    sink: (report) => {
      if (report.kind === "answered") requests.observe({ code: String(report.code) }, report.seconds);
    },
    report: (report) => {
      if (report.kind === "moved on") done.observe({ stage: report.stage }, report.seconds);
      if (report.kind === "fact sent") facts.inc({ fact: report.fact, outcome: "taken" });
      if (report.kind === "fact given up") facts.inc({ fact: report.fact, outcome: "given up" });
    },
  };
}

function addWaits(register: Registry, { source, now }: MeasuredSource): void {
  const perStage = (name: string, help: string, add: (gauge: Gauge, now: ApiSource) => void): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: ["stage"],
      registers: [register],
      collect() {
        this.reset();
        const working = source();
        if (working !== undefined) add(this, working);
      },
    });
  new Gauge({
    name: "plugboard_facts_waiting",
    help: "Facts that the broker may not have yet",
    registers: [register],
    collect() {
      this.set(source()?.figures().facts ?? 0);
    },
  });
  perStage("plugboard_stages_awaited", "Requested stages that the cluster does not show done yet", (gauge, its) =>
    count(gauge, its.awaited()),
  );
  perStage(
    "plugboard_stages_awaited_oldest_seconds",
    "Seconds since the oldest requested stage was first requested",
    (gauge, its) => setOldest(gauge, its.awaited(), now()),
  );
  perStage(
    "plugboard_stages_backing_off_oldest_seconds",
    "Seconds since the oldest stage that waits for a retry was first requested",
    (gauge, its) => setOldest(gauge, its.waiting(), now()),
  );
  perStage(
    "plugboard_stages_backing_off",
    "Stages that were requested without success and wait for a retry",
    (gauge, its) => count(gauge, its.waiting()),
  );
}

function setOldest(gauge: Gauge, waits: readonly (Awaited | Waiting)[], now: number): void {
  // The last that is set is the oldest.
  for (const { stage, since } of waits.toSorted((one, other) => other.since - one.since))
    gauge.set({ stage }, (now - since) / 1_000);
}

function count(gauge: Gauge, waits: readonly (Awaited | Waiting)[]): void {
  for (const { stage } of waits) gauge.inc({ stage });
}
