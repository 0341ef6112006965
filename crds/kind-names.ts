import type { KindName } from "../kit/kind.ts";
import type { KubeObject } from "../kit/kube.ts";
import type { DeferredResource } from "./generated/deferredresource.ts";
import type { Plug } from "./generated/plug.ts";
import type { Socket } from "./generated/socket.ts";
import type { PlugCard } from "./plug/card.ts";
import type { SeenSnapshot } from "./snapshot/kind.ts";

/** The kinds that the source watches, as they name each other. */
export const kindNames: {
  readonly namespace: KindName<KubeObject, undefined>;
  readonly socket: KindName<Socket, undefined>;
  readonly plug: KindName<Plug, PlugCard>;
  readonly deferredResource: KindName<DeferredResource, undefined>;
  readonly apparatus: KindName<KubeObject, undefined>;
  readonly snapshot: KindName<SeenSnapshot, undefined>;
} = {
  namespace: { name: "Namespace" },
  socket: { name: "Socket" },
  plug: { name: "Plug" },
  deferredResource: { name: "DeferredResource" },
  apparatus: { name: "Apparatus" },
  snapshot: { name: "Snapshot" },
};
