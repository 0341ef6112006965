import { describe, expect, test } from "@jest/globals";
import { saysOfItself } from "../../../crds/coupling/references.ts";
import { apiVersion, finalizer } from "../../../crds/names.ts";
import type { Plug } from "../../../crds/plug/plug.generated.ts";
import { type SnapshotHead, snapshotsOf } from "../../../crds/snapshot/head.ts";
import { isCoupledHere, takeCensus } from "../../../crds/socket/census.ts";
import { nextSocketStage } from "../../../crds/socket/next-stage.ts";
import type { Socket } from "../../../crds/socket/socket.generated.ts";
import type { KubeObject, ObjectMeta } from "../../../kit/kube/port.ts";
import { at, namespaceNamed, newPlug, now, socketThere } from "./situations.ts";

interface Situation {
  readonly socket: Socket;
  readonly plugs: readonly Plug[];
  readonly namespaces: { readonly [name: string]: KubeObject };
  readonly seen: Partial<ObjectMeta> | "gone" | undefined;
  readonly voidHolders: readonly string[];
  readonly serveNamespaces: readonly string[];
}

type Change = Parameters<typeof socketThere>[0] & Partial<Omit<Situation, "socket">>;
type Case = readonly [claim: string, situation: () => Situation, due: string];

const deleting = { deletionTimestamp: at("11:59:00") };
const paused = { annotations: { "integration.rock8s.com/paused": "true" } };
const forced = { annotations: { "integration.rock8s.com/force-remove": "true" } };
const problems = { problems: ["spec.limit: expected an integer"] };
const makesWhenCreated = { resources: [{ when: ["created"], template: {} }] };
const judged = { observedGeneration: 1 };
const empty = { coupledPlugs: [], coupledPlugCount: 0, ...judged };
const unserved = { ...empty, held: { reason: "NotServed", generation: 1 } };
const failed = (stage: string, revision: number) => ({ failure: { stage, revision, reason: "InvalidInput" } });
const waitsIn = (stage: string, entry?: string) => ({
  refs: [
    {
      role: "awaited",
      apiVersion: "v1",
      kind: "Pod",
      name: "a",
      namespace: "data",
      version: "9",
      stage,
      ...(entry && { entry }),
    },
  ],
});
const still = { resourceVersion: "9" };

/** A socket that is looked after, with its census said. */
function socketWith({ metadata = {}, spec = {}, status = empty, ...more }: Change = {}): Situation {
  const socket = socketThere({ metadata: { finalizers: [finalizer], ...metadata }, spec, status });
  const namespaces = { shop: namespaceNamed("shop") };
  return { socket, plugs: [], namespaces, seen: undefined, voidHolders: [], serveNamespaces: [], ...more };
}

function plug(name: string, { coupled = false, metadata = {}, spec = {} }: { coupled?: boolean; metadata?: object; spec?: object } = {}): Plug {
  const coupledSocket = { apiVersion, kind: "Socket", namespace: "data", name: "postgres", uid: "socket-1" };
  return newPlug({
    metadata: { name, uid: `uid-${name}`, creationTimestamp: at("10:00:00"), ...metadata },
    spec,
    ...(coupled ? { status: { revision: 1, coupledSocket } } : {}),
  });
}

const listed = (...names: readonly string[]) => ({
  coupledPlugs: names.map((name) => ({ apiVersion, kind: "Plug", name, namespace: "shop", uid: `uid-${name}` })),
  coupledPlugCount: names.length,
});

