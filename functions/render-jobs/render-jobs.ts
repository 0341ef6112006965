import { shared } from "../../kit/shared.ts";
import { Budget, Heavy, type Spent } from "../../templates/evaluate/budget.ts";

/**
 * The rendering jobs of stages, by name.
 * Each is pure, takes and returns data that can be sent to a worker, and is loaded at its first use.
 */
export interface RenderJobs {
  readonly resolveOutcome: typeof import("../config/resolve-outcome.ts").resolveOutcome;
  readonly computeResult: typeof import("../results/compute-result.ts").computeResult;
  readonly nameResults: typeof import("../results/name-results.ts").nameResults;
  readonly renderOwn: typeof import("../rendering/render-own.ts").renderOwn;
  readonly renderVars: typeof import("../rendering/render-var-names.ts").renderVars;
  readonly renderLeniently: typeof import("./render-leniently.ts").renderLeniently;
  readonly renderCreatedLeniently: typeof import("./render-leniently.ts").renderCreatedLeniently;
  readonly renderResultLeniently: typeof import("./render-leniently.ts").renderResultLeniently;
  readonly checkPlug: typeof import("./check-plug.ts").checkPlug;
  readonly checkSocket: typeof import("./check-socket.ts").checkSocket;
  readonly checkTemplates: typeof import("./check-plug.ts").checkTemplates;
  readonly unnamedReferences: typeof import("./check-socket.ts").unnamedReferences;
}

export type JobName = keyof RenderJobs;
export type JobInput<Name extends JobName> = Parameters<RenderJobs[Name]>[0];
export type JobResult<Name extends JobName> = ReturnType<RenderJobs[Name]>;

const loadResolve = shared(() => import("../config/resolve-outcome.ts"));
const loadCompute = shared(() => import("../results/compute-result.ts"));
const loadNaming = shared(() => import("../results/name-results.ts"));
const loadOwn = shared(() => import("../rendering/render-own.ts"));
const loadVars = shared(() => import("../rendering/render-var-names.ts"));
const loadLenient = shared(() => import("./render-leniently.ts"));
const loadPlugCheck = shared(() => import("./check-plug.ts"));
const loadSocketCheck = shared(() => import("./check-socket.ts"));

const loaders: { readonly [Name in JobName]: () => Promise<RenderJobs[Name]> } = {
  resolveOutcome: async () => (await loadResolve()).resolveOutcome,
  computeResult: async () => (await loadCompute()).computeResult,
  nameResults: async () => (await loadNaming()).nameResults,
  renderOwn: async () => (await loadOwn()).renderOwn,
  renderVars: async () => (await loadVars()).renderVars,
  renderLeniently: async () => (await loadLenient()).renderLeniently,
  renderCreatedLeniently: async () => (await loadLenient()).renderCreatedLeniently,
  renderResultLeniently: async () => (await loadLenient()).renderResultLeniently,
  checkPlug: async () => (await loadPlugCheck()).checkPlug,
  checkSocket: async () => (await loadSocketCheck()).checkSocket,
  checkTemplates: async () => (await loadPlugCheck()).checkTemplates,
  unnamedReferences: async () => (await loadSocketCheck()).unnamedReferences,
};

/** Loads the modules that every job needs. */
export async function loadJobs(): Promise<void> {
  await Promise.all(Object.values(loaders).map((load) => load()));
}

/** The result of a job, and the work that it used. */
export interface Rendered<T> {
  readonly value: T;
  readonly spent: Spent;
}

/**
 * Runs the job on the event loop; undefined if it needs more work than is allowed there.
 * @throws TemplateError, TooLarge, InvalidInput
 */
export async function doJobInline<Name extends JobName>(
  name: Name,
  input: JobInput<Name>,
  spent: Spent,
): Promise<Rendered<JobResult<Name>> | undefined> {
  const budget = new Budget(spent, "inline");
  try {
    return { value: await doJob(name, input, budget), spent: budget.spent };
  } catch (error) {
    if (error instanceof Heavy) return undefined;
    throw error;
  }
}

/** Runs the job on this thread, within the budget. @throws TemplateError, TooLarge, InvalidInput, Heavy */
export async function doJob<Name extends JobName>(
  name: Name,
  input: JobInput<Name>,
  budget: Budget,
): Promise<JobResult<Name>> {
  const job = (await loaders[name]()) as (input: JobInput<Name>, budget: Budget) => JobResult<Name>;
  return job(input, budget);
}
