import { isPaused, reasonOfPause } from "../../../crds/coupling/standing.ts";
import { annotations } from "../../../crds/names.ts";
import { namespaceByName } from "../../../crds/namespace/served.ts";
import type { Plug } from "../../../crds/plug/plug.generated.ts";
import { nextSocketStage } from "../../../crds/socket/next-stage.ts";
import { readSocket } from "../../../crds/socket/parse.ts";
import type { Socket } from "../../../crds/socket/socket.generated.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugsOf } from "../../cluster/stage-context.ts";
import {
  ago,
  causeOf,
  conditionOf,
  type Explanation,
  entryOf,
  orNothing,
  type PlugCount,
  partyOf,
} from "./explanation.ts";
import {
  failureOf,
  followed,
  hooksOf,
  keyOfRef,
  nextOf,
  resourcesOf,
  servingOf,
  sightIn,
  waitsOf,
  warningsOf,
} from "./facts.ts";
import type { Bearings, Found, Reader } from "./reader.ts";

interface Attending {
  readonly plugs: readonly Plug[];
  /** Whether these are all plugs of the socket. */
  readonly complete: boolean;
}

/** Explains a socket, with its plugs. */
export async function explainSocket(object: KubeObject, bearings: Bearings): Promise<Explanation> {
  const { reader, now } = bearings;
  const socket = readSocket(object);
  const { metadata, spec, status = {} } = socket;
  const summary = conditionOf(status, "Ready");
  const [attending, found, warnings] = await Promise.all([
    plugsAt(reader, socket),
    reader.metadata(followed(status.refs).map(keyOfRef)),
    warningsOf(reader, object, summary),
  ]);
  const next = await nextStage({ socket, attending, found }, bearings);
  const plugs = countPlugs(attending.plugs);
  return {
    kind: "Socket",
    namespace: metadata.namespace,
    name: metadata.name,
    ready: isReady(socket),
    what: whatItIs(socket),
    state: stateOf(socket, { plugs, complete: attending.complete, now }),
    turn: turnOf(socket, plugs),
    reason: summary?.reason,
    meaning: entryOf(summary?.reason)?.means,
    message: summary?.message,
    generation: { current: metadata.generation, observed: status.observedGeneration },
    plugs,
    places: spec.limit === undefined ? undefined : { limit: spec.limit, granted: status.places?.length ?? 0 },
    inputs: [],
    resources: resourcesOf(status, found),
    waits: waitsOf(status, found),
    hooks: hooksOf(status),
    failure: failureOf(status.failure),
    restless: status.restless,
    warnings,
    conditions: status.conditions ?? [],
    next,
    unread: reader.unread(),
  };
}

function isReady({ metadata, status }: Socket): boolean {
  if (isPaused(metadata) || metadata.deletionTimestamp !== undefined) return false;
  return status?.observedGeneration === metadata.generation && conditionOf(status ?? {}, "Ready")?.status === "True";
}

/** The plugs that name the socket: of all namespaces, else of those that the caller may read. */
async function plugsAt(reader: Reader, socket: Socket): Promise<Attending> {
  const everywhere = await reader.attempt("plugs of all namespaces", (kube) => plugsOf(kube, socket, [undefined]));
  if (everywhere !== undefined) return { plugs: everywhere, complete: true };
  const listed = (socket.status?.coupledPlugs ?? []).flatMap(({ namespace }) => namespace ?? []);
  const namespaces = [...new Set([socket.metadata.namespace, ...listed])];
  const found = await Promise.all(
    namespaces.map((name) => reader.attempt(`plugs of namespace ${name}`, (kube) => plugsOf(kube, socket, [name]))),
  );
  return { plugs: found.flatMap((plugs) => plugs ?? []), complete: false };
}

type State = "coupled" | "onTheirWay" | "waiting" | "failed";

const inProcess: ReadonlySet<string> = new Set(["CouplingInProcess", "UpdatingInProcess", "Decoupling", "PlugCreated"]);