const cases: { readonly [group: string]: readonly Case[] } = {
  "while somebody runs a stage": [
    ["nothing is due before its claim can be taken over", () => socketWith({ metadata: { finalizers: [] }, status: { ...empty, stage: { name: "socket.create", revision: 0, holder: "another", until: at("12:00:30") } } }), "nothing before 12:00:40"],
    ["the claim of a former leader is void", () => socketWith({ metadata: { finalizers: [] }, voidHolders: ["former"], status: { ...empty, stage: { name: "socket.create", revision: 0, holder: "former", until: at("12:00:30") } } }), "socket.create"],
  ],
  "a new socket": [
    ["is created", () => socketWith({ metadata: { finalizers: [] }, status: {} }), "socket.create"],
    ["is created where it makes something when created", () => socketWith({ spec: makesWhenCreated }), "socket.create"],
    ["is created once", () => socketWith({ spec: makesWhenCreated, status: { ...empty, createdAt: at("11:00:00") } }), "nothing"],
    ["of the operator before has had its creation", () => socketWith({ spec: makesWhenCreated, status: { conditions: [{ type: "Coupled", status: "True", reason: "SocketCoupled" }] } }), "socket.sync"],
    ["waits for what its creation waits for", () => socketWith({ spec: makesWhenCreated, status: { ...empty, ...waitsIn("socket.create") }, seen: still }), "nothing"],
    ["goes on once that has changed", () => socketWith({ spec: makesWhenCreated, status: { ...empty, ...waitsIn("socket.create") }, seen: "gone" }), "socket.create"],
    ["tries an apparatus again that was edited since", () => socketWith({ metadata: { generation: 2 }, spec: makesWhenCreated, status: { ...empty, ...waitsIn("socket.create", "apparatus") }, seen: still }), "socket.create"],
    ["stays after a creation that failed finally", () => socketWith({ spec: makesWhenCreated, status: { ...empty, ...failed("socket.create", 1) } }), "nothing"],
    ["is created again after an edit", () => socketWith({ metadata: { generation: 2 }, spec: makesWhenCreated, status: { ...empty, ...failed("socket.create", 1) } }), "socket.create"],
    ["is not created while it is paused, but looked at", () => socketWith({ metadata: { finalizers: [], ...paused }, status: {} }), "socket.sync"],
    ["is not created while it cannot be read, but told so", () => socketWith({ metadata: { finalizers: [], ...problems } as object, status: {} }), "socket.sync"],
  ],
  "in a namespace that is not served": [
    ["it is not created, but told so", () => socketWith({ metadata: { namespace: "kube-system", finalizers: [] }, status: {} }), "socket.sync"],
    ["nothing is due once it says so", () => socketWith({ metadata: { namespace: "kube-system", finalizers: [] }, status: unserved }), "nothing"],
    ["it is released when it is deleted", () => socketWith({ metadata: { namespace: "kube-system", ...deleting } }), "socket.delete"],
    ["it is looked at again once that is served", () => socketWith({ metadata: { namespace: "kube-system" }, serveNamespaces: ["kube-system"], status: unserved }), "socket.sync"],
  ],
  "a socket that is being deleted": [
    ["is deleted when no plug is coupled to it", () => socketWith({ metadata: deleting }), "socket.delete"],
    ["waits for the plugs that are coupled to it", () => socketWith({ metadata: deleting, plugs: [plug("a", { coupled: true })], status: { ...listed("a"), ...judged } }), "nothing"],
    ["does not wait for plugs that only point at it", () => socketWith({ metadata: deleting, plugs: [plug("a")] }), "socket.delete"],
    ["is nobody's without our finalizer", () => socketWith({ metadata: { ...deleting, finalizers: ["other/one"] } }), "nothing"],
    ["is deleted while it is paused", () => socketWith({ metadata: { ...deleting, ...paused } }), "socket.delete"],
    ["waits for what its deletion waits for", () => socketWith({ metadata: deleting, status: { ...empty, ...waitsIn("socket.delete") }, seen: still }), "nothing"],
    ["stays after a deletion that failed finally", () => socketWith({ metadata: deleting, status: { ...empty, ...failed("socket.delete", 1) } }), "nothing"],
    ["waits for nothing where it is forced", () => socketWith({ metadata: { ...deleting, ...forced }, status: { ...empty, ...waitsIn("socket.delete") }, seen: still }), "socket.delete"],
    ["says who is still coupled", () => socketWith({ metadata: deleting, plugs: [plug("a", { coupled: true })], status: { ...listed("a", "b"), ...judged } }), "socket.sync"],
  ],
  "its status is brought up to date": [
    ["when nobody has looked at it yet", () => socketWith({ status: {} }), "socket.sync"],
    ["when it was edited", () => socketWith({ metadata: { generation: 2 } }), "socket.sync"],
    ["when a plug is coupled that it does not list", () => socketWith({ plugs: [plug("a", { coupled: true })] }), "socket.sync"],
    ["when a plug has left that it lists", () => socketWith({ status: { ...listed("a"), ...judged } }), "socket.sync"],
    ["when a place can be granted", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a")] }), "socket.sync"],
    ["when a place is held by a plug that is gone", () => socketWith({ spec: { limit: 1 }, status: { ...empty, places: ["uid-a"] } }), "socket.sync"],
    ["and then nothing is due", () => socketWith({ plugs: [plug("a", { coupled: true })], status: { ...listed("a"), ...judged } }), "nothing"],
    ["not for a plug that only points at it", () => socketWith({ plugs: [plug("a")] }), "nothing"],
    ["not for places that are granted", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a")], status: { ...empty, places: ["uid-a"] } }), "nothing"],
  ],
};

describe.each(Object.entries(cases))("%s", (_, table) => {
  test.each(table)("%s", (_claim, situation, due) => {
    expect(decided(situation())).toBe(due);
  });
});

function decided({ socket, plugs, namespaces, seen, voidHolders, serveNamespaces }: Situation): string {
  const due = nextSocketStage({
    socket,
    plugs,
    namespaceOf: ({ metadata }) => namespaces[metadata.namespace],
    evidence: { kind: "seen", see: ({ name }) => (seen === undefined ? { known: false } : { known: true, metadata: seen === "gone" ? undefined : { name, ...seen } }) },
    serving: { operatorNamespace: "plugboard", serveNamespaces },
    clock: { now, voidHolders },
  });
  if (due.stage !== undefined) return due.stage;
  return due.lookAgainAt === undefined ? "nothing" : `nothing before ${new Date(due.lookAgainAt).toISOString().slice(11, 19)}`;
}

type Places = readonly [claim: string, situation: () => Situation, granted: string];

const early = { metadata: { creationTimestamp: at("09:00:00") } };
const places: readonly Places[] = [
  ["there are none without a limit", () => socketWith({ plugs: [plug("a")] }), "none"],
  ["go to who came first", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a"), plug("b", early)] }), "b"],
  ["go by uid to those who came together", () => socketWith({ spec: { limit: 1 }, plugs: [plug("b"), plug("a")] }), "a"],
  ["stay with who holds one, whoever came first", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a"), plug("b", early)], status: { places: ["uid-a"] } }), "a"],
  ["are held by the coupled ones first", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", early), plug("b", { coupled: true })] }), "b"],
  ["are held by everybody who is coupled, however low the limit", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { coupled: true }), plug("b", { coupled: true })] }), "a b"],
  ["go to nobody who is paused", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { metadata: paused })] }), ""],
  ["go to nobody who is being deleted", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { metadata: deleting })] }), ""],
  ["go to nobody who points elsewhere", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { spec: { socket: { name: "other" } } })] }), ""],
  ["go to nobody whom the rules refuse", () => socketWith({ spec: { limit: 1, validation: { namespaceBlacklist: ["shop"] } }, plugs: [plug("a")] }), ""],
  ["go to nobody while the rules are broken", () => socketWith({ spec: { limit: 1, validation: { namespaceWhitelist: ["("] } }, plugs: [plug("a")] }), ""],
  ["go to nobody who asks for another interface", () => socketWith({ spec: { limit: 1, interface: { name: "postgres" } }, plugs: [plug("a", { spec: { interface: { name: "mysql" } } })] }), ""],
  ["go to nobody whose namespace is gone", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a")], namespaces: {} }), ""],
  ["are not granted anew by a socket that is being deleted", () => socketWith({ metadata: deleting, spec: { limit: 2 }, plugs: [plug("a", { coupled: true }), plug("b")] }), "a"],
];

