import { apiVersion } from "../../crds/names.ts";
import type { Plug, PlugRef } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { writeJson } from "../../kit/encoding/exact-json.ts";
import { versionOfContents } from "../../kit/loop/versions.ts";
import type { Reading } from "../config/read-sources.ts";
import { dataOf, type SideInputs } from "../config/resolve-configs.ts";
import { templateView } from "../rendering/template-view.ts";
import {
  type BySide,
  plainValues,
  type Side,
  secretsOf,
  sides,
  textValues,
  type Values,
  valuesOf,
} from "../rendering/values.ts";
import type { StageContext } from "../stage.ts";
import { parseConfigAnswer } from "./call-apparatus.ts";
import { useApparatus } from "./use-apparatus.ts";

interface ReadFor {
  readonly plug: Plug;
  readonly socket: Socket;
  readonly inputs: BySide<SideInputs>;
}

/**
 * Adds the config of both sides' apparatuses to the inputs, as the last source of each side.
 * An apparatus that is still starting is listed as missing, and followed until it is ready.
 * @throws OperatorError
 */
export async function readApparatusConfig(context: StageContext, of: ReadFor): Promise<Reading<BySide<SideInputs>>> {
  const [plug, socket] = await Promise.all(sides.map((side) => readSide(context, side, of)));
  const reads = [plug, socket].filter((read) => read !== undefined);
  return {
    value: {
      plug: { ...of.inputs.plug, ...apparatusOf(plug) },
      socket: { ...of.inputs.socket, ...apparatusOf(socket) },
    },
    refs: reads.flatMap(({ refs }) => refs),
    missing: reads.flatMap(({ missing }) => missing),
  };
}

function apparatusOf(read: Reading<Values> | undefined): { readonly apparatus?: Values } {
  return read === undefined ? {} : { apparatus: read.value };
}

async function readSide(context: StageContext, side: Side, of: ReadFor): Promise<Reading<Values> | undefined> {
  const { plug, socket, inputs } = of;
  const { metadata, spec } = side === "plug" ? plug : socket;
  if (spec.apparatus === undefined) return undefined;
  const [plugData, socketData] = [dataOf(plug, inputs.plug.data), dataOf(socket, inputs.socket.data)];
  const { vars } = inputs[side];
  const body = writeJson({
    version: "1",
    plug: templateView(plug),
    socket: templateView(socket),
    plugData: plainValues(textValues(plugData)),
    socketData: plainValues(textValues(socketData)),
    vars: plainValues(textValues(vars)),
  });
  const { namespace, name, uid } = metadata;
  const use = await useApparatus(
    context,
    { side, apiVersion, namespace, name, uid, apparatus: spec.apparatus },
    { method: "POST", path: "/config", body, secrets: secretsOf(plugData, socketData, vars) },
  );
  if (use.kind === "answered")
    return { value: valuesOf(parseConfigAnswer(use.text, use.title), true), refs: [], missing: [] };
  const { key, metadata: seen, message } = use;
  const ref: PlugRef = {
    role: "input",
    apiVersion: key.apiVersion,
    kind: key.kind,
    ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
    name: key.name,
    ...(seen.uid === undefined ? {} : { uid: seen.uid }),
    version: versionOfContents(seen),
    side,
    entry: "apparatus",
  };
  return { value: {}, refs: [ref], missing: [message] };
}
