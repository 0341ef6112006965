import type { PlugStatus } from "../crds/generated/plug.ts";
import { haltKey } from "../crds/next-stage.ts";
import type { PlugStageName } from "../crds/stage-names.ts";
import type { StageReply } from "../crds/stage-request.ts";
import { Conflict, PlugboardError, Throttled } from "../kit/errors.ts";
import { recordStatus } from "../kit/perform.ts";
import type { StageContext } from "./context.ts";
import type { Coupling } from "./observe-coupling.ts";
import { sameStatus, say } from "./plug-status.ts";

/**
 * The status after a stage failed: said in the conditions; a final failure is put on record, so that it is not tried before something
 * changes. That somebody else was quicker is no failure: it is looked at again.
 */
export function failedStatus(
  coupling: Coupling,
  status: PlugStatus,
  stage: PlugStageName,
  error: PlugboardError,
  said?: string,
): PlugStatus {
  const { plug, clock } = coupling;
  if (error instanceof Conflict) return status;
  const next = say(plug, withoutResult(status, stage), clock.now, {
    kind: "failed",
    stage,
    error,
    message: said ?? error.message,
  });
  if (error.retryable) return next;
  return { ...next, failure: { stage, revision: haltKey({ ...plug, status }, stage), reason: error.name } };
}

function withoutResult({ result, ...status }: PlugStatus, stage: PlugStageName): PlugStatus {
  if (result === undefined) return status;
  const { computed, ...of } = result;
  return { ...status, result: stage === "plug.template-result" || computed === undefined ? of : result };
}

/** Writes a failure that came before any effect, once per distinct reason and message, and says whether to try again. */
export async function fail(
  context: StageContext,
  coupling: Coupling,
  stage: PlugStageName,
  error: unknown,
  change?: (status: PlugStatus) => PlugStatus,
): Promise<StageReply> {
  if (!(error instanceof PlugboardError)) throw error;
  const before = coupling.plug.status ?? {};
  const status = failedStatus(coupling, change?.(before) ?? before, stage, error);
  if (!sameStatus(before, status)) {
    const written = await recordStatus(coupling.object, status, context);
    if (written === undefined) return { kind: "nothing", why: "the plug was changed since it was read" };
    await context.notify([
      { about: coupling.object, type: "Warning", reason: error.name, message: `${stage}: ${error.message}` },
    ]);
  }
  return replyTo(error, stage);
}

/** Tells of a stage that a step stopped, whose status says so already; that somebody else was quicker is no news. */
export async function stopped(
  context: StageContext,
  { object }: Coupling,
  {
    stage,
    error,
    message,
  }: { readonly stage: PlugStageName; readonly error: PlugboardError; readonly message: string },
): Promise<StageReply> {
  if (!(error instanceof Conflict))
    await context.notify([{ about: object, type: "Warning", reason: error.name, message }]);
  return replyTo(sayingOnly(error, message), stage);
}

/** The same failure, telling nobody more than the message: its own words, and those of its cause, may hold a secret. */
function sayingOnly(error: PlugboardError, message: string): PlugboardError {
  if (error.message === message) return error;
  return Object.defineProperties(error, {
    message: { value: message },
    stack: { value: `${error.name}: ${message}` },
    cause: { value: undefined },
  });
}

/** Try again, or wait for an edit: what a failure means to whoever asked. */
export function replyTo(error: PlugboardError, stage: string): StageReply {
  if (!error.retryable)
    return { kind: "fact", fact: stage.startsWith("socket") ? "socket.failed" : "plug.failed", message: error.message };
  return {
    kind: "retry",
    error,
    ...(error instanceof Throttled ? { retryAfterSeconds: error.retryAfterSeconds } : {}),
  };
}
