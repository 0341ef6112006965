import { describe, expect, test } from "@jest/globals";
import { annotations, labels } from "../../../crds/names.ts";
import type { PlugRef } from "../../../crds/plug/plug.generated.ts";
import type { RenderedResource } from "../../../functions/rendering/render-resources.ts";
import { marksOfPlug } from "../../../functions/resources/ownership-marks.ts";
import { stepAgainst } from "../../../functions/resources/plan-removal.ts";
import { byKey, type PlacedResource, type Planning, refBeforeApply, refsAfter, stepFor } from "../../../functions/resources/plan-resources.ts";
import { keyOf } from "../../../kit/kube/keys.ts";
import type { KubeObject, ObjectMeta } from "../../../kit/kube/port.ts";
import { versionOfApplied } from "../../../kit/loop/versions.ts";
import { bears } from "../../../kit/performing/marks.ts";
import type { StepResult } from "../../../kit/performing/steps.ts";

const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made", namespace: "shop" } };
const accounts = { plug: { namespace: "shop", name: "buyer" }, socket: { namespace: "data", name: "maker" } };
const ours = { [labels.managedBy]: "plugboard", [labels.plugUid]: "plug-1" };
const theirs = { [labels.managedBy]: "plugboard", [labels.plugUid]: "plug-2" };
const applyMark = { manager: "integration-operator", operation: "Apply" };

function placed(resource: Partial<RenderedResource> = {}, seen?: Partial<ObjectMeta>): PlacedResource {
  const metadata = seen === undefined ? undefined : { name: "made", uid: "u-1", ...seen };
  return {
    resource: {
      side: "plug",
      when: ["coupled", "updated"],
      do: "apply",
      retained: false,
      object,
      secrets: [],
      ...resource,
    },
    object,
    key: keyOf(object),
    as: accounts[resource.side ?? "plug"],
    seen: metadata,
    expects: metadata === undefined ? { kind: "nothing" } : { kind: "uid", uid: "u-1" },
  };
}

function planning(change: Partial<Planning> = {}): Planning {
  return {
    entry: "coupling",
    revision: 4,
    owners: {
      serviceAccounts: accounts,
      ownershipOf: (side) => ({ side, plugUid: "plug-1", socketUid: "socket-1" }),
    },
    ours: marksOfPlug("plug-1"),
    before: new Map(),
    toleranceOf: () => "none",
    ...change,
  };
}

const applied = (change: Partial<PlugRef> = {}): PlugRef => ({
  role: "applied",
  apiVersion: "v1",
  kind: "ConfigMap",
  namespace: "shop",
  name: "made",
  side: "plug",
  entry: "coupling",
  ...change,
});

type StepCase = readonly [claim: string, placed: PlacedResource, planning: Planning, step: object];

const steps: readonly StepCase[] = [
  ["is applied where there is nothing", placed(), planning(), { kind: "apply", expects: { kind: "nothing" }, as: accounts.plug }],
  ["is applied to the very object that was seen", placed({}, { labels: ours }), planning(), { kind: "apply", expects: { kind: "uid", uid: "u-1" } }],
  ["is applied as its own side's service account", placed({ side: "socket" }), planning(), { kind: "apply", as: accounts.socket }],
  ["waits for an object of its name to be gone that is being deleted", placed({}, { deletionTimestamp: "now" }), planning(), { kind: "leave", waits: true }],
  ["to be deleted is deleted, whoever made it", placed({ do: "delete" }), planning(), { kind: "delete", target: keyOf(object) }],
  ["to be recreated is created where there is nothing", placed({ do: "recreate" }), planning(), { kind: "recreate", seen: undefined }],
  ["to be recreated replaces what is there", placed({ do: "recreate" }, { labels: ours }), planning(), { kind: "recreate", seen: { uid: "u-1" } }],
  ["that was recreated for this revision is left", placed({ do: "recreate" }, { labels: ours, annotations: { [annotations.revision]: "4" } }), planning(), { kind: "leave", waits: false }],
  ["that was recreated for an older revision is replaced", placed({ do: "recreate" }, { labels: ours, annotations: { [annotations.revision]: "3" } }), planning(), { kind: "recreate" }],
  ["that another coupling recreated for a revision of that number is replaced", placed({ do: "recreate" }, { labels: theirs, annotations: { [annotations.revision]: "4" } }), planning(), { kind: "recreate" }],
  ["is recreated once more at the end of the revision that recreated it", placed({ do: "recreate" }, { labels: ours, annotations: { [annotations.revision]: "4" } }), planning({ ending: "decoupled" }), { kind: "recreate" }],
  ["that was recreated at the end is left when that is tried again", placed({ do: "recreate" }, { labels: ours, annotations: { [annotations.revision]: "4.decoupled" } }), planning({ ending: "decoupled" }), { kind: "leave", waits: false }],
  ["is tolerated as its side is", placed(), planning({ toleranceOf: () => "unreachable" }), { tolerance: "unreachable" }],
];

