import type { KubeObject } from "../../kit/kube/port.ts";
import { type ClaimClock, runningClaim } from "../../kit/loop/claims.ts";
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
import { isHalted, isOver, nextTime } from "../due/failure.ts";
import { annotations, labels } from "../names.ts";
import { isKnown, isServed, notServed, type Serving } from "../namespace/served.ts";
import { type SnapshotHead, wasOurs } from "../snapshot/head.ts";
import type { Socket } from "../socket/socket.generated.ts";
import type { PlugStageName, StageName } from "../stage-names.ts";
import type { Plug, PlugRef } from "./plug.generated.ts";
import { contestIsOver, resolutionWaitsUntil } from "./revision-pace.ts";

export interface ObservedPlug {
  readonly plug: Plug;
  /** The socket that `spec.socket` names. */
  readonly socket: Socket | undefined;
  /** The socket that `status.coupledSocket` names, if it is another one. */
  readonly coupledSocket: Socket | undefined;
  readonly namespace: KubeObject | undefined;
  readonly evidence: Evidence;
  /** Whether snapshots exist for the plug's name that its status does not name (after a restore or a new creation). */
  readonly adoptable: boolean;
  /** Whether a coupling of another tenant under its name must end first. */
  readonly former?: boolean | undefined;
  /** The snapshots of the plug's name, which prove claims of a status. Absent: not known. */
  readonly heads?: readonly SnapshotHead[] | undefined;
  /**
   * Whether the plug's status has delayed its decoupling for so long that it is retried: a tenant can write that
   * status.
   */
  readonly overdue?: boolean | undefined;
  /** Whether the snapshot that the status names is known to be deleted. */
  readonly snapshotLost?: boolean | undefined;
  /** Whether couplings of integration-operator are taken over (false: they are left alone). */
  readonly adopts: boolean;
  readonly serving: Serving;
  readonly clock: ClaimClock;
}

/**
 * The stage that is due now.
 * If none is, times in milliseconds since the epoch.
 * `lookAgainAt`: when it can be decided, because the claim of another holder runs.
 * `opensAt`: when something becomes due without a change.
 */
export type Due<Name extends StageName> =
  | { readonly stage: Name }
  | { readonly stage: undefined; readonly lookAgainAt?: number; readonly opensAt?: number };

const nothing: Due<never> = { stage: undefined };

/**
 * Decides which stage of a plug is due.
 * Reads nothing, writes nothing.
 * The source and the stage functions use the same decision.
 */
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

/** A pause of the plug does not prevent the end of a refused coupling; a pause of the socket does. */
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

/** Starts nothing new for the plug. `plug.decouple` is still due when the coupling must end. */
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

/**
 * Whether the status records this reason for holding the plug.
 * A resolved revision that is not performed must be given up first.
 */
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

/** Whether a newer revision is resolved than performed, or an adopted one must be performed again. */
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
  // The performed revision is maintained although a newer one cannot be performed.
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

/** Whether another coupling applied the object last. Then that coupling repairs it. */
function isAnothers(ref: PlugRef, evidence: Evidence, plugUid: string): boolean {
  const sight = evidence.kind === "seen" ? evidence.see(ref) : unknown;
  const owner = sight.known ? sight.metadata?.labels?.[labels.plugUid] : undefined;
  return owner !== undefined && owner !== plugUid;
}

/** Whether a user forces the end of the coupling although it cannot succeed. Then the stage waits for nothing. */
function isForced(observed: ObservedPlug, stage: PlugStageName): boolean {
  if (stage !== "plug.decouple" && stage !== "plug.delete") return false;
  const owners = [observed.plug.metadata, currentSocket(observed)?.metadata];
  return owners.some((metadata) => metadata?.annotations?.[annotations.forceRemove] === "true");
}

/**
 * Whether the coupling must end for the socket's side, and the source has waited long enough for a claim that only the
 * plug's status makes.
 */
function isOverdue(observed: ObservedPlug, stage: PlugStageName): boolean {
  return (
    stage === "plug.decouple" && (observed.overdue === true || wasTold(observed, stage)) && endsForSocket(observed)
  );
}

/** Whether the coupling must end because of the socket or its namespace. */
export function endsForSocket(observed: ObservedPlug): boolean {
  if (!isCoupled(observed.plug)) return false;
  return ["NamespaceDenied", "SocketDeleted", "SocketGone"].includes(couplingMustEnd(observed) ?? "");
}

/**
 * Whether the stage ended for the resolved revision (finally, for a time, or to wait), and the awaited objects are
 * unchanged.
 */
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

/** Whether an apparatus that does not become ready was edited since. */
export function mayBeMended({ entry }: PlugRef, { status, metadata }: Plug | Socket): boolean {
  return entry === "apparatus" && status?.observedGeneration !== metadata.generation;
}

/** The value for which a halted stage is retried: a new revision, or an edit for stages without a revision. */
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

/**
 * The version of the objects that a plug always depends on: itself, its socket, its namespace, its place.
 * Other objects of these kinds are treated like any object.
 */
function ownerVersion(ref: PlugRef, { plug, socket, namespace }: ObservedPlug): string | undefined {
  const { metadata } = plug;
  if (ref.kind === "Plug" && ref.name === metadata.name && ref.namespace === metadata.namespace)
    return versionOfOwner(metadata);
  if (ref.kind === "Socket" && namesSocket(ref, plug)) return versionOfSocket(socket);
  if (ref.kind === "Namespace" && ref.name === metadata.namespace) {
    if (namespace === undefined) return absent;
    // If the namespace may not be read, no difference is known.
    return isKnown(namespace) ? versionOfOwner(namespace.metadata) : ref.version;
  }
  return ref.kind === "Place" ? versionOfPlace(socket, plug) : undefined;
}
