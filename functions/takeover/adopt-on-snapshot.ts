import { admits } from "../../crds/coupling/admission-rules.ts";
import { admissionDigest } from "../../crds/coupling/coupling-end.ts";
import { pointsAt } from "../../crds/coupling/standing.ts";
import { foundAgain } from "../../crds/messages.ts";
import { annotations, apiVersion, labels } from "../../crds/names.ts";
import type { PlugRef, PlugStatus } from "../../crds/plug/plug.generated.ts";
import { type Kinship, kinshipOf, type SnapshotHead, type Whereabouts } from "../../crds/snapshot/head.ts";
import { timestamp } from "../../kit/conditions.ts";
import { NotFound } from "../../kit/errors.ts";
import { distinct } from "../config/read-sources.ts";
import type { Coupling } from "../coupling/observe.ts";
import { identityOf } from "../coupling/provenance.ts";
import { say } from "../coupling/status.ts";
import type { RenderedResource } from "../rendering/render-resources.ts";
import { type Entry, keyOfRef, madeOf, placeResources, refTo } from "../resources/plan-resources.ts";
import { planningOf } from "../resources/planning.ts";
import type { Labelled, Snapshot } from "../snapshot/snapshot.ts";
import { type Upkeep, writing } from "../snapshot/upkeep.ts";
import type { Decision, StageContext } from "../stage.ts";

/** The coupling found on snapshots. */
export type SnapshotAdoption =
  | { readonly kind: "gone" }
  /** Written by a process that stopped before anything was performed: the plug starts again. */
  | { readonly kind: "empty"; readonly name: string }
  | {
      readonly kind: "found";
      readonly newest: SnapshotHead;
      readonly older: readonly SnapshotHead[];
      readonly applied: readonly PlugRef[];
      readonly relabels: readonly Upkeep[];
      readonly snapshot: Snapshot;
      readonly name: string;
      readonly write: Upkeep;
    };

/** The snapshots of a plug of that name. */
export interface Heads {
  readonly adoptable: readonly SnapshotHead[];
  /**
   * Superseded by an adoption that may not have finished: the objects that they record may be accounted for nowhere
   * else.
   */
  readonly superseded: readonly SnapshotHead[];
  /** Whether one belongs to another tenant's coupling, which must end first. */
  readonly former: boolean;
  readonly around: Whereabouts;
}

/**
 * Finds the objects that the snapshots record and plans to label them as this coupling's, so that its end removes them.
 */
export async function findOnSnapshot(
  context: StageContext,
  coupling: Coupling,
  { adoptable, superseded, around }: Heads,
): Promise<SnapshotAdoption> {
  const [newest, ...older] = newestFirst(adoptable);
  const before = newest === undefined ? undefined : await context.snapshots.read(newest.name);
  if (newest === undefined || before === undefined) return { kind: "gone" };
  const applied = await findApplied(context, coupling, [
    before,
    ...(await readAll(context, newestFirst([...older, ...superseded]))),
  ]);
  if (applied.length === 0 && newest.plugUid === coupling.plug.metadata.uid)
    return { kind: "empty", name: newest.name };
  const uid = await socketUid(context, before);
  const relabels = relabelling(coupling, { before, uid, applied });
  const kinship = kinshipOf(newest, coupling.plug, around);
  const snapshot = renewed(coupling, { newest, before, uid, kinship, ...around });
  // Objects that only an older snapshot renders are accounted for nowhere else when that one is deleted.
  const ofOlder = madeOf(applied.filter(({ entry }) => entry === "coupling"));
  const besides = await context.snapshots.madeBesides(newest.name);
  const { marks } = newest;
  return {
    kind: "found",
    newest,
    older,
    applied,
    relabels,
    snapshot,
    ...(await writing(context, snapshot, marks, [...besides, ...ofOlder])),
  };
}

/**
 * Adopts a plug on snapshots that its status does not account for: after a restore, or when a plug was created again
 * under its name.
 * The plug is coupled to the socket that the newest snapshot names, whatever its uid, one revision behind.
 * So an update follows and nothing is undone.
 * That update prunes objects that only older snapshots rendered.
 */