describe("what a resource comes to: it", () => {
  test.each(steps)("%s", (_claim, one, plan, step) => {
    expect(stepFor(one, plan)).toMatchObject(step);
  });
});

type MarkCase = readonly [claim: string, placed: PlacedResource, planning: Planning, marks: object];

const marks: readonly MarkCase[] = [
  ["bears the uids of plug and socket, and its side", placed(), planning(), { labels: { ...ours, [labels.socketUid]: "socket-1", [labels.side]: "plug" } }],
  ["is marked to stay where it is preserved", placed({ retained: true }), planning(), { annotations: { [annotations.outlives]: "true" } }],
  ["is marked to stay where it is applied at the end", placed({ when: ["decoupled"] }), planning(), { annotations: { [annotations.outlives]: "true" } }],
  ["is marked as a stranger's where one was there", placed({}, {}), planning(), { annotations: { [annotations.foreign]: "true" } }],
  ["is marked as a stranger's where another of us found it so", placed({}, { labels: theirs, annotations: { [annotations.foreign]: "true" } }), planning(), { annotations: { [annotations.foreign]: "true" } }],
  ["is marked with the revision it is recreated for", placed({ do: "recreate" }), planning(), { annotations: { [annotations.revision]: "4" } }],
];

describe("what is applied", () => {
  test.each(marks)("%s", (_claim, one, plan, metadata) => {
    expect(stepFor(one, plan)).toMatchObject({ object: { metadata } });
  });

  test.each([
    ["one of ours", { labels: ours }],
    ["one that the operator before applied", { managedFields: [applyMark] }],
  ])("is no stranger's where %s is there", (_, seen) => {
    expect(JSON.stringify(stepFor(placed({}, seen), planning()))).not.toContain(annotations.foreign);
  });
});

type RefCase = readonly [claim: string, placed: PlacedResource, before: readonly PlugRef[], ref: object | undefined];

const before: readonly RefCase[] = [
  ["that is not there is recorded without a uid", placed(), [], applied()],
  ["that is there is recorded with its uid", placed({}, { labels: ours }), [], applied({ uid: "u-1" })],
  ["that was applied keeps the version it was left at", placed({}, { labels: ours }), [applied({ uid: "u-1", version: "g2" })], applied({ uid: "u-1", version: "g2" })],
  ["that is another by now has no version yet", placed({}, { labels: ours }), [applied({ uid: "u-0", version: "g2" })], applied({ uid: "u-1" })],
  ["that was there before us is recorded as a stranger's", placed({}, {}), [], applied({ uid: "u-1", foreign: true })],
  ["that was a stranger's when first applied stays one", placed({}, { labels: ours }), [applied({ uid: "u-1", foreign: true })], applied({ uid: "u-1", foreign: true })],
  ["that is recreated is nobody else's", placed({ do: "recreate" }, {}), [], applied({ uid: "u-1" })],
  ["that is preserved is recorded so", placed({ retained: true }), [], applied({ retained: true })],
  ["that is to be deleted is not recorded", placed({ do: "delete" }), [], undefined],
];

