import { readFileSync } from "node:fs";
import type { MissingValues } from "../../crds/coupling/defaults.ts";
import { eventFormat, type StageName } from "../../crds/stage-names.ts";
import { type FactSubscriber, InProcessBroker, type StageFunction } from "../../eventing/broker/broker.ts";
import { parseServerless } from "../../eventing/broker/serverless.ts";
import type { ApiSource } from "../../eventing/loop/source.ts";
import type { SourceReport } from "../../eventing/report.ts";
import type { ApparatusAccess } from "../../functions/apparatus/call-apparatus.ts";
import { networkAccess } from "../../functions/apparatus/use-apparatus.ts";
import { Renderer } from "../../functions/render-jobs/renderer.ts";
import type { StageContext } from "../../functions/stage.ts";
import { chainOf, loadStages } from "../../functions/stages.ts";
import type { Clock } from "../../kit/clock.ts";
import { readClusterUid } from "../../kit/kube/every-object.ts";
import type { Kube } from "../../kit/kube/port.ts";
import { traceOfEvent } from "../../kit/trace-context.ts";
import { stageContext } from "../cluster/stage-context.ts";
import { ourSource } from "./our-source.ts";

export interface InProcessOptions {
  readonly kube: Kube;
  /**
   * The cluster as seen by a stage with its own service account.
   * Absent: all stages share `kube` and the objects of the source.
   */
  readonly kubeOf?: ((stage: StageName) => Kube) | undefined;
  readonly clock: Clock;
  /** Who claims: unique among all processes. */
  readonly holder: string;
  readonly operatorNamespace: string;
  readonly formerHolder?: string | undefined;
  readonly namespaces?: readonly string[] | undefined;
  /** Which of kube-system and the operator's own namespace to serve; absent: neither. */
  readonly serveNamespaces?: readonly string[] | undefined;
  /** How many stages of one namespace may run at once while other namespaces wait; absent: half of all. */
  readonly slotsPerNamespace?: number | undefined;
  /** Whether couplings of integration-operator are taken over. Default true. */
  readonly adopts?: boolean | undefined;
  /** What templates do with missing values, if nothing else decides. Absent: print them. */
  readonly missingValues?: MissingValues | undefined;
  readonly resyncMilliseconds?: number | undefined;
  readonly censusMilliseconds?: number | undefined;
  /** Whether every change has reached the watches: an in-memory cluster can tell. */
  readonly caughtUp?: (() => boolean) | undefined;
  readonly random?: (() => number) | undefined;
  /** How apparatuses are reached; absent: over the network, and no hosts but Services. */
  readonly apparatus?: ApparatusAccess | undefined;
  readonly tell?: ((report: SourceReport) => void) | undefined;
  readonly facts?: readonly FactSubscriber[] | undefined;
  /** Receives failures outside stages, for the log. */
  readonly failed?: ((error: unknown) => void) | undefined;
  /** Receives why an Event for people could not be written; absent: `failed` receives it. */
  readonly untold?: ((error: unknown) => void) | undefined;
  /** Renders for all stages of the process; absent: one of its own. */
  readonly renderer?: Renderer | undefined;
  /** Receives unexpected errors of stages; absent: `failed` receives them. */
  readonly unexpected?: StageContext["unexpected"] | undefined;
}

/** Source, broker and stage functions in one process. */
export interface InProcess {
  readonly source: ApiSource;
  /** Stops requesting and retrying, and waits for the stages that run. */
  stop(): Promise<void>;
}

/** Starts source, broker and functions on one cluster. Two such processes on one cluster do no harm. */
export async function startInProcess(options: InProcessOptions): Promise<InProcess> {
  const { kube, kubeOf, clock, holder, operatorNamespace, formerHolder, failed = () => {} } = options;
  const clusterUid = await readClusterUid(kube);
  const broker = new InProcessBroker({
    serverless: parseServerless(readFileSync(new URL("../../serverless.yaml", import.meta.url), "utf8")),
    events: eventFormat,
    // Stages with service accounts of their own end by themselves: none has the rights of the next.
    functions: await stageFunctions(
      contexts(options, clusterUid, () => source),
      { chains: kubeOf === undefined },
    ),
    clock,
    subscribers: options.facts,
    failed,
  });
  const source: ApiSource = ourSource({
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
      await broker.stop();
    },
  };
}

/** Every stage as what runs for its events. */
export async function stageFunctions(
  contextOf: (stage: StageName) => StageContext,
  { chains }: { readonly chains: boolean },
): Promise<ReadonlyMap<StageName, StageFunction<StageName>>> {
  const loaded = await loadStages();
  const chain = chains ? chainOf(loaded) : undefined;
  return new Map(
    [...loaded].map(([name, stage]) => {
      const context = contextOf(name);
      return [name, (request, event) => stage({ ...context, trace: traceOfEvent(event) }, request, chain)];
    }),
  );
}

/** The contexts of the stages: they share what the source knows, or nothing. */
function contexts(
  options: InProcessOptions,
  clusterUid: string | undefined,
  source: () => ApiSource,
): (stage: StageName) => StageContext {
  const { kube, kubeOf, failed = () => {}, untold = failed, unexpected = failed, ...settings } = options;
  const { renderer = new Renderer(), apparatus = networkAccess() } = options;
  const common = { ...settings, apparatus, failed: untold, unexpected, renderer };
  if (kubeOf !== undefined)
    return (stage) => stageContext({ ...common, kube: kubeOf(stage), holder: undefined, formerHolder: undefined });
  const context = stageContext({ ...common, kube, source, clusterUid: async () => clusterUid });
  return () => context;
}
