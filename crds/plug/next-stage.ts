import type { KubeObject } from "../../kit/kube/port.ts";
import { unknown } from "../../kit/loop/references.ts";
import { absent, sameVersion } from "../../kit/loop/versions.ts";
import { couplingMustEnd } from "../coupling/coupling-end.ts";
import { type Evidence, hasChanged, refsOf, versionOfPlace, versionOfSocket } from "../coupling/references.ts";
import {
  claimedByUs,
  currentSocket,
  formerCouplingEnding,
  hasCreated,
  isCoupled,
  isFormerOperators,
  isMalformed,
  isPaused,
  isPending,
  leftAlone,
  malformed,
  paused,
  pausedBy,
} from "../coupling/standing.ts";
import { versionOfOwner } from "../coupling/versions.ts";
import { type ClaimClock, runningClaim } from "../due/claims.ts";
import { isHalted, isOver, nextTime } from "../due/failure.ts";
import { annotations, labels } from "../names.ts";
import { isKnown, isServed, notServed, type Serving } from "../namespace/served.ts";
import { type SnapshotHead, wasOurs } from "../snapshot/head.ts";
import type { Socket } from "../socket/socket.generated.ts";
import type { StageName } from "../stage-names.ts";
import type { Plug, PlugRef } from "./plug.generated.ts";
import { contestIsOver, resolutionWaitsUntil } from "./revision-pace.ts";
import type { PlugStageName } from "./stages.ts";

export interface ObservedPlug {
  readonly plug: Plug;
  /** The socket that `spec.socket` names. */
  readonly socket: Socket | undefined;
  /** The socket that `status.coupledSocket` names, where it is another. */
  readonly coupledSocket: Socket | undefined;
  readonly namespace: KubeObject | undefined;
  readonly evidence: Evidence;
  /** Whether snapshots exist for the plug's name that its status does not account for (restored, made again). */
  readonly adoptable: boolean;
  /** Whether another tenant's coupling under its name is to be ended first. */
  readonly former?: boolean | undefined;
  /** The snapshots of the plug's name, which prove what a status only claims. Absent: not known. */
  readonly heads?: readonly SnapshotHead[] | undefined;
  /** Whether the plug's status has held up its decoupling for so long that it is tried again: a tenant can write that status. */
  readonly overdue?: boolean | undefined;
  /** Whether the snapshot that its status names is known to be gone. */
  readonly snapshotLost?: boolean | undefined;
  /** Whether couplings of integration-operator are taken over; else they are left alone. */
  readonly adopts: boolean;
  readonly serving: Serving;
  readonly clock: ClaimClock;
}

/**
 * What is due now. Where nothing is, times (milliseconds since the epoch): `lookAgainAt`, before which it cannot be said, as another's claim
 * runs; `opensAt`, at which something will be due although nothing changes.
 */
export type Due<Name extends StageName> =
  | { readonly stage: Name }
  | { readonly stage: undefined; readonly lookAgainAt?: number; readonly opensAt?: number };

const nothing: Due<never> = { stage: undefined };

/** The one decision: which stage of a plug is due. Reads nothing, writes nothing; source and stage functions ask it alike. */
export function nextPlugStage(observed: ObservedPlug): Due<PlugStageName> {
  const { plug } = observed;
  const claimedUntil = runningClaim(plug.status, observed.clock);
  if (claimedUntil !== undefined) return { stage: undefined, lookAgainAt: claimedUntil };
  const stage = duePlugStage(observed);
  if (stage !== undefined) return { stage };
  const now = observed.clock.now;
  const times = [resolutionWaitsUntil(plug.status, now), nextTime(plug.status, now)].filter(
    (time) => time !== undefined,
  );
  return times.length === 0 ? nothing : { stage, opensAt: Math.min(...times) };
}

function duePlugStage(observed: ObservedPlug): PlugStageName | undefined {
  const { plug } = observed;
  if (isFormerOperators(plug))
    return observed.adopts || wasOurs(observed) || !isHeld(plug, leftAlone) ? "plug.adopt" : undefined;
  if (observed.former === true) return isHeld(plug, formerCouplingEnding) ? undefined : "plug.adopt";
  if (observed.adoptable) return "plug.adopt";
  if (plug.metadata.deletionTimestamp !== undefined) return dueWhenDeleting(observed);
  if (unservedNamespace(observed) !== undefined)
    return isHeld(plug, notServed) ? endOnly(observed) : "plug.resolve-config";
  if (isMalformed(plug)) return saysMalformed(plug) ? endOnly(observed) : "plug.resolve-config";
  if (pausedBy(observed) !== undefined) return isHeld(plug, paused) ? endWhenPaused(observed) : "plug.resolve-config";
  if (creationDue(plug)) return halted(observed, "plug.create") ? undefined : "plug.create";
  if (isCoupled(plug) && couplingMustEnd(observed)) return unlessHalted(observed, "plug.decouple");
  return dueWhenCoupling(observed);
}