describe("the places of a socket", () => {
  test.each(places)("%s", (_claim, situation, granted) => {
    const { socket, plugs, namespaces } = situation();
    const census = takeCensus({ socket, plugs, namespaceOf: ({ metadata }) => namespaces[metadata.namespace] });
    expect(census.places?.map((uid) => uid.replace("uid-", "")).join(" ") ?? "none").toBe(granted);
  });
});

const heldBy = (name: string, change: Partial<SnapshotHead> = {}): SnapshotHead => ({
  name: `snapshot-of-${name}`,
  of: snapshotsOf({ namespace: "shop", name }),
  plugUid: `uid-${name}`,
  clusterUid: "here",
  admitted: "then",
  revision: 1,
  createdAt: 0,
  finishedAt: undefined,
  superseded: false,
  marks: [],
  ...change,
});

type Held = readonly [claim: string, situation: () => Situation, heads: readonly SnapshotHead[], granted: string];

const unadmitted = { admitted: undefined };
const holdings: readonly Held[] = [
  ["are held by couplings that snapshots prove, however low the limit", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { coupled: true }), plug("b", { coupled: true })] }), [heldBy("a"), heldBy("b")], "a b"],
  ["are granted to no status that claims a coupling", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { coupled: true }), plug("b", { coupled: true })] }), [heldBy("a")], "a"],
  ["are held by a snapshot whose plug is gone", () => socketWith({ spec: { limit: 1 }, plugs: [plug("b")] }), [heldBy("a")], ""],
  ["are held by a snapshot whose plug points elsewhere by now", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { spec: { socket: { name: "other" } } }), plug("b")] }), [heldBy("a")], ""],
  ["are held once by several snapshots of one plug", () => socketWith({ spec: { limit: 2 }, plugs: [plug("b")] }), [heldBy("a"), heldBy("a", { revision: 2 })], "b"],
  ["are taken back by a plug made again, whoever came first", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { metadata: { uid: "uid-again" } }), plug("b", early)] }), [heldBy("a")], "again"],
  ["are taken back by one that was adopted", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { coupled: true }), plug("b", early)] }), [heldBy("a", unadmitted)], "a"],
  ["are not granted to one that was adopted beyond a lowered limit", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { coupled: true, ...early }), plug("b", { coupled: true })] }), [heldBy("a", unadmitted), heldBy("b")], "b"],
  ["are not granted to one that was adopted and is refused, nor to others in its stead", () => socketWith({ spec: { limit: 1 }, plugs: [plug("a", { coupled: true, metadata: { namespace: "refused" } }), plug("b")] }), [heldBy("a", { ...unadmitted, of: snapshotsOf({ namespace: "refused", name: "a" }) })], ""],
];

