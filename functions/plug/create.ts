import { ofPlug } from "../coupling/plug-stage.ts";
import { creating } from "../resources/created-and-deleted-stages.ts";
import { defineStage } from "../run-stage.ts";
import type { Stage } from "../stage.ts";

const plug = ofPlug("plug.create");

/** Adds the finalizer to a plug, then performs its `created` hook and resources. Safe to repeat. */
export const createPlug: Stage = defineStage({ ...plug, ...creating(plug.stage) });
