import { ofPlug } from "../coupling/plug-stage.ts";
import { creating } from "../resources/own-resources.ts";
import { defineStage, type Stage } from "../run-stage.ts";

const plug = ofPlug("plug.create");

/** Takes a plug under our care: the finalizer, then what is to be `created`. Safe to repeat. */
export const createPlug: Stage = defineStage({ ...plug, ...creating(plug.stage) });