function countPlugs(plugs: readonly Plug[]): PlugCount {
  const states = plugs
    .map((plug) => ({ name: `${plug.metadata.namespace}/${plug.metadata.name}`, state: plugState(plug), plug }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const count = (state: State): number => states.filter((one) => one.state === state).length;
  const first = Object.fromEntries(
    (["onTheirWay", "waiting", "failed"] as const).flatMap((state) => {
      const one = states.find((each) => each.state === state);
      return one === undefined ? [] : [[state, `${one.name} (${reasonOf(one.plug)})`]];
    }),
  );
  return {
    coupled: count("coupled"),
    onTheirWay: count("onTheirWay"),
    waiting: count("waiting"),
    failed: count("failed"),
    first,
    namespaces: [...new Set(plugs.map(({ metadata }) => metadata.namespace))].toSorted(),
  };
}

function plugState({ metadata, status = {} }: Plug): State {
  const ready = conditionOf(status, "Ready");
  if (metadata.deletionTimestamp !== undefined || ready === undefined) return "onTheirWay";
  if (ready.status === "True") return "coupled";
  if (conditionOf(status, "Failed")?.status === "True") return "failed";
  return inProcess.has(ready.reason ?? "") ? "onTheirWay" : "waiting";
}

function reasonOf({ metadata, status = {} }: Plug): string {
  if (metadata.deletionTimestamp !== undefined) return "being deleted";
  return conditionOf(status, "Ready")?.reason ?? "not looked at yet";
}

function whatItIs({ metadata, spec }: Socket): string {
  const { name, version } = spec.interface ?? {};
  const named = [name, version].filter((part) => part !== undefined).join(" ");
  const limit = spec.limit === undefined ? "" : ` to at most ${spec.limit === 1 ? "1 plug" : `${spec.limit} plugs`}`;
  return `Socket ${metadata.namespace}/${metadata.name} offers ${named === "" ? "an integration" : `interface ${named}`}${limit}.`;
}

function stateOf(
  { metadata, status = {} }: Socket,
  { plugs, complete, now }: { readonly plugs: PlugCount; readonly complete: boolean; readonly now: number },
): string {
  const summary = conditionOf(status, "Ready");
  if (summary === undefined)
    return `Plugboard has not looked at it yet (created ${ago(metadata.creationTimestamp, now) ?? "an unknown time"} ago).`;
  const counts = [
    `${plugs.coupled} coupled`,
    `${plugs.onTheirWay} on their way`,
    `${plugs.waiting} waiting`,
    `${plugs.failed} failed`,
  ].join(", ");
  const known = complete
    ? ""
    : ` (of the plugs that you may read; its status counts ${status.coupledPlugCount ?? 0} coupled)`;
  if (metadata.deletionTimestamp !== undefined)
    return `It is being deleted: it waits until its plugs are decoupled. Plugs: ${counts}${known}.`;
  const why = reasonOfPause(metadata);
  if (isPaused(metadata))
    return `It is paused${why === undefined ? "" : ` (${why})`}: no plug couples or is updated. Plugs: ${counts}${known}.`;
  if (summary.status === "True") return `It accepts plugs: ${counts}${known}.`;
  return `It accepts no new plugs (${summary.reason}): ${causeOf(status, summary)} Plugs: ${counts}${known}.`;
}

function turnOf({ metadata, status = {} }: Socket, { first }: PlugCount): Explanation["turn"] {
  const summary = conditionOf(status, "Ready");
  const [leaving] = Object.values(first);
  if (metadata.deletionTimestamp !== undefined && leaving !== undefined)
    return {
      whose: "Plugboard's",
      remedy: `It decouples the plugs first. To see what holds one: plugboard explain plug ${leaving.split(" ")[0]}`,
    };
  if (summary === undefined || status.observedGeneration !== metadata.generation)
    return {
      whose: "Plugboard's",
      remedy: `If this lasts, check that Plugboard runs and serves namespace ${metadata.namespace}.`,
    };
  const own = `the owner of socket ${metadata.namespace}/${metadata.name}`;
  if (isPaused(metadata))
    return {
      whose: own,
      remedy: `Remove the annotation ${annotations.paused} to continue: kubectl annotate socket ${metadata.name} -n ${metadata.namespace} ${annotations.paused}-`,
    };
  const stuck = first["failed"] ?? first["waiting"];
  if (summary.status === "True" && stuck !== undefined)
    return { whose: "nobody's for the socket", remedy: `For its plugs: plugboard explain plug ${stuck.split(" ")[0]}` };
  const { turn = "the object's owner", remedy = "Follow the message." } = entryOf(summary.reason) ?? {};
  return {
    whose: partyOf(turn, { socket: own, plug: own, object: own }),
    remedy: orNothing(remedy),
  };
}

/** What the loop does next. Undefined if the caller cannot read all plugs. */
async function nextStage(
  {
    socket,
    attending,
    found,
  }: { readonly socket: Socket; readonly attending: Attending; readonly found: ReadonlyMap<string, Found> },
  bearings: Bearings,
): Promise<string | undefined> {
  if (!attending.complete) return undefined;
  const { reader, now } = bearings;
  const listed =
    socket.spec.limit === undefined
      ? []
      : ((await reader.list({ apiVersion: "v1", kind: "Namespace" }, "namespaces")) ?? []);
  const namespaces = new Map(listed.map((one) => [one.metadata.name, one]));
  const due = nextSocketStage({
    socket,
    plugs: attending.plugs,
    namespaceOf: ({ metadata }) => namespaces.get(metadata.namespace) ?? namespaceByName(metadata.namespace),
    evidence: { kind: "seen", see: (ref) => sightIn(found, ref) },
    clock: { now, voidHolders: [] },
    serving: servingOf(socket.status?.held?.reason, bearings),
  });
  return nextOf(due, socket.status ?? {});
}
