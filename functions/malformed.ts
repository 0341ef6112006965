import type { StageReply } from "../crds/stage-request.ts";
import { InvalidInput } from "../kit/errors.ts";
import { recordStatus } from "../kit/perform.ts";
import { checkPlug } from "./check-written.ts";
import type { StageContext } from "./context.ts";
import type { Coupling } from "./observe-coupling.ts";
import { say } from "./plug-status.ts";

/** Says of a plug what of it cannot be read. An API server that takes no status of such an object is told of by an Event instead. Safe to repeat. */
export async function recordMalformed(context: StageContext, coupling: Coupling): Promise<StageReply> {
  const { plug, object, clock } = coupling;
  const message = checkPlug(plug)?.message ?? "the plug is not as the CRD of today has it";
  const status = say(plug, plug.status ?? {}, clock.now, { kind: "malformed", message });
  const notice = { about: object, type: "Warning", reason: "InvalidInput", message } as const;
  try {
    const written = await recordStatus(object, status, context);
    if (written === undefined) return { kind: "nothing", why: "the plug was changed since it was read" };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
  }
  await context.notify([notice]);
  return { kind: "fact", fact: "plug.failed", message };
}
