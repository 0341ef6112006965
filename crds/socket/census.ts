import type { KubeObject } from "../../kit/kube/port.ts";
import type { View } from "../../kit/loop/kind.ts";
import { namespacedName } from "../../kit/loop/stage.ts";
import { admits, interfaceMismatch } from "../coupling/admission-rules.ts";
import { believe, listedBy } from "../coupling/belief.ts";
import { isFormerOperators, isPaused, pointsAt } from "../coupling/standing.ts";
import { kindNames } from "../due/kind-names.ts";
import { plugsCoupled } from "../messages.ts";
import { apiVersion } from "../names.ts";
import type { Plug } from "../plug/plug.generated.ts";
import { type SnapshotHead, snapshotsOf, unnamedSocket } from "../snapshot/head.ts";
import type { Socket, SocketStatus } from "./socket.generated.ts";

/** The inputs of a census. */
export interface CensusInput {
  readonly socket: Socket;
  /** Every plug that points at the socket or is coupled to it. */
  readonly plugs: readonly Plug[];
  readonly namespaceOf: (plug: Plug) => KubeObject | undefined;
  /** For a socket with a limit: the unfinished snapshots of its couplings. Absent: not known. */
  readonly heads?: readonly SnapshotHead[] | undefined;
  /**
   * The uids of the plugs with an unfinished snapshot of a coupling to it. The status of a plug is no proof.
   * Absent: not known.
   */
  readonly recorded?: ReadonlySet<string> | undefined;
}

/** The coupled plugs and the granted places, which `socket.sync` writes to the status. */
export interface SocketCensus {
  readonly coupledPlugs: NonNullable<SocketStatus["coupledPlugs"]>;
  readonly coupledPlugCount: number;
  readonly places: readonly string[] | undefined;
  /**
   * The plugs that point at the socket and are not coupled yet: how many, and which is the first by name, with its
   * reason.
   */
  readonly onTheirWay: { readonly count: number; readonly first: string | undefined };
}

/** The most names in `status.coupledPlugs`. */
export const listedPlugs = 1_000;

/** Counts the coupled plugs and grants the places. A coupling that only a plug's status claims must be believed. */
export function takeCensus(observed: CensusInput): SocketCensus {
  const { socket, plugs, namespaceOf } = observed;
  const listedNow = listedBy(socket);
  const isBelieved = (plug: Plug) =>
    believe({ plug, socket, listed: listedNow, namespace: namespaceOf(plug) }).kind === "believed";
  const coupled = plugs.filter((plug) => isCoupledHere(plug, observed) && isBelieved(plug));
  // A plug that is still integration-operator's stays listed, because the list is the proof for its adoption.
  const formers = new Set(coupled.filter(isFormerOperators).map(uidOf));
  const finished = coupled.filter((plug) => !isOnItsWay(plug) || formers.has(uidOf(plug)));
  const listed = inOrder(finished, nameOf).map(referenceTo);
  return {
    coupledPlugs: listed.filter(({ uid }, index) => index < listedPlugs || formers.has(uid ?? "")),
    coupledPlugCount: finished.length,
    places: grantPlaces(observed, coupled),
    onTheirWay: waitingAmong(plugs, socket, new Set(finished)),
  };
}

function waitingAmong(plugs: readonly Plug[], socket: Socket, finished: ReadonlySet<Plug>): SocketCensus["onTheirWay"] {
  const waiting = plugs.filter(
    (plug) => !finished.has(plug) && plug.metadata.deletionTimestamp === undefined && pointsAt(plug, socket.metadata),
  );
  const [first, ...others] = waiting;
  if (first === undefined) return { count: 0, first: undefined };
  const firstByName = others.reduce((least, plug) => (nameOf(plug) < nameOf(least) ? plug : least), first);
  const reason = reasonOf(firstByName);
  return { count: waiting.length, first: reason === undefined ? undefined : `${nameOf(firstByName)}: ${reason}` };
}

/** Whether a coupling has begun and is not performed yet, and its status gives the reason. */
function isOnItsWay(plug: Plug): boolean {
  return plug.status?.performed === undefined && reasonOf(plug) !== undefined;
}

/** The reason of a plug that is not ready, if it is one word: a tenant can write any text to its plug's status. */
function reasonOf({ status }: Plug): string | undefined {
  const ready = (status?.conditions ?? []).find(({ type, status: value }) => type === "Ready" && value === "False");
  if (ready?.reason === undefined) return undefined;
  return /^[A-Z][A-Za-z]{0,63}$/.test(ready.reason) ? ready.reason : "Unknown";
}

/**
 * Each coupling that a snapshot proves to be admitted holds a place.
 * So does each unfinished snapshot without its plug, because the plug can be created again or restored.
 * The other places go to the waiting plugs: first to those that take back their own place, then to those that hold one,
 * then by age.
 */