describe("an object that is about to be applied", () => {
  test.each(before)("%s", (_claim, one, refs, ref) => {
    expect(refBeforeApply(one, planning({ before: byKey(refs) }))).toEqual(ref);
  });
});

type AgainstCase = readonly [claim: string, ref: PlugRef, step: object];

const against: readonly AgainstCase[] = [
  ["is removed as its side's service account", applied({ side: "socket" }), { kind: "remove", as: accounts.socket }],
  ["of the time before sides were recorded is the plug's", applied({ side: undefined } as never), { kind: "remove", as: accounts.plug }],
  ["that was there before us is given back", applied({ foreign: true, uid: "u-1" }), { kind: "withdraw", uid: "u-1" }],
];

describe("what a reference tells was applied", () => {
  test.each(against)("%s", (_claim, ref, step) => {
    expect(stepAgainst(ref, planning())).toMatchObject({ ...step, target: keyOf(object) });
  });

  test.each([
    ["bears our label", { labels: ours }, true],
    ["bears another coupling's label", { labels: theirs }, false],
    ["bears nothing but the operator's apply mark", { managedFields: [applyMark] }, true],
    ["is managed by us and bears no uid", { labels: { [labels.managedBy]: "plugboard" }, managedFields: [applyMark] }, false],
    ["bears nothing", {}, false],
  ])("is taken away where it %s: %#", (_, metadata, taken) => {
    expect(bears({ name: "made", ...metadata }, planning().ours)).toBe(taken);
  });
});

describe("the references after the steps", () => {
  const result = (kind: "applied" | "removed" | "skipped"): StepResult => (kind === "applied" ? { kind, key: keyOf(object), metadata: { name: "made", uid: "u-2", generation: 3, resourceVersion: "8" } } : { kind, key: keyOf(object), why: "" });
  const left = (refs: readonly PlugRef[], results: readonly StepResult[], followed = true) => refsAfter(refs, { results, notApplied: [] }, "plug.couple", () => followed);

  test("have what was applied as it was left", () => {
    expect(left([applied()], [result("applied")])).toEqual([applied({ uid: "u-2", version: versionOfApplied({ name: "made", uid: "u-2", generation: 3, resourceVersion: "8" }, "integration-operator") })]);
  });

  test("have no version of what is not repaired", () => {
    expect(left([applied()], [result("applied")], false)).toEqual([applied({ uid: "u-2" })]);
  });

  test.each(["batch/v1 Job", "v1 Pod"])("have no version of what runs to completion: %s", (kindText) => {
    const [apiVersion = "", kind = ""] = kindText.split(" ");
    const key = { apiVersion, kind, namespace: "shop", name: "made" };
    const ref = applied({ apiVersion, kind });
    expect(left([ref], [{ kind: "applied", key, metadata: { name: "made", uid: "u-2" } }])).toEqual([{ ...ref, uid: "u-2" }]);
  });

  test.each(["removed", "skipped"] as const)("do not have what was %s", (kind) => {
    expect(left([applied()], [result(kind)])).toEqual([]);
  });

  test("have what is waited for, with the stage that waits", () => {
    const metadata = { name: "made", uid: "u-1", resourceVersion: "9" };
    expect(left([], [{ kind: "awaiting", key: keyOf(object), metadata }])).toEqual([
      {
        role: "awaited",
        apiVersion: "v1",
        kind: "ConfigMap",
        namespace: "shop",
        name: "made",
        uid: "u-1",
        version: "9",
        stage: "plug.couple",
      },
    ]);
  });

  test("have as they were those of which no step was taken", () => {
    expect(left([applied({ version: "g1" })], [])).toEqual([applied({ version: "g1" })]);
  });
});