export function adoptOnSnapshot(coupling: Coupling, adoption: SnapshotAdoption): Decision<PlugStatus> {
  if (adoption.kind === "gone") return { kind: "nothing", why: "the snapshot does not exist any more" };
  if (adoption.kind === "empty") return discard(adoption.name);
  const { newest, older, relabels, snapshot, name, write } = adoption;
  const { now } = coupling.clock;
  return {
    kind: "record",
    status: adoptedStatus(coupling, adoption),
    // Supersede the older snapshots, so that `snapshot.sweep` does not undo them.
    first: [...relabels, write, ...older.map((head): Upkeep => ({ kind: "supersede snapshot", name: head.name, now }))],
    // The newest last: another adoption needs it until the status names its successor.
    afterwards: [{ kind: "supersede snapshot", name: newest.name, now }],
    otherwise: [{ kind: "remove snapshot", name }],
    told: { kind: "fact", fact: "plug.adopted", message: `on revision ${snapshot.revision - 1}` },
  };
}

function discard(name: string): Decision<PlugStatus> {
  const message = "no revision was performed for the snapshot that was found; it is removed";
  return {
    kind: "keep up",
    tasks: [{ kind: "remove snapshot", name }],
    told: { kind: "fact", fact: "plug.adopted", message },
  };
}

function newestFirst(heads: readonly SnapshotHead[]): readonly SnapshotHead[] {
  return heads.toSorted((a, b) => b.revision - a.revision);
}

async function readAll({ snapshots }: StageContext, heads: readonly SnapshotHead[]): Promise<readonly Snapshot[]> {
  const read = await Promise.all(heads.map(({ name }) => snapshots.read(name)));
  return read.filter((snapshot) => snapshot !== undefined);
}

/**
 * Labels the objects as this coupling's, so that they end with it.
 * Objects that the next update does not apply would keep the labels of the former coupling.
 */
function relabelling(
  coupling: Coupling,
  { before, uid, applied }: { readonly before: Snapshot; readonly uid: string; readonly applied: readonly PlugRef[] },
): readonly Upkeep[] {
  const { owners } = planningOf(coupling.plug, before);
  const own = { [labels.plugUid]: coupling.plug.metadata.uid };
  return applied.map((ref) => ({
    kind: "relabel",
    key: keyOfRef(ref),
    as: owners.serviceAccounts[ref.side ?? "plug"],
    uid: ref.uid,
    labels: ref.entry === "created" ? own : { ...own, [labels.socketUid]: uid },
  }));
}

async function socketUid({ live }: StageContext, { socket }: Snapshot): Promise<string> {
  const found = await live.getMetadata({ apiVersion, kind: "Socket", namespace: socket.namespace, name: socket.name });
  if (found?.metadata.uid !== undefined) return found.metadata.uid;
  throw new NotFound(
    `socket ${socket.namespace}/${socket.name}, to which the plug was coupled, does not exist yet. Plugboard undoes the coupling when it exists`,
  );
}

interface Renewal extends Pick<Whereabouts, "clusterUid"> {
  readonly newest: SnapshotHead;
  readonly before: Snapshot;
  /** The uid of the present socket of that name. */
  readonly uid: string;
  readonly kinship: Kinship;
}

function renewed(coupling: Coupling, renewal: Renewal): Snapshot {
  const { newest, uid, clusterUid } = renewal;
  const { admitted: _then, clusterUid: _there, ...before } = renewal.before;
  const admitted = admittedStill(coupling, renewal);
  return {
    ...before,
    revision: before.revision + 1,
    plug: identityOf(coupling.plug.metadata, coupling.namespace),
    socket: identityOf({ ...before.socket, uid }, coupling.socketNamespace),
    ...(clusterUid === undefined ? {} : { clusterUid }),
    ...(admitted === undefined ? {} : { admitted }),
    succeeds: { name: newest.name, labelled: formerLabels(renewal.before) },
  };
}

function formerLabels({ plug, socket, succeeds }: Snapshot): readonly Labelled[] {
  const last = { plugUid: plug.uid, socketUid: socket.uid };
  return [last, ...(succeeds?.labelled ?? [])].slice(0, 10);
}