describe("with what its snapshots tell, the places of a socket", () => {
  test.each(holdings)("%s", (_claim, situation, heads, granted) => {
    const { socket, plugs, namespaces } = situation();
    const namespaceOf = ({ metadata }: Plug) => namespaces[metadata.namespace];
    const { places: found } = takeCensus({ socket, plugs, namespaceOf, heads });
    expect(found?.map((uid) => uid.replace("uid-", "")).join(" ")).toBe(granted);
  });
});

test("a socket that says much of itself has little of it repeated to its plugs", () => {
  const ready = { type: "Ready", status: "False", reason: "InvalidInput", message: "😀".repeat(500_000) };
  const said = saysOfItself(socketWith({ status: { conditions: [ready] } }).socket) ?? "";
  expect([said.startsWith("InvalidInput: 😀"), said.length, said.isWellFormed()]).toEqual([true, 1_000, true]);
});

describe("the plugs that a socket lists", () => {
  test("are in the order of their names, and counted beyond the first thousand", () => {
    const many = Array.from({ length: 1_001 }, (_, index) => plug(`p${String(2_000 - index)}`, { coupled: true }));
    const { socket } = socketWith();
    const { coupledPlugs, coupledPlugCount } = takeCensus({ socket, plugs: many, namespaceOf: () => undefined });
    expect([coupledPlugs.length, coupledPlugCount, coupledPlugs[0]?.name]).toEqual([1_000, 1_001, "p1000"]);
  });

  test("are none that no snapshot records: they neither count nor hold up the end of the socket", () => {
    const plugs = [plug("a", { coupled: true }), plug("forged", { coupled: true })];
    const { socket } = socketWith();
    const named = (recorded: ReadonlySet<string> | undefined) => takeCensus({ socket, plugs, namespaceOf: () => undefined, recorded }).coupledPlugs.map(({ name }) => name);
    expect(named(new Set(["uid-a"]))).toEqual(["a"]);
    expect(named(undefined)).toEqual(["a", "forged"]);
    expect(isCoupledHere(plug("forged", { coupled: true }), { socket, recorded: new Set(["uid-a"]) })).toBe(false);
  });

  test("are none that only claim to be coupled, as the operator before left them", () => {
    const coupledSocket = { apiVersion, kind: "Socket", namespace: "data", name: "postgres", uid: "socket-1" };
    const forged = newPlug({ metadata: { name: "forged", uid: "uid-forged" }, status: { coupledSocket } });
    const { socket } = socketWith({ spec: { validation: { namespaceBlacklist: ["shop"] } } });
    expect(takeCensus({ socket, plugs: [forged], namespaceOf: () => namespaceNamed("shop") }).coupledPlugCount).toBe(0);
  });
});
