import type { KubeObject } from "../../kit/kube/port.ts";
import type { KindName } from "../../kit/loop/kind.ts";
import type { DeferredResource } from "../deferred-resource/deferred-resource.generated.ts";
import type { PlugCard } from "../plug/card.ts";
import type { Plug } from "../plug/plug.generated.ts";
import type { SeenSnapshot } from "../snapshot/head.ts";
import type { SeenKeptKeys } from "../snapshot/kept-keys.ts";
import type { Socket } from "../socket/socket.generated.ts";

/** The names of the kinds that the source watches. */
export const kindNames: {
  readonly namespace: KindName<KubeObject, undefined>;
  readonly socket: KindName<Socket, undefined>;
  readonly plug: KindName<Plug, PlugCard>;
  readonly deferredResource: KindName<DeferredResource, undefined>;
  readonly apparatus: KindName<KubeObject, undefined>;
  readonly snapshot: KindName<SeenSnapshot, undefined>;
  readonly keptKeys: KindName<SeenKeptKeys, undefined>;
} = {
  namespace: { name: "Namespace" },
  socket: { name: "Socket" },
  plug: { name: "Plug" },
  deferredResource: { name: "DeferredResource" },
  apparatus: { name: "Apparatus" },
  snapshot: { name: "Snapshot" },
  keptKeys: { name: "KeptKeys" },
};
