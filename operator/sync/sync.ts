import { failureOf, InternalError } from "../../kit/errors.ts";
import { runningClaim } from "../../kit/loop/claims.ts";
import type { StageReply, StageRequest } from "../../kit/loop/stage.ts";
import { namesOf } from "../definition/names.ts";
import type { Operator } from "../definition/operator.ts";
import { nextStage } from "./due.ts";
import { parseParent } from "./parent.ts";
import { statusShapes } from "./status.ts";
import { nothing, release, type Setting, type SyncOptions, SyncRun } from "./sync-run.ts";

/** The stages of an operator as one function. Safe to repeat. */
export function syncFunction(operator: Operator, options: SyncOptions): (request: StageRequest) => Promise<StageReply> {
  const names = namesOf(operator);
  const shapes = statusShapes(options.kube, operator.parent, options.clock);
  return async (request) => {
    try {
      return await begin({ operator, names, shapes, ...options }, request);
    } catch (thrown) {
      const error = failureOf(thrown);
      if (error instanceof InternalError) options.unexpected(thrown, request.stage);
      return { kind: "retry", error };
    }
  };
}

/** Reads the parent and everything that its handler sees. Does nothing if the stage is not due. */
async function begin(setting: Setting, { stage, namespace, name, uid }: StageRequest): Promise<StageReply> {
  const { operator, names, kube, clock, voidHolders, memory, begunAt } = setting;
  const place = namespace === "" ? {} : { namespace };
  const object = await kube.get({ ...operator.parent, ...place, name });
  if (object === undefined || (uid !== undefined && object.metadata.uid !== uid)) {
    if (uid !== undefined) memory.forget(uid);
    return nothing("the parent does not exist any more");
  }
  const parent = parseParent(object, names);
  const claims = { now: clock.now(), voidHolders };
  if (runningClaim(parent.record, claims) !== undefined) return nothing("another instance works on it");
  if (stage !== (parent.deleting ? names.stages.finalize : names.stages.sync)) return nothing("it is not due");
  if (parent.deleting && !parent.held) return nothing("it is not due");
  if (parent.deleting && operator.finalize === undefined)
    return release(setting, object, "there is nothing to finalize");
  const run = new SyncRun(setting, { object, parent, stage });
  const observed = await run.observe();
  if (observed === undefined) return await run.failed();
  const { noted } = memory.of(parent.uid);
  const { due } = nextStage({ parent, seen: observed.seen, noted, begunAt, clock: claims }, names);
  if (typeof due === "string" || due.stage !== stage) return nothing("it is not due");
  return await run.run(observed);
}
