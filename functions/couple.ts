import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import type { StageContext } from "./context.ts";
import { performRevision } from "./perform-revision.ts";

/** Couples a plug to its socket: performs what both sides have for `coupled`. Safe to repeat. */
export function couple(context: StageContext, request: StageRequest): Promise<StageReply> {
  return performRevision(context, request, { stage: "plug.couple", event: "coupled" });
}
