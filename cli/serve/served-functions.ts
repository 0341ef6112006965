import { randomUUID } from "node:crypto";
import type { MissingValues } from "../../crds/coupling/defaults.ts";
import { traced } from "../../crds/due/observed.ts";
import { group } from "../../crds/names.ts";
import { eventFormat, type StageName, stageNames } from "../../crds/stage-names.ts";
import type { StageFunction } from "../../eventing/broker/broker.ts";
import { FairShare } from "../../eventing/http/serving/fair-share.ts";
import type { EventFunction } from "../../eventing/http/serving/function-endpoint.ts";
import { lifecycleFunction } from "../../eventing/http/serving/lifecycle-function.ts";
import { stageEventFunction } from "../../eventing/http/serving/stage-function.ts";
import type { ApparatusAccess } from "../../functions/apparatus/call-apparatus.ts";
import { Renderer } from "../../functions/render-jobs/renderer.ts";
import type { StageContext } from "../../functions/stage.ts";
import { loadStage, loadStages } from "../../functions/stages.ts";
import type { Clock } from "../../kit/clock.ts";
import { readClusterUid } from "../../kit/kube/every-object.ts";
import { shared } from "../../kit/shared.ts";
import { traceOfEvent } from "../../kit/trace-context.ts";
import { stageContext } from "../cluster/stage-context.ts";
import type { ServedCluster } from "./served-cluster.ts";

/** The function for the events of an ApiServerSource. */
export const lifecycleName = "lifecycle";

export type FunctionName = StageName | typeof lifecycleName;
/** All of them. */
export const functionNames: readonly FunctionName[] = [...stageNames, lifecycleName];

/** Settings of stages. */
export interface FunctionSettings {
  readonly operatorNamespace: string;
  readonly namespaces: readonly string[] | undefined;
  readonly serveNamespaces?: readonly string[] | undefined;
  readonly adopts: boolean;
  /** What templates do with missing values, if nothing else decides. Absent: print them. */
  readonly missingValues?: MissingValues | undefined;
}

export interface ServedFunctionsOptions extends FunctionSettings {
  readonly cluster: ServedCluster;
  readonly clock: Clock;
  readonly apparatus: ApparatusAccess;
  /** Receives why an Event could not be written. */
  readonly failed: (error: unknown) => void;
  /** Receives unexpected errors of stages. */
  readonly unexpected: StageContext["unexpected"];
  /** Called for each rendering that exceeded the time limit. */
  readonly renderTimedOut?: (() => void) | undefined;
}

/** The functions for stages and lifecycle; each loads only its own module. */
export function servedFunctions(
  names: readonly FunctionName[],
  options: ServedFunctionsOptions,
): readonly EventFunction[] {
  const share = new FairShare();
  const contextOf = contexts(options, share);
  return names.map((name) => {
    if (name === lifecycleName) return lifecycle(options, share, () => contextOf(name));
    const run = stageFunction(name, share, () => contextOf(name));
    return stageEventFunction(name, withinNamespaces(run, name, options), {
      events: eventFormat,
      clock: options.clock,
    });
  });
}

/**
 * Loads what the first requests need: one stage, which loads more when it renders, or all stages with the templates.
 */
export async function loadFunctions(names: readonly FunctionName[]): Promise<void> {
  const [name, ...more] = names;
  if (name === undefined || (name === lifecycleName && more.length === 0)) return;
  if (name !== lifecycleName && more.length === 0) await loadStage(name);
  else
    await Promise.all([
      loadStages(),
      import("../../functions/render-jobs/render-jobs.ts").then((jobs) => jobs.loadJobs()),
    ]);
}

/** Each call has its own holder: two calls in a process may be for the same object. */
function stageFunction(
  name: StageName,
  share: FairShare,
  contextOf: () => Promise<StageContext>,
): StageFunction<StageName> {
  let calls = 0;
  return async (request, event) => {
    const [stage, context] = await Promise.all([loadStage(name), contextOf()]);
    calls += 1;
    const holder = `${context.holder}.${calls}`;
    return share.run(request.namespace, () => stage({ ...context, holder, trace: traceOfEvent(event) }, request));
  };
}

/**
 * Refuses requests for namespaces that are not served.
 * Snapshots are in the operator's namespace, which is never served.
 */
function withinNamespaces(
  run: StageFunction<StageName>,
  name: StageName,
  { namespaces }: FunctionSettings,
): StageFunction<StageName> {
  if (namespaces === undefined || name === "snapshot.sweep") return run;
  return async (request, event) =>
    namespaces.includes(request.namespace)
      ? run(request, event)
      : { kind: "nothing", why: `namespace ${request.namespace} is not served here` };
}

/**
 * The context of a function. All share the snapshots that one of them wrote.
 * The holder of its claims is this process with this stage.
 */
function contexts(options: ServedFunctionsOptions, share: FairShare): (name: string) => Promise<StageContext> {
  const { cluster } = options;
  const uuid = randomUUID();
  const renderer = new Renderer({ timedOut: options.renderTimedOut });
  const common = shared(async () => {
    const kube = share.through(await cluster.kube());
    return stageContext({ ...options, kube, renderer, holder: uuid });
  });
  return async (name) => ({ ...(await common()), holder: `${name}_${uuid}` });
}

function lifecycle(
  { cluster, clock, namespaces }: ServedFunctionsOptions,
  share: FairShare,
  contextOf: () => Promise<StageContext>,
): EventFunction {
  return lifecycleFunction({
    clock,
    clusterUid: shared(async () => (await readClusterUid(await cluster.kube())) ?? "unknown"),
    events: eventFormat,
    find: async ({ apiVersion, kind, namespace, name }) => {
      if (!apiVersion.startsWith(`${group}/`)) return "not ours";
      const { findDueStage, lifecycleKinds } = await import("../../functions/lifecycle.ts");
      const known = lifecycleKinds.find((one) => one === kind);
      if (known === undefined || (namespaces !== undefined && !namespaces.includes(namespace))) return "not ours";
      const context = await contextOf();
      const found = await share.run(namespace, () => findDueStage(context, { kind: known, namespace, name }));
      return found === undefined ? undefined : { ...found, trace: traced(found.object.metadata) };
    },
  });
}
