import assert from "node:assert/strict";
import { afterEach } from "@jest/globals";
import { ourSource } from "../../cli/operate/our-source.ts";
import { crdDocuments } from "../../crds/documents.ts";
import { parsePlug } from "../../crds/plug/parse.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import { eventFormat } from "../../crds/stage-names.ts";
import { parseStageRequest, type StageEvent } from "../../eventing/cloud-events.ts";
import type { ApiSource } from "../../eventing/loop/source.ts";
import type { ApiSourceOptions } from "../../eventing/loop/source-options.ts";
import type { Delivery, SourceReport } from "../../eventing/report.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster, type MemoryClusterOptions } from "../../kit/memory/cluster.ts";
import { runInPod } from "../scenarios/faults/functions.ts";
import { afterEachTest } from "../worlds/after-each-test.ts";
import { type HandClock, handClock } from "../worlds/hand-clock.ts";
import { type Fields, plugKey, plugWith, socketWith, template } from "../worlds/manifests.ts";

export type Sink = (event: StageEvent) => Promise<Delivery>;

/** A cluster with our CRDs, a clock that is moved by hand, and sources as many as a test opens; they end with the test. */
export interface Ground {
  readonly cluster: MemoryCluster;
  readonly clock: HandClock;
  /** What any source reported, in order. */
  readonly reports: SourceReport[];
  /** Every event that reached a sink. */
  readonly events: StageEvent[];
  /** Answers events by running their stages, each in a pod of its own. */
  readonly run: Sink;
  open(options?: Partial<ApiSourceOptions>): ApiSource;
  plug(name: string, namespace?: string): Promise<Plug | undefined>;
}

const operatorNamespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "plugboard" } };

const sources: ApiSource[] = [];

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
});

/** Makes the ground and puts objects on it. */
export async function ground(
  objects: readonly KubeObject[],
  options: Partial<MemoryClusterOptions> = {},
): Promise<Ground> {
  const clock = handClock();
  const cluster = createMemoryCluster({ clock, ...options });
  await cluster.load([...crdDocuments(), operatorNamespace, ...objects]);
  const reports: SourceReport[] = [];
  const events: StageEvent[] = [];
  const broken: unknown[] = [];
  afterEachTest(() => assert.deepEqual(broken, []));
  const run: Sink = async (event) => {
    const reply = await runInPod({ cluster, clock, broken }, parseStageRequest(eventFormat, event));
    return { kind: "answered", reply };
  };
  return {
    cluster,
    clock,
    reports,
    events,
    run,
    open(own = {}) {
      const sink = own.sink ?? run;
      const source = ourSource({
        kube: cluster.kube,
        clock,
        clusterUid: "cluster-uid",
        operatorNamespace: "plugboard",
        caughtUp: () => true,
        random: () => 0.999,
        tell: (report) => reports.push(report),
        ...own,
        sink: (event, handing) => {
          events.push(event);
          return sink(event, handing);
        },
      });
      sources.push(source);
      source.start();
      return source;
    },
    plug: (name, namespace = "apps") => readPlug(cluster.kube, namespace, name),
  };
}

/** Moves the clock in small steps, letting the source come to rest at each, until a claim about the world holds. */
export async function advanceUntil(ground: Ground, source: ApiSource, holds: () => Promise<boolean>): Promise<void> {
  for (let seconds = 0; seconds < 3_600; seconds += 1) {
    await settle(ground, source);
    if (await holds()) return;
    await ground.clock.advance(1_000);
  }
  throw new Error("an hour went by and it did not come to pass");
}

/** Lets the source come to rest, moving the clock over the short waits between two counts of a socket's plugs. */
export async function settle(ground: Ground, source: ApiSource): Promise<void> {
  const settled = source.settled().then(() => true);
  for (let tries = 0; tries < 200; tries += 1) {
    const rest = await Promise.race([settled, ground.clock.advance(tries < 5 ? 0 : 500).then(() => false)]);
    if (rest) return;
  }
  throw new Error("the source did not come to rest");
}

async function readPlug(kube: Kube, namespace: string, name: string): Promise<Plug | undefined> {
  const object = await kube.get(plugKey(name, namespace));
  return object === undefined ? undefined : parsePlug(object);
}

/** Whether a plug's last revision was performed and its result computed. */
export function isDone(plug: Plug | undefined): boolean {
  const { status } = plug ?? {};
  return (
    status?.performed !== undefined &&
    status.performed.snapshot === status.snapshot &&
    status.result?.revision === status.performed.revision
  );
}

/** A plug of namespace `apps` at its socket `db`, that makes a ConfigMap. */
export function plugManifest(name: string, spec: Fields = {}, namespace = "apps"): KubeObject {
  const resources = [{ template: template(`${name}-made`, { by: name }) }];
  return plugWith(name, { socket: { name: "db" }, resources, ...spec }, namespace);
}

export function socketManifest(name = "db", spec: Fields = {}, namespace = "apps"): KubeObject {
  return socketWith(name, spec, namespace);
}
