import { stageFunctions } from "../../../cli/operate/in-process.ts";
import { apiVersion } from "../../../crds/names.ts";
import { parsePlug } from "../../../crds/plug/parse.ts";
import { plugStages, socketStages } from "../../../crds/stage-names.ts";
import type { StageFunction } from "../../../eventing/broker/broker.ts";
import { loadJobs } from "../../../functions/render-jobs/render-jobs.ts";
import { SnapshotStore } from "../../../functions/snapshot/store.ts";
import type { StageContext } from "../../../functions/stage.ts";
import type { Clock } from "../../../kit/clock.ts";
import { readClusterUid } from "../../../kit/kube/every-object.ts";
import type { Kube } from "../../../kit/kube/port.ts";
import { sharedRenderer } from "../../worlds/shared-renderer.ts";

export interface RedeliveryOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly operatorNamespace: string;
  readonly namespaces: readonly string[];
}

/** Delivers every stage of every plug and socket once more, as a broker that repeats itself would, to functions of another process. */
export async function redeliver(options: RedeliveryOptions): Promise<void> {
  const context = contextOf(options);
  const functions = await stageFunctions(() => context, { chains: true });
  for (const [kind, stages] of [
    ["Plug", plugStages],
    ["Socket", socketStages],
  ] as const) {
    for (const namespace of options.namespaces) {
      const { items } = await options.kube.list({ apiVersion, kind, namespace });
      for (const { metadata } of items)
        for (const stage of stages)
          await functions.get(stage)?.({ stage, namespace, name: metadata.name, uid: metadata.uid }, eventless);
    }
  }
}

type EventOf = Parameters<StageFunction>[1];

/** Stage functions read the cluster, never the event. */
// A hand-moved clock waits for nothing to be loaded.
await loadJobs();

const eventless = {} as EventOf;

function contextOf({ kube, clock, operatorNamespace }: RedeliveryOptions): StageContext {
  return {
    kube,
    live: kube,
    clock,
    holder: "another",
    oneAtATime: false,
    operatorNamespace,
    clusterUid: () => readClusterUid(kube),
    snapshots: new SnapshotStore(kube, operatorNamespace),
    renderer: sharedRenderer,
    notify: async () => {},
    plugsOf: async ({ metadata }) => {
      const { items } = await kube.list({ apiVersion, kind: "Plug" });
      return items
        .map(parsePlug)
        .filter(
          ({ metadata: { namespace }, spec, status }) =>
            status?.coupledSocket?.uid === metadata.uid ||
            (spec.socket.name === metadata.name && (spec.socket.namespace ?? namespace) === metadata.namespace),
        );
    },
    recordedAt: ({ metadata }) => new SnapshotStore(kube, operatorNamespace).recordedAt(metadata),
    unexpected: (error) => {
      throw error;
    },
    random: () => "redelivered",
  };
}
