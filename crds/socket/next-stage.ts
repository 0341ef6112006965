import { type ClaimClock, runningClaim } from "../../kit/loop/claims.ts";
import { type Evidence, hasChanged } from "../coupling/references.ts";
import { claimedByUs, hasCreated, isMalformed, isPaused, madeByFormerOperator } from "../coupling/standing.ts";
import { isHalted, isOver, nextTime } from "../due/failure.ts";
import { annotations } from "../names.ts";
import { isServed, type Serving } from "../namespace/served.ts";
import { type Due, mayBeMended } from "../plug/next-stage.ts";
import type { PlugRef } from "../plug/plug.generated.ts";
import type { SocketStageName } from "../stage-names.ts";
import {
  type CensusInput,
  censusDiffers,
  isCoupledHere,
  type SocketCensus,
  takeCensus,
  waitingDiffers,
} from "./census.ts";
import type { Socket } from "./socket.generated.ts";

export interface ObservedSocket extends CensusInput {
  readonly clock: ClaimClock;
  /** The known changes of the objects that its own stages wait for. */
  readonly evidence: Evidence;
  readonly serving: Serving;
  /**
   * Whether the number of waiting plugs may be out of date for a moment: it changes constantly while many plugs arrive.
   */
  readonly leavesWaiting?: boolean | undefined;
  /** The census, if it was taken before: it reads every plug. */
  readonly census?: SocketCensus | undefined;
}

/** Which stage of a socket is due. Reads nothing, writes nothing. */
export function nextSocketStage(observed: ObservedSocket): Due<SocketStageName> {
  const { socket, clock } = observed;
  const claimedUntil = runningClaim(socket.status, clock);
  if (claimedUntil !== undefined) return { stage: undefined, lookAgainAt: claimedUntil };
  const stage = dueSocketStage(observed);
  if (stage !== undefined) return { stage };
  const opensAt = nextTime(socket.status, clock.now);
  return opensAt === undefined ? { stage: undefined } : { stage: undefined, opensAt };
}

function dueSocketStage(observed: ObservedSocket): SocketStageName | undefined {
  const { socket } = observed;
  const deleting = socket.metadata.deletionTimestamp !== undefined;
  if (deleting && !claimedByUs(socket)) return undefined;
  if (deleting && !observed.plugs.some((plug) => isCoupledHere(plug, observed)))
    return halted(observed, "socket.delete") ? undefined : "socket.delete";
  const served = isServed(socket.metadata.namespace, observed.serving);
  if (!deleting && served && !isPaused(socket.metadata) && !isMalformed(socket) && isCreationDue(socket))
    return halted(observed, "socket.create") ? undefined : "socket.create";
  const census = observed.census ?? takeCensus(observed);
  const waiting = observed.leavesWaiting !== true && waitingDiffers(socket, census);
  return unchecked(socket, served) || censusDiffers(socket, census) || waiting ? "socket.sync" : undefined;
}

/** Whether the current generation was not processed yet. */
function unchecked({ status, metadata }: Socket, served: boolean): boolean {
  const asObserved = status?.observedGeneration === metadata.generation && (status?.held === undefined) === served;
  return metadata.deletionTimestamp === undefined && !asObserved;
}

/** Whether the first stage is not done yet. */
export function isCreationDue(socket: Socket): boolean {
  return (
    !claimedByUs(socket) ||
    (hasCreated(socket) && socket.status?.createdAt === undefined && !madeByFormerOperator(socket))
  );
}

/** Whether the stage ended finally, or waits for unchanged objects. */
function halted({ socket, evidence, clock }: ObservedSocket, stage: SocketStageName): boolean {
  if (stage === "socket.delete" && socket.metadata.annotations?.[annotations.forceRemove] === "true") return false;
  const changes = socketAwaits(socket)
    .filter((ref) => ref.stage === stage)
    .map((ref) => hasChanged(ref, evidence) || mayBeMended(ref, socket) || isOver(ref, clock.now));
  return isHalted(socket.status?.failure, { stage, revision: socket.metadata.generation, changes }, clock.now);
}

/** The objects that stages of the socket itself wait for. */
export function socketAwaits({ status }: Socket): readonly PlugRef[] {
  return (status?.refs ?? []).filter(({ role }) => role === "awaited");
}
