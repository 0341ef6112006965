import {
  type DueContext,
  type KindDefinition,
  type Referred,
  type View,
  type WhatIsDue,
  wakesOn,
} from "../../kit/loop/kind.ts";
import { sameVersion } from "../../kit/loop/versions.ts";
import { isFull, referred, versionOfSocket } from "../coupling/references.ts";
import { kindNames } from "../due/kind-names.ts";
import { awaitedAs, claimClockOf, type KindSettings, namespaceIn, seenIn, traced, whatIsDue } from "../due/observed.ts";
import { apiVersion, labels } from "../names.ts";
import { isAdoptable, isFormer, type SnapshotHead, type Whereabouts } from "../snapshot/head.ts";
import type { Socket } from "../socket/socket.generated.ts";
import { type PlugStageName, plugStages } from "../stage-names.ts";
import { type PlugCard, plugCard, socketName } from "./card.ts";
import { mayFollow } from "./followed-refs.ts";
import { plugInputs } from "./inputs.ts";
import { endsForSocket, nextPlugStage, type ObservedPlug } from "./next-stage.ts";
import { readPlug } from "./parse.ts";
import type { Plug, PlugRef } from "./plug.generated.ts";
import { toldOfPlug } from "./told.ts";

/**
 * Time for which a snapshot that the plug names may be unseen before it counts as lost: watches may deliver the plug
 * before its snapshot.
 */
const lossPatienceMilliseconds = 30_000;

/** Plugs as the event loop watches them. */
export function plugKind(settings: KindSettings): KindDefinition<Plug, PlugCard> {
  return {
    ...kindNames.plug,
    watched: { apiVersion, kind: "Plug" },
    essential: "always",
    parse: readPlug,
    parsed: 500,
    card: plugCard,
    indexes: {
      socket: (_, { sockets }) => sockets,
      namespace: (_, { plug }) => [plug.metadata.namespace],
      socketNamespace: (_, { sockets }) => sockets.map((socket) => socket.slice(0, socket.indexOf("/"))),
      uid: (_, { plug }) => [plug.metadata.uid],
      digest: (_, { digest }) => [digest],
    },
    references: indexedRefs,
    wakes: [
      wakesOn(kindNames.socket, ({ name, before, after }, view) => plugsConcerned(view, name, before, after)),
      wakesOn(kindNames.namespace, ({ name }, view) =>
        ["namespace", "socketNamespace"].flatMap((index) => view.of(kindNames.plug).by(index, name.slice(1))),
      ),
      wakesOn(kindNames.snapshot, ({ before, after }, view) =>
        [before, after].flatMap((snapshot) =>
          snapshot === undefined ? [] : view.of(kindNames.plug).by("digest", snapshot.head.of),
        ),
      ),
    ],
    owns: { label: labels.plugUid, index: "uid" },
    stages: {
      due: (plug, context) => plugDue(plug, context, settings),
      recorded: ({ status }) =>
        (status?.refs ?? []).filter(({ kind }) => kind === "Socket" || kind === "Namespace").map(referred),
      suspected: ({ status }, hidden) => [
        ...new Set((status?.refs ?? []).filter((ref) => hidden(referred(ref))).flatMap(stageToFind)),
      ],
      group: (name, view) => view.of(kindNames.plug).card(name)?.sockets[0] ?? "",
      urgent: (name, view) => view.of(kindNames.plug).card(name)?.plug.metadata.deletionTimestamp !== undefined,
      told: toldOfPlug,
      about: (plug, view) => {
        const { uid, resourceVersion, generation } = plug.metadata;
        return {
          uid,
          resourceVersion,
          generation,
          trace: traced(plug.metadata),
          data: { socket: socketOf(plug, view) },
        };
      },
    },
  };
}

function socketOf(plug: Plug, view: View): { namespace: string; name: string; uid?: string } {
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  const uid = view.of(kindNames.socket).get(`${namespace}/${name}`)?.metadata.uid;
  return { namespace, name, ...(uid === undefined ? {} : { uid }) };
}

function plugDue(plug: Plug, context: DueContext, settings: KindSettings): WhatIsDue {
  const { view, now, since } = context;
  const { snapshot } = plug.status ?? {};
  const snapshots = view.of(kindNames.snapshot);
  const unseen =
    snapshot !== undefined &&
    snapshots.synced &&
    snapshots.get(`${settings.operatorNamespace}/${snapshot}`) === undefined;
  const unseenSince = since("snapshot unseen", unseen);
  const lostAt = unseenSince === undefined ? undefined : unseenSince + lossPatienceMilliseconds;
  const snapshotLost = lostAt !== undefined && lostAt <= now;
  const seen = observePlug(plug, context, settings);
  const endingSince = since("ends for the socket's side", endsForSocket(seen));
  const overdueAt = endingSince === undefined ? undefined : endingSince + context.resyncMilliseconds;
  const observed = { ...seen, snapshotLost, overdue: overdueAt !== undefined && overdueAt <= now };
  const { socket } = observed;
  const found = whatIsDue(nextPlugStage(observed), (stage) => ({
    stage,
    inputs: plugInputs(observed, stage),
    // A rejection by the API server has its own retry time.
    ...(plug.status?.failure?.stage === stage && plug.status.failure.retryAt !== undefined
      ? {}
      : { edits: `${plug.metadata.generation}/${socket?.metadata.uid}/${socket?.metadata.generation}` }),
  }));
  const times = [snapshotLost ? undefined : lostAt, overdueAt, found.lookAgainAt].flatMap((at) =>
    at !== undefined && at > now ? [at] : [],
  );
  return times.length === 0 ? found : { ...found, lookAgainAt: Math.min(...times) };
}

