import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import type { StageContext } from "./context.ts";
import { observeCoupling, whyNotDue } from "./observe-coupling.ts";
import { performCreated } from "./own-resources.ts";

/** Takes a plug under our care: the finalizer, then what is to be `created`. Safe to repeat. */
export async function createPlug(context: StageContext, request: StageRequest): Promise<StageReply> {
  const coupling = await observeCoupling(context, request);
  if (coupling === undefined) return { kind: "nothing", why: "there is no such plug" };
  const notDue = whyNotDue("plug.create", coupling);
  return notDue === undefined ? performCreated(context, request, "plug.create") : { kind: "nothing", why: notDue };
}