function grantPlaces(
  { socket, plugs, namespaceOf, heads }: Pick<CensusInput, "socket" | "plugs" | "namespaceOf" | "heads">,
  coupled: readonly Plug[],
): readonly string[] | undefined {
  const { limit } = socket.spec;
  if (limit === undefined) return undefined;
  const proven = new Set(heads?.filter(({ admitted }) => admitted !== undefined).map(({ plugUid }) => plugUid));
  const settled = coupled.filter((plug) => heads === undefined || isFormerOperators(plug) || proven.has(uidOf(plug)));
  const isSettled = new Set(settled.map(uidOf));
  const holding = new Set(heads?.map(({ of }) => of));
  const held = new Set(socket.status?.places ?? []);
  const digests = new Map(plugs.map((plug) => [uidOf(plug), snapshotsOf(plug.metadata)]));
  const digestOf = (plug: Plug): string => digests.get(uidOf(plug)) ?? "";
  const rank = (plug: Plug): number => (holding.has(digestOf(plug)) ? 2 : held.has(uidOf(plug)) ? 1 : 0);
  const queued = plugs.filter((plug) => !isSettled.has(uidOf(plug)) && queues(plug, socket, namespaceOf(plug)));
  const queue = inOrder(queued, age).toSorted((a, b) => rank(b) - rank(a));
  for (const plug of [...settled, ...queue]) holding.delete(digestOf(plug));
  const stays = socket.metadata.deletionTimestamp === undefined;
  const free = stays ? Math.max(0, limit - settled.length - holding.size) : 0;
  return [...inOrder(settled, age), ...queue.slice(0, free)].map(uidOf);
}

function queues(plug: Plug, socket: Socket, namespace: KubeObject | undefined): boolean {
  if (plug.metadata.deletionTimestamp !== undefined || isPaused(plug.metadata) || namespace === undefined) return false;
  if (!pointsAt(plug, socket.metadata)) return false;
  return (
    admits(socket.spec.validation, namespace.metadata).kind === "admitted" &&
    interfaceMismatch(plug.spec.interface, socket.spec.interface) === undefined
  );
}

/** Whether the status says something else than the census. */
export function censusDiffers(socket: Socket, census: SocketCensus): boolean {
  const { status } = socket;
  if (status?.coupledPlugCount !== census.coupledPlugCount) return true;
  const said = [status.coupledPlugs ?? [], status.places ?? []];
  return (
    JSON.stringify(said.map(sortKeys)) !== JSON.stringify([census.coupledPlugs, census.places ?? []].map(sortKeys))
  );
}

/** Whether the status says something else of the plugs that are on their way. */
export function waitingDiffers({ status }: Socket, census: SocketCensus): boolean {
  const coupled = (status?.conditions ?? []).find(({ type }) => type === "Coupled");
  const { message } = plugsCoupled(census.coupledPlugCount, census.onTheirWay);
  return coupled !== undefined && coupled.message !== message;
}

function sortKeys(list: readonly unknown[]): readonly string[] {
  return list.map((item) => (typeof item === "string" ? item : JSON.stringify(Object.entries(item ?? {}).sort())));
}

function referenceTo(plug: Plug): SocketCensus["coupledPlugs"][number] {
  const { name, namespace = "", uid = "" } = plug.metadata;
  return { apiVersion, kind: "Plug", name, namespace, uid };
}

/** Sorted by a text that is made once for each plug. There can be thousands. */
function inOrder(plugs: readonly Plug[], textOf: (plug: Plug) => string): readonly Plug[] {
  return plugs
    .map((plug) => ({ plug, text: textOf(plug) }))
    .toSorted((a, b) => compare(a.text, b.text))
    .map(({ plug }) => plug);
}

function nameOf({ metadata }: Plug): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function age(plug: Plug): string {
  return `${plug.metadata.creationTimestamp ?? ""} ${uidOf(plug)}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Whether the plug is coupled to the socket with this uid: its status says so, and a snapshot records it.
 * A tenant can write the status of its plugs, but no snapshot.
 * For a plug that is still integration-operator's, `believe` decides.
 */
export function isCoupledHere(plug: Plug, { socket, recorded }: Pick<CensusInput, "socket" | "recorded">): boolean {
  const uid = plug.status?.coupledSocket?.uid;
  if (uid === undefined || uid !== socket.metadata.uid) return false;
  return recorded === undefined || isFormerOperators(plug) || recorded.has(uidOf(plug));
}

export function uidOf(plug: Plug): string {
  return plug.metadata.uid ?? "";
}

/** The plugs that name the socket or are coupled to it, as last watched, with only the fields that a census needs. */
export function plugsAt(view: View, socket: { readonly namespace: string; readonly name: string }): readonly Plug[] {
  const plugs = view.of(kindNames.plug);
  return plugs.by("socket", namespacedName(socket)).flatMap((name) => plugs.card(name)?.plug ?? []);
}

/**
 * The uids of the plugs with an unfinished snapshot of a coupling to the socket, as last watched.
 * Undefined while this is not known.
 */
export function recordedAt(
  view: View,
  socket: { readonly namespace: string; readonly name: string },
): ReadonlySet<string> | undefined {
  const snapshots = view.of(kindNames.snapshot);
  if (!snapshots.synced) return undefined;
  const names = [snapshotsOf(socket), unnamedSocket].flatMap((digest) => snapshots.by("socket", digest));
  return new Set(names.flatMap((name) => snapshots.get(name)?.head.plugUid ?? []));
}
