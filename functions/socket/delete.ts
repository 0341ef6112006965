import { apiVersion } from "../../crds/names.ts";
import { readPlug } from "../../crds/plug/parse.ts";
import { isCoupledHere } from "../../crds/socket/census.ts";
import { deleting } from "../resources/created-and-deleted-stages.ts";
import { defineStage } from "../run-stage.ts";
import type { Upkeep } from "../snapshot/upkeep.ts";
import type { Stage, StageContext } from "../stage.ts";
import { observeSocket, ofSocket, type SocketView, withRecorded } from "./observe.ts";

const socket = ofSocket("socket.delete");

/** Ends a socket that is being deleted, when no plug is coupled to it any more. Safe to repeat. */
export const deleteSocket: Stage = defineStage({
  ...socket,
  ...deleting(socket.stage, { held: heldByPlugs, ends }),
  observe: async (context, request) => withRecorded(context, await observeSocket(context, request)),
});

async function ends(_: StageContext, { socket: owner }: SocketView): Promise<readonly Upkeep[]> {
  return [{ kind: "forget adopted", owner }];
}

const held = "plugs are coupled to it";

/** Reads from the API server, because an unseen coupling would remain. A status without a snapshot holds nothing. */
async function heldByPlugs(
  context: StageContext,
  { resource, socket: named }: SocketView,
): Promise<string | undefined> {
  const { live, namespaces, snapshots } = context;
  const fieldSelector = `status.coupledSocket.uid=${resource.metadata.uid}`;
  let recorded: ReadonlySet<string> | undefined;
  for (const namespace of namespaces ?? [undefined]) {
    let next: string | undefined;
    do {
      const page = await live.list({ apiVersion, kind: "Plug", fieldSelector, namespace, limit: 500, continue: next });
      if (page.items.length > 0) recorded ??= await snapshots.recordedAt(resource.metadata);
      if (page.items.some((plug) => isCoupledHere(readPlug(plug), { socket: named, recorded }))) return held;
      next = page.continue;
    } while (next !== undefined);
  }
  return undefined;
}