function dueWhenDeleting(observed: ObservedPlug): PlugStageName | undefined {
  const { plug } = observed;
  if (isCoupled(plug)) return unlessHalted(observed, "plug.decouple");
  return claimedByUs(plug) ? unlessHalted(observed, "plug.delete") : undefined;
}

/** A pause of the plug's own evades no refusal; one of the socket's does. */
function endWhenPaused(observed: ObservedPlug): PlugStageName | undefined {
  const ends = isCoupled(observed.plug) && endsWhenPaused(observed);
  return ends ? unlessHalted(observed, "plug.decouple") : undefined;
}

function endsWhenPaused(observed: ObservedPlug): boolean {
  const socket = currentSocket(observed);
  if (socket?.metadata.deletionTimestamp !== undefined) return true;
  return !isPaused(socket?.metadata) && couplingMustEnd(observed) === "NamespaceDenied";
}

/** The namespace that is not served: the plug's, or that of the socket its spec names; undefined if both are served. */
export function unservedNamespace({ plug, serving }: Pick<ObservedPlug, "plug" | "serving">): string | undefined {
  const own = plug.metadata.namespace;
  return [own, plug.spec.socket.namespace ?? own].find((namespace) => !isServed(namespace, serving));
}

/** Makes nothing new for the plug; `plug.decouple` is still due when the coupling must end. */
function endOnly(observed: ObservedPlug): PlugStageName | undefined {
  const ends = isCoupled(observed.plug) && couplingMustEnd(observed) !== undefined;
  return ends ? unlessHalted(observed, "plug.decouple") : undefined;
}

function dueWhenCoupling(observed: ObservedPlug): PlugStageName | undefined {
  const { plug } = observed;
  const waits = resolutionWaitsUntil(plug.status, observed.clock.now) !== undefined;
  if (!waits && (wasTold(observed, "plug.resolve-config") || resolutionDue(observed))) return "plug.resolve-config";
  if (isPending(plug)) return undefined;
  if (couplingDue(plug)) return unlessHalted(observed, "plug.couple");
  const performed = plug.status?.performed;
  if (performed === undefined) return undefined;
  if (updateDue(plug) && !halted(observed, "plug.update")) return "plug.update";
  if (wasTold(observed, "plug.template-result") || resultInputDiffers(observed)) return "plug.template-result";
  if (resultDue(observed) && !halted(observed, "plug.template-result")) return "plug.template-result";
  if (wasTold(observed, "plug.repair")) return "plug.repair";
  return repairDue(observed) ? unlessHalted(observed, "plug.repair") : undefined;
}

/** Whether this stage was requested. The stage itself then checks whether it has work. */
function wasTold({ evidence }: ObservedPlug, stage: PlugStageName): boolean {
  return evidence.kind === "told" && evidence.stage === stage;
}

/** Whether the status records this reason for holding the plug. What was resolved and is not performed is given up first, and is seen to be. */
function isHeld(plug: Plug, reason: string): boolean {
  const { held, snapshot } = plug.status ?? {};
  const keeps = snapshot !== undefined && !isCoupled(plug) && reason !== malformed;
  return held?.reason === reason && !keeps;
}

/** Whether the status reports the current generation as malformed. */
function saysMalformed(plug: Plug): boolean {
  return isHeld(plug, malformed) && plug.status?.held?.generation === plug.metadata.generation;
}

function creationDue(plug: Plug): boolean {
  if (!claimedByUs(plug)) return true;
  return plug.status?.createdAt === undefined && hasCreated(plug);
}

function resolutionDue(observed: ObservedPlug): boolean {
  const inputs = refsOf(observed.plug, "input");
  if (observed.snapshotLost === true) return true;
  // A recorded hold is over: `duePlugStage` returns earlier while a hold applies.
  if (inputs.length === 0 || observed.plug.status?.held !== undefined) return true;
  if (contestIsOver(observed.plug.status, observed.clock.now)) return true;
  if (!inputs.some((ref) => namesSocket(ref, observed.plug))) return true;
  return inputs.some((ref) => inputDiffers(ref, observed));
}

/** Whether a newer revision is resolved than was performed, or the one that a coupling was adopted on is to be performed once more. */
export function updateDue({ status }: Plug): boolean {
  const { snapshot, performed, revision = 0 } = status ?? {};
  if (snapshot === undefined) return false;
  return snapshot !== performed?.snapshot || revision > performed.revision;
}

function couplingDue(plug: Plug): boolean {
  const { status } = plug;
  return status?.snapshot !== undefined && status.performed === undefined;
}

function resultDue(observed: ObservedPlug): boolean {
  const { status } = observed.plug;
  return status?.result?.revision !== status?.performed?.revision || drifted(observed, "result");
}

/** Whether an input of the result changed. The result is then computed again, even after a final failure. */
function resultInputDiffers(observed: ObservedPlug): boolean {
  return refsOf(observed.plug, "result").some((ref) => inputDiffers(ref, observed));
}

