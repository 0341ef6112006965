import type { StageReply, StageRequest } from "../crds/stage-request.ts";
import type { StageContext } from "./context.ts";

export async function adopt(_context: StageContext, _request: StageRequest): Promise<StageReply> {
  return { kind: "nothing", why: "later" };
}
