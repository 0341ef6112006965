import { ourSource } from "../../../cli/operate/our-source.ts";
import { apiVersion } from "../../../crds/names.ts";
import { parsePlug } from "../../../crds/plug/parse.ts";
import { snapshotLabels } from "../../../crds/snapshot/head.ts";
import { keptKeysLabel } from "../../../crds/snapshot/kept-keys.ts";
import {
  eventFormat,
  type StageName,
  type StageReply,
  type StageRequest,
  stageNames,
} from "../../../crds/stage-names.ts";
import { parseStageRequest, type StageEvent } from "../../../eventing/cloud-events.ts";
import type { ApiSource } from "../../../eventing/loop/source.ts";
import { loadJobs } from "../../../functions/render-jobs/render-jobs.ts";
import { SnapshotStore } from "../../../functions/snapshot/store.ts";
import type { StageContext } from "../../../functions/stage.ts";
import { loadStage } from "../../../functions/stages.ts";
import { readClusterUid } from "../../../kit/kube/every-object.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { sharedRenderer } from "../../worlds/shared-renderer.ts";
import { clusterUidOf, operatorNamespace, type World } from "../../worlds/worlds.ts";

// A hand-moved clock waits for nothing to be loaded.
await loadJobs();

let pods = 0;

/** What a function has to work with that shares nothing with any other, as in a pod of its own: it reads everything live. */
export function podContext({ cluster: { kube }, clock, broken }: World): StageContext {
  pods += 1;
  let drawn = 0;
  return {
    kube,
    live: kube,
    clock,
    holder: `pod-${pods}`,
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
        .filter(({ spec, status, metadata: { namespace } }) =>
          [spec.socket, status?.coupledSocket].some(
            (socket) => socket?.name === metadata.name && (socket.namespace ?? namespace) === metadata.namespace,
          ),
        );
    },
    recordedAt: ({ metadata }) => new SnapshotStore(kube, operatorNamespace).recordedAt(metadata),
    unexpected: (error) => void broken.push(error),
    random: () => {
      drawn += 1;
      return `${pods.toString(16).padStart(6, "0")}${drawn.toString(16).padStart(2, "0")}${"0".repeat(40)}`;
    },
  };
}

/** Runs a stage in a pod of its own. */
export async function runInPod(world: World, request: StageRequest): Promise<StageReply> {
  return (await loadStage(request.stage))(podContext(world), request);
}

/** What becomes of an event on its way to the functions: those it reaches them as. */
export type Network = (event: StageEvent) => readonly StageEvent[];

/** A source that only hands events over, as to Knative, and functions behind a network that may do what it likes. */
export function startScattered(world: World, network: Network): ApiSource {
  const source = ourSource({
    kube: world.cluster.kube,
    clock: world.clock,
    clusterUid: clusterUidOf(world),
    operatorNamespace,
    random: () => 0.5,
    answerMilliseconds: 5_000,
    caughtUp: () => world.cluster.quiet(),
    sink: async (event) => {
      for (const arriving of network(event)) void deliver(world, arriving);
      return { kind: "accepted" };
    },
  });
  source.start();
  return source;
}

/** Delivers an event; what the function could not do the source asks for again. */
export async function deliver(world: World, event: StageEvent): Promise<void> {
  try {
    await runInPod(world, parseStageRequest(eventFormat, event));
  } catch (error) {
    world.broken.push(error);
  }
}

/** A request for every stage of everything there is, due or not. */
export function everyRequest(objects: readonly KubeObject[]): readonly StageRequest[] {
  return objects.flatMap(({ kind, metadata }) =>
    stageNames
      .filter((stage) => subjectOf(stage) === kindOf(kind, metadata.labels))
      .map((stage) => ({ stage, namespace: metadata.namespace ?? "", name: metadata.name, uid: metadata.uid })),
  );
}

function subjectOf(stage: StageName): string {
  return stage.split(".")[0] ?? "";
}

function kindOf(kind: string, labels: { readonly [label: string]: string } = {}): string {
  const swept = [snapshotLabels.of, keptKeysLabel].some((label) => labels[label] !== undefined);
  return swept ? "snapshot" : kind.toLowerCase();
}
