import assert from "node:assert/strict";
import { type InProcess, type InProcessOptions, startInProcess } from "../../cli/operate/in-process.ts";
import { crdDocuments } from "../../crds/documents.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster, type MemoryClusterOptions } from "../../kit/memory/cluster.ts";
import { afterEachTest, saysWhatIsCatalogued } from "./after-each-test.ts";
import { type HandClock, handClock } from "./hand-clock.ts";
import { namespace } from "./manifests.ts";
import { sharedRenderer } from "./shared-renderer.ts";
import { toldAsShown } from "./told-as-shown.ts";

export const operatorNamespace = "plugboard";

const crds = crdDocuments();

/** An in-memory cluster with our kinds and the namespaces `app`, `db` and the operator's. */
export interface World {
  readonly cluster: MemoryCluster;
  readonly clock: HandClock;
  /** What broke in a way no stage accounts for: a test that ends with something here has found a bug. */
  readonly broken: unknown[];
}

/** Makes such a cluster at the start of 2026. */
export async function makeWorld(options: Partial<MemoryClusterOptions> = {}): Promise<World> {
  const clock = handClock();
  const cluster = createMemoryCluster({ clock, holdJobs: true, ...options });
  await cluster.load(crds);
  await cluster.load(["app", "db", operatorNamespace].map(namespace));
  const broken: unknown[] = [];
  afterEachTest(() => {
    assert.deepEqual(broken, []);
    saysWhatIsCatalogued(cluster.objects());
  });
  return { cluster, clock, broken };
}

/** Starts Plugboard on it. */
export async function start(
  { cluster, clock, broken }: World,
  options: Partial<InProcessOptions> = {},
): Promise<InProcess> {
  // Long tests have two processes, or faults between them: what is shown may be another's doing.
  const isLong = "longTests" in globalThis;
  const check = isLong ? () => {} : toldAsShown(cluster, operatorNamespace, (how) => broken.push(how));
  const running = await startInProcess({
    kube: cluster.kube,
    clock,
    holder: "one",
    operatorNamespace,
    random: () => 0.5,
    renderer: sharedRenderer,
    caughtUp: () => cluster.quiet(),
    failed: (error) => broken.push(error),
    ...options,
    tell: (report) => {
      check(report);
      options.tell?.(report);
    },
  });
  await running.source.synced;
  return running;
}

/** Lets the world come to rest: everything that is due, the counts of sockets, and what was to be tried again within a minute. */
export async function rest({ clock }: Pick<World, "clock">, ...running: readonly InProcess[]): Promise<void> {
  for (let step = 0; step < 6; step += 1) {
    for (const { source } of running) await settledAt(clock, source);
    await clock.advance(step < 3 ? 2_100 : 20_000);
  }
  for (const { source } of running) await settledAt(clock, source);
}

/** A source that paces itself by the clock settles only while the clock goes on. */
async function settledAt(clock: HandClock, source: InProcess["source"]): Promise<void> {
  let settled = false;
  const done = source.settled().then(() => {
    settled = true;
  });
  for (let ticks = 0; !settled && ticks < 2_000; ticks += 1) {
    // What runs beside the event loop, as rendering in a worker does, takes real time.
    await new Promise((resolve) => (ticks > 20 ? setTimeout(resolve, 1) : setImmediate(resolve)));
    if (ticks > 20) await clock.advance(250);
  }
  await done;
}

/** The uid of the cluster, as everybody reads it. */
export function clusterUidOf({ cluster }: Pick<World, "cluster">): string | undefined {
  return cluster.objects().find(({ kind, metadata }) => kind === "Namespace" && metadata.name === "kube-system")
    ?.metadata.uid;
}

/** Applies objects as a person does. */
export async function apply(kube: Kube, ...objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) await kube.apply(object, { fieldManager: "user", force: true });
}
