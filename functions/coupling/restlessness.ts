import { restless as sayRestless } from "../../crds/messages.ts";
import type { Plug, PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { restMilliseconds } from "../../crds/plug/revision-pace.ts";
import { timestamp } from "../../kit/conditions.ts";
import { sameVersion } from "../../kit/loop/versions.ts";

/** From this count on, the status names the client that contests. */
export const contestedFrom = 5;

/** Whether a client contested recently. Then Ready stays False although the config is resolved again. */
export function isContested(status: PlugStatus, now: number): boolean {
  const { restless } = status;
  return restless?.contested === true && now - Date.parse(restless.since) < restMilliseconds;
}

/**
 * Counts a stage that runs again without an edit of the plug.
 * First runs, and runs after a time of rest, start a new count.
 */
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

/** Whether the plug was edited since its result was last written. */
function edited(plug: Plug): boolean {
  return plug.status?.coupledResult?.observedGeneration !== plug.metadata.generation;
}

/**
 * Adds the inputs that changed to a restless status.
 * A change of the plug or the socket ends the count; any other input is named.
 */
export function blameInputs(status: PlugStatus, seen: readonly PlugRef[]): PlugStatus {
  const moved = movedInputs(status, seen);
  const { restless, ...rest } = status;
  if (restless === undefined || moved.length === 0) return status;
  if (moved.some(({ kind }) => kind === "Plug" || kind === "Socket")) return rest;
  return { ...rest, restless: { ...restless, by: moved.map(nameOfRef).join(", ") } };
}

/** The inputs that differ from those on record. */
export function movedInputs(status: PlugStatus, seen: readonly PlugRef[]): readonly PlugRef[] {
  return seen.filter((ref) => hasMoved(ref, status.refs ?? []));
}

function hasMoved(ref: PlugRef, recorded: readonly PlugRef[]): boolean {
  const before = recorded.find((other) => other.role === ref.role && nameOfRef(other) === nameOfRef(ref));
  return before?.version !== undefined && ref.version !== undefined && !sameVersion(before.version, ref.version);
}

/** The kind and name of an object, in messages. */
export function nameOfRef({ kind, namespace, name }: PlugRef): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/**
 * What keeps the coupling from coming to rest, in a sentence; undefined while it rests, or while no object is known.
 */
export function contestedInput({ restless }: PlugStatus, now: number): string | undefined {
  if (restless?.by === undefined || restless.count < contestedFrom) return undefined;
  if (now - Date.parse(restless.since) >= restMilliseconds) return undefined;
  return sayRestless(restless.by, restless.count, restless.since);
}
