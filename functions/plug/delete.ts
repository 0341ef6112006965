import { ofPlug, type PlugOwner } from "../coupling/plug-stage.ts";
import { deleting } from "../resources/created-and-deleted-stages.ts";
import { defineStage } from "../run-stage.ts";
import type { Upkeep } from "../snapshot/upkeep.ts";
import type { Stage, StageContext } from "../stage.ts";

const plug = ofPlug("plug.delete");

/**
 * Ends a plug that is being deleted and not coupled: performs `deleted`, removes what `created` made, finishes its
 * snapshots, forgets its keys, then removes the finalizer.
 * Safe to repeat.
 */
export const deletePlug: Stage = defineStage({ ...plug, ...deleting(plug.stage, { ends }) });

async function ends({ snapshots }: StageContext, { plug, now }: PlugOwner): Promise<readonly Upkeep[]> {
  const { metadata } = plug;
  const seen = await snapshots.keys.seen(metadata);
  return [
    { kind: "finish snapshots", plug: metadata, now },
    { kind: "forget keys", plug: metadata, seen },
  ];
}
