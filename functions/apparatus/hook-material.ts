import type { Plug, PlugApparatus } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { Json } from "../../kit/kube/port.ts";
import { templateView } from "../config/template-view.ts";

/** What the hooks of a coupling are made of, beside its configs. */
export interface HookMaterial {
  readonly apparatus: { readonly plug?: PlugApparatus | undefined; readonly socket?: PlugApparatus | undefined };
  readonly plug: Json;
  readonly socket: Json;
}

/** The material, where either side has an apparatus. Pure. */
export function hookMaterial(plug: Plug, socket: Socket): { readonly hooks?: HookMaterial } {
  const [ofPlug, ofSocket] = [plug.spec.apparatus, socket.spec.apparatus];
  if (ofPlug === undefined && ofSocket === undefined) return {};
  const apparatus = {
    ...(ofPlug === undefined ? {} : { plug: ofPlug }),
    ...(ofSocket === undefined ? {} : { socket: ofSocket }),
  };
  return { hooks: { apparatus, plug: templateView(plug), socket: templateView(socket) } };
}
