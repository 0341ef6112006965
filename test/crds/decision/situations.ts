import { versionOfPlace, versionOfSocket } from "../../../crds/coupling/references.ts";
import { versionOfOwner } from "../../../crds/coupling/versions.ts";
import { apiVersion, finalizer } from "../../../crds/names.ts";
import { nextPlugStage, type ObservedPlug } from "../../../crds/plug/next-stage.ts";
import { readPlug } from "../../../crds/plug/parse.ts";
import type { Plug, PlugRef, PlugStatus } from "../../../crds/plug/plug.generated.ts";
import { snapshotName } from "../../../crds/snapshot/head.ts";
import { readSocket } from "../../../crds/socket/parse.ts";
import type { Socket } from "../../../crds/socket/socket.generated.ts";
import type { PlugStageName } from "../../../crds/stage-names.ts";
import type { KubeObject, ObjectMeta } from "../../../kit/kube/port.ts";
import type { Sight } from "../../../kit/loop/references.ts";
import { absent } from "../../../kit/loop/versions.ts";

export const now: number = Date.parse("2026-01-01T12:00:00Z");

/** A time of that day as statuses write it. */
export function at(time: string): string {
  return `2026-01-01T${time}Z`;
}

type Changes<T> = { readonly [Field in keyof T]?: T[Field] | undefined };

/** A plug that somebody has just created. */
export function newPlug({
  metadata = {},
  spec = {},
  status,
}: {
  metadata?: Changes<ObjectMeta>;
  spec?: object;
  status?: PlugStatus | undefined;
} = {}): Plug {
  return readPlug(
    stored({
      apiVersion,
      kind: "Plug",
      metadata: { name: "orders", namespace: "shop", uid: "plug-1", resourceVersion: "50", generation: 1, ...metadata },
      spec: { socket: { name: "postgres", namespace: "data" }, ...spec },
      ...(status === undefined ? {} : { status }),
    }),
  );
}

/** As it comes from an API server, which knows no field without a value. */
function stored(object: object): KubeObject {
  return JSON.parse(JSON.stringify(object));
}

/** The socket it points at. */
export function socketThere({
  metadata = {},
  spec = {},
  status,
}: {
  metadata?: Changes<ObjectMeta>;
  spec?: object;
  status?: object;
} = {}): Socket {
  return readSocket(
    stored({
      apiVersion,
      kind: "Socket",
      metadata: {
        name: "postgres",
        namespace: "data",
        uid: "socket-1",
        resourceVersion: "40",
        generation: 1,
        ...metadata,
      },
      spec,
      ...(status === undefined ? {} : { status }),
    }),
  );
}

export function namespaceNamed(name: string, labels: { readonly [label: string]: string } = {}): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, uid: `${name}-1`, resourceVersion: "3", labels } };
}

/** Everything the decision is made on. */
export interface Situation {
  readonly plug: Plug;
  readonly socket: Socket | undefined;
  readonly coupledSocket: Socket | undefined;
  readonly namespace: KubeObject | undefined;
  /** What a watch shows, by `Kind/name`; what is not named here is not known. */
  readonly seen: { readonly [object: string]: Partial<ObjectMeta> | "gone" };
  /** The stage that a function is called for, which has seen nothing itself. */
  readonly told: PlugStageName | undefined;
  readonly adoptable: boolean;
  readonly former?: boolean;
  readonly snapshotLost: boolean;
  readonly adopts: boolean;
  readonly voidHolders: readonly string[];
  readonly serveNamespaces: readonly string[];
}

const usual: Situation = {
  plug: newPlug(),
  socket: socketThere(),
  coupledSocket: undefined,
  namespace: namespaceNamed("shop"),
  seen: {},
  told: undefined,
  adoptable: false,
  snapshotLost: false,
  adopts: true,
  voidHolders: [],
  serveNamespaces: [],
};

/** A plug that has just been created, in an otherwise usual world. */
export function created(change: Partial<Situation> = {}): Situation {
  return { ...usual, ...change };
}

/** Looked after: its finalizer is there, and nothing else. */
export function claimed(change: Partial<Situation> = {}): Situation {
  return withPlug(created(), { metadata: { finalizers: [finalizer] } }, change);
}

/** Its config is resolved, and nothing of it performed. */
export function resolved(change: Partial<Situation> = {}): Situation {
  const before = claimed();
  const status: PlugStatus = { revision: 1, snapshot: snapshot(1), refs: ownInputs(before) };
  return withPlug(before, { status }, change);
}

/** It is being coupled: the first stage that applies something has begun. */
export function coupling(change: Partial<Situation> = {}): Situation {
  const before = resolved();
  const coupledSocket = { apiVersion, kind: "Socket", namespace: "data", name: "postgres", uid: "socket-1" };
  return withPlug(before, { status: { ...before.plug.status, coupledSocket } }, change);
}

/** Coupled, its result computed: nothing is due. */
export function coupled(change: Partial<Situation> = {}): Situation {
  const before = coupling();
  const performed = { revision: 1, socketUid: "socket-1", snapshot: snapshot(1) };
  const refs = [
    ...(before.plug.status?.refs ?? []),
    ...ownInputs(before).map((ref) => ({ ...ref, role: "result" as const })),
  ];
  const result = { revision: 1, computed: true };
  const admitted = "as-it-was-judged";
  const status = { ...before.plug.status, observedGeneration: 1, admitted, performed, result, refs };
  return withPlug(before, { status }, change);
}

