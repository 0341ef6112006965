import type { Plug } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import type { KubeObject } from "../kit/kube.ts";
import type { StageContext } from "./context.ts";
import { readNamespace } from "./read-namespace.ts";

/** A socket and who wants something of it, as read just now. */
export interface Surroundings {
  readonly socket: Socket;
  readonly plugs: readonly Plug[];
  readonly namespaceOf: (plug: Plug) => KubeObject | undefined;
}

/** Reads who points at a socket or is coupled to it, and where it has a limit their namespaces. */
export async function observeSurroundings(context: StageContext, socket: Socket): Promise<Surroundings> {
  const plugs = await context.plugsOf(socket);
  const names = socket.spec.limit === undefined ? [] : [...new Set(plugs.map(({ metadata }) => metadata.namespace))];
  const namespaces = await Promise.all(names.map((name) => readNamespace(context.kube, name)));
  const byName = new Map(namespaces.flatMap((one) => (one === undefined ? [] : [[one.metadata.name, one]])));
  return { socket, plugs, namespaceOf: (plug) => byName.get(plug.metadata.namespace) };
}