function observePlug(plug: Plug, context: DueContext, settings: KindSettings): ObservedPlug {
  const { view, now, name } = context;
  const { namespace } = plug.metadata;
  const sockets = view.of(kindNames.socket);
  const heads = headsOf(name, view);
  const around: Whereabouts = { ...settings, namespaceOf: (one) => namespaceIn(view, one) };
  const coupled = plug.status?.coupledSocket;
  const socket = sockets.get(socketName(plug.spec.socket, namespace));
  const ownNamespace = namespaceIn(view, namespace);
  const bearings = { plug, socket, namespace: ownNamespace, heads };
  return {
    plug,
    socket,
    coupledSocket: coupled === undefined ? undefined : sockets.get(socketName(coupled, namespace)),
    namespace: ownNamespace,
    evidence: seenIn(view, (ref) => mayFollow(ref, bearings)),
    heads,
    adoptable: heads.some((head) => isAdoptable(head, plug, now)),
    former: heads.some((head) => isFormer(head, plug, around)),
    adopts: settings.adopts ?? true,
    serving: settings,
    clock: claimClockOf(context),
  };
}

function headsOf(plug: string, view: View): readonly SnapshotHead[] {
  const snapshots = view.of(kindNames.snapshot);
  const names = snapshots.by("of", view.of(kindNames.plug).card(plug)?.digest ?? "");
  return names.flatMap((name) => snapshots.get(name)?.head ?? []);
}

/**
 * The plugs to wake when a socket changes: all its plugs.
 * If only its census changed: the plugs that gained or lost a place, and those that learn that no place is left.
 */
function plugsConcerned(
  view: View,
  name: string,
  before: Socket | undefined,
  after: Socket | undefined,
): readonly string[] {
  const plugs = view.of(kindNames.plug);
  const those = plugs.by("socket", name);
  const sameToAll =
    before?.metadata.uid === after?.metadata.uid && sameVersion(versionOfSocket(before), versionOfSocket(after));
  if (!sameToAll) return those;
  const [held, holds] = [new Set(before?.status?.places), new Set(after?.status?.places)];
  const fills = !isFull(before) && isFull(after);
  return those.filter((plug) => {
    const { metadata, status } = plugs.card(plug)?.plug ?? {};
    const uid = metadata?.uid ?? "";
    return held.has(uid) !== holds.has(uid) || (fills && !holds.has(uid) && status?.performed === undefined);
  });
}

/**
 * The most kinds that are watched for one plug.
 * A status can name many kinds, and each is a watch or a failing request.
 */
const kindsAtMost = 200;

/**
 * The references of a plug, except those to itself, its socket and its namespace: changes of these three wake the plug
 * anyway.
 */
function indexedRefs(plug: Plug): readonly Referred[] {
  const kinds = new Set<string>();
  const namespaces = [plug.metadata.namespace, plug.spec.socket.namespace, plug.status?.coupledSocket?.namespace];
  const isWatched = ({ apiVersion: version, kind }: Pick<Referred, "apiVersion" | "kind">): boolean => {
    const text = `${version} ${kind}`;
    return kinds.has(text) || (kinds.size < kindsAtMost && kinds.add(text) !== undefined);
  };
  return (plug.status?.refs ?? [])
    .filter((ref) => ref.kind !== "Place" && !isOwn(referred(ref), plug))
    .filter(({ namespace }) => namespace === undefined || namespaces.includes(namespace))
    .map((ref): Referred => ({ ...referred(ref), use: ref.role === "applied" ? "made" : awaitedAs(ref) }))
    .filter(isWatched);
}

function isOwn(ref: PlugRef, { metadata, spec }: Plug): boolean {
  if (ref.kind === "Namespace") return ref.apiVersion === "v1";
  if (ref.apiVersion !== apiVersion) return false;
  if (ref.kind === "Socket") return ref.name === spec.socket.name;
  return ref.kind === "Plug" && ref.name === metadata.name && ref.namespace === metadata.namespace;
}

/** The stage in which a function finds changes of a reference that no watch may show. */
function stageToFind(ref: PlugRef): PlugStageName | readonly [] {
  switch (ref.role) {
    case "input":
      return "plug.resolve-config";
    case "result":
      return "plug.template-result";
    case "applied":
      return ref.entry === "result" ? "plug.template-result" : "plug.repair";
    case "awaited":
      return plugStages.find((stage) => stage === ref.stage) ?? [];
  }
}
