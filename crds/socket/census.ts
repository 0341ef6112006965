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

/** What a census looks at. */
export interface CensusInput {
  readonly socket: Socket;
  /** Every plug that points at the socket or is coupled to it. */
  readonly plugs: readonly Plug[];
  readonly namespaceOf: (plug: Plug) => KubeObject | undefined;
  /** Where its places are limited: the snapshots of couplings to it that are not finished. Absent: not known. */
  readonly heads?: readonly SnapshotHead[] | undefined;
  /**
   * The uids of the plugs with an unfinished snapshot of a coupling to it: a plug's status alone proves none.
   * Absent: not known.
   */
  readonly recorded?: ReadonlySet<string> | undefined;
}

/** What `socket.sync` keeps true: who is coupled, and who may be. */
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

/** The most names `status.coupledPlugs` lists. */
export const listedPlugs = 1_000;

/**
 * Who is coupled and who holds a place, as it should be said: claims of couplings are counted as far as they are
 * believed.
 */
export function takeCensus(observed: CensusInput): SocketCensus {
  const { socket, plugs, namespaceOf } = observed;
  const listedNow = listedBy(socket);
  const isBelieved = (plug: Plug) =>
    believe({ plug, socket, listed: listedNow, namespace: namespaceOf(plug) }).kind === "believed";
  const coupled = plugs.filter((plug) => isCoupledHere(plug, observed) && isBelieved(plug));
  // Who is still integration-operator's stays listed: by that alone its adoption is believed.
  const formers = new Set(coupled.filter(isFormerOperators).map(uidOf));
  const finished = coupled.filter((plug) => formers.has(uidOf(plug)) || !isOnItsWay(plug));
  const listed = finished
    .map(referenceTo)
    .toSorted((a, b) => compare(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`));
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
  const [first] = waiting
    .map((plug) => ({ name: `${plug.metadata.namespace}/${plug.metadata.name}`, reason: reasonOf(plug) }))
    .toSorted((a, b) => compare(a.name, b.name));
  return {
    count: waiting.length,
    first: first?.reason === undefined ? undefined : `${first.name}: ${first.reason}`,
  };
}

/** Whether a coupling has begun and is not performed, and says why. */
function isOnItsWay(plug: Plug): boolean {
  return plug.status?.performed === undefined && reasonOf(plug) !== undefined;
}

/** As others read it, in one word: a tenant can write the status of its plugs. */
function reasonOf({ status }: Plug): string | undefined {
  const ready = (status?.conditions ?? []).find(({ type, status: value }) => type === "Ready" && value === "False");
  if (ready?.reason === undefined) return undefined;
  return /^[A-Z][A-Za-z]{0,63}$/.test(ready.reason) ? ready.reason : "Unknown";
}

/**
 * A place is held by each coupling that a snapshot proves to be admitted, and by each unfinished snapshot whose plug
 * is not there: it may be made again, or brought back.
 * What is left goes to the queue: first those who take their own place back, then who holds one, then by age.
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
  const queue = plugs
    .filter((plug) => !isSettled.has(uidOf(plug)) && queues(plug, socket, namespaceOf(plug)))
    .toSorted((a, b) => rank(b) - rank(a) || compare(age(a), age(b)));
  for (const plug of [...settled, ...queue]) holding.delete(digestOf(plug));
  const stays = socket.metadata.deletionTimestamp === undefined;
  const free = stays ? Math.max(0, limit - settled.length - holding.size) : 0;
  return [...settled.toSorted((a, b) => compare(age(a), age(b))), ...queue.slice(0, free)].map(uidOf);
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

function age(plug: Plug): string {
  return `${plug.metadata.creationTimestamp ?? ""} ${uidOf(plug)}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Whether the plug is coupled to this very socket, by uid: its status says so, and a snapshot records it.
 * A tenant can write the status of its plugs, and no snapshot.
 * The coupling of a plug that is still integration-operator's is judged by `believe`.
 */
export function isCoupledHere(plug: Plug, { socket, recorded }: Pick<CensusInput, "socket" | "recorded">): boolean {
  const uid = plug.status?.coupledSocket?.uid;
  if (uid === undefined || uid !== socket.metadata.uid) return false;
  return recorded === undefined || isFormerOperators(plug) || recorded.has(uidOf(plug));
}

export function uidOf(plug: Plug): string {
  return plug.metadata.uid ?? "";
}

/** Every plug that names the socket or is coupled to it, as last watched, reduced to what a census needs. */
export function plugsAt(view: View, socket: { readonly namespace: string; readonly name: string }): readonly Plug[] {
  const plugs = view.of(kindNames.plug);
  return plugs.by("socket", namespacedName(socket)).flatMap((name) => plugs.card(name)?.plug ?? []);
}

/**
 * The uids of the plugs whose coupling to the socket an unfinished snapshot records, as last watched; undefined while
 * that is not known.
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