function repairDue(observed: ObservedPlug): boolean {
  // What is performed is looked after although a newer revision cannot be performed.
  const failed = observed.plug.status?.failure?.stage === "plug.update" && halted(observed, "plug.update");
  return (!updateDue(observed.plug) || failed) && drifted(observed, "coupling");
}

function drifted(observed: ObservedPlug, entry: string): boolean {
  const uid = observed.plug.metadata.uid;
  return refsOf(observed.plug, "applied").some((ref) => {
    if (ref.entry !== entry || ref.version === undefined) return false;
    return hasChanged(ref, observed.evidence) && !isAnothers(ref, observed.evidence, uid);
  });
}

/** Whether another coupling applied the object last: then it is that one's to look after. */
function isAnothers(ref: PlugRef, evidence: Evidence, plugUid: string): boolean {
  const sight = evidence.kind === "seen" ? evidence.see(ref) : unknown;
  const owner = sight.known ? sight.metadata?.labels?.[labels.plugUid] : undefined;
  return owner !== undefined && owner !== plugUid;
}

/** Whether somebody wants what ends the coupling to finish although it cannot succeed: then nothing is waited for. */
function isForced(observed: ObservedPlug, stage: PlugStageName): boolean {
  if (stage !== "plug.decouple" && stage !== "plug.delete") return false;
  const owners = [observed.plug.metadata, currentSocket(observed)?.metadata];
  return owners.some((metadata) => metadata?.annotations?.[annotations.forceRemove] === "true");
}

/** Whether the coupling has to end for the socket's side, and the source has waited long enough for what only the plug's own status says. */
function isOverdue(observed: ObservedPlug, stage: PlugStageName): boolean {
  return (
    stage === "plug.decouple" && (observed.overdue === true || wasTold(observed, stage)) && endsForSocket(observed)
  );
}

/** Whether its coupling has to end for what the socket's side wants or did. */
export function endsForSocket(observed: ObservedPlug): boolean {
  if (!isCoupled(observed.plug)) return false;
  return ["NamespaceDenied", "SocketDeleted", "SocketGone"].includes(couplingMustEnd(observed) ?? "");
}

/** Whether the stage ended for the resolved revision (finally, for a time, or to wait), and what it waits for is as it was. */
function halted(observed: ObservedPlug, stage: PlugStageName): boolean {
  if (isForced(observed, stage) || isOverdue(observed, stage)) return false;
  const { evidence, clock } = observed;
  const { status } = observed.plug;
  const changes = refsOf(observed.plug, "awaited")
    .filter((ref) => ref.stage === stage)
    .map((ref) => hasChanged(ref, evidence) || mayBeMended(ref, observed.plug) || isOver(ref, clock.now));
  const revision = haltKey(observed.plug, stage);
  return isHalted(status?.failure, { stage, revision, changes }, clock.now);
}

/** Whether an apparatus that does not become ready was edited since that was said. */
export function mayBeMended({ entry }: PlugRef, { status, metadata }: Plug | Socket): boolean {
  return entry === "apparatus" && status?.observedGeneration !== metadata.generation;
}

/** What a halted stage is tried again for: a new revision, and of what no revision covers, an edit. */
export function haltKey(plug: Plug, stage: PlugStageName): number {
  const own = stage === "plug.create" || stage === "plug.delete" || stage === "plug.decouple";
  return own ? (plug.metadata.generation ?? 0) : (plug.status?.revision ?? 0);
}

function unlessHalted(observed: ObservedPlug, stage: PlugStageName): PlugStageName | undefined {
  return halted(observed, stage) ? undefined : stage;
}

function namesSocket(ref: PlugRef, plug: Plug): boolean {
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  return ref.kind === "Socket" && ref.name === name && ref.namespace === namespace;
}

function inputDiffers(ref: PlugRef, observed: ObservedPlug): boolean {
  const seen = ownerVersion(ref, observed);
  if (seen !== undefined)
    return ref.version === undefined || !sameVersion(ref.version, seen) || uidDiffers(ref, observed.socket);
  return hasChanged(ref, observed.evidence);
}

function uidDiffers(ref: PlugRef, socket: Socket | undefined): boolean {
  return ref.kind === "Socket" && ref.uid !== undefined && ref.uid !== socket?.metadata.uid;
}

/** The version of what a plug always has to do with: itself, its socket, its namespace, its place. Others of these kinds are like any object. */
function ownerVersion(ref: PlugRef, { plug, socket, namespace }: ObservedPlug): string | undefined {
  const { metadata } = plug;
  if (ref.kind === "Plug" && ref.name === metadata.name && ref.namespace === metadata.namespace)
    return versionOfOwner(metadata);
  if (ref.kind === "Socket" && namesSocket(ref, plug)) return versionOfSocket(socket);
  if (ref.kind === "Namespace" && ref.name === metadata.namespace) {
    if (namespace === undefined) return absent;
    // Of one that may not be read nothing is known to differ.
    return isKnown(namespace) ? versionOfOwner(namespace.metadata) : ref.version;
  }
  return ref.kind === "Place" ? versionOfPlace(socket, plug) : undefined;
}
