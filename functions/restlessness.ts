import { restMilliseconds, saysContested } from "../crds/contest.ts";
import type { Plug, PlugStatus } from "../crds/generated/plug.ts";
import { timestamp } from "../kit/conditions.ts";

/** From this count on people are told who contests. */
export const contestedFrom = 5;

/** Whether somebody was contesting a moment ago: then being resolved again makes nobody ready. */
export function isContested(status: PlugStatus, now: number): boolean {
  const { restless } = status;
  return saysContested(status) && restless !== undefined && now - Date.parse(restless.since) < restMilliseconds;
}

/** Counts a stage that runs again although nobody edited the plug: first runs, and those after a while of rest, count anew. */
export function countRestless(plug: Plug, status: PlugStatus, stage: string, now: number): PlugStatus {
  if (status.performed === undefined || stage === "plug.couple" || edited(plug)) {
    const { restless: _calm, ...rest } = status;
    return rest;
  }
  const { restless } = status;
  const goesOn = restless !== undefined && now - Date.parse(restless.since) < restMilliseconds;
  return {
    ...status,
    restless: goesOn ? { ...restless, count: restless.count + 1 } : { count: 1, since: timestamp(now) },
  };
}

/** Whether the plug was edited since its result was last said. */
function edited(plug: Plug): boolean {
  return plug.status?.coupledResult?.observedGeneration !== plug.metadata.generation;
}
