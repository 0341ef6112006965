import { ofPlug } from "../coupling/plug-stage.ts";
import { creating } from "../resources/create-and-delete.ts";
import { defineStage, type Stage } from "../run-stage.ts";

const plug = ofPlug("plug.create");

/** Adds the finalizer to a plug, then performs its `created` hook and resources. Safe to repeat. */
export const createPlug: Stage = defineStage({ ...plug, ...creating(plug.stage) });
