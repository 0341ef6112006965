import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach } from "@jest/globals";
import { load } from "js-yaml";
import { parseStageRequest, type StageEvent } from "../../../eventing/cloud-events.ts";
import { ApiSource } from "../../../eventing/loop/source.ts";
import type { ApiSourceOptions } from "../../../eventing/loop/source-options.ts";
import type { Delivery, SourceReport } from "../../../eventing/report.ts";
import { OperatorError } from "../../../kit/errors.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { loopKind } from "../../../kit/loop/kind.ts";
import { createMemoryCluster, type MemoryCluster } from "../../../kit/memory/cluster.ts";
import { type HandClock, handClock } from "../../worlds/hand-clock.ts";
import { greetingKind, greetings, sayGreeting } from "./greeting.ts";

const events = { typePrefix: "com.example.toys.", kindOfStage: { "greeting.say": greetings } };
const kinds = {
  kinds: [loopKind(greetingKind)],
  madeSelector: "app.kubernetes.io/managed-by=toys",
  fieldManager: "toys",
  alwaysWatched: [],
};

/** A cluster with greetings, a clock that is moved by hand, and sources as many as a test opens; they end with the test. */
export interface ToyGround {
  readonly cluster: MemoryCluster;
  readonly clock: HandClock;
  /** Every event that reached a sink. */
  readonly events: StageEvent[];
  readonly reports: SourceReport[];
  /** Runs the function of an event. */
  readonly run: (event: StageEvent) => Promise<Delivery>;
  open(options?: Partial<ApiSourceOptions>): ApiSource;
  /** What the ConfigMap of a greeting says; undefined: there is none. */
  said(name: string, namespace?: string): Promise<string | undefined>;
}

const sources: ApiSource[] = [];

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
});

export async function toyGround(...objects: readonly KubeObject[]): Promise<ToyGround> {
  const clock = handClock();
  const cluster = createMemoryCluster({ clock });
  const definition = load(readFileSync(new URL("greetings.yaml", import.meta.url), "utf8")) as KubeObject;
  await cluster.load([definition, ...objects]);
  const seen: StageEvent[] = [];
  const reports: SourceReport[] = [];
  const run = async (event: StageEvent): Promise<Delivery> => {
    const request = parseStageRequest(events, event);
    try {
      return { kind: "answered", reply: await sayGreeting(cluster.kube, request) };
    } catch (error) {
      assert(error instanceof OperatorError);
      return { kind: "answered", reply: { kind: "retry", error } };
    }
  };
  return {
    cluster,
    clock,
    events: seen,
    reports,
    run,
    open(own = {}) {
      const { sink = run } = own;
      const source = new ApiSource({
        kube: cluster.kube,
        clock,
        kinds,
        events,
        clusterUid: "c",
        caughtUp: () => cluster.quiet(),
        random: () => 0.999,
        tell: (report) => reports.push(report),
        ...own,
        sink: (event, handing) => {
          seen.push(event);
          return sink(event, handing);
        },
      });
      sources.push(source);
      source.start();
      return source;
    },
    async said(name, namespace = "apps") {
      const made = await cluster.kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: `${name}-said` });
      return made === undefined ? undefined : String(Object(made["data"]).said);
    },
  };
}

/** Lets seconds go by, and what follows from each settle. */
export async function pass({ clock }: ToyGround, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) await clock.advance(1_000);
}

export function greeting(name: string, spec: object = {}, namespace = "apps"): KubeObject {
  return { ...greetings, metadata: { name, namespace }, spec: { from: "people", ...spec } };
}

export function people(whom: string, namespace = "apps"): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "people", namespace }, data: { whom } };
}
