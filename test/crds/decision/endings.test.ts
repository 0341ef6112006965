import { describe, expect, test } from "@jest/globals";
import { admissionDigest, couplingMustEnd } from "../../../crds/coupling/coupling-end.ts";
import { isAdoptable, isFormer, isUnaccounted, type Kinship, kinshipOf, type SnapshotHead, sweepDue } from "../../../crds/snapshot/head.ts";
import { at, coupled, namespaceNamed, newPlug, now, resolved, type Situation, snapshot, socketThere, withPlug, withSocket } from "./situations.ts";

const deleting = { deletionTimestamp: at("11:59:00") };
const refuses = { validation: { namespaceBlacklist: ["shop"] } };

type End = readonly [claim: string, situation: () => Situation, why: string | undefined];

const ends: readonly End[] = [
  ["ends with its plug", () => withPlug(coupled(), { metadata: deleting }), "PlugDeleted"],
  ["ends with its plug, whatever else would end it", () => withPlug(coupled({ socket: undefined }), { metadata: deleting }), "PlugDeleted"],
  ["ends when the plug names another socket", () => withPlug(coupled(), { spec: { socket: { name: "other", namespace: "data" } } }), "Repointed"],
  ["ends when the plug names a socket of that name elsewhere", () => withPlug(coupled(), { spec: { socket: { name: "postgres", namespace: "shop" } } }), "Repointed"],
  ["ends when its socket is gone", () => coupled({ socket: undefined }), "SocketGone"],
  ["ends when another socket has the name", () => withSocket(coupled(), { metadata: { uid: "socket-2" } }), "SocketGone"],
  ["ends when its socket is being deleted", () => withSocket(coupled(), { metadata: deleting }), "SocketDeleted"],
  ["ends when new rules refuse the namespace", () => withSocket(coupled(), { spec: refuses }), "NamespaceDenied"],
  ["stays when the rules refuse it that it was admitted under", () => underRules(refuses), undefined],
  ["ends when these rules stay and the namespace is relabelled", () => ({ ...underRules(refuses), namespace: namespaceNamed("shop", { tier: "gold" }) }), "NamespaceDenied"],
  ["stays under new rules that admit it", () => withSocket(coupled(), { spec: { validation: { namespaceWhitelist: ["shop"] } } }), undefined],
  ["stays under rules that are broken", () => withSocket(coupled(), { spec: { validation: { namespaceWhitelist: ["("], namespaceBlacklist: ["shop"] } } }), undefined],
  ["stays while the namespace is not known", () => withSocket(coupled({ namespace: undefined }), { spec: refuses }), undefined],
  ["stays while the namespace may not be read", () => withSocket(coupled({ namespace: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } } }), { spec: refuses }), undefined],
  ["stays when the limit is lowered", () => withSocket(coupled(), { spec: { limit: 0 } }), undefined],
  ["stays when the interface does not match any more", () => withSocket(withPlug(coupled(), { spec: { interface: { name: "mysql" } } }), { spec: { interface: { name: "postgres" } } }), undefined],
  ["that is none does not end", () => resolved({ socket: undefined }), undefined],
];

function underRules(spec: object): Situation {
  const situation = withSocket(coupled(), { spec });
  const admitted = admissionDigest(socketThere({ spec }), namespaceNamed("shop"));
  return withPlug(situation, { status: { admitted } });
}

describe("a coupling", () => {
  test.each(ends)("%s", (_claim, situation, why) => {
    expect(couplingMustEnd(situation())).toBe(why);
  });
});

const resync = 600_000;

function head(change: Partial<SnapshotHead> = {}): SnapshotHead {
  return {
    name: snapshot(1),
    of: "orders",
    plugUid: "plug-1",
    clusterUid: "here",
    revision: 1,
    createdAt: now - 3_600_000,
    finishedAt: undefined,
    superseded: false,
    marks: [],
    ...change,
  };
}

const names = (name: string) => newPlug({ status: { revision: 1, snapshot: name } });
type Sweep = readonly [claim: string, seen: Partial<Parameters<typeof sweepDue>[0]>, due: boolean];

const sweeps: readonly Sweep[] = [
  ["finished a resync ago is swept", { head: head({ finishedAt: now - resync }) }, true],
  ["finished a moment ago is left", { head: head({ finishedAt: now - resync + 1 }) }, false],
  ["that nobody named at two resyncs is swept", { orphanedSince: now - 2 * resync }, true],
  ["that nobody named at one resync is left", { orphanedSince: now - 2 * resync + 1 }, false],
  ["that somebody names is left", { plug: names(snapshot(1)), orphanedSince: now - 2 * resync }, false],
  ["that the plug performed is left", { plug: newPlug({ status: { coupledSocket: { name: "postgres", uid: "s" }, revision: 2, snapshot: snapshot(2), performed: { revision: 1, socketUid: "s", snapshot: snapshot(1) } } }), orphanedSince: now - 2 * resync }, false],
  ["that its plug has gone past is swept", { plug: names(snapshot(2)), orphanedSince: now - 2 * resync }, true],
  ["that a plug without a status may be adopted on is left", { plug: newPlug({ metadata: { uid: "plug-2" } }), orphanedSince: now - 2 * resync }, false],
  ["that a status names which was brought back is left", { plug: newPlug({ metadata: { uid: "plug-2" }, status: { revision: 1, snapshot: snapshot(1) } }), orphanedSince: now - 2 * resync }, false],
  ["of another tenant's coupling is swept, although a plug has its name", { plug: newPlug({ metadata: { uid: "plug-2" } }), former: true, orphanedSince: now - 2 * resync }, true],
  ["of another cluster waits for its plug, however long", { head: head({ clusterUid: "there" }), orphanedSince: now - 200 * resync }, false],
  ["of another cluster that was finished is swept", { head: head({ clusterUid: "there", finishedAt: now - resync }) }, true],
  ["of some cluster waits where this one is not known", { clusterUid: undefined, orphanedSince: now - 200 * resync }, false],
  ["that names no cluster is swept as ever", { head: head({ clusterUid: undefined }), orphanedSince: now - 2 * resync }, true],
  ["that is not known to be orphaned is left", { orphanedSince: undefined }, false],
];

