import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import type { StageContext } from "./context.ts";
import { performRevision } from "./perform-revision.ts";

/** Updates a coupling to its newest revision: performs what both sides have for `updated`, and prunes. Safe to repeat. */
export function update(context: StageContext, request: StageRequest): Promise<StageReply> {
  return performRevision(context, request, { stage: "plug.update", event: "updated" });
}
