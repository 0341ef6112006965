import { serviceAccountOf } from "../../crds/coupling/defaults.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { OperatorError } from "../../kit/errors.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import type { Memory } from "../../templates/template.ts";
import { resolveConfigs, type SideInputs, validateSides } from "../config/resolve-configs.ts";
import { noByProducts } from "../rendering/remarks.ts";
import {
  type LifecycleEvent,
  partiesOf,
  type RenderedResource,
  type RenderingOf,
  type ResourceEntry,
  renderResources,
} from "../rendering/render-resources.ts";
import { hookMaterial, templateView } from "../rendering/template-view.ts";
import { type BySide, type Side, templateData, type Values } from "../rendering/values.ts";
import { computeResult, type ResultInputs } from "../results/compute-result.ts";
import type { Outcome, Snapshot } from "../snapshot/snapshot.ts";

export interface Lenient<T> {
  readonly value: T;
  /** The resources that could not be rendered, with the reasons. */
  readonly troubles: readonly string[];
}

export interface Sides {
  readonly plug: Plug;
  /** Absent if it was deleted. */
  readonly socket: Socket | undefined;
  readonly memory: Memory;
}

/** Renders a coupling as far as possible, without checks, to find which objects belong to it. */
export function renderLeniently(
  { plug, socket, memory, inputs }: Sides & { readonly inputs: BySide<SideInputs> },
  budget: Budget,
): Lenient<Outcome> {
  const troubles: string[] = [];
  const config =
    socket === undefined
      ? { plug: {}, socket: {} }
      : trying(troubles, () => lenientConfigs({ plug, socket, memory, inputs }, budget), { plug: {}, socket: {} });
  const views = { plug: templateView(plug), ...(socket === undefined ? {} : { socket: templateView(socket) }) };
  const data = templateData(views, { plugConfig: config.plug, socketConfig: config.socket });
  const lifeOfCoupling = (when: readonly LifecycleEvent[]): boolean =>
    when.some((event) => event !== "created" && event !== "deleted");
  const resources = [plug, ...(socket === undefined ? [] : [socket])].flatMap((owner) =>
    entriesOf({ owner, parties: partiesOf(plug), data, memory, budget }, lifeOfCoupling, troubles),
  );
  const serviceAccounts = {
    plug: serviceAccountOf(plug),
    socket: socket === undefined ? "default" : serviceAccountOf(socket),
  };
  const epochs = { plug: plug.spec.epoch ?? "", socket: socket?.spec.epoch ?? "" };
  const hooks = socket === undefined ? {} : hookMaterial(plug, socket);
  return { value: { config, resources, serviceAccounts, epochs, ...hooks }, troubles };
}

/** The objects that the `created` stage of one side rendered. */
export function renderCreatedLeniently(
  { owner, memory }: { readonly owner: Plug | Socket; readonly memory: Memory },
  budget: Budget,
): Lenient<readonly RenderedResource[]> {
  const troubles: string[] = [];
  const data = templateData({ [owner.kind === "Plug" ? "plug" : "socket"]: templateView(owner) }, {});
  const value = entriesOf(
    { owner, parties: partiesOf(owner), data, memory, budget },
    (when) => when.includes("created"),
    troubles,
  );
  return { value, troubles };
}

export interface LenientResult {
  readonly resources: readonly RenderedResource[];
  /** Absent if it could not be computed. */
  readonly result: BySide<Values> | undefined;
}

/** The results and the objects rendered from them, as far as they can be computed today. */
export function renderResultLeniently(
  {
    plug,
    socket,
    snapshot,
    memory,
    inputs,
  }: Sides & { readonly snapshot: Snapshot; readonly inputs: BySide<ResultInputs> },
  budget: Budget,
): Lenient<LenientResult> {
  const nothing: LenientResult = { resources: [], result: undefined };
  if (socket === undefined) return { value: nothing, troubles: [] };
  const troubles: string[] = [];
  const computed = trying(
    troubles,
    () => computeResult({ plug, socket, snapshot, inputs, kept: memory.kept }, budget),
    undefined,
  );
  if (computed?.kind === "pending") troubles.push(computed.said.message);
  return { value: computed?.kind === "computed" ? computed : nothing, troubles };
}

function lenientConfigs(
  { plug, socket, memory, inputs }: Sides & { readonly socket: Socket; readonly inputs: BySide<SideInputs> },
  budget: Budget,
): BySide<Values> {
  const raw = resolveConfigs({ plug, socket, inputs, memory }, noByProducts(), budget);
  const validated = validateSides(socket.spec.interface?.config, raw, "config");
  return validated.kind === "valid" ? validated.values : raw;
}

function entriesOf(
  { owner, ...given }: { readonly owner: Plug | Socket } & Pick<RenderingOf, "parties" | "data" | "memory" | "budget">,
  concerns: (when: readonly LifecycleEvent[]) => boolean,
  troubles: string[],
): readonly RenderedResource[] {
  const side: Side = owner.kind === "Plug" ? "plug" : "socket";
  const of = {
    side,
    field: "resources",
    namespace: owner.metadata.namespace,
    engine: owner.spec.engine,
    ...given,
    missingValues: "print",
  } as const;
  const entries: readonly ResourceEntry[] = owner.spec.resources ?? [];
  return entries.flatMap((entry) => trying(troubles, () => renderResources([entry], of, concerns).resources, []));
}

function trying<T>(troubles: string[], attempt: () => T, otherwise: T): T {
  try {
    return attempt();
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    troubles.push(error.message);
    return otherwise;
  }
}
