import type { KubeObject, ObjectMeta } from "../kit/kube.ts";
import { contestIsOver } from "./contest.ts";
import { couplingMustEnd } from "./coupling-end.ts";
import type { Plug, PlugRef } from "./generated/plug.ts";
import type { Socket } from "./generated/socket.ts";
import { annotations, finalizer, labels } from "./names.ts";
import { isKnown } from "./namespaces.ts";
import { absent, sameVersion, versionOfOwner, versionSeen } from "./versions.ts";

export const plugStages = [
  "plug.adopt",
  "plug.create",
  "plug.decouple",
  "plug.delete",
  "plug.resolve-config",
  "plug.couple",
  "plug.update",
  "plug.template-result",
  "plug.repair",
] as const;
export const socketStages = ["socket.create", "socket.sync", "socket.delete"] as const;

export type PlugStageName = (typeof plugStages)[number];
export type SocketStageName = (typeof socketStages)[number];
export type StageName =
  | PlugStageName
  | SocketStageName
  | "snapshot.sweep"
  | "deferredresource.resolve"
  | "apparatus.remove";
export const stageNames: readonly StageName[] = [
  ...plugStages,
  ...socketStages,
  "snapshot.sweep",
  "deferredresource.resolve",
  "apparatus.remove",
];

/** What an observer knows of an object: its metadata, that it is gone, or nothing (not watched, or its view lags behind what was recorded). */
export type Sight = { readonly known: false } | { readonly known: true; readonly metadata: ObjectMeta | undefined };

export const unknown: Sight = { known: false };

export interface ObservedPlug {
  readonly plug: Plug;
  /** The socket that `spec.socket` names. */
  readonly socket: Socket | undefined;
  /** The socket that `status.coupledSocket` names, where it is another. */
  readonly coupledSocket: Socket | undefined;
  readonly namespace: KubeObject | undefined;
  readonly see: (ref: PlugRef) => Sight;
  /** Whether snapshots exist for the plug's name that its status does not account for (restored, made again). */
  readonly adoptable: boolean;
  /** Whether the snapshot that its status names is known to be gone. */
  readonly snapshotLost?: boolean | undefined;
  /** Whether couplings of the seed's operator are taken over; else they are left alone. */
  readonly adopts: boolean;
  readonly clock: ClaimClock;
}

export interface ClaimClock {
  readonly now: number;
  /** Whose claims are void at once: the leader before this one, and this process itself, which runs one stage of an object at a time. */
  readonly voidHolders: readonly string[];
}

/**
 * What is due now. Where nothing is, times (milliseconds since the epoch): `lookAgainAt`, before which it cannot be said, as another's claim
 * runs; `opensAt`, at which something will be due although nothing changes.
 */
export type Due<Name extends StageName> =
  | { readonly stage: Name }
  | { readonly stage: undefined; readonly lookAgainAt?: number; readonly opensAt?: number };

const nothing: Due<never> = { stage: undefined };

/** How long after a claim's end another may take it over: clocks differ. */
export const takeoverMilliseconds = 10_000;

/** The one decision: which stage of a plug is due. Reads nothing, writes nothing; source and stage functions ask it alike. */
export function nextPlugStage(observed: ObservedPlug): Due<PlugStageName> {
  const { plug } = observed;
  const claimedUntil = runningClaim(plug.status, observed.clock);
  if (claimedUntil !== undefined) return { stage: undefined, lookAgainAt: claimedUntil };
  const stage = duePlugStage(observed);
  return stage === undefined ? nothing : { stage };
}

function duePlugStage(observed: ObservedPlug): PlugStageName | undefined {
  const { plug } = observed;
  if (isSeeds(plug)) return observed.adopts || !saysLeftAlone(plug) ? "plug.adopt" : undefined;
  if (observed.adoptable) return "plug.adopt";
  if (plug.metadata.deletionTimestamp !== undefined) return dueWhenDeleting(observed);
  if (isMalformed(plug)) return saysMalformed(plug) ? endWhenMalformed(observed) : "plug.resolve-config";
  if (pausedBy(observed) !== undefined) return pauseUnsaid(observed) ? "plug.resolve-config" : endWhenPaused(observed);
  if (creationDue(plug)) return halted(observed, "plug.create") ? undefined : "plug.create";
  if (isCoupled(plug) && couplingMustEnd(observed)) return unlessHalted(observed, "plug.decouple");
  return dueWhenCoupling(observed);
}

