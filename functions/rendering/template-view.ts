import { visibleAnnotations, visibleLabels } from "../../crds/coupling/versions.ts";
import type { Plug, PlugApparatus } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { copyJson } from "../../kit/encoding/exact-json.ts";
import type { Json, ObjectMeta } from "../../kit/kube/port.ts";

/** What templates and hooks see of a plug or socket: identity, marks and spec, never its status. */
export function templateView(owner: Plug | Socket): View {
  const known = views.get(owner);
  if (known !== undefined) return known;
  const view = viewOf(owner);
  views.set(owner, view);
  return view;
}

interface View {
  readonly [field: string]: Json;
}

/** A stage asks for the view of the same object several times, and reading a large one takes a while. */
const views = new WeakMap<Plug | Socket, View>();

function viewOf(owner: Plug | Socket): View {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    metadata: viewOfMetadata(owner.metadata),
    spec: asJson(owner.spec),
  };
}

function viewOfMetadata(metadata: ObjectMeta): Json {
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? "",
    uid: metadata.uid ?? "",
    generation: metadata.generation ?? 0,
    labels: visibleLabels(metadata.labels),
    annotations: visibleAnnotations(metadata.annotations),
  };
}

/** The same value, read as JSON: what a parser let through is JSON already. */
function asJson(value: unknown): Json {
  return copyJson(value) as Json;
}

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