/** As integration-operator left a coupling. */
export function formerCoupling(change: Partial<Situation> = {}): Situation {
  const coupledSocket = { apiVersion, kind: "Socket", namespace: "data", name: "postgres", uid: "socket-1" };
  return withPlug(claimed(), { status: { coupledSocket } }, change);
}

export interface PlugChange {
  readonly metadata?: Changes<Plug["metadata"]>;
  readonly spec?: object;
  readonly status?: Changes<PlugStatus>;
}

/** The situation with its plug changed: metadata and spec field by field, of the status what is given. */
export function withPlug(situation: Situation, change: PlugChange, more: Partial<Situation> = {}): Situation {
  const { plug } = situation;
  const metadata = { ...plug.metadata, ...change.metadata };
  const status = change.status === undefined ? plug.status : { ...plug.status, ...change.status };
  return { ...situation, plug: newPlug({ metadata, spec: { ...plug.spec, ...change.spec }, status }), ...more };
}

/** The situation with its socket changed. */
export function withSocket(
  situation: Situation,
  change: { metadata?: Changes<ObjectMeta>; spec?: object; status?: object },
  more: Partial<Situation> = {},
): Situation {
  const { socket } = situation;
  const metadata = { ...socket?.metadata, ...change.metadata };
  const status = change.status ?? socket?.status;
  const changed = socketThere({ metadata, spec: { ...socket?.spec, ...change.spec }, ...(status && { status }) });
  return { ...situation, socket: changed, ...more };
}

/** The situation with one more reference in the plug's status. */
export function withRef(situation: Situation, ref: Partial<PlugRef>, seen?: Partial<ObjectMeta> | "gone"): Situation {
  const whole = { role: "input", apiVersion: "v1", namespace: "shop", version: "7", ...ref } as PlugRef;
  const refs = [...(situation.plug.status?.refs ?? []), whole];
  const sights = seen === undefined ? {} : { [`${whole.kind}/${whole.name}`]: seen };
  return withPlug(situation, { status: { refs } }, { seen: { ...situation.seen, ...sights } });
}

/** The situation in which it says why it is held, of the generation it had then. */
export function held(
  situation: Situation,
  reason: NonNullable<PlugStatus["held"]>["reason"],
  generation = 1,
): Situation {
  return withPlug(situation, { status: { held: { reason, generation }, observedGeneration: generation } });
}

/** The situation in which its inputs are recorded as they are now. */
export function upToDate(situation: Situation): Situation {
  const others = (situation.plug.status?.refs ?? []).filter(
    ({ kind, role }) => role !== "input" || !ownKinds.has(kind),
  );
  return withPlug(situation, { status: { refs: [...ownInputs(situation), ...others] } });
}

const ownKinds = new Set(["Plug", "Socket", "Namespace", "Place"]);

/** The name of the snapshot of a revision. */
export function snapshot(revision: number): string {
  return snapshotName({ namespace: "shop", name: "orders" }, revision, "abcdef01");
}

function ownInputs({ plug, socket, namespace }: Situation): readonly PlugRef[] {
  const of = (kind: string, name: string, ns: string | undefined, version: string): PlugRef => ({
    role: "input",
    apiVersion: kind === "Namespace" ? "v1" : apiVersion,
    kind,
    ...(ns === undefined ? {} : { namespace: ns }),
    name,
    version,
  });
  const { name, namespace: at = plug.metadata.namespace } = plug.spec.socket;
  const uid = socket === undefined ? {} : { uid: socket.metadata.uid };
  const refs = [
    of("Plug", plug.metadata.name, plug.metadata.namespace, versionOfOwner(plug.metadata)),
    { ...of("Socket", name, at, versionOfSocket(socket)), ...uid },
  ];
  if (socket?.spec.validation !== undefined)
    refs.push(
      of("Namespace", plug.metadata.namespace, undefined, namespace ? versionOfOwner(namespace.metadata) : absent),
    );
  if (socket?.spec.limit !== undefined) refs.push(of("Place", name, at, versionOfPlace(socket, plug)));
  return refs;
}

/** What is due, in a word or a few: the stage, `nothing`, or until when nothing can be said. */
export function decided(situation: Situation): string {
  const due = nextPlugStage(observed(situation));
  if (due.stage !== undefined) return due.stage;
  const { lookAgainAt } = due;
  return lookAgainAt === undefined ? "nothing" : `nothing before ${new Date(lookAgainAt).toISOString().slice(11, 19)}`;
}

function sightOf(seen: Situation["seen"], { kind, name }: PlugRef): Sight {
  const sight = seen[`${kind}/${name}`];
  if (sight === undefined) return { known: false };
  return { known: true, metadata: sight === "gone" ? undefined : { name, ...sight } };
}

export function observed(situation: Situation): ObservedPlug {
  const { seen, told, voidHolders, serveNamespaces, ...rest } = situation;
  return {
    ...rest,
    evidence: told === undefined ? { kind: "seen", see: (ref) => sightOf(seen, ref) } : { kind: "told", stage: told },
    serving: { operatorNamespace: "plugboard", serveNamespaces },
    clock: { now, voidHolders },
  };
}
