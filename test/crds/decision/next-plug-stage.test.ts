import { describe, expect, test } from "@jest/globals";
import { finalizer } from "../../../crds/names.ts";
import { at, claimed, coupled, coupling, created, decided, formerCoupling, held, namespaceNamed, newPlug, resolved, type Situation, snapshot, socketThere, upToDate, withPlug, withRef, withSocket } from "./situations.ts";

type Case = readonly [claim: string, situation: () => Situation, due: string];

const deleting = { deletionTimestamp: at("11:59:00") };
const paused = { annotations: { "integration.rock8s.com/paused": "true" } };
const forced = { annotations: { "integration.rock8s.com/force-remove": "true" } };
const problems = { problems: ["spec.epoch: expected a string"] };
const makesWhenCreated = { resources: [{ when: ["created"], template: {} }] };
const apparatus = { apparatus: { endpoint: "/x" } };
const claim = (until: string, holder = "another") => ({ stage: { name: "plug.couple", revision: 1, holder, until } });
const failed = (stage: string, revision: number) => ({ failure: { stage, revision, reason: "InvalidInput" } });
const job = { role: "awaited", apiVersion: "batch/v1", kind: "Job", name: "migrate", version: "9" } as const;
const waitsIn = (stage: string) => ({ ...job, stage });
const still = { resourceVersion: "9" };
const made = { role: "applied", kind: "ConfigMap", name: "made", uid: "m-1", version: "g1", side: "plug" } as const;
const asLeft = { uid: "m-1", generation: 1, resourceVersion: "70" };
const touched = { uid: "m-1", generation: 2, resourceVersion: "71" };

const refusing = { spec: { validation: { namespaceBlacklist: ["shop"] } } };

/** One revision behind, as an adoption leaves it. */
function adopted(change: Partial<Situation> = {}): Situation {
  const { admitted: _not, ...status } = coupled().plug.status ?? {};
  const performed = { revision: 1, socketUid: "socket-1", snapshot: snapshot(2) };
  const plug = newPlug({
    metadata: { finalizers: [finalizer] },
    status: { ...status, revision: 2, snapshot: snapshot(2), performed },
  });
  return coupled({ plug, ...change });
}