describe("a snapshot", () => {
  test.each(sweeps)("%s", (_claim, seen, due) => {
    const usual = { head: head(), plug: undefined, orphanedSince: undefined, now, resync, clusterUid: "here" };
    expect(sweepDue({ ...usual, ...seen })).toBe(due);
  });
});

type Kin = readonly [claim: string, head: Partial<SnapshotHead>, kinship: Kinship];

const recorded = { plugNamespaceUid: "shop-1", socketNamespace: "data", socketNamespaceUid: "data-1" };
const restored = { "integration.rock8s.com/restored-from": "shop-0" };
const kin: readonly Kin[] = [
  ["is the plug's own where every uid is", recorded, "own"],
  ["was made again where the plug's uid differs", { ...recorded, plugUid: "plug-0" }, "again"],
  ["was made again where an older Plugboard recorded no namespaces", { plugUid: "plug-0", clusterUid: undefined }, "again"],
  ["was moved where the cluster's uid differs, whatever else does", { ...recorded, clusterUid: "there", plugUid: "plug-0", plugNamespaceUid: "shop-0" }, "moved"],
  ["is another tenant's where the plug's namespace is another", { ...recorded, plugUid: "plug-0", plugNamespaceUid: "shop-7" }, "former"],
  ["is another tenant's where the socket's namespace is another", { ...recorded, socketNamespaceUid: "data-0" }, "former"],
  ["was made again where the namespace says what it was restored from", { ...recorded, plugUid: "plug-0", plugNamespaceUid: "shop-0" }, "again"],
  ["is another tenant's where the namespace was restored from yet another", { ...recorded, plugUid: "plug-0", plugNamespaceUid: "shop-00" }, "former"],
  ["was made again where the socket's namespace is gone", { ...recorded, plugUid: "plug-0", socketNamespace: "gone", socketNamespaceUid: "gone-1" }, "again"],
];

test.each(kin)("the coupling of a snapshot %s", (_claim, change, kinship) => {
  const there = namespaceNamed("shop");
  const shop = { ...there, metadata: { ...there.metadata, annotations: restored } };
  const namespaces = new Map([
    ["shop", shop],
    ["data", namespaceNamed("data")],
  ]);
  const around = { clusterUid: "here", namespaceOf: (name: string) => namespaces.get(name) };
  expect(kinshipOf(head(change), bare("plug-1"), around)).toBe(kinship);
  expect(isFormer(head(change), bare("plug-1"), around)).toBe(kinship === "former");
});

test("where this cluster is not known, nobody vouches for a snapshot of another", () => {
  const around = { clusterUid: undefined, namespaceOf: () => undefined };
  expect(kinshipOf(head({ clusterUid: "there" }), bare("plug-2"), around)).toBe("again");
});

type Adoption = readonly [claim: string, head: SnapshotHead, plug: ReturnType<typeof newPlug>, adoptable: boolean];

const bare = (uid: string) => newPlug({ metadata: { uid } });
const adoptions: readonly Adoption[] = [
  ["of a plug that was made again is adopted at once", head({ createdAt: now }), bare("plug-2"), true],
  ["of the plug itself is adopted once its status was lost", head(), bare("plug-1"), true],
  ["of the plug itself that was just written is about to be named", head({ createdAt: now - 60_000 }), bare("plug-1"), false],
  ["that is finished is not adopted", head({ finishedAt: now }), bare("plug-2"), false],
  ["is not adopted by a plug that is being deleted", head(), newPlug({ metadata: { uid: "plug-2", ...deleting } }), false],
  ["is not adopted by a plug that has a revision of its own", head(), newPlug({ metadata: { uid: "plug-2" }, status: { revision: 4, snapshot: snapshot(4) } }), false],
  ["is not adopted by a plug at which a stage is at work", head(), newPlug({ metadata: { uid: "plug-2" }, status: { stage: { name: "plug.create", revision: 0, holder: "h", until: at("12:01:00") } } }), false],
  ["is adopted by a plug whose status, brought back, names it", head(), newPlug({ metadata: { uid: "plug-2" }, status: { revision: 1, snapshot: snapshot(1) } }), true],
  ["is not adopted again by who performed it", head(), newPlug({ metadata: { uid: "plug-2" }, status: { revision: 2, snapshot: snapshot(2), performed: { revision: 1, socketUid: "s", snapshot: snapshot(1) } } }), false],
];

describe("a snapshot of a plug's name", () => {
  test.each(adoptions)("%s", (_claim, one, plug, adoptable) => {
    expect(isAdoptable(one, plug, now)).toBe(adoptable);
    if (adoptable) expect(isUnaccounted(one, plug)).toBe(true);
  });
});