function dueWhenDeleting(observed: ObservedPlug): PlugStageName | undefined {
  const { plug } = observed;
  if (isCoupled(plug)) return unlessHalted(observed, "plug.decouple");
  return claimedByUs(plug) ? unlessHalted(observed, "plug.delete") : undefined;
}

function endWhenPaused(observed: ObservedPlug): PlugStageName | undefined {
  const socketLeaves = currentSocket(observed)?.metadata.deletionTimestamp !== undefined;
  return isCoupled(observed.plug) && socketLeaves ? unlessHalted(observed, "plug.decouple") : undefined;
}

/** What can be read of it still says when its coupling has to end. */
function endWhenMalformed(observed: ObservedPlug): PlugStageName | undefined {
  const ends = isCoupled(observed.plug) && couplingMustEnd(observed) !== undefined;
  return ends ? unlessHalted(observed, "plug.decouple") : undefined;
}

function dueWhenCoupling(observed: ObservedPlug): PlugStageName | undefined {
  const { plug } = observed;
  if (resolutionDue(observed)) return "plug.resolve-config";
  if (couplingDue(plug)) return unlessHalted(observed, "plug.couple");
  const performed = plug.status?.performed;
  if (performed === undefined) return undefined;
  if (updateDue(plug) && !halted(observed, "plug.update")) return "plug.update";
  if (resultDue(observed) && !halted(observed, "plug.template-result")) return "plug.template-result";
  return repairDue(observed) ? unlessHalted(observed, "plug.repair") : undefined;
}

/** Whether a coupling has begun and not ended: set before the first effect of couple, cleared by the end of decouple. */
export function isCoupled(plug: Plug): boolean {
  return plug.status?.coupledSocket?.uid !== undefined;
}

/** Whether its status was written by the seed's operator and never by ours. */
export function isSeeds(plug: Plug): boolean {
  const { status } = plug;
  return status?.coupledSocket?.uid !== undefined && status.revision === undefined && status.stage === undefined;
}

/** Why Ready is False of a coupling of the seed's that is not taken over, or not believed. */
export const leftAlone = "NotAdopted";

function saysLeftAlone({ status }: Plug): boolean {
  return (status?.conditions ?? []).some(({ type, reason }) => type === "Ready" && reason === leftAlone);
}

/** Whether something of it is not as its schema has it: an API server stored it before the schema was as it is today. */
export function isMalformed({ metadata }: Plug | Socket): boolean {
  return metadata.problems !== undefined;
}

/** Why ConfigResolved is False of a plug that is malformed. */
export const malformed = "Malformed";

/** Whether it says so of itself as it is now. */
function saysMalformed({ metadata, status }: Plug): boolean {
  const said = (status?.conditions ?? []).find(({ type, reason }) => type === "ConfigResolved" && reason === malformed);
  return said !== undefined && said.observedGeneration === metadata.generation;
}

/** Whether it says so although it was mended, or can be read now. */
function wasMalformed({ status }: Plug): boolean {
  return (status?.conditions ?? []).some(({ type, reason }) => type === "ConfigResolved" && reason === malformed);
}

function creationDue(plug: Plug): boolean {
  if (!claimedByUs(plug)) return true;
  return plug.status?.createdAt === undefined && hasCreated(plug);
}

/** Whether something is to be performed once its `created` comes. */
export function hasCreated(owner: Plug | Socket): boolean {
  if (owner.spec.apparatus !== undefined) return true;
  return (owner.spec.resources ?? []).some((entry) => entry.when?.includes("created"));
}

export function claimedByUs(owner: { readonly metadata: ObjectMeta }): boolean {
  return owner.metadata.finalizers?.includes(finalizer) ?? false;
}

