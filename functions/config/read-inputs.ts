import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { Memory } from "../../templates/template.ts";
import type { VarRendering } from "../rendering/render-var-names.ts";
import { templateView } from "../rendering/template-view.ts";
import { type BySide, type Side, templateData } from "../rendering/values.ts";
import type { StageContext } from "../stage.ts";
import { type Reading, readSources, readVars } from "./read-sources.ts";
import type { SideInputs } from "./resolve-configs.ts";

interface ReadFor {
  readonly plug: Plug;
  readonly socket: Socket;
  readonly memory: Memory;
  readonly rendering: VarRendering;
}

/**
 * Reads the inputs of both sides' configs, each side in its own namespace.
 * @throws Forbidden, TemplateError, InvalidInput
 */
export async function readInputs(context: StageContext, of: ReadFor): Promise<Reading<BySide<SideInputs>>> {
  const [forPlug, forSocket] = await Promise.all([readSide(context, "plug", of), readSide(context, "socket", of)]);
  return {
    value: { plug: forPlug.value, socket: forSocket.value },
    refs: [...forPlug.refs, ...forSocket.refs],
    missing: [...forPlug.missing, ...forSocket.missing],
  };
}

/** Reads the inputs of one side's config. @throws Forbidden, TemplateError, InvalidInput */
export async function readSide(
  { live: kube }: StageContext,
  side: Side,
  { plug, socket, memory, rendering }: ReadFor,
): Promise<Reading<SideInputs>> {
  const owner = side === "plug" ? plug : socket;
  const { spec, metadata } = owner;
  const of = { kube, side, namespace: metadata.namespace, role: "input" as const };
  const views = templateData({ plug: templateView(plug), socket: templateView(socket) }, {});
  const [data, config, vars] = await Promise.all([
    readSources(of, { configMap: spec.dataConfigMapName, secret: spec.dataSecretName, fields: "data" }),
    readSources(of, { configMap: spec.configConfigMapName, secret: spec.configSecretName, fields: "config" }),
    readVars({ ...of, owner, field: "vars", data: views, memory, rendering }),
  ]);
  return {
    value: { data: data.value, config: config.value, vars: vars.value },
    refs: [...data.refs, ...config.refs, ...vars.refs],
    missing: [...data.missing, ...config.missing, ...vars.missing],
  };
}
