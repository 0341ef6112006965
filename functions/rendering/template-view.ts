import { visibleAnnotations, visibleLabels } from "../../crds/coupling/versions.ts";
import type { Plug, PlugApparatus } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { copyJson } from "../../kit/encoding/exact-json.ts";
import type { Json, ObjectMeta } from "../../kit/kube/port.ts";

/**
 * The part of a plug or socket that templates and hooks see: identity, labels, annotations and spec, never its status.
 */
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

/** A stage needs the view of the same object several times, and reading a large one takes a while. */
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

/** The same value, typed as JSON: a parsed value is JSON already. */
function asJson(value: unknown): Json {
  return copyJson(value) as Json;
}

/** The contents of a coupling's hook calls, without the configs. */
export interface HookMaterial {
  readonly apparatus: { readonly plug?: PlugApparatus | undefined; readonly socket?: PlugApparatus | undefined };
  readonly plug: Json;
  readonly socket: Json;
}

/** The contents of hook calls, if either side has an apparatus. Pure. */
export function hookMaterial(plug: Plug, socket: Socket): { readonly hooks?: HookMaterial } {
  const [ofPlug, ofSocket] = [plug.spec.apparatus, socket.spec.apparatus];
  if (ofPlug === undefined && ofSocket === undefined) return {};
  const apparatus = {
    ...(ofPlug === undefined ? {} : { plug: ofPlug }),
    ...(ofSocket === undefined ? {} : { socket: ofSocket }),
  };
  return { hooks: { apparatus, plug: templateView(plug), socket: templateView(socket) } };
}
