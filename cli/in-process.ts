import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plug } from "../crds/generated/plug.ts";
import type { StageName } from "../crds/stage-names.ts";
import { traceOfEvent } from "../crds/trace-context.ts";
import { type FactSubscriber, InProcessBroker, type StageFunction } from "../eventing/broker.ts";
import type { SourceReport } from "../eventing/report.ts";
import { parseServerless } from "../eventing/serverless.ts";
import { ApiSource } from "../eventing/source.ts";
import { storeBackedKube } from "../eventing/store-backed-kube.ts";
import type { ApparatusAccess } from "../functions/apparatus/call-apparatus.ts";
import { networkAccess } from "../functions/apparatus/use-apparatus.ts";
import type { StageContext } from "../functions/context.ts";
import { SnapshotStore } from "../functions/snapshot-store.ts";
import { stages } from "../functions/stages.ts";
import type { Clock } from "../kit/clock.ts";
import { readClusterUid } from "../kit/cluster-uid.ts";
import type { Kube } from "../kit/kube.ts";
import { Notifier } from "../kit/notices.ts";
import { oneStageContext } from "./one-stage.ts";

export interface InProcessOptions {
  readonly kube: Kube;
  /** The cluster as a stage sees it that runs by itself, under a service account of its own; absent: all stages share `kube` and what the source knows. */
  readonly kubeOf?: ((stage: StageName) => Kube) | undefined;
  readonly clock: Clock;
  /** Who claims: unique among all processes. */
  readonly holder: string;
  readonly operatorNamespace: string;
  readonly formerHolder?: string | undefined;
  readonly namespaces?: readonly string[] | undefined;
  /** Of kube-system and the operator's own namespace those that are served all the same. */
  readonly serveNamespaces?: readonly string[] | undefined;
  /** Whether couplings of the seed's operator are taken over. Default true. */
  readonly adopts?: boolean | undefined;
  readonly resyncMilliseconds?: number | undefined;
  readonly censusMilliseconds?: number | undefined;
  /** Whether every change has reached the watches: an in-memory cluster can tell. */
  readonly caughtUp?: (() => boolean) | undefined;
  readonly random?: (() => number) | undefined;
  /** How apparatuses are reached; absent: over the network, and no hosts but Services. */
  readonly apparatus?: ApparatusAccess | undefined;
  readonly tell?: ((report: SourceReport) => void) | undefined;
  readonly facts?: readonly FactSubscriber[] | undefined;
  /** What no stage and no loop can mend: for the log. */
  readonly failed?: ((error: unknown) => void) | undefined;
}

/** Source, broker and stage functions in one process. */
export interface InProcess {
  readonly source: ApiSource;
  /** Stops asking, and waits for what is in flight. */
  stop(): Promise<void>;
}

/** Puts the three together over one cluster and starts them. Two of them on one cluster do no harm. */
export async function startInProcess(options: InProcessOptions): Promise<InProcess> {
  const { kube, clock, holder, operatorNamespace, formerHolder, failed = () => {} } = options;
  const clusterUid = await readClusterUid(kube);
  const context = stageContext(options, clusterUid, () => source);
  const broker = new InProcessBroker({
    serverless: parseServerless(readFileSync(new URL("../serverless.yaml", import.meta.url), "utf8")),
    functions: functionsIn(options.kubeOf === undefined ? () => context : standingAlone(options, options.kubeOf)),
    clock,
    subscribers: options.facts,
    failed,
  });
  const source: ApiSource = new ApiSource({
    ...options,
    sink: broker.publish,
    clusterUid,
    operatorNamespace,
    voidHolders: [holder, ...(formerHolder === undefined ? [] : [formerHolder])],
  });
  source.start();
  return {
    source,
    async stop() {
      await source.stop();
      await broker.drained();
    },
  };
}

/** The stages by the names of serverless.yaml. */
export function stageFunctions(context: StageContext): ReadonlyMap<StageName, StageFunction> {
  return functionsIn(() => context);
}

function functionsIn(contextOf: (stage: StageName) => StageContext): ReadonlyMap<StageName, StageFunction> {
  const names = Object.keys(stages).filter((name): name is StageName => name in stages);
  return new Map(
    names.map((name) => {
      const context = contextOf(name);
      return [name, (request, event) => stages[name]({ ...context, trace: traceOfEvent(event) }, request)];
    }),
  );
}

/** The contexts of stages that share nothing: each reads everything live, through its own way to the cluster. */
function standingAlone(
  { clock, operatorNamespace, namespaces, serveNamespaces, adopts, apparatus, failed = () => {} }: InProcessOptions,
  kubeOf: (stage: StageName) => Kube,
): (stage: StageName) => StageContext {
  return (stage) => ({
    ...oneStageContext({ kube: kubeOf(stage), clock, operatorNamespace, failed }),
    namespaces,
    serveNamespaces,
    adopts,
    apparatus: apparatus ?? networkAccess(),
  });
}

function stageContext(
  options: InProcessOptions,
  clusterUid: string | undefined,
  source: () => ApiSource,
): StageContext {
  const { kube, clock, holder, formerHolder, operatorNamespace, failed = () => {} } = options;
  const random = (): string => randomBytes(24).toString("hex");
  const notifier = new Notifier(
    kube,
    { instance: holder, now: () => clock.now(), nonce: () => random().slice(0, 16) },
    failed,
  );
  return {
    kube: storeBackedKube(kube, { read: (key) => source().read(key) }),
    live: kube,
    clock,
    holder,
    formerHolder,
    oneAtATime: true,
    operatorNamespace,
    clusterUid: async () => clusterUid,
    namespaces: options.namespaces,
    serveNamespaces: options.serveNamespaces,
    apparatus: options.apparatus ?? networkAccess(),
    adopts: options.adopts,
    snapshots: new SnapshotStore(kube, operatorNamespace),
    notify: (notices) => notifier.notify(notices),
    plugsOf: async (socket): Promise<readonly Plug[]> => source().plugsAt(socket.metadata),
    random,
  };
}
