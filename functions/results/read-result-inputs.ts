import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { type Reading, readSources, readVars } from "../config/read-sources.ts";
import type { VarRendering } from "../rendering/render-var-names.ts";
import { templateView } from "../rendering/template-view.ts";
import { type BySide, type Side, templateData } from "../rendering/values.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { StageContext } from "../stage.ts";
import type { ResultInputs } from "./compute-result.ts";

interface ReadFor {
  readonly plug: Plug;
  readonly socket: Socket;
  readonly snapshot: Pick<Snapshot, "keeps" | "resolvedAt" | "seed">;
  readonly rendering: VarRendering;
}

/**
 * Reads the inputs of both sides' results, each side in its own namespace.
 * @throws Forbidden, TemplateError, InvalidInput
 */
export async function readResultInputs(context: StageContext, of: ReadFor): Promise<Reading<BySide<ResultInputs>>> {
  const kept = of.snapshot.keeps ? (await context.snapshots.keys.read(of.plug.metadata)).values : new Map();
  const [forPlug, forSocket] = await Promise.all([
    readSide(context, "plug", of, kept),
    readSide(context, "socket", of, kept),
  ]);
  return {
    value: { plug: forPlug.value, socket: forSocket.value },
    refs: [...forPlug.refs, ...forSocket.refs],
    missing: [...forPlug.missing, ...forSocket.missing],
  };
}

async function readSide(
  { live: kube }: StageContext,
  side: Side,
  { plug, socket, snapshot, rendering }: ReadFor,
  kept: ReadonlyMap<string, string>,
): Promise<Reading<ResultInputs>> {
  const owner = side === "plug" ? plug : socket;
  const { spec, metadata } = owner;
  const of = { kube, side, namespace: metadata.namespace, role: "result" as const };
  const views = templateData({ plug: templateView(plug), socket: templateView(socket) }, {});
  const memory = { now: new Date(snapshot.resolvedAt), seed: snapshot.seed, kept };
  const [data, result, vars] = await Promise.all([
    readSources(of, { configMap: spec.dataConfigMapName, secret: spec.dataSecretName, fields: "data" }),
    readSources(of, { configMap: spec.resultConfigMapName, secret: spec.resultSecretName, fields: "result" }),
    readVars({ ...of, owner, field: "resultVars", data: views, memory, rendering }),
  ]);
  return {
    value: { data: data.value, result: result.value, vars: vars.value },
    refs: [...data.refs, ...result.refs, ...vars.refs],
    missing: [...data.missing, ...result.missing, ...vars.missing],
  };
}
