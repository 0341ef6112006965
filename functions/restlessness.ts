import type { Plug, PlugStatus } from "../crds/generated/plug.ts";
import { timestamp } from "../kit/conditions.ts";

/** After so long without running again a coupling counts as at rest. */
const restMilliseconds = 600_000;

/** From this count on people are told who contests. */
export const contestedFrom = 5;

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
