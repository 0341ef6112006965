import { type DueContext, type KindDefinition, type View, type WhatIsDue, wakesOn } from "../../kit/loop/kind.ts";
import { versionNow } from "../../kit/loop/references.ts";
import { referred } from "../coupling/references.ts";
import { kindNames } from "../due/kind-names.ts";
import {
  awaitedAs,
  claimClockOf,
  isAtHome,
  type KindSettings,
  namespaceIn,
  seenIn,
  traced,
  whatIsDue,
} from "../due/observed.ts";
import { digest } from "../due/told.ts";
import { apiVersion } from "../names.ts";
import type { Plug } from "../plug/plug.generated.ts";
import type { SeenSnapshot } from "../snapshot/head.ts";
import { type SnapshotHead, snapshotsOf } from "../snapshot/head.ts";
import { plugsAt, recordedAt, takeCensus, waitingDiffers } from "./census.ts";
import { nextSocketStage, socketAwaits } from "./next-stage.ts";
import { readSocket } from "./parse.ts";
import type { Socket } from "./socket.generated.ts";
import { toldOfSocket } from "./told.ts";

/** Sockets as the event loop watches them. */
export function socketKind(settings: KindSettings): KindDefinition<Socket> {
  return {
    ...kindNames.socket,
    watched: { apiVersion, kind: "Socket" },
    essential: "always",
    parse: readSocket,
    parsed: 1_000,
    indexes: { digest: ({ metadata }) => [snapshotsOf(metadata)] },
    references: (socket) =>
      socketAwaits(socket)
        .filter((ref) => isAtHome(ref, socket))
        .map((ref) => ({ ...referred(ref), use: awaitedAs(ref) })),
    wakes: [
      wakesOn(
        kindNames.plug,
        ({ cards, cardChanged }) =>
          cardChanged ? [...(cards.before?.sockets ?? []), ...(cards.after?.sockets ?? [])] : [],
        { paced: true },
      ),
      wakesOn(kindNames.namespace, ({ name }, view) => socketsOfPlugsIn(view, name.slice(1)), { paced: true }),
      wakesOn(kindNames.snapshot, ({ before, after }, view) => socketsConcerned(view, before, after), { paced: true }),
    ],
    stages: {
      due: (socket, context) => socketDue(socket, context, settings),
      paceMilliseconds: settings.censusMilliseconds ?? 2_000,
      told: toldOfSocket,
      about: ({ metadata }) => {
        const { uid, resourceVersion, generation } = metadata;
        return { uid, resourceVersion, generation, trace: traced(metadata) };
      },
    },
  };
}

function socketsOfPlugsIn(view: View, namespace: string): readonly string[] {
  const plugs = view.of(kindNames.plug);
  return plugs.by("namespace", namespace).flatMap((name) => plugs.card(name)?.sockets ?? []);
}

/** The longest delay with which the number of waiting plugs is updated, in milliseconds. */
const waitingMilliseconds = 2_000;

/**
 * The socket of the coupling that a snapshot records: at every change if its places are limited, else if the snapshot
 * comes, ends or goes.
 */
function socketsConcerned(
  view: View,
  before: SeenSnapshot | undefined,
  after: SeenSnapshot | undefined,
): readonly string[] {
  const sockets = view.of(kindNames.socket);
  const names = sockets.by("digest", (after ?? before)?.head.socket ?? "");
  if (isInUse(before) !== isInUse(after)) return names;
  return names.filter((name) => sockets.get(name)?.spec.limit !== undefined);
}

function isInUse(snapshot: SeenSnapshot | undefined): boolean {
  return snapshot !== undefined && snapshot.head.finishedAt === undefined;
}

function headsAt(view: View, { metadata, spec }: Socket): readonly SnapshotHead[] {
  const snapshots = view.of(kindNames.snapshot);
  const names = spec.limit === undefined ? [] : snapshots.by("socket", snapshotsOf(metadata));
  return names.flatMap((name) => snapshots.get(name)?.head ?? []);
}

function socketDue(socket: Socket, context: DueContext, serving: KindSettings): WhatIsDue {
  const { view, now, since } = context;
  const seen = {
    socket,
    plugs: plugsAt(view, socket.metadata),
    namespaceOf: (plug: Plug) => namespaceIn(view, plug.metadata.namespace),
    heads: headsAt(view, socket),
    recorded: recordedAt(view, socket.metadata),
    evidence: seenIn(view, (ref) => isAtHome(ref, socket)),
    clock: claimClockOf(context),
    serving,
  };
  const census = takeCensus(seen);
  const waitingSince = since("plugs on their way said differently", waitingDiffers(socket, census));
  const sayAt = waitingSince === undefined ? undefined : waitingSince + waitingMilliseconds;
  const observed = { ...seen, census, leavesWaiting: sayAt !== undefined && now < sayAt };
  const found = whatIsDue(nextSocketStage(observed), (stage) => {
    const { uid, generation = 0, deletionTimestamp = "stays" } = socket.metadata;
    const counted = stage === "socket.sync" ? JSON.stringify(census) : "";
    const awaited = socketAwaits(socket).map((ref) => versionNow(ref, view.see(referred(ref))));
    return { stage, inputs: digest([uid, String(generation), deletionTimestamp, counted, ...awaited]) };
  });
  if (sayAt === undefined || now >= sayAt) return found;
  return { ...found, lookAgainAt: Math.min(sayAt, found.lookAgainAt ?? sayAt) };
}