export function isPaused(metadata: ObjectMeta | undefined): boolean {
  return metadata?.annotations?.[annotations.paused] === "true";
}

/** Which side's annotation pauses the coupling. */
export function pausedBy(observed: { plug: Plug; socket: Socket | undefined }): "plug" | "socket" | undefined {
  if (isPaused(observed.plug.metadata)) return "plug";
  return isPaused(observed.socket?.metadata) ? "socket" : undefined;
}

function pauseUnsaid(observed: ObservedPlug): boolean {
  return !saysPaused(observed.plug);
}

function saysPaused(plug: Plug): boolean {
  return (plug.status?.conditions ?? []).some(({ type, reason }) => type === "Ready" && reason === "Paused");
}

function resolutionDue(observed: ObservedPlug): boolean {
  const inputs = refsOf(observed.plug, "input");
  if (observed.snapshotLost === true) return true;
  if (inputs.length === 0 || saysPaused(observed.plug) || wasMalformed(observed.plug)) return true;
  if (contestIsOver(observed.plug.status, observed.clock.now)) return true;
  if (!inputs.some((ref) => namesSocket(ref, observed.plug))) return true;
  return inputs.some((ref) => inputDiffers(ref, observed));
}

/** Whether a newer revision is resolved than was performed. */
export function updateDue({ status }: Plug): boolean {
  return status?.snapshot !== undefined && status.snapshot !== status.performed?.snapshot;
}

function couplingDue(plug: Plug): boolean {
  const { status } = plug;
  return status?.snapshot !== undefined && status.performed === undefined;
}

function resultDue(observed: ObservedPlug): boolean {
  const { status } = observed.plug;
  if (status?.result?.revision !== status?.performed?.revision) return true;
  return refsOf(observed.plug, "result").some((ref) => inputDiffers(ref, observed)) || drifted(observed, "result");
}

function repairDue(observed: ObservedPlug): boolean {
  return !updateDue(observed.plug) && drifted(observed, "coupling");
}

function drifted(observed: ObservedPlug, entry: string): boolean {
  const uid = observed.plug.metadata.uid;
  return refsOf(observed.plug, "applied").some((ref) => {
    if (ref.entry !== entry || ref.version === undefined) return false;
    const sight = observed.see(ref);
    return differs(ref, sight) && !isAnothers(sight, uid);
  });
}

/** Whether another coupling applied the object last: then it is that one's to look after. */
function isAnothers(sight: Sight, plugUid: string): boolean {
  const owner = sight.known ? sight.metadata?.labels?.[labels.plugUid] : undefined;
  return owner !== undefined && owner !== plugUid;
}

/** Whether somebody wants what ends the coupling to finish although it cannot succeed: then nothing is waited for. */
function isForced(observed: ObservedPlug, stage: PlugStageName): boolean {
  if (stage !== "plug.decouple" && stage !== "plug.delete") return false;
  const owners = [observed.plug.metadata, currentSocket(observed)?.metadata];
  return owners.some((metadata) => metadata?.annotations?.[annotations.forceRemove] === "true");
}

/** Whether the stage ended for the resolved revision (finally, or to wait), and what it waits for is as it was. */
function halted(observed: ObservedPlug, stage: PlugStageName): boolean {
  if (isForced(observed, stage)) return false;
  const { status } = observed.plug;
  const waits = refsOf(observed.plug, "awaited").filter((ref) => ref.stage === stage);
  if (waits.length > 0) return !waits.some((ref) => differs(ref, observed.see(ref)) || mayBeMended(ref, observed.plug));
  const { failure } = status ?? {};
  return failure?.stage === stage && failure.revision === haltKey(observed.plug, stage);
}

/** Whether an apparatus that does not become ready was edited since that was said. */
export function mayBeMended({ entry }: PlugRef, { status, metadata }: Plug | Socket): boolean {
  const said = (status?.conditions ?? []).find(({ type }) => type === "Ready")?.observedGeneration;
  return entry === "apparatus" && said !== metadata.generation;
}

