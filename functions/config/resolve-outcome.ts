import { missingValuesOf, serviceAccountOf } from "../../crds/coupling/defaults.ts";
import { configInvalid, type Said } from "../../crds/messages.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import {
  type ByProducts,
  gather,
  noByProducts,
  type Remark,
  type SensitiveName,
  untoldRemarks,
} from "../rendering/remarks.ts";
import { partiesOf, type Rendering, type RenderingOf, renderResources } from "../rendering/render-resources.ts";
import { hookMaterial, templateView } from "../rendering/template-view.ts";
import { type BySide, sides, templateData, type Values } from "../rendering/values.ts";
import type { Outcome } from "../snapshot/snapshot.ts";
import { dataOf, droppedOf, type ResolveInput, resolveConfigs, validateSides } from "./resolve-configs.ts";

export interface Resolved {
  readonly kind: "resolved";
  readonly outcome: Outcome;
  readonly made: ReadonlyMap<string, string>;
  readonly remarks: readonly Remark[];
  /** The names of its resources that contain values from Secrets. */
  readonly sensitiveNames: readonly SensitiveName[];
}

export type Resolution = Resolved | { readonly kind: "invalid"; readonly said: Said };

/**
 * Computes a revision: the validated configs, and all objects that its stages apply.
 * Pure.
 * @throws TemplateError, TooLarge, InvalidInput
 */
export function resolveOutcome(input: ResolveInput, budget: Budget): Resolution {
  const { plug, socket } = input;
  const found = noByProducts();
  const raw = resolveConfigs(input, found, budget);
  const validated = validateSides(socket.spec.interface?.config, raw, "config");
  if (validated.kind === "invalid") {
    return { kind: "invalid", said: configInvalid(validated.problems.map(({ message }) => message)) };
  }
  const config = validated.values;
  const data = templateData(
    { plug: templateView(plug), socket: templateView(socket) },
    { plugConfig: config.plug, socketConfig: config.socket },
  );
  const sources = [config.plug, config.socket];
  const dropped = droppedOf(raw, config, "Config");
  const rendered = sides.map((side) => renderSide(input, { side, data, sources, dropped, budget }, found));
  const resources = rendered.flatMap((one) => one.resources);
  const hooks = hookMaterial(plug, socket);
  if (hooks.hooks !== undefined) found.remarks.push(...untold(input, config));
  const serviceAccounts = { plug: serviceAccountOf(plug), socket: serviceAccountOf(socket) };
  const epochs = { plug: plug.spec.epoch ?? "", socket: socket.spec.epoch ?? "" };
  return {
    kind: "resolved",
    outcome: { config, resources, serviceAccounts, epochs, ...hooks },
    ...found,
    sensitiveNames: rendered.flatMap((one) => one.sensitiveNames),
  };
}

/** The values that apparatuses do not get, because JSON cannot express them. */
function untold({ plug, socket, inputs }: ResolveInput, config: BySide<Values>): readonly Remark[] {
  const data = { plugData: dataOf(plug, inputs.plug.data), socketData: dataOf(socket, inputs.socket.data) };
  const configs = { plugConfig: config.plug, socketConfig: config.socket };
  return sides
    .filter((side) => (side === "plug" ? plug : socket).spec.apparatus !== undefined)
    .flatMap((side) => {
      const told = Object.entries({ ...data, vars: inputs[side].vars, ...configs });
      return told.flatMap(([name, values]) => untoldRemarks(side, name, values));
    });
}

function renderSide(
  { plug, socket, memory, missingValues }: ResolveInput,
  of: Pick<RenderingOf, "side" | "data" | "sources" | "dropped" | "budget">,
  found: ByProducts,
): Rendering {
  const owner = of.side === "plug" ? plug : socket;
  const rendering = renderResources(
    owner.spec.resources,
    {
      ...of,
      parties: partiesOf(plug),
      field: "resources",
      namespace: owner.metadata.namespace,
      engine: owner.spec.engine,
      memory,
      missingValues: missingValuesOf(owner, socket, missingValues),
    },
    (when) => when.some((event) => event !== "created" && event !== "deleted"),
  );
  gather(found, rendering);
  return rendering;
}
