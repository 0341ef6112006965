import { serviceAccountOf } from "../../../crds/coupling/defaults.ts";
import type { Plug } from "../../../crds/plug/plug.generated.ts";
import type { Socket } from "../../../crds/socket/socket.generated.ts";
import { readInputs } from "../../../functions/config/read-inputs.ts";
import type { JobResult } from "../../../functions/render-jobs/render-jobs.ts";
import type { Remark } from "../../../functions/rendering/remarks.ts";
import type { LifecycleEvent, RenderedResource } from "../../../functions/rendering/render-resources.ts";
import { type BySide, type Side, type Values, valuesOf } from "../../../functions/rendering/values.ts";
import type { ComputedResult, ResultInputs } from "../../../functions/results/compute-result.ts";
import { readResultInputs } from "../../../functions/results/read-result-inputs.ts";
import { type Snapshot, snapshotSchemaVersion } from "../../../functions/snapshot/snapshot.ts";
import type { StageContext } from "../../../functions/stage.ts";
import { InvalidInput } from "../../../kit/errors.ts";
import type { Memory } from "../../../templates/template.ts";

export type Owner = Plug | Socket;

/** What stages render, in their order. */
export interface Rendered {
  /** The configs and results of both sides; absent without the other side. */
  readonly config?: BySide<Values> | undefined;
  readonly result?: BySide<Values> | undefined;
  readonly resources: readonly StagedResource[];
  /** What is unknown until the coupling runs, as sentences. */
  readonly unknown: readonly string[];
  readonly remarks: readonly Remark[];
}

export interface StagedResource extends RenderedResource {
  /** When it is rendered: names of stages, or `result`. */
  readonly at: readonly (LifecycleEvent | "result")[];
  readonly serviceAccount: string;
}

/** What a plug or socket renders at its own creation and deletion. @throws TemplateError, InvalidInput */
export async function renderOwn(context: StageContext, owner: Owner): Promise<Rendered> {
  const rendering = context.renderer.begin(owner.metadata.namespace);
  const { resources, remarks } = await rendering.run("renderOwn", {
    owner,
    events: ["created", "deleted"],
    memory: freshMemory(),
    missingValues: context.missingValues,
  });
  const own = resources.map((one) =>
    staged(
      one,
      owner,
      one.when.filter((when) => when === "created" || when === "deleted"),
    ),
  );
  return { resources: own, unknown: [], remarks };
}

/**
 * What the stages of a coupling would render with the objects of the cluster.
 * @throws TemplateError, InvalidInput, Forbidden
 */
export async function renderCoupling(
  context: StageContext,
  { plug, socket }: { readonly plug: Plug; readonly socket: Socket },
): Promise<Rendered> {
  const { missingValues } = context;
  const memory = freshMemory();
  const rendering = context.renderer.begin(plug.metadata.namespace);
  const inputs = await readInputs(context, { plug, socket, memory, rendering });
  if (inputs.missing.length > 0)
    throw new InvalidInput(`${inputs.missing.join("; ")}: not in these files; add it with another -f`);
  const resolved = await rendering.run("resolveOutcome", { plug, socket, inputs: inputs.value, missingValues, memory });
  if (resolved.kind === "invalid") throw new InvalidInput(resolved.said.message);
  const { outcome, made } = resolved;
  const snapshot: Snapshot = {
    schemaVersion: snapshotSchemaVersion,
    revision: 1,
    plug: plug.metadata,
    socket: socket.metadata,
    resolvedAt: memory.now.toISOString(),
    seed: memory.seed,
    keeps: false,
    outcome,
    asCoupled: [],
  };
  const reading = await readResultInputs(context, { plug, socket, snapshot, rendering });
  const stand = { plug: withStandIns(plug, reading.value.plug), socket: withStandIns(socket, reading.value.socket) };
  const computed = await rendering.run("computeResult", {
    plug,
    socket,
    snapshot,
    inputs: stand,
    missingValues,
    kept: made,
  });
  const own = await renderOwn(context, plug);
  return together({ plug, socket }, { own, snapshot, computed, missing: reading.missing, remarks: resolved.remarks });
}

interface Parts {
  readonly own: Rendered;
  readonly snapshot: Snapshot;
  readonly computed: JobResult<"computeResult">;
  readonly missing: readonly string[];
  readonly remarks: readonly Remark[];
}

function together(
  { plug, socket }: { readonly plug: Plug; readonly socket: Socket },
  { own, snapshot, computed, missing, remarks }: Parts,
): Rendered {
  const ownerOf = (side: Side): Owner => (side === "plug" ? plug : socket);
  const during = snapshot.outcome.resources.map((one) =>
    staged(
      one,
      ownerOf(one.side),
      one.when.filter((when) => when !== "created" && when !== "deleted"),
    ),
  );
  const after = resultOf(computed)?.resources.map((one) => staged(one, ownerOf(one.side), ["result"])) ?? [];
  const late = computed.kind === "pending" ? [`no result and no resultResources: ${computed.said.message}`] : [];
  return {
    config: snapshot.outcome.config,
    result: resultOf(computed)?.result,
    resources: [...own.resources, ...during, ...after],
    remarks: [...own.remarks, ...remarks, ...(resultOf(computed)?.remarks ?? [])],
    unknown: [...missing.map((what) => `unknown until the coupling runs: ${what}`), ...late],
  };
}

function resultOf(computed: JobResult<"computeResult">): ComputedResult | undefined {
  return computed.kind === "computed" ? computed : undefined;
}

/** Replaces result vars, which only a running coupling can read, by their names. */
function withStandIns(owner: Owner, inputs: ResultInputs): ResultInputs {
  const names = (owner.spec.resultVars ?? []).map(({ name }) => [name, `(${name})`]);
  return { ...inputs, vars: { ...valuesOf(Object.fromEntries(names), false), ...inputs.vars } };
}

function staged(resource: RenderedResource, owner: Owner, at: StagedResource["at"]): StagedResource {
  return { ...resource, at, serviceAccount: `${owner.metadata.namespace}/${serviceAccountOf(owner)}` };
}

function freshMemory(): Memory {
  return { now: new Date(), seed: "plugboard render", kept: new Map() };
}