/** What a halted stage is tried again for: a new revision, and of what no revision covers, an edit. */
export function haltKey(plug: Plug, stage: PlugStageName): number {
  const own = stage === "plug.create" || stage === "plug.delete" || stage === "plug.decouple";
  return own ? (plug.metadata.generation ?? 0) : (plug.status?.revision ?? 0);
}

function unlessHalted(observed: ObservedPlug, stage: PlugStageName): PlugStageName | undefined {
  return halted(observed, stage) ? undefined : stage;
}

/** The references of one role. */
export function refsOf(plug: Plug, role: PlugRef["role"]): readonly PlugRef[] {
  return (plug.status?.refs ?? []).filter((ref) => ref.role === role);
}

function namesSocket(ref: PlugRef, plug: Plug): boolean {
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  return ref.kind === "Socket" && ref.name === name && ref.namespace === namespace;
}

function inputDiffers(ref: PlugRef, observed: ObservedPlug): boolean {
  const seen = ownerVersion(ref, observed);
  if (seen !== undefined)
    return ref.version === undefined || !sameVersion(ref.version, seen) || uidDiffers(ref, observed.socket);
  return differs(ref, observed.see(ref));
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

/** The version of a socket as plugs depend on it: what they wait for (its `created` done, its deletion) counts too. */
export function versionOfSocket(socket: Socket | undefined): string {
  if (socket === undefined) return absent;
  const marks = [
    isReady(socket) ? "ready" : "unready",
    socket.metadata.deletionTimestamp === undefined ? "stays" : "leaves",
  ];
  return versionOfOwner(socket.metadata, marks);
}

/** Whether a socket takes plugs: its `created` is done. */
export function isReady(socket: Socket): boolean {
  if (!hasCreated(socket)) return true;
  return socket.status?.createdAt !== undefined || madeBySeed(socket);
}

/** Whether its status was written by the seed's operator alone: ours has an inventory, or says Ready, whatever became of its first stage. */
export function madeBySeed({ status }: Socket): boolean {
  if (status?.createdAt !== undefined || status?.refs !== undefined) return false;
  const said = (status?.conditions ?? []).map(({ type }) => type);
  return status?.coupledPlugCount === undefined && said.includes("Coupled") && !said.includes("Ready");
}

/** Whether the plug holds a place of a limited socket. */
export function versionOfPlace(socket: Socket | undefined, plug: Plug): string {
  if (socket?.spec.limit === undefined) return "unlimited";
  return socket.status?.places?.includes(plug.metadata.uid ?? "") ? "granted" : absent;
}

/** Whether an object is seen to be not what the reference recorded; false where nothing is known of it. */
export function differs(ref: PlugRef, sight: Sight): boolean {
  if (!sight.known || ref.version === undefined) return false;
  if (ref.uid !== undefined && sight.metadata !== undefined && sight.metadata.uid !== ref.uid) return true;
  return !sameVersion(ref.version, versionSeen(ref.version, sight.metadata));
}

/** The socket of the coupling there is, else the one that is asked for. */
export function currentSocket(observed: Pick<ObservedPlug, "plug" | "socket" | "coupledSocket">): Socket | undefined {
  const { plug, socket, coupledSocket } = observed;
  const coupled = plug.status?.coupledSocket;
  if (coupled === undefined) return socket;
  return pointsAt(plug, coupled) ? socket : coupledSocket;
}

/** Whether the plug's spec names that socket. */
export function pointsAt(
  plug: Plug,
  socket: { readonly name: string; readonly namespace?: string | undefined },
): boolean {
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  return name === socket.name && namespace === (socket.namespace ?? plug.metadata.namespace);
}

interface Claimed {
  readonly stage?: { readonly holder: string; readonly until: string } | undefined;
}

/** When another's claim that still runs can be taken over (milliseconds since the epoch); undefined when none runs. */
export function runningClaim(status: Claimed | undefined, clock: ClaimClock): number | undefined {
  const claim = status?.stage;
  if (claim === undefined || clock.voidHolders.includes(claim.holder)) return undefined;
  const free = Date.parse(claim.until) + takeoverMilliseconds;
  return free > clock.now ? free : undefined;
}
