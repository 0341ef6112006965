import { apiVersion } from "../crds/names.ts";
import type { StageContext } from "./context.ts";
import type { SocketView } from "./observe-socket.ts";
import { deleting } from "./own-resources.ts";
import { defineStage, type Stage } from "./run-stage.ts";
import { ofSocket } from "./socket-owner.ts";
import type { Upkeep } from "./upkeep.ts";

const socket = ofSocket("socket.delete");

/** Ends a socket that is being deleted, once no plug is coupled to it any more. Safe to repeat. */
export const deleteSocket: Stage = defineStage({ ...socket, ...deleting(socket.stage, { held: heldByPlugs, ends }) });

async function ends(_: StageContext, { socket: owner }: SocketView): Promise<readonly Upkeep[]> {
  return [{ kind: "forget adopted", owner }];
}

/** Asked of the API server: a coupling that is not seen would be left behind. */
async function heldByPlugs({ live, namespaces }: StageContext, { resource }: SocketView): Promise<string | undefined> {
  const query = {
    apiVersion,
    kind: "Plug",
    fieldSelector: `status.coupledSocket.uid=${resource.metadata.uid}`,
    metadataOnly: true,
    limit: 1,
  };
  const lists = await Promise.all((namespaces ?? [undefined]).map((namespace) => live.list({ ...query, namespace })));
  return lists.some(({ items }) => items.length > 0) ? "plugs are coupled to it" : undefined;
}