/**
 * The admission of an adopted coupling: undefined until the socket admits the plug as a new one.
 * A coupling whose status was lost keeps its admission.
 * For a coupling from another cluster, the administrator who restored the snapshot vouches, unless the rules have
 * refused the plug since.
 * A coupling that was not admitted there is not admitted here.
 */
function admittedStill({ plug, socket, namespace }: Coupling, { before, uid, kinship }: Renewal): string | undefined {
  const { admitted } = before;
  if (kinship === "own" && before.socket.uid === uid) return admitted;
  if (kinship !== "moved" || admitted === undefined) return undefined;
  if (socket === undefined || !pointsAt(plug, before.socket)) return undefined;
  const today = admissionDigest(socket, namespace);
  if (today === admitted || socket.spec.validation === undefined) return today;
  if (namespace === undefined) return undefined;
  return admits(socket.spec.validation, namespace.metadata).kind === "admitted" ? today : undefined;
}

/**
 * The recorded objects that have the labels of the former coupling or of this one: those of the newest snapshot first,
 * then those of older ones.
 */
async function findApplied(
  context: StageContext,
  coupling: Coupling,
  [newest, ...older]: readonly [Snapshot, ...Snapshot[]],
): Promise<readonly PlugRef[]> {
  const memory = { now: new Date(context.clock.now()), seed: newest.seed, kept: new Map<string, string>() };
  const rendering = context.renderer.begin(coupling.plug.metadata.namespace);
  const { value } = await rendering.run("renderCreatedLeniently", { owner: coupling.plug, memory });
  const created = value.filter(({ do: act }) => act !== "delete");
  const found: PlugRef[] = [];
  for (const snapshot of [newest, ...older]) {
    const made = snapshot.outcome.resources.filter(
      ({ do: act, when }) => act !== "delete" && (when.includes("coupled") || when.includes("updated")),
    );
    found.push(...(await labelledAmong(context, coupling, snapshot, { entry: "coupling", resources: made })));
  }
  found.push(...(await labelledAmong(context, coupling, newest, { entry: "created", resources: created })));
  return distinct(found);
}

async function labelledAmong(
  context: StageContext,
  coupling: Coupling,
  before: Snapshot,
  { entry, resources }: { readonly entry: Entry; readonly resources: readonly RenderedResource[] },
): Promise<readonly PlugRef[]> {
  const placed = await placeResources(context.live, resources, {
    ...planningOf(coupling.plug, before),
    toleranceOf: () => "unreachable",
  });
  const uids = [before.plug.uid, coupling.plug.metadata.uid];
  return placed.flatMap(({ key, seen, resource }) => {
    if (seen === undefined || !uids.includes(seen.labels?.[labels.plugUid] ?? "")) return [];
    return [
      {
        ...refTo(key),
        ...(seen.uid === undefined ? {} : { uid: seen.uid }),
        side: resource.side,
        entry,
        ...(resource.retained ? { retained: true } : {}),
        ...(seen.annotations?.[annotations.foreign] === "true" ? { foreign: true } : {}),
      },
    ];
  });
}

function adoptedStatus(
  { plug, clock }: Coupling,
  { snapshot, name, applied }: Extract<SnapshotAdoption, { kind: "found" }>,
): PlugStatus {
  const { failure: _ofWhatWas, admitted: _byWhat, ...brought } = plug.status ?? {};
  const { namespaceUid: _uid, ...coupledSocket } = snapshot.socket;
  const status: PlugStatus = {
    ...brought,
    revision: snapshot.revision,
    snapshot: name,
    coupledSocket: { apiVersion, kind: "Socket", ...coupledSocket },
    // One revision behind, so that the revision is performed again when it is admitted.
    performed: { revision: snapshot.revision - 1, socketUid: snapshot.socket.uid, snapshot: name },
    createdAt: plug.status?.createdAt ?? timestamp(clock.now),
    ...(snapshot.admitted === undefined ? {} : { admitted: snapshot.admitted }),
    refs: applied,
  };
  return say(plug, status, clock.now, {
    kind: "updating",
    message: foundAgain,
  });
}