const cases: { readonly [group: string]: readonly Case[] } = {
  "while somebody runs a stage": [
    ["nothing is due before its claim can be taken over", () => withPlug(resolved(), { status: claim(at("12:00:30")) }), "nothing before 12:00:40"],
    ["nor for ten seconds after its claim, as clocks differ", () => withPlug(resolved(), { status: claim(at("11:59:55")) }), "nothing before 12:00:05"],
    ["once these are over, what is due is due again", () => withPlug(resolved(), { status: claim(at("11:59:50")) }), "plug.couple"],
    ["the claim of a former leader is void", () => withPlug(resolved({ voidHolders: ["former"] }), { status: claim(at("12:00:30"), "former") }), "plug.couple"],
    ["a claim that never ends is nobody's", () => withPlug(coupled(), { metadata: deleting, status: claim("9999-01-01T00:00:00Z") }), "plug.decouple"],
    ["even a deletion waits for the claim", () => withPlug(coupled(), { metadata: deleting, status: claim(at("12:00:30")) }), "nothing before 12:00:40"],
  ],
  "a coupling that the operator before made": [
    ["is adopted", () => formerCoupling(), "plug.adopt"],
    ["is adopted when it is being deleted", () => withPlug(formerCoupling(), { metadata: deleting }), "plug.adopt"],
    ["is adopted when it points at another socket by now", () => withPlug(formerCoupling(), { spec: { socket: { name: "other" } } }), "plug.adopt"],
    ["is adopted while it is paused", () => withPlug(formerCoupling(), { metadata: paused }), "plug.adopt"],
    ["is adopted although it is malformed", () => withPlug(formerCoupling(), { metadata: problems }), "plug.adopt"],
    ["is adopted in a namespace that is not served", () => formerCoupling({ plug: { ...formerCoupling().plug, metadata: { ...formerCoupling().plug.metadata, namespace: "kube-system" } } }), "plug.adopt"],
    ["is told that it is left alone where couplings are not taken over", () => formerCoupling({ adopts: false }), "plug.adopt"],
    ["is left alone once it says so", () => held(formerCoupling({ adopts: false }), "NotAdopted"), "nothing"],
    ["is adopted although it says that it was left alone", () => held(formerCoupling(), "NotAdopted"), "plug.adopt"],
    ["that never came about is a new plug", () => withPlug(created(), { status: { coupledSocket: { kind: "Socket", name: "postgres" } } }), "plug.create"],
  ],
  "a plug for whose name there are snapshots of a coupling": [
    ["is adopted before anything else", () => created({ adoptable: true }), "plug.adopt"],
    ["is adopted while it is paused", () => withPlug(created({ adoptable: true }), { metadata: paused }), "plug.adopt"],
    ["is adopted although its socket is not there", () => created({ adoptable: true, socket: undefined }), "plug.adopt"],
  ],
  "a plug whose name another tenant's coupling had": [
    ["is told so before anything else, whatever its status says", () => withPlug(coupled({ former: true, adoptable: true }), { metadata: { deletionTimestamp: undefined } }), "plug.adopt"],
    ["waits once it says so", () => held(created({ former: true, adoptable: true }), "FormerCouplingEnding"), "nothing"],
    ["begins once that coupling has ended", () => held(created(), "FormerCouplingEnding"), "plug.create"],
    ["is resolved once that coupling has ended", () => held(claimed(), "FormerCouplingEnding"), "plug.resolve-config"],
  ],
  "a coupling that was adopted and not admitted since": [
    ["is judged as a newcomer's", () => withPlug(adopted(), { status: { ...adopted().plug.status, refs: [] } }), "plug.resolve-config"],
    ["is not updated", () => adopted(), "nothing"],
    ["computes no result", () => withPlug(adopted({ told: "plug.template-result" }), {}), "nothing"],
    ["is not repaired", () => withRef(adopted(), made, touched), "nothing"],
    ["is judged again when its socket differs", () => withSocket(adopted(), { metadata: { generation: 2 } }), "plug.resolve-config"],
    ["does not end because the rules refuse it", () => upToDate(withSocket(adopted(), { spec: { validation: { namespaceBlacklist: ["shop"] } } })), "nothing"],
    ["ends when its plug is deleted", () => withPlug(adopted(), { metadata: deleting }), "plug.decouple"],
    ["ends when its socket leaves", () => withSocket(adopted(), { metadata: deleting }), "plug.decouple"],
    ["is updated once it is admitted", () => withPlug(adopted(), { status: { ...adopted().plug.status, admitted: "now" } }), "plug.update"],
  ],
  "a plug that is being deleted": [
    ["is decoupled", () => withPlug(coupled(), { metadata: deleting }), "plug.decouple"],
    ["is decoupled in the midst of its coupling", () => withPlug(coupling(), { metadata: deleting }), "plug.decouple"],
    ["is decoupled whatever its inputs are by now", () => withPlug(withRef(coupled(), { kind: "Secret", name: "pw" }, "gone"), { metadata: deleting }), "plug.decouple"],
    ["is decoupled while it is paused", () => withPlug(coupled(), { metadata: { ...deleting, ...paused } }), "plug.decouple"],
    ["is decoupled although it is malformed", () => withPlug(coupled(), { metadata: { ...deleting, ...problems } }), "plug.decouple"],
    ["is decoupled although its namespace is not served", () => withPlug(coupled(), { metadata: { ...deleting, namespace: "kube-system" } }), "plug.decouple"],
    ["waits while what its decoupling waits for is as it was", () => withPlug(withRef(coupled(), waitsIn("plug.decouple"), still), { metadata: deleting }), "nothing"],
    ["waits while nothing is known of what its decoupling waits for", () => withPlug(withRef(coupled(), waitsIn("plug.decouple")), { metadata: deleting }), "nothing"],
    ["goes on once what its decoupling waits for is gone", () => withPlug(withRef(coupled(), waitsIn("plug.decouple"), "gone"), { metadata: deleting }), "plug.decouple"],
    ["goes on once what its decoupling waits for has changed", () => withPlug(withRef(coupled(), waitsIn("plug.decouple"), { resourceVersion: "10" }), { metadata: deleting }), "plug.decouple"],
    ["does not wait for what another stage waited for", () => withPlug(withRef(coupled(), waitsIn("plug.update"), still), { metadata: deleting }), "plug.decouple"],
    ["stays after a decoupling that failed finally", () => withPlug(coupled(), { metadata: deleting, status: failed("plug.decouple", 1) }), "nothing"],
    ["is decoupled again after an edit", () => withPlug(coupled(), { metadata: { ...deleting, generation: 2 }, status: failed("plug.decouple", 1) }), "plug.decouple"],
    ["waits for nothing where it is forced", () => withPlug(withRef(coupled(), waitsIn("plug.decouple"), still), { metadata: { ...deleting, ...forced } }), "plug.decouple"],
    ["waits for nothing where its socket is forced", () => withSocket(withPlug(withRef(coupled(), waitsIn("plug.decouple"), still), { metadata: deleting }), { metadata: forced }), "plug.decouple"],
    ["is deleted when it was never coupled", () => withPlug(resolved(), { metadata: deleting }), "plug.delete"],
    ["is deleted while it is paused", () => withPlug(resolved(), { metadata: { ...deleting, ...paused } }), "plug.delete"],
    ["is deleted although its namespace is not served", () => withPlug(claimed(), { metadata: { ...deleting, namespace: "kube-system" } }), "plug.delete"],
    ["is nobody's without our finalizer", () => withPlug(created(), { metadata: { ...deleting, finalizers: ["other/one"] } }), "nothing"],
    ["waits while what its deletion waits for is as it was", () => withPlug(withRef(resolved(), waitsIn("plug.delete"), still), { metadata: deleting }), "nothing"],
    ["stays after a deletion that failed finally", () => withPlug(resolved(), { metadata: deleting, status: failed("plug.delete", 1) }), "nothing"],
    ["is deleted all the same where it is forced", () => withPlug(resolved(), { metadata: { ...deleting, ...forced }, status: failed("plug.delete", 1) }), "plug.delete"],
  ],
  "in a namespace that is not served": [
    ["a plug is told so, and gets no finalizer", () => withPlug(created(), { metadata: { namespace: "kube-system" } }), "plug.resolve-config"],
    ["a plug that says so has nothing due", () => held(withPlug(created(), { metadata: { namespace: "kube-system" } }), "NotServed"), "nothing"],
    ["nor where its socket is", () => held(withPlug(claimed(), { spec: { socket: { name: "postgres", namespace: "plugboard" } } }), "NotServed"), "nothing"],
    ["a plug that points into it is told so", () => withPlug(claimed(), { spec: { socket: { name: "postgres", namespace: "plugboard" } } }), "plug.resolve-config"],
    ["a coupling follows nothing", () => held(withRef(withPlug(coupled(), { metadata: { namespace: "kube-system" } }), made, touched), "NotServed"), "nothing"],
    ["a coupling ends as everywhere", () => held(withPlug(coupled({ socket: undefined }), { metadata: { namespace: "kube-system" } }), "NotServed"), "plug.decouple"],
    ["a plug goes on once the namespace is served", () => held(withPlug(resolved({ serveNamespaces: ["kube-system"] }), { metadata: { namespace: "kube-system" } }), "NotServed"), "plug.resolve-config"],
  ],
  "a plug that cannot be read as its kind has it": [
    ["is told what of it", () => withPlug(coupled(), { metadata: problems }), "plug.resolve-config"],
    ["has nothing due once it says so", () => held(withPlug(coupled(), { metadata: problems }), "Malformed"), "nothing"],
    ["is told again after an edit that did not mend it", () => held(withPlug(coupled(), { metadata: { ...problems, generation: 2 } }), "Malformed"), "plug.resolve-config"],
    ["is decoupled when its socket leaves", () => held(withSocket(withPlug(coupled(), { metadata: problems }), { metadata: deleting }), "Malformed"), "plug.decouple"],
    ["is resolved once it was mended", () => held(coupled(), "Malformed"), "plug.resolve-config"],
  ],
  "a pause": [
    ["on the plug is said first", () => withPlug(coupled(), { metadata: paused }), "plug.resolve-config"],
    ["on the socket is said first", () => withSocket(coupled(), { metadata: paused }), "plug.resolve-config"],
    ["stops the creation of a new plug", () => withPlug(created(), { metadata: paused }), "plug.resolve-config"],
    ["that is said stops what is due", () => held(withPlug(claimed(), { metadata: paused }), "Paused"), "nothing"],
    ["gives up what was resolved and is not performed, although it is said", () => held(withPlug(resolved(), { metadata: paused }), "Paused"), "plug.resolve-config"],
    ["that is said stops repairs", () => held(withRef(withPlug(coupled(), { metadata: paused }), made, touched), "Paused"), "nothing"],
    ["keeps no plug coupled to a socket that leaves", () => held(withSocket(withPlug(coupled(), { metadata: paused }), { metadata: deleting }), "Paused"), "plug.decouple"],
    ["of a socket that leaves keeps no plug coupled to it", () => held(withSocket(coupled(), { metadata: { ...paused, ...deleting } }), "Paused"), "plug.decouple"],
    ["does nothing to a plug that is not coupled to a socket that leaves", () => held(withSocket(withPlug(claimed(), { metadata: paused }), { metadata: deleting }), "Paused"), "nothing"],
    ["keeps a plug that was pointed elsewhere where it is", () => held(withPlug(coupled({ coupledSocket: socketThere() }), { metadata: paused, spec: { socket: { name: "other" } } }), "Paused"), "nothing"],
    ["for a reason is one", () => held(withPlug(claimed(), { metadata: { annotations: { "integration.rock8s.com/paused": "until Monday" } } }), "Paused"), "nothing"],
    ["of nothing is none", () => withPlug(coupled(), { metadata: { annotations: { "integration.rock8s.com/paused": "" } } }), "plug.resolve-config"],
    ["of the plug's own evades no refusal", () => held(withSocket(withPlug(coupled(), { metadata: paused }), refusing), "Paused"), "plug.decouple"],
    ["of the socket's keeps a plug that its rules refuse", () => held(withSocket(coupled(), { ...refusing, metadata: paused }), "Paused"), "nothing"],
    ["of both keeps a plug that the rules refuse", () => held(withSocket(withPlug(coupled(), { metadata: paused }), { ...refusing, metadata: paused }), "Paused"), "nothing"],
    ["that was taken away is followed by a resolution", () => held(coupled(), "Paused"), "plug.resolve-config"],
    ["of false is none", () => withPlug(coupled(), { metadata: { annotations: { "integration.rock8s.com/paused": "false" } } }), "plug.resolve-config"],
  ],
  "a plug that is not looked after yet": [
    ["is created", () => created(), "plug.create"],
    ["is created once more where its finalizer was taken away", () => withPlug(coupled(), { metadata: { finalizers: [] } }), "plug.create"],
    ["is resolved where it makes nothing of its own", () => claimed(), "plug.resolve-config"],
    ["is created where it makes something when created", () => withPlug(claimed(), { spec: makesWhenCreated }), "plug.create"],
    ["is created where it has an apparatus to be told", () => withPlug(claimed(), { spec: apparatus }), "plug.create"],
    ["is resolved once that is done", () => withPlug(claimed(), { spec: makesWhenCreated, status: { createdAt: at("11:00:00") } }), "plug.resolve-config"],
    ["stays after a creation that failed finally", () => withPlug(claimed(), { spec: makesWhenCreated, status: failed("plug.create", 1) }), "nothing"],
    ["is created again after an edit", () => withPlug(claimed(), { metadata: { generation: 2 }, spec: makesWhenCreated, status: failed("plug.create", 1) }), "plug.create"],
    ["waits for what its creation waits for", () => withRef(withPlug(claimed(), { spec: makesWhenCreated }), waitsIn("plug.create"), still), "nothing"],
    ["goes on once that has changed", () => withRef(withPlug(claimed(), { spec: makesWhenCreated }), waitsIn("plug.create"), "gone"), "plug.create"],
    ["waits for an apparatus that is as it was when it said so", () => withPlug(withRef(withPlug(claimed(), { spec: apparatus }), { ...waitsIn("plug.create"), entry: "apparatus" }, still), { status: { observedGeneration: 1 } }), "nothing"],
    ["tries an apparatus again that was edited since it said so", () => withPlug(withRef(withPlug(claimed(), { metadata: { generation: 2 }, spec: apparatus }), { ...waitsIn("plug.create"), entry: "apparatus" }, still), { status: { observedGeneration: 1 } }), "plug.create"],
  ],
  "a coupling": [
    ["ends when the plug points at another socket", () => withPlug(coupled({ coupledSocket: socketThere() }), { spec: { socket: { name: "other", namespace: "data" } } }), "plug.decouple"],
    ["ends when its socket is gone", () => coupled({ socket: undefined }), "plug.decouple"],
    ["ends when another socket has its name", () => withSocket(coupled(), { metadata: { uid: "socket-2" } }), "plug.decouple"],
    ["ends when its socket is being deleted", () => withSocket(coupled(), { metadata: deleting }), "plug.decouple"],
    ["ends when the rules were changed and refuse it", () => withSocket(coupled(), { spec: { validation: { namespaceBlacklist: ["shop"] } } }), "plug.decouple"],
    ["ends in the midst of its first stage, too", () => coupling({ socket: undefined }), "plug.decouple"],
    ["does not end while its decoupling waits", () => withRef(coupled({ socket: undefined }), waitsIn("plug.decouple"), still), "nothing"],
    ["does not end, but is resolved, when the rules are broken", () => withSocket(coupled(), { metadata: { generation: 2 }, spec: { validation: { namespaceWhitelist: ["("] } } }), "plug.resolve-config"],
    ["does not end, but is resolved, when the limit is lowered", () => withSocket(coupled(), { metadata: { generation: 2 }, spec: { limit: 0 } }), "plug.resolve-config"],
  ],
  "a resolution is due": [
    ["when nothing was resolved yet", () => claimed(), "plug.resolve-config"],
    ["when the plug was edited", () => withPlug(coupled(), { metadata: { generation: 2 } }), "plug.resolve-config"],
    ["when a label of the plug differs", () => withPlug(coupled(), { metadata: { labels: { tier: "gold" } } }), "plug.resolve-config"],
    ["when the socket was edited", () => withSocket(coupled(), { metadata: { generation: 2 } }), "plug.resolve-config"],
    ["when an annotation of the socket differs", () => withSocket(coupled(), { metadata: { annotations: { owner: "dba" } } }), "plug.resolve-config"],
    ["when the socket that was waited for is there", () => ({ ...upToDate(claimed({ socket: undefined })), socket: socketThere() }), "plug.resolve-config"],
    ["when the socket is ready that was not", () => withSocket(upToDate(withSocket(claimed(), { spec: makesWhenCreated })), { status: { createdAt: at("11:00:00") } }), "plug.resolve-config"],
    ["when another socket has the name of the one that was looked at", () => withSocket(resolved(), { metadata: { uid: "socket-2" } }), "plug.resolve-config"],
    ["when the plug points at a socket that was not looked at", () => withPlug(resolved({ socket: undefined }), { spec: { socket: { name: "other" } } }), "plug.resolve-config"],
    ["when its namespace was relabelled and the socket has rules", () => ({ ...upToDate(withSocket(resolved(), { spec: { validation: {} } })), namespace: namespaceNamed("shop", { tier: "gold" }) }), "plug.resolve-config"],
    ["when its place was granted", () => withSocket(upToDate(withSocket(claimed(), { spec: { limit: 1 } })), { status: { places: ["plug-1"] } }), "plug.resolve-config"],
    ["when an input was changed", () => withRef(coupled(), { kind: "ConfigMap", name: "settings" }, { resourceVersion: "8" }), "plug.resolve-config"],
    ["when an input is gone", () => withRef(coupled(), { kind: "Secret", name: "pw" }, "gone"), "plug.resolve-config"],
    ["when an input came that was not there", () => withRef(coupled(), { kind: "Secret", name: "pw", version: "absent" }, { resourceVersion: "8" }), "plug.resolve-config"],
    ["when an input is another of that name", () => withRef(coupled(), { kind: "ConfigMap", name: "settings", uid: "a" }, { uid: "b", resourceVersion: "7" }), "plug.resolve-config"],
    ["when the snapshot of what was resolved is lost", () => coupled({ snapshotLost: true }), "plug.resolve-config"],
    ["when a contest was said and is long over", () => withPlug(coupled(), { status: { restless: { count: 5, since: at("11:30:00"), contested: true } } }), "plug.resolve-config"],
  ],
  "a resolution is not due": [
    ["while a contest is fresh", () => withPlug(coupled(), { status: { restless: { count: 5, since: at("11:50:00"), contested: true } } }), "nothing"],
    ["when kubectl noted something", () => withPlug(coupled(), { metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } } }), "nothing"],
    ["when only a status was written", () => withSocket(coupled(), { metadata: { resourceVersion: "41" }, status: { coupledPlugCount: 1 } }), "nothing"],
    ["when the namespace was relabelled and the socket has no rules", () => coupled({ namespace: namespaceNamed("shop", { tier: "gold" }) }), "nothing"],
    ["when nothing is known of an input", () => withRef(coupled(), { kind: "ConfigMap", name: "settings" }), "nothing"],
    ["when an input is as it was", () => withRef(coupled(), { kind: "ConfigMap", name: "settings" }, { resourceVersion: "7" }), "nothing"],
    ["when only the status of what a var reads differs", () => withRef(coupled(), { kind: "Service", name: "web", version: "g3@7" }, { generation: 3, resourceVersion: "9" }), "nothing"],
    ["when an input is not there, as it was not", () => withRef(coupled(), { kind: "Secret", name: "pw", version: "absent" }, "gone"), "nothing"],
  ],
  "what was resolved": [
    ["is coupled", () => resolved(), "plug.couple"],
    ["is coupled, begun or not", () => coupling(), "plug.couple"],
    ["waits for what its coupling waits for", () => withRef(coupling(), waitsIn("plug.couple"), still), "nothing"],
    ["goes on once that is gone", () => withRef(coupling(), waitsIn("plug.couple"), "gone"), "plug.couple"],
    ["is not coupled again after a final failure", () => withPlug(coupling(), { status: failed("plug.couple", 1) }), "nothing"],
    ["is coupled when a newer revision was resolved since", () => withPlug(coupling(), { status: { revision: 2, ...failed("plug.couple", 1) } }), "plug.couple"],
    ["is coupled whatever failed in another stage", () => withPlug(coupling(), { status: failed("plug.create", 1) }), "plug.couple"],
    ["is resolved anew first where an input differs", () => withRef(resolved(), { kind: "ConfigMap", name: "settings" }, "gone"), "plug.resolve-config"],
    ["is nothing without a snapshot", () => withPlug(resolved(), { status: { snapshot: undefined } }), "nothing"],
  ],
  "a newer revision": [
    ["updates the coupling", () => newer(), "plug.update"],
    ["waits for what the update waits for", () => withRef(newer(), waitsIn("plug.update"), still), "nothing"],
    ["goes on once that is gone", () => withRef(newer(), waitsIn("plug.update"), "gone"), "plug.update"],
    ["is not tried again after a final failure", () => withPlug(newer(), { status: failed("plug.update", 2) }), "nothing"],
    ["is tried where only an older one failed", () => withPlug(newer(), { status: failed("plug.update", 1) }), "plug.update"],
    ["that waits lets the result of the performed one follow", () => withRef(withRef(newer(), waitsIn("plug.update"), still), { role: "result", kind: "Job", name: "j" }, "gone"), "plug.template-result"],
    ["that waits is not disturbed by repairs", () => withRef(withRef(newer(), waitsIn("plug.update"), still), { ...made, entry: "coupling" }, touched), "nothing"],
  ],
  "a result is computed": [
    ["for a revision that was performed", () => withPlug(coupled(), { status: { result: undefined } }), "plug.template-result"],
    ["for a revision that was performed since", () => withPlug(coupled(), { status: { result: { revision: 0 } } }), "plug.template-result"],
    ["when what it reads has changed", () => withRef(coupled(), { role: "result", kind: "Job", name: "j" }, { resourceVersion: "8" }), "plug.template-result"],
    ["when an object of it was touched", () => withRef(coupled(), { ...made, entry: "result" }, touched), "plug.template-result"],
    ["not when its objects are as they were left", () => withRef(coupled(), { ...made, entry: "result" }, asLeft), "nothing"],
    ["not when another coupling applied its object last", () => withRef(coupled(), { ...made, entry: "result" }, { ...touched, labels: { "integration.rock8s.com/plug-uid": "plug-2" } }), "nothing"],
    ["not again after it failed finally", () => withPlug(coupled(), { status: { result: { revision: 0 }, ...failed("plug.template-result", 1) } }), "nothing"],
    ["again after it failed finally, once what it reads has changed", () => withRef(withPlug(coupled(), { status: failed("plug.template-result", 1) }), { role: "result", kind: "ConfigMap", name: "c" }, { resourceVersion: "8" }), "plug.template-result"],
    ["before anything is repaired", () => withRef(withRef(coupled(), { ...made, entry: "result" }, "gone"), { ...made, name: "other", entry: "coupling" }, touched), "plug.template-result"],
  ],
  "what a coupling applied": [
    ["is repaired when it was touched", () => withRef(coupled(), { ...made, entry: "coupling" }, touched), "plug.repair"],
    ["is repaired when it is gone", () => withRef(coupled(), { ...made, entry: "coupling" }, "gone"), "plug.repair"],
    ["is repaired when another of its name is there", () => withRef(coupled(), { ...made, entry: "coupling" }, { ...asLeft, uid: "m-2" }), "plug.repair"],
    ["is left as it is while nobody touched it", () => withRef(coupled(), { ...made, entry: "coupling" }, asLeft), "nothing"],
    ["is left to another coupling that applied it last", () => withRef(coupled(), { ...made, entry: "coupling" }, { ...touched, labels: { "integration.rock8s.com/plug-uid": "plug-2" } }), "nothing"],
    ["is never repaired where it runs to completion", () => withRef(coupled(), { ...made, kind: "Job", version: undefined, entry: "coupling" }, "gone"), "nothing"],
    ["is not repaired where it belongs to the plug's own creation", () => withRef(coupled(), { ...made, entry: "created" }, "gone"), "nothing"],
    ["waits for what its repair waits for", () => withRef(withRef(coupled(), { ...made, entry: "coupling" }, touched), waitsIn("plug.repair"), still), "nothing"],
    ["is not repaired while nothing is known of it", () => withRef(coupled(), { ...made, entry: "coupling" }), "nothing"],
    ["is not repaired again after that failed finally", () => withPlug(withRef(coupled(), { ...made, entry: "coupling" }, touched), { status: failed("plug.repair", 1) }), "nothing"],
  ],
  "a function that is called for a stage": [
    ["resolves, though it has seen no input differ", () => coupled({ told: "plug.resolve-config" }), "plug.resolve-config"],
    ["computes the result, though it has seen nothing differ", () => coupled({ told: "plug.template-result" }), "plug.template-result"],
    ["looks whether anything is to be repaired", () => coupled({ told: "plug.repair" }), "plug.repair"],
    ["looks so whatever was rendered from the result, too", () => withRef(coupled({ told: "plug.repair" }), { role: "applied", entry: "result", kind: "ConfigMap", name: "url", version: "g1" }), "plug.repair"],
    ["computes the result of which something was changed", () => withRef(coupled({ told: "plug.template-result" }), { role: "applied", entry: "coupling", kind: "ConfigMap", name: "url", version: "g1" }), "plug.template-result"],
    ["resolves before what was resolved is coupled", () => resolved({ told: "plug.resolve-config" }), "plug.resolve-config"],
    ["repairs although an update waits", () => withRef(newerTold("plug.repair"), waitsIn("plug.update")), "plug.repair"],
    ["takes it that what its coupling waits for has changed", () => withRef(coupling({ told: "plug.couple" }), waitsIn("plug.couple")), "plug.couple"],
    ["takes it so whatever other inputs there are", () => withRef(withRef(coupling({ told: "plug.couple" }), { kind: "Secret", name: "pw" }), waitsIn("plug.couple")), "plug.couple"],
    ["takes it that what its update waits for has changed", () => withRef(newerTold("plug.update"), waitsIn("plug.update")), "plug.update"],
    ["takes it that what its decoupling waits for has changed", () => withPlug(withRef(coupled({ told: "plug.decouple" }), waitsIn("plug.decouple")), { metadata: deleting }), "plug.decouple"],
    ["does not take it so for what another stage waits for", () => withRef(coupling({ told: "plug.repair" }), waitsIn("plug.couple")), "nothing"],
    ["does nothing before the plug is looked after", () => created({ told: "plug.resolve-config" }), "plug.create"],
    ["computes no result of what was not performed", () => coupling({ told: "plug.template-result" }), "plug.couple"],
    ["computes no result before the update that is due", () => newerTold("plug.template-result"), "plug.update"],
    ["repairs nothing of a plug that is being deleted", () => withPlug(coupled({ told: "plug.repair" }), { metadata: deleting }), "plug.decouple"],
    ["resolves nothing of a plug that is being deleted", () => withPlug(coupled({ told: "plug.resolve-config" }), { metadata: deleting }), "plug.decouple"],
    ["does nothing while it is paused", () => held(withPlug(coupled({ told: "plug.repair" }), { metadata: paused }), "Paused"), "nothing"],
    ["does nothing where it is not served", () => held(withPlug(coupled({ told: "plug.resolve-config" }), { metadata: { namespace: "kube-system" } }), "NotServed"), "nothing"],
    ["does nothing twice that failed finally", () => withPlug(coupling({ told: "plug.couple" }), { status: failed("plug.couple", 1) }), "nothing"],
    ["does nothing that is not due", () => coupled({ told: "plug.update" }), "nothing"],
    ["adopts nothing that is its own", () => coupled({ told: "plug.adopt" }), "nothing"],
    ["waits for who is at work", () => withPlug(coupled({ told: "plug.repair" }), { status: claim(at("12:00:30")) }), "nothing before 12:00:40"],
  ],
  "at rest": [
    ["nothing is due", () => coupled(), "nothing"],
    ["nothing is due of a plug whose place was not granted yet", () => upToDate(withSocket(claimed(), { spec: { limit: 1 } })), "nothing"],
    ["nothing is due of a plug whose socket is not there", () => upToDate(claimed({ socket: undefined })), "nothing"],
    ["nothing is due while the namespace may not be read", () => ({ ...upToDate(withSocket(coupled(), { spec: { validation: {} } })), namespace: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } } }), "nothing"],
  ],
};

/** A second revision is resolved, and the first performed. */
function newer(): Situation {
  return withPlug(coupled(), { status: { revision: 2, snapshot: snapshot(2) } });
}

function newerTold(told: Situation["told"]): Situation {
  return { ...newer(), told };
}

describe.each(Object.entries(cases))("%s", (_, table) => {
  test.each(table)("%s", (_claim, situation, due) => {
    expect(decided(situation())).toBe(due);
  });
});

test("a plug of which nobody said anything has the finalizer of the operator before as its own", () => {
  expect(newPlug({ metadata: { finalizers: [finalizer] } }).metadata.finalizers).toEqual(["integration.rock8s.com/finalizer"]);
});
